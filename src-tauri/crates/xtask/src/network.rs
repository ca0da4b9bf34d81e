//! A network of its own for the tests: it has only loopback, so nothing can reach the outside.

use std::ffi::OsStr;
use std::process::Command;

use crate::run::{Outcome, Problem, answer};

/// Brings loopback up, then becomes the given program.
const WITH_LOOPBACK: &str = "ip link set lo up && exec \"$@\"";

/// How a new network can be made: as root, or as root of a new user namespace.
const WAYS: &[&[&str]] = &[&["--net"], &["--map-root-user", "--net"]];

/// What is missing if both ways fail, and how to get it.
const MISSING: &str = "no network namespace can be made here; run as root, in a container with the capability SYS_ADMIN, \
    with the packages util-linux and iproute2, or test without what is missing: cargo xtask test --allow-missing";

/// A command in a private network. All tests bind to loopback anyway; the private network makes sure of it.
///
/// If the machine allows no private network: an error if that is `required`, otherwise the usual network and a notice.
pub(crate) fn private(program: impl AsRef<OsStr>, required: bool) -> Outcome<Command> {
    let way = WAYS.iter().copied().find(|way| {
        let mut probe = Command::new("unshare");
        probe.args(*way).args(["sh", "-c", WITH_LOOPBACK, "sh", "true"]);
        answer(&mut probe).is_some()
    });
    by(way, program.as_ref(), required)
}

fn by(way: Option<&[&str]>, program: &OsStr, required: bool) -> Outcome<Command> {
    match way {
        Some(way) => {
            println!("    in a private network with only loopback");
            let mut command = Command::new("unshare");
            command.args(way).args(["sh", "-c", WITH_LOOPBACK, "sh"]).arg(program);
            Ok(command)
        }
        None if required => Err(Problem::Missing(MISSING.into())),
        None => {
            println!("    notice: {MISSING}");
            println!("    notice: the tests use this machine's loopback");
            Ok(Command::new(program))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_network_can_be_made_a_required_one_is_an_error_that_says_how_to_get_it() {
        let problem = by(None, OsStr::new("cargo"), true).err().map(|problem| problem.to_string());
        assert!(problem.is_some_and(|text| text.contains("run as root")));
    }

    #[test]
    fn where_no_network_can_be_made_and_none_is_required_the_program_runs_in_the_usual_one() {
        let command = by(None, OsStr::new("cargo"), false).map(|command| command.get_program().to_owned());
        assert!(command.is_ok_and(|program| program == "cargo"));
    }
}
