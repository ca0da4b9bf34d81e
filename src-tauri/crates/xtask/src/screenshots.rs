//! `cargo xtask screenshots`: a picture of every screen, light and dark, in three sizes.

use std::path::PathBuf;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::Outcome;
use crate::ui;
use crate::workspace::root;

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

/// Takes the pictures of the page alone, with the people and states its fake backend makes up: so that a screen can be
/// shown in a state that is rare, and looks the same whenever its pictures are taken again.
pub(crate) fn screenshots(options: &Options) -> Outcome {
    println!("==> system packages");
    packages::require(&[Purpose::Test])?;
    println!("==> pictures");
    ui::pictures(&root().join(&options.output), options.only.as_deref())
}
