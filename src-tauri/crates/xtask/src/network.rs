//! A network of its own for the tests: nothing but loopback, so that nothing can reach the outside.

use std::ffi::OsStr;
use std::process::Command;

use crate::run::answer;

/// Raises loopback, then becomes the program given.
const WITH_LOOPBACK: &str = "ip link set lo up && exec \"$@\"";

/// How a new network can be had here: as root, or as root of a user namespace of one's own.
const WAYS: &[&[&str]] = &[&["--net"], &["--map-root-user", "--net"]];

/// A command in a private network where the machine allows that, with a notice and on the usual one elsewhere.
/// Everything in the tests binds to loopback anyway; the private network makes sure of it.
pub(crate) fn private(program: impl AsRef<OsStr>) -> Command {
    let way = WAYS.iter().find(|way| {
        let mut probe = Command::new("unshare");
        probe.args(**way).args(["sh", "-c", WITH_LOOPBACK, "sh", "true"]);
        answer(&mut probe).is_some()
    });
    match way {
        Some(way) => {
            println!("    in a private network with only loopback");
            let mut command = Command::new("unshare");
            command.args(*way).args(["sh", "-c", WITH_LOOPBACK, "sh"]).arg(program);
            command
        }
        None => {
            println!(
                "    notice: no network namespace can be made here; the tests use this machine's loopback"
            );
            Command::new(program)
        }
    }
}
