//! The web interface: its packages, checks, tests and build, through npm.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::counts::{Counter, Runner};
use crate::network;
use crate::run::{Outcome, Problem, answer, run, run_watched};
use crate::workspace::root;

/// The oldest Node on which the build tools of the interface run.
const OLDEST_NODE: u32 = 20;

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn folder() -> PathBuf {
    root().join("ui")
}

fn npm() -> Command {
    npm_in(&folder())
}

fn npm_in(folder: &Path) -> Command {
    let mut command = Command::new(NPM);
    command.current_dir(folder);
    command
}

/// Installs exactly the locked packages, unless they were installed after the last change of the lock file.
pub(crate) fn install() -> Outcome {
    install_in(&folder())
}

/// The same for the participant in a browser, which only tests need.
pub(crate) fn install_browser_participant() -> Outcome {
    install_in(&root().join("tests/chromium"))
}

fn install_in(folder: &Path) -> Outcome {
    check_node()?;
    let stamp = folder.join("node_modules/.package-lock.json");
    let age = |path: PathBuf| path.metadata().and_then(|data| data.modified()).ok();
    if let (Some(installed), Some(locked)) = (age(stamp), age(folder.join("package-lock.json")))
        && installed >= locked
    {
        println!("    packages are installed");
        return Ok(());
    }
    run(npm_in(folder).args(["ci", "--no-audit", "--no-fund"]))
}

/// Builds `ui/dist`, which the app embeds.
pub(crate) fn build() -> Outcome {
    install()?;
    run(npm().args(["run", "build"]))
}

/// Takes the picture of every screen, or of the one named, into a folder.
pub(crate) fn pictures(into: &Path, only: Option<&str>) -> Outcome {
    install()?;
    let mut take = network::private(NPM, false)?;
    take.current_dir(folder()).arg("test").env("SCREENS", into);
    match only {
        Some(name) => take.env("SCREEN", name),
        None => take.env_remove("SCREEN"),
    };
    run(&mut take)
}

/// Type check.
pub(crate) fn check() -> Outcome {
    run(npm().args(["run", "check"]))
}

/// Finds code that is legal but still a mistake.
pub(crate) fn lint() -> Outcome {
    run(npm().args(["run", "lint"]))
}

/// Unit tests.
pub(crate) fn test(counter: &Counter) -> Outcome {
    run_watched(npm().arg("test"), |line| counter.read(Runner::Vitest, line))
}

fn check_node() -> Outcome {
    let Some(version) = answer(Command::new("node").arg("--version")) else {
        return Err(Problem::Missing(format!(
            "Node.js {OLDEST_NODE} or newer is needed: https://nodejs.org"
        )));
    };
    match major(&version) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => Err(Problem::Missing(format!(
            "Node.js {} is too old; {OLDEST_NODE} or newer is needed: https://nodejs.org",
            version.trim()
        ))),
    }
}

/// 20 of "v20.19.1".
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.19.1\n"), Some(20));
        assert_eq!(major("v8"), Some(8));
        assert_eq!(major("bun 1.0"), None);
    }
}
