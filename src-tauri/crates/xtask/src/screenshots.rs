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

/// Takes pictures of the page alone, with people and states from its fake backend. So a picture can show a rare state,
/// and looks the same every time.
pub(crate) fn screenshots(options: &Options) -> Outcome {
    println!("==> system packages");
    packages::require(&[Purpose::Test])?;
    println!("==> pictures");
    ui::pictures(&root().join(&options.output), options.only.as_deref())
}
