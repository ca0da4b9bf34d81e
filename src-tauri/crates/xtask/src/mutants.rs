//! `cargo xtask mutants`: makes every small change to a pure crate, and checks that its tests notice each. The crate
//! `mutants` knows the changes and tries them.

use clap::Args;

use crate::run::{Outcome, run};
use crate::workspace::{cargo_command, root, target};

/// The tests that take longest run only if the others noticed nothing.
const SLOW: [&str; 2] = ["both_ends_always_agree", "every_interleaving_settles"];

/// Some changes make no visible difference, for example in a count for the debug panel. A list of them would break with
/// every change of the code, so we do not require that all are noticed.
const AT_LEAST: f64 = 70.0;

/// Options of `cargo xtask mutants`.
#[derive(Args)]
pub(crate) struct Options {
    /// The crate: a folder of `src-tauri/crates`.
    #[arg(long = "crate", value_name = "FOLDER", default_value = "negotiation")]
    folder: String,
    /// Only changes in files or functions whose name contains this.
    filter: Option<String>,
    /// Try only this many changes, evenly taken from all.
    #[arg(long)]
    sample: Option<usize>,
    /// Which sample.
    #[arg(long, default_value_t = 0)]
    seed: usize,
    /// Fail if less than this share of the changes is noticed, in percent.
    #[arg(long, default_value_t = AT_LEAST)]
    at_least: f64,
}

/// Tries them.
pub(crate) fn mutants(options: &Options) -> Outcome {
    let mut command = cargo_command();
    command.args(["run", "--package", "holdfast-mutants", "--"]);
    command.arg("--folder").arg(root().join("src-tauri/crates").join(&options.folder));
    command.arg("--output").arg(target().join("mutants"));
    command.args(["--seed", &options.seed.to_string(), "--at-least", &options.at_least.to_string()]);
    if let Some(size) = options.sample {
        command.args(["--sample", &size.to_string()]);
    }
    if let Some(only) = &options.filter {
        command.args(["--only", only]);
    }
    command.args(SLOW.iter().flat_map(|name| ["--slow", name]));
    run(&mut command)
}
