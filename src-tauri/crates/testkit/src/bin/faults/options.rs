//! The command line, which `cargo xtask faults` writes.

use std::path::PathBuf;

use crate::table::{FAULTS, Fault};

/// How to call this program.
pub(crate) const USAGE: &str = "usage: holdfast-faults --programs FOLDER [--only NAME[,NAME…]] [--short] [--runs N] \
     [--seed N] [--parallel N] [--commit TEXT] [--logs FOLDER] [--again] [--output FILE]   (see cargo xtask faults)";

/// What is measured, and where the result goes.
pub(crate) struct Options {
    pub(crate) programs: PathBuf,
    pub(crate) faults: Vec<&'static Fault>,
    pub(crate) runs: u32,
    /// Runs nothing, and judges what earlier runs left in `logs`.
    pub(crate) again: bool,
    pub(crate) seed: u64,
    pub(crate) parallel: usize,
    pub(crate) commit: String,
    pub(crate) logs: PathBuf,
    /// Standard output if there is none.
    pub(crate) output: Option<PathBuf>,
}

/// Parses the command line, or says why it is wrong.
pub(crate) fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut programs = None;
    let (mut short, mut only) = (false, None);
    let mut options = Options {
        programs: PathBuf::new(),
        faults: Vec::new(),
        runs: 5,
        again: false,
        seed: 1,
        parallel: 1,
        commit: "unknown".into(),
        logs: std::env::temp_dir().join("holdfast-faults"),
        output: None,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--short" => short = true,
            "--again" => options.again = true,
            _ => {
                let value = words.next().ok_or(USAGE)?;
                let number = || value.parse::<u64>().map_err(|_| format!("{word} takes a number"));
                match word.as_str() {
                    "--programs" => programs = Some(PathBuf::from(&value)),
                    "--only" => only = Some(value),
                    "--runs" => options.runs = u32::try_from(number()?.clamp(1, 1_000)).unwrap_or(1),
                    "--seed" => options.seed = number()?,
                    "--parallel" => options.parallel = usize::try_from(number()?.clamp(1, 16)).unwrap_or(1),
                    "--commit" => options.commit = value,
                    "--logs" => options.logs = value.into(),
                    "--output" => options.output = Some(value.into()),
                    _ => return Err(USAGE.into()),
                }
            }
        }
    }
    options.programs = programs.ok_or(USAGE)?;
    options.faults = chosen(only.as_deref(), short)?;
    Ok(options)
}

fn chosen(only: Option<&str>, short: bool) -> Result<Vec<&'static Fault>, String> {
    let Some(only) = only else {
        return Ok(FAULTS.iter().filter(|fault| !short || fault.short).collect());
    };
    only.split(',')
        .map(|name| {
            FAULTS.iter().find(|fault| fault.name == name).ok_or_else(|| {
                let names: Vec<_> = FAULTS.iter().map(|fault| fault.name).collect();
                format!("there is no fault called {name}; there are {}", names.join(", "))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        options(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn faults_are_chosen_by_name_all_together_or_the_short_ones() {
        assert_eq!(parse("--programs p").unwrap().faults.len(), FAULTS.len());
        let short = parse("--programs p --short").unwrap().faults;
        assert!(!short.is_empty() && short.len() < FAULTS.len());
        let only = parse("--programs p --only address,udp-5 --runs 2").unwrap();
        let names: Vec<_> = only.faults.iter().map(|fault| fault.name).collect();
        assert_eq!((names, only.runs), (vec!["address", "udp-5"], 2));
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        assert!(parse("--only udp-5").is_err());
        assert!(parse("--programs p --runs many").is_err());
        assert!(parse("--programs p --only udp-6").err().unwrap().contains("udp-5"));
    }
}
