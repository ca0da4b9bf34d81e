//! `cargo xtask faults`: builds and starts the program that breaks networks and measures.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::network;
use crate::packages::{self, Purpose};
use crate::run::{Outcome, Problem, answer, run};
use crate::ui;
use crate::workspace::{cargo_command, root, target};

/// Where the whole table goes.
const PAGE: &str = "docs/reliability.md";

/// The programs that take part, and the one that measures.
const PROGRAMS: [&str; 4] = ["holdfast", "holdfast-bot", "holdfast-server", "holdfast-faults"];

/// Options of `cargo xtask faults`.
#[derive(Args)]
pub(crate) struct Options {
    /// Only these faults, separated by commas.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Only a few faults that do not take long.
    #[arg(long, conflicts_with = "only")]
    short: bool,
    /// Runs of each fault.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Seed of the lengths; the same seed makes the same lengths.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs at a time, each in networks of its own.
    #[arg(long, default_value_t = 2)]
    parallel: u32,
    /// Use a development build: for a quick trial, not for figures to keep.
    #[arg(long)]
    dev: bool,
    /// Where the results are written; otherwise docs/reliability.md for the whole table of a release build, and this
    /// terminal for everything else.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Measures and writes the results.
pub(crate) fn faults(options: &Options) -> Outcome {
    if answer(Command::new("id").arg("-u")).is_none_or(|id| id.trim() != "0") {
        let text = "networks can be made and broken by root only; run as root (on Linux): cargo xtask faults";
        return Err(Problem::Missing(text.into()));
    }
    println!("==> system packages");
    packages::require(&[Purpose::Build, Purpose::Test])?;
    println!("==> interface");
    ui::build()?;
    println!("==> build");
    let profile = if options.dev { "debug" } else { "release" };
    let mut build = cargo_command();
    build.arg("build").args(if options.dev { None } else { Some("--release") });
    // The named packages decide which features their dependencies have. With the same packages as for the benchmark,
    // nothing they share is compiled twice.
    let packages = ["holdfast", "holdfast-bot", "holdfast-signaling-server", "holdfast-testkit"];
    build.args(packages.iter().flat_map(|name| ["--package", name]));
    run(build.args(PROGRAMS.iter().flat_map(|name| ["--bin", name])))?;
    println!("==> faults");
    let programs = target().join(profile);
    let mut measure = network::private(programs.join("holdfast-faults"), false)?;
    measure.current_dir(root()).arg("--programs").arg(&programs);
    measure.arg("--logs").arg(target().join("faults"));
    measure.args(["--runs", &options.runs.to_string(), "--seed", &options.seed.to_string()]);
    measure.args(["--parallel", &options.parallel.to_string(), "--commit", &commit()]);
    if options.short {
        measure.arg("--short");
    }
    if let Some(only) = &options.only {
        measure.args(["--only", only]);
    }
    let whole = !options.short && options.only.is_none() && !options.dev;
    let output = options.output.clone().or_else(|| whole.then(|| PAGE.into()));
    if let Some(output) = output {
        measure.arg("--output").arg(root().join(output));
    }
    run(&mut measure)
}

/// The commit that was built, and whether uncommitted changes were built too.
fn commit() -> String {
    let git = |words: &[&str]| answer(Command::new("git").current_dir(root()).args(words));
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".into() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_none_or(|text| !text.is_empty());
    format!("{}{}", commit.trim(), if changed { " with changes" } else { "" })
}
