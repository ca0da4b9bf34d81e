//! `cargo xtask screenshots`: a picture of every screen, light and dark, in three sizes.

use std::path::PathBuf;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, run};
use crate::workspace::{cargo_command, root, target};
use crate::{network, ui};

/// Options of `cargo xtask screenshots`.
#[derive(Args)]
pub(crate) struct Options {
    /// Only the screen of this name.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Where the pictures go.
    #[arg(long, value_name = "FOLDER", default_value = "docs/screens")]
    output: PathBuf,
}

/// Takes the pictures.
pub(crate) fn screenshots(options: &Options) -> Outcome {
    println!("==> system packages");
    packages::require(&[Purpose::Test])?;
    println!("==> interface");
    ui::build_fake()?;
    println!("==> pictures");
    run(cargo_command().args(["build", "--workspace", "--bin", "holdfast-screens"]))?;
    let mut shoot = network::private(target().join("debug/holdfast-screens"));
    shoot.current_dir(root());
    shoot.arg("--ui").arg(root().join("ui")).arg("--output").arg(root().join(&options.output));
    if let Some(only) = &options.only {
        shoot.args(["--only", only]);
    }
    run(&mut shoot)
}
