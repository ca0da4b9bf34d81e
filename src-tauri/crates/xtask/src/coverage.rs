//! `cargo xtask coverage`: which lines of each crate the tests run, its own tests and those of the crates around it.
//!
//! Measured by cargo-tarpaulin, which needs no extra part of the toolchain. Lines of tests do not count. The end-to-end
//! tests do not run here, so the shell is left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::Args;

use crate::run::{Outcome, Problem, answer, run};
use crate::workspace::{cargo_command, root, target};

/// Crates that decide and do nothing else. Each must reach [`PURE_AT_LEAST`].
const PURE: [&str; 7] =
    ["terms", "protocol", "negotiation", "delivery", "peer-machine", "meeting-machine", "signaling-session"];
const PURE_AT_LEAST: f64 = 90.0;

/// The other crates of a meeting. Together with the pure ones they must reach [`ALL_AT_LEAST`]. Crates that only test,
/// measure and build (testkit, xtask and so on) are not part of a meeting.
const OTHERS: [&str; 7] =
    ["media", "peer", "meeting", "signaling-client", "signaling-server", "replay", "bot"];
const ALL_AT_LEAST: f64 = 80.0;

/// A test that takes longer hangs. Measured programs are slow.
const TEST_SECONDS: &str = "900";

/// Options of `cargo xtask coverage`.
#[derive(Args)]
pub(crate) struct Options {
    /// Only the crates that decide: a few minutes instead of a quarter of an hour.
    #[arg(long)]
    pure: bool,
}

/// Measures, prints what each crate reaches, and fails if that is too little.
pub(crate) fn coverage(options: &Options) -> Outcome {
    if answer(cargo_command().args(["tarpaulin", "--version"])).is_none() {
        println!("==> installing cargo-tarpaulin");
        run(cargo_command().args(["install", "cargo-tarpaulin", "--locked"]))?;
    }
    let mut crates: Vec<&str> = PURE.to_vec();
    if !options.pure {
        crates.extend(OTHERS);
    }
    let folder = target().join("coverage");
    fs::create_dir_all(&folder)
        .map_err(|source| Problem::File { what: folder.display().to_string(), source })?;
    let mut command = cargo_command();
    command.args([
        "tarpaulin",
        "--engine",
        "llvm",
        "--skip-clean",
        "--no-fail-fast",
        "--lib",
        "--bins",
        "--tests",
    ]);
    command.args(["--out", "Lcov", "--timeout", TEST_SECONDS, "--output-dir"]).arg(&folder);
    command.arg("--target-dir").arg(folder.join("build"));
    command.args(crates.iter().flat_map(|name| ["--packages".to_owned(), format!("holdfast-{name}")]));
    run(&mut command)?;
    let file = folder.join("lcov.info");
    let text = fs::read_to_string(&file)
        .map_err(|source| Problem::File { what: file.display().to_string(), source })?;
    judge(&read(&text, &root().join("src-tauri/crates")), &crates)
}

/// Lines of a crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lines {
    all: u64,
    run: u64,
}

impl Lines {
    fn percent(self) -> f64 {
        if self.all == 0 { 0.0 } else { 100.0 * self.run as f64 / self.all as f64 }
    }
}

/// The lines of each crate below a folder, from a report in the format of lcov.
fn read(report: &str, crates: &Path) -> BTreeMap<String, Lines> {
    let mut lines: BTreeMap<String, Lines> = BTreeMap::new();
    let mut within = None;
    for line in report.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            within = Path::new(path).strip_prefix(crates).ok().and_then(|path| {
                let mut parts = path.iter();
                let name = parts.next()?.to_str()?.to_owned();
                (parts.next()? == "src").then_some(name)
            });
        } else if let (Some(counted), Some(name)) = (line.strip_prefix("DA:"), &within) {
            let times = counted.split(',').nth(1).unwrap_or("0");
            let of = lines.entry(name.clone()).or_default();
            of.all += 1;
            of.run += u64::from(times != "0");
        }
    }
    lines
}

/// Prints what was reached; an error if it is too little.
fn judge(lines: &BTreeMap<String, Lines>, crates: &[&str]) -> Outcome {
    let mut too_little = Vec::new();
    let mut all = Lines::default();
    for name in crates {
        let of = lines.get(*name).copied().unwrap_or_default();
        (all.all, all.run) = (all.all + of.all, all.run + of.run);
        println!("    {:>5.1} %  {name} ({} of {} lines)", of.percent(), of.run, of.all);
        if PURE.contains(name) && of.percent() < PURE_AT_LEAST {
            too_little.push(format!("{name} is below {PURE_AT_LEAST} %"));
        }
    }
    println!("    {:>5.1} %  together", all.percent());
    if all.percent() < ALL_AT_LEAST {
        too_little.push(format!("all together are below {ALL_AT_LEAST} %"));
    }
    if too_little.is_empty() { Ok(()) } else { Err(Problem::Check(too_little.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "TN:\nSF:/w/crates/terms/src/lib.rs\nDA:1,4\nDA:2,0\nend_of_record\n\
        SF:/w/crates/terms/tests/all.rs\nDA:1,1\nend_of_record\nSF:/w/src/lib.rs\nDA:1,0\nend_of_record\n";

    #[test]
    fn lines_count_for_the_crate_that_has_their_source() {
        let lines = read(REPORT, Path::new("/w/crates"));
        assert_eq!(lines.into_iter().collect::<Vec<_>>(), [("terms".to_owned(), Lines { all: 2, run: 1 })]);
    }

    #[test]
    fn a_pure_crate_below_its_bound_fails_the_whole_and_so_does_one_without_lines() {
        let of = |name: &str, run| BTreeMap::from([(name.to_owned(), Lines { all: 100, run })]);
        assert!(judge(&of("terms", 90), &["terms"]).is_ok());
        assert!(judge(&of("terms", 89), &["terms"]).is_err());
        assert!(judge(&of("media", 80), &["media"]).is_ok());
        assert!(judge(&of("media", 79), &["media"]).is_err());
        assert!(judge(&BTreeMap::new(), &["terms"]).is_err());
    }
}
