//! `cargo xtask replay FILE`: builds the program that replays a diagnostics file, and runs it.

use std::path::PathBuf;

use clap::Args;

use crate::run::{Outcome, run};
use crate::workspace::{cargo_command, root, target};

/// Options of `cargo xtask replay`.
#[derive(Args)]
pub(crate) struct Options {
    /// The file that the debug panel exported.
    file: PathBuf,
}

/// Replays every negotiation of the file; an error if one now does something else.
pub(crate) fn replay(options: &Options) -> Outcome {
    // Names the whole workspace, so that the features are those of the app and finished builds can be used again.
    run(cargo_command().args(["build", "--quiet", "--workspace", "--bin", "holdfast-replay"]))?;
    let program = target().join("debug").join(format!("holdfast-replay{}", std::env::consts::EXE_SUFFIX));
    let file = std::path::absolute(&options.file).unwrap_or_else(|_| options.file.clone());
    run(std::process::Command::new(program).current_dir(root()).arg(file))
}
