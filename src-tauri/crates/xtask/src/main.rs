//! `cargo xtask`: every task of the project, the same on a laptop and in CI.
//!
//! Knows how to prepare a machine and in which order to call the programs of the project. What these programs do
//! (meet, measure, look at a window) is in their own crates.

mod bench;
mod bundle;
mod counts;
mod coverage;
mod cross;
mod demo;
mod dependencies;
mod faults;
mod fuzz;
mod isolated;
mod launch;
mod mutants;
mod network;
mod packages;
mod progress;
mod purity;
mod replay;
mod run;
mod screenshots;
mod simulate;
mod steps;
mod test;
mod types;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The tasks of Holdfast", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the app and open a meeting with three synthetic participants.
    Demo(demo::Options),
    /// Run every check and test, as CI does.
    Test(test::Options),
    /// Build and open the app for daily use.
    Run(launch::Options),
    /// Measure join time, CPU and memory, and write docs/performance.md.
    Bench(bench::Options),
    /// Break networks under real meetings, measure how they come back, and write docs/reliability.md.
    Faults(faults::Options),
    /// Measure which lines the tests run, and fail where a crate has too few.
    Coverage(coverage::Options),
    /// Make every small change to the negotiation, and check that its tests notice.
    Mutants(mutants::Options),
    /// Give the parsers of remote input and the negotiation the inputs that a fuzzer finds, and check what must hold.
    Fuzz(fuzz::Options),
    /// Simulate a thousand meetings with a virtual clock and network, and check what must hold.
    Simulate(simulate::Options),
    /// Take a picture of every screen, and write them to docs/screens.
    Screenshots(screenshots::Options),
    /// Replay the negotiations of an exported diagnostics file, and check that they do the same.
    Replay(replay::Options),
    /// Make the packages that people install, and try them.
    Bundle(bundle::Options),
    /// Install the system packages that building, running and testing need.
    Setup(packages::Options),
    /// Compile for Windows or for browsers, as far as that can be done here.
    CrossCheck(cross::Options),
    /// Check the licences of all dependencies, and which dependencies come in two versions.
    Dependencies,
    /// Write the TypeScript types of the page from the Rust types.
    Types(types::Options),
    /// Run each test of a test program in a process of its own, for cargo.
    #[command(hide = true)]
    Isolated(isolated::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Demo(options) => demo::demo(&options),
        Task::Test(options) => test::test(&options),
        Task::Run(options) => launch::launch(&options),
        Task::Bench(options) => bench::bench(&options),
        Task::Faults(options) => faults::faults(&options),
        Task::Coverage(options) => coverage::coverage(&options),
        Task::Mutants(options) => mutants::mutants(&options),
        Task::Fuzz(options) => fuzz::fuzz(&options),
        Task::Simulate(options) => simulate::simulate(&options),
        Task::Screenshots(options) => screenshots::screenshots(&options),
        Task::Replay(options) => replay::replay(&options),
        Task::Bundle(options) => bundle::bundle(&options),
        Task::Setup(options) => packages::setup(&options),
        Task::CrossCheck(options) => cross::check(&options),
        Task::Dependencies => dependencies::check(),
        Task::Types(options) => types::types(&options),
        Task::Isolated(options) => isolated::isolated(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\nerror: {problem}");
            ExitCode::FAILURE
        }
    }
}
