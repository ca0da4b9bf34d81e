//! `cargo xtask simulate`: builds the simulation in release and runs it.

use clap::Args;

use crate::run::{Outcome, run};
use crate::workspace::{cargo_command, release_program, root};

/// Options of `cargo xtask simulate`.
#[derive(Args)]
pub(crate) struct Options {
    /// How many meetings.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Seed of the first.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Simulated minutes of each.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// People in each.
    #[arg(long, default_value_t = 8)]
    people: usize,
    /// Show what led to the first failure.
    #[arg(long)]
    trace: bool,
}

/// Simulates meetings; an error if anything did not hold in one of them.
pub(crate) fn simulate(options: &Options) -> Outcome {
    println!("==> release build");
    run(cargo_command().args(["build", "--release", "--package", "holdfast-simulation"]))?;
    println!("==> simulating");
    let mut program = std::process::Command::new(release_program("holdfast-simulate"));
    program.current_dir(root());
    let Options { seeds, from, minutes, people, trace } = options;
    let numbers = [
        ("--seeds", seeds.to_string()),
        ("--from", from.to_string()),
        ("--minutes", minutes.to_string()),
        ("--people", people.to_string()),
    ];
    for (name, value) in numbers {
        program.arg(name).arg(value);
    }
    if *trace {
        program.arg("--trace");
    }
    run(&mut program)
}
