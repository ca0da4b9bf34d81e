//! Checks that the crates of decisions stay small, and that no dependency brings devices, sockets, a runtime or a
//! clock. Then code cannot use them by mistake.

use std::collections::BTreeSet;

use crate::run::{Outcome, Problem, answer};
use crate::workspace::cargo_command;

/// The crates of decisions.
const PURE: [&str; 8] = [
    "holdfast-terms",
    "holdfast-delivery",
    "holdfast-protocol",
    "holdfast-chat",
    "holdfast-negotiation",
    "holdfast-signaling-session",
    "holdfast-peer-machine",
    "holdfast-meeting-machine",
];

/// The crates of decisions need fewer packages than this, with the crate itself.
const PACKAGES: usize = 60;

/// Packages that would bring in sockets, a runtime, devices or codecs.
const IMPURE: [&str; 9] =
    ["tokio", "mio", "socket2", "rustls", "webrtc", "rtc", "cpal", "nokhwa", "env-libvpx-sys"];

/// Checks all of them.
pub(crate) fn check() -> Outcome {
    let mut problems = Vec::new();
    for name in PURE {
        let mut command = cargo_command();
        command.args(["tree", "--locked", "--package", name, "--edges", "normal", "--prefix", "none"]);
        let listed = answer(command.args(["--format", "{p}"])).ok_or_else(|| {
            Problem::Check(format!("cargo tree failed for {name}; is Cargo.lock up to date?"))
        })?;
        let packages = packages(&listed);
        println!("    {name}: {} packages", packages.len());
        problems.extend(judge(name, &packages));
    }
    if problems.is_empty() { Ok(()) } else { Err(Problem::Check(problems.join("\n       "))) }
}

/// Name and version of every line, each once.
fn packages(listed: &str) -> BTreeSet<(String, String)> {
    let package = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    listed.lines().filter_map(package).collect()
}

fn judge(name: &str, packages: &BTreeSet<(String, String)>) -> Vec<String> {
    let mut problems = Vec::new();
    if packages.len() >= PACKAGES {
        problems.push(format!("{name} needs {} packages; fewer than {PACKAGES} is the rule", packages.len()));
    }
    for (impure, _) in packages.iter().filter(|(package, _)| IMPURE.contains(&package.as_str())) {
        problems.push(format!("{name} decides without {impure}, and now depends on it"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_grew_or_took_in_a_runtime_is_told() {
        let small =
            packages("a v1.0.0\nb v1.0.0 (proc-macro)\nb v1.0.0 (proc-macro) (*)\n\na v2.0.0 (/somewhere)\n");
        assert_eq!(small.len(), 3);
        assert!(judge("a", &small).is_empty());
        let large = (0..PACKAGES).map(|n| format!("p{n} v1.0.0\n")).collect::<String>();
        assert_eq!(judge("a", &packages(&large)).len(), 1);
        assert_eq!(judge("a", &packages("a v1.0.0\ntokio v1.54.0 (*)")).len(), 1);
    }
}
