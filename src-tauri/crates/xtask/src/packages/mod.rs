//! The system packages that Holdfast needs: which are missing, and how to get them.

mod host;
mod table;

use std::process::Command;

use clap::Args;

pub(crate) use table::Purpose;

use crate::run::{Outcome, Problem, on_path, run};
use host::Host;

/// Options of `cargo xtask setup`.
#[derive(Args)]
pub(crate) struct Options {
    /// Only say what is missing and how to install it.
    #[arg(long)]
    check: bool,
}

/// Installs what every task needs.
pub(crate) fn setup(options: &Options) -> Outcome {
    if options.check {
        let host = Host::detect();
        let missing = host.missing(Purpose::ALL);
        return if missing.is_empty() {
            println!("All system packages are there.");
            Ok(())
        } else {
            Err(Problem::Missing(host.instructions(&missing)))
        };
    }
    require(Purpose::ALL)?;
    println!("All system packages are there.");
    Ok(())
}

/// Makes sure that the packages for these purposes are installed: installs them if apt can do that, otherwise says
/// exactly what to install.
pub(crate) fn require(purposes: &[Purpose]) -> Outcome {
    let host = Host::detect();
    let missing = host.missing(purposes);
    if missing.is_empty() {
        return Ok(());
    }
    if !host.installs_with_apt() {
        return Err(Problem::Missing(host.instructions(&missing)));
    }
    println!("    installing {} system packages: {}", missing.len(), missing.join(" "));
    let mut update = apt()?;
    run(update.arg("update"))?;
    let mut install = apt()?;
    run(install.args(["install", "--yes", "--no-install-recommends"]).args(&missing))?;
    let still = host.missing(purposes);
    if still.is_empty() { Ok(()) } else { Err(Problem::Missing(host.instructions(&still))) }
}

/// `apt-get`, as root.
fn apt() -> Outcome<Command> {
    const QUIET: &str = "DEBIAN_FRONTEND=noninteractive";
    let mut command = if host::is_root() {
        Command::new("env")
    } else if on_path("sudo") {
        let mut command = Command::new("sudo");
        command.arg("env");
        command
    } else {
        let text = "system packages are missing, and there is no root and no sudo here; run as root: cargo xtask setup";
        return Err(Problem::Missing(text.into()));
    };
    command.args([QUIET, "apt-get"]);
    Ok(command)
}
