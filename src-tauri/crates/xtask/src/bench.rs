//! `cargo xtask bench`: builds in release and starts the program that measures.

use std::path::PathBuf;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, run};
use crate::workspace::{cargo_command, release_program, root, target};
use crate::{network, ui};

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub(crate) struct Options {
    /// Seconds each measurement takes, after the meeting has settled.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// How often the time to the first frame is measured.
    #[arg(long, default_value_t = 10)]
    joins: u32,
    /// Where the results are written.
    #[arg(long, value_name = "FILE", default_value = "docs/performance.md")]
    output: PathBuf,
    /// Leave out the app's window (no virtual display needed).
    #[arg(long)]
    no_window: bool,
}

/// Measures and writes the results.
pub(crate) fn bench(options: &Options) -> Outcome {
    println!("==> system packages");
    packages::require(&[Purpose::Build, Purpose::Run, Purpose::Window])?;
    println!("==> interface");
    ui::build()?;
    println!("==> release build");
    let mut build = cargo_command();
    build.args(["build", "--release", "--bins"]);
    run(build
        .args(["holdfast", "holdfast-bot", "holdfast-testkit"].iter().flat_map(|name| ["--package", name])))?;
    println!("==> measuring");
    let mut measure = network::private(release_program("holdfast-bench"), false)?;
    measure.current_dir(root());
    measure.arg("--programs").arg(target().join("release"));
    measure.args(["--seconds", &options.seconds.to_string(), "--joins", &options.joins.to_string()]);
    measure.arg("--output").arg(root().join(&options.output));
    if options.no_window {
        measure.arg("--no-window");
    }
    run(&mut measure)
}
