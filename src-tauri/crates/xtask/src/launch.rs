//! `cargo xtask run`: the app for daily use.

use std::process::Command;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, run};
use crate::ui;
use crate::workspace::{cargo_command, release_program};

/// Options of `cargo xtask run`.
#[derive(Args)]
pub(crate) struct Options {
    /// Given to the app as they are, after `--`; for example an invite link, or `--help`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Builds in release and opens the app.
pub(crate) fn launch(options: &Options) -> Outcome {
    println!("==> system packages");
    packages::require(&[Purpose::Build, Purpose::Run])?;
    println!("==> interface");
    ui::build()?;
    println!("==> app");
    run(cargo_command().args(["build", "--release", "--package", "holdfast", "--bins"]))?;
    run(Command::new(release_program("holdfast")).args(&options.arguments))
}
