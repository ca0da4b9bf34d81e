//! What a machine must allow for some tests, and what happens to such a test if it does not.
//!
//! Without a capability a test can only end early, which looks like a passed test. So the program that runs all tests
//! sets [`REQUIRE_CAPABILITIES`]: then the test fails and says what is missing.

use std::fmt;
use std::io;

/// The environment variable that makes a missing capability a failure, when it is set to `1`. `cargo xtask test` sets it.
pub const REQUIRE_CAPABILITIES: &str = "HOLDFAST_REQUIRE_CAPABILITIES";

/// What the system must allow a test to do. Missing programs are another matter: a test that needs one fails without
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Make networks of its own, with hosts, links and filters ([`crate::net`]).
    Networks,
    /// Mount a small disk that only the test sees ([`crate::SmallDisk`]).
    Mounts,
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Networks => {
                "no network namespace can be made here; run the tests on Linux as root, in a container with the \
                 capabilities SYS_ADMIN and NET_ADMIN, with the packages iproute2 and iptables"
            }
            Self::Mounts => {
                "no disk can be mounted here; run the tests on Linux as root, in a container with the capability SYS_ADMIN"
            }
        })
    }
}

/// Returns the result if the machine allowed the attempt. With `None`, the test must return early.
///
/// # Panics
/// If it did not allow it, and [`REQUIRE_CAPABILITIES`] is set. The message says what is missing and how to get it.
#[track_caller]
pub fn capable<T>(capability: Capability, tried: io::Result<T>) -> Option<T> {
    decide(capability, tried, std::env::var_os(REQUIRE_CAPABILITIES).is_some_and(|value| value == "1"))
}

#[track_caller]
fn decide<T>(capability: Capability, tried: io::Result<T>, required: bool) -> Option<T> {
    match tried {
        Ok(value) => Some(value),
        Err(error) if required => panic!("{capability} ({error})"),
        Err(error) => {
            eprintln!("notice: nothing was tested: {capability} ({error})");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::one_test;

    fn refused() -> io::Result<u8> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn what_the_machine_allows_is_handed_over() {
        for required in [false, true] {
            assert_eq!(decide(Capability::Mounts, Ok(1), required), Some(1));
        }
    }

    #[test]
    fn where_nothing_is_required_the_test_is_told_to_return() {
        assert_eq!(decide(Capability::Networks, refused(), false), None);
    }

    #[test]
    #[should_panic(expected = "as root")]
    fn where_everything_is_required_the_test_fails_and_says_how_to_get_what_is_missing() {
        decide(Capability::Networks, refused(), true);
    }

    #[test]
    #[ignore = "run by the test below"]
    fn a_test_without_its_capability() {
        let Some(_) = capable(Capability::Mounts, refused()) else { return };
    }

    #[test]
    fn the_variable_makes_a_test_that_cannot_run_fail() {
        let passes = |value: &str| {
            let mut test = one_test(module_path!(), "a_test_without_its_capability");
            test.env(REQUIRE_CAPABILITIES, value).output().is_ok_and(|output| output.status.success())
        };
        assert_eq!([passes("0"), passes(""), passes("1")], [true, true, false]);
    }
}
