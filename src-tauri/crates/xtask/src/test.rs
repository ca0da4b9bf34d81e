//! `cargo xtask test`: all checks and tests, in the order that finds the cheapest mistakes first.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::counts::{Counter, Runner};
use crate::packages::{self, Purpose};
use crate::run::{Outcome, Problem, answer, on_path, run, run_watched};
use crate::steps::Steps;
use crate::workspace::{cargo, cargo_command, forget_own_package, root};
use crate::{bundle, dependencies, isolated, network, purity, types, ui};

/// Makes a test fail if it lacks something that only the system can give; see `testkit::capable`.
const REQUIRE_CAPABILITIES: &str = "HOLDFAST_REQUIRE_CAPABILITIES";

/// Options of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct Options {
    /// Do not look for missing system packages.
    #[arg(long)]
    skip_packages: bool,
    /// Skip tests that need more than this machine allows: networks, disks and systems of their own. Without this
    /// option they fail.
    #[arg(long)]
    allow_missing: bool,
}

/// Runs everything.
pub(crate) fn test(options: &Options) -> Outcome {
    let mut steps = Steps::new();
    let counter = Counter::default();
    let required = !options.allow_missing;
    if !options.skip_packages && !steps.step("system packages", || packages::require(Purpose::ALL)) {
        return steps.finish();
    }
    steps.step("format", || {
        component("fmt", "rustfmt")?;
        run(cargo_command().args(["fmt", "--all", "--check"]))
    });
    steps.step("dependencies", dependencies::check);
    steps.step("crates of decisions", purity::check);
    // The app embeds the interface, so that comes first.
    let ui = steps.step("interface: packages and build", ui::build);
    if ui {
        steps.step("interface: types", ui::check);
        steps.step("interface: linter", ui::lint);
        steps.step("interface: unit tests", || ui::test(&counter));
        steps.step("browser participant: packages", ui::install_browser_participant);
        steps.step("clippy", || {
            component("clippy", "clippy")?;
            run(cargo_command().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
        });
        // One build for everything: the tests start the programs that it makes, and nothing is compiled later, when
        // there is no network.
        if steps.step("build", || run(cargo_command().args(["build", "--workspace", "--all-targets"]))) {
            let exported = types::export_folder()?;
            steps.step("tests", || tests(&counter, &exported, required));
            steps.step("wire types", || types::check(&exported));
            steps.step("package", || bundle::test(required));
        }
    }
    let outcome = steps.finish();
    let counts = counter.counts();
    println!("\n{} passed, {} failed", counts.passed, counts.failed);
    outcome
}

/// Unit, integration and end-to-end tests of the whole workspace, each in a process of its own.
fn tests(counter: &Counter, exported: &Path, required: bool) -> Outcome {
    let mut command = network::private(cargo(), required)?;
    forget_own_package(&mut command);
    command.current_dir(root()).env(types::EXPORT_VARIABLE, exported).env("CARGO_NET_OFFLINE", "true");
    command.env(REQUIRE_CAPABILITIES, if required { "1" } else { "0" });
    command.args(isolated::runner()?).args([
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--no-fail-fast",
    ]);
    run_watched(&mut command, |line| counter.read(Runner::Tests, line))
}

/// Makes sure that a part of the toolchain is there.
fn component(subcommand: &str, name: &str) -> Outcome {
    if answer(cargo_command().args([subcommand, "--version"])).is_some() {
        return Ok(());
    }
    if on_path("rustup") {
        return run(Command::new("rustup").current_dir(root()).args(["component", "add", name]));
    }
    Err(Problem::Missing(format!("cargo {subcommand} is missing; install {name} for this toolchain")))
}
