//! `cargo xtask mutants`: makes every small change that it knows to the source of a pure crate, and checks that the
//! crate's tests notice each.
//!
//! All changes are built into one copy of the crate, each behind a switch (`change`), so the tests are compiled once.
//! Then they run once for each change, with its switch on (`trial`). Nothing here names a line of the crate, so code
//! may be moved and renamed freely.
//!
//! Cargo builds the crate as usual, but calls this program in place of rustc (`RUSTC_WORKSPACE_WRAPPER`), which passes
//! the copy to rustc.

mod build;
mod change;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use build::Crate;
use change::Change;
use trial::{Fate, Trials};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// A file could not be read or written.
    #[error("{what}: {source}")]
    File { what: String, source: std::io::Error },
    /// A source file contains Rust that this program does not understand.
    #[error("{file} cannot be parsed: {error}")]
    Source { file: String, error: syn::Error },
    /// The crate does not compile, with all changes switched off.
    #[error("the crate with its changes does not compile:\n{0}")]
    Build(String),
    /// Its tests fail without a change.
    #[error("without a change, {0} fails")]
    Unchanged(String),
}

pub(crate) fn file(path: &std::path::Path) -> impl Fn(std::io::Error) -> Problem + use<> {
    let what = path.display().to_string();
    move |source| Problem::File { what: what.clone(), source }
}

/// Makes many small changes to a crate's source, and checks that its tests notice each.
#[derive(Parser)]
struct Options {
    /// Folder of the crate, from the root of the workspace.
    #[arg(long)]
    folder: PathBuf,
    /// Where copies and builds go.
    #[arg(long)]
    output: PathBuf,
    /// Try only this many changes, evenly taken from all; another `--seed` takes others.
    #[arg(long)]
    sample: Option<usize>,
    /// Which sample.
    #[arg(long, default_value_t = 0)]
    seed: usize,
    /// Only changes in files or functions whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Tests that take longest: they run only if the others noticed nothing.
    #[arg(long)]
    slow: Vec<String>,
    /// Fail if less than this share of the changes was noticed, in percent.
    #[arg(long, default_value_t = 0.0)]
    at_least: f64,
}

fn main() -> ExitCode {
    if let Some(status) = build::as_compiler() {
        return status;
    }
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("\nerror: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<bool, Problem> {
    let built = Crate::build(&options.folder, &options.output)?;
    let wanted = |change: &&Change| {
        let only = options.only.as_deref().unwrap_or_default();
        change.file.contains(only) || change.function.contains(only)
    };
    let all: Vec<_> = built.changes.iter().filter(wanted).cloned().collect();
    let chosen = sample(&all, options.sample, options.seed);
    println!("{} changes, {} of them tried", all.len(), chosen.len());
    let trials = Trials::prepare(built, &options.slow)?;
    let fates = trials.run(&chosen);
    let missed: Vec<_> = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Missed)).collect();
    for (change, _) in &missed {
        println!("    MISSED  {}:{} in {}: {}", change.file, change.line, change.function, change.what);
    }
    let noticed = fates.len() - missed.len();
    let share = 100.0 * noticed as f64 / fates.len().max(1) as f64;
    println!("\n{noticed} of {} changes were noticed: {share:.1} %", fates.len());
    let enough = share >= options.at_least;
    if !enough {
        println!("that is less than the {} % asked for", options.at_least);
    }
    Ok(enough)
}

/// This many of all, evenly spread. Those of another seed lie between them.
fn sample(all: &[Change], size: Option<usize>, seed: usize) -> Vec<Change> {
    match size.filter(|size| *size < all.len() && *size > 0) {
        None => all.to_vec(),
        Some(size) => (0..size).map(|at| all[(at * all.len() / size + seed) % all.len()].clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: u32) -> Change {
        Change { number, file: String::new(), line: 1, function: String::new(), what: "" }
    }

    #[test]
    fn a_sample_is_evenly_spread_and_another_seed_takes_others() {
        let all: Vec<_> = (0..100).map(numbered).collect();
        let numbers =
            |size, seed| -> Vec<u32> { sample(&all, size, seed).iter().map(|c| c.number).collect() };
        assert_eq!(numbers(Some(4), 0), [0, 25, 50, 75]);
        assert_eq!(numbers(Some(4), 30), [30, 55, 80, 5]);
        assert_eq!(numbers(None, 3).len(), 100);
        assert_eq!(numbers(Some(500), 0).len(), 100);
    }
}
