//! `cargo xtask run`: the app for daily use.

use std::process::Command;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, run};
use crate::workspace::{QUICK, cargo_command, program};
use crate::{demo, progress, ui};

/// Options of `cargo xtask run`.
#[derive(Args)]
pub(crate) struct Options {
    /// Build as for a package: slower to compile, a little faster to run.
    #[arg(long)]
    release: bool,
    /// Arguments for the app, after `--`; for example an invite link, or `--help`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Builds and opens the app.
pub(crate) fn launch(options: &Options) -> Outcome {
    println!("==> 1 of 3: system packages (1 to 2 minutes the first time)");
    packages::require(&[Purpose::Build, Purpose::Run])?;
    println!("==> 2 of 3: interface (10 seconds)");
    ui::build()?;
    println!("==> 3 of 3: app (10 to 12 minutes the first time, on two processors)");
    let profile = if options.release { "release" } else { QUICK };
    let mut build = cargo_command();
    build.args(["build", "--profile", profile]);
    // The same packages as in the demo, so that what they share has the same features and is compiled once for both.
    build.args(demo::PACKAGES.iter().flat_map(|name| ["--package", name]));
    progress::build(build.args(["--bin", "holdfast"]))?;
    run(Command::new(program(profile, "holdfast")).args(&options.arguments))
}
