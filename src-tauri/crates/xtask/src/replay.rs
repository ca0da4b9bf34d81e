//! `cargo xtask replay FILE`: builds the player and plays a diagnostics file.

use std::path::PathBuf;

use clap::Args;

use crate::run::{Outcome, run};
use crate::workspace::{cargo_command, root, target};

/// Options of `cargo xtask replay`.
#[derive(Args)]
pub(crate) struct Options {
    /// What the debug panel exported.
    file: PathBuf,
}

/// Plays every negotiation of the file; an error if one does something else than it did then.
pub(crate) fn replay(options: &Options) -> Outcome {
    // The whole workspace is named so that its features, and so what is built already, are those of the app.
    run(cargo_command().args(["build", "--quiet", "--workspace", "--bin", "holdfast-replay"]))?;
    let program = target().join("debug").join(format!("holdfast-replay{}", std::env::consts::EXE_SUFFIX));
    let file = std::path::absolute(&options.file).unwrap_or_else(|_| options.file.clone());
    run(std::process::Command::new(program).current_dir(root()).arg(file))
}
