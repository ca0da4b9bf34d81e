//! `cargo xtask mutants`: breaks the rules of the negotiation one at a time, and looks whether its tests notice.
//!
//! Works on a copy of the crate, so that what is being written is never touched.

mod list;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;

use crate::run::{Outcome, Problem};
use crate::workspace::{cargo_command, root, target};
use list::{LIST, Mutant};

/// The crate whose rules are broken.
const CRATE: &str = "src-tauri/crates/negotiation";
/// Tests that take longest, and run only when the others noticed nothing.
const SLOW: [&str; 2] = ["both_ends_always_agree", "every_interleaving_settles"];
/// A program that takes this many times as long as all tests take without a break hangs, which is noticed too.
const PATIENCE: u32 = 10;
/// Longer than the tests take on any machine.
const LONGEST: Duration = Duration::from_secs(3600);
/// How often a running test is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Options of `cargo xtask mutants`.
#[derive(Args)]
pub(crate) struct Options {
    /// Only breaks whose name contains this.
    filter: Option<String>,
}

/// What became of one break.
enum Fate {
    Caught(String),
    Missed,
    /// Says nothing about the tests.
    Unusable(String),
}

/// Runs the crate's tests against each break.
pub(crate) fn mutants(options: &Options) -> Outcome {
    let chosen: Vec<_> = LIST
        .iter()
        .filter(|mutant| options.filter.as_ref().is_none_or(|text| mutant.name.contains(text)))
        .collect();
    let mut copy = Copy::make()?;
    println!("==> unbroken");
    let began = Instant::now();
    match copy.judge()? {
        Fate::Missed => {}
        Fate::Caught(by) => return Err(Problem::Check(format!("without a break, {by} fails"))),
        Fate::Unusable(why) => return Err(Problem::Check(why)),
    }
    copy.patience = began.elapsed() * PATIENCE;
    let (mut caught, mut wrong) = (0_usize, Vec::new());
    for mutant in &chosen {
        let began = Instant::now();
        let fate = copy.with(mutant)?;
        let seconds = began.elapsed().as_secs();
        match fate {
            Fate::Caught(by) => {
                caught += 1;
                println!("    caught {seconds:>4} s  {}: {by}", mutant.name);
            }
            Fate::Missed => {
                println!("    MISSED {seconds:>4} s  {}: {}", mutant.name, mutant.rule);
                wrong.push(mutant.name);
            }
            Fate::Unusable(why) => {
                println!("    UNUSABLE       {}: {why}", mutant.name);
                wrong.push(mutant.name);
            }
        }
    }
    println!("\n{caught} of {} broken rules were noticed", chosen.len());
    if wrong.is_empty() { Ok(()) } else { Err(Problem::Check(format!("not noticed: {}", wrong.join(", ")))) }
}

/// The source with the rule broken; why not, if the text is not there exactly once.
fn broken(source: &str, mutant: &Mutant) -> Result<String, String> {
    match source.matches(mutant.text).count() {
        1 => Ok(source.replacen(mutant.text, mutant.replacement, 1)),
        times => Err(format!("its text is {times} times in {}", mutant.file)),
    }
}

/// A workspace of its own with nothing but the crate.
struct Copy {
    folder: PathBuf,
    /// How long a test program may take.
    patience: Duration,
}

impl Copy {
    fn make() -> Outcome<Self> {
        let folder = target().join("mutants/workspace");
        let package = folder.join(CRATE);
        if package.exists() {
            fs::remove_dir_all(&package).map_err(file(&package))?;
        }
        copy_folder(&root().join(CRATE), &package)?;
        let text = read(&root().join("Cargo.toml"))?;
        let workspace = text.split("[package]\n").next().unwrap_or_default();
        let alone = workspace
            .replace("members = [\".\", \"src-tauri/crates/*\"]", "members = [\"src-tauri/crates/*\"]");
        // Most breaks are caught in no time, so that compiling is what takes long.
        write(&folder.join("Cargo.toml"), &alone.replace("opt-level = 3", "opt-level = 1"))?;
        write(&folder.join("Cargo.lock"), &read(&root().join("Cargo.lock"))?)?;
        Ok(Self { folder, patience: LONGEST })
    }

    /// Runs the tests with one rule broken, and mends it.
    fn with(&self, mutant: &Mutant) -> Outcome<Fate> {
        let path = self.folder.join(CRATE).join("src").join(mutant.file);
        let source = read(&path)?;
        let text = match broken(&source, mutant) {
            Ok(text) => text,
            Err(why) => return Ok(Fate::Unusable(why)),
        };
        write(&path, &text)?;
        let fate = self.judge();
        write(&path, &source)?;
        fate
    }

    fn judge(&self) -> Outcome<Fate> {
        let Some(programs) = self.build()? else { return Ok(Fate::Unusable("it does not build".into())) };
        let quick: Vec<_> = SLOW.iter().flat_map(|name| ["--skip", name]).collect();
        for arguments in [&quick[..], &SLOW] {
            for program in &programs {
                match self.run(program, arguments)? {
                    Ended::Well => {}
                    Ended::Badly(output) => return Ok(Fate::Caught(first_failure(&output))),
                    Ended::Never => return Ok(Fate::Caught("the tests hang".into())),
                }
            }
        }
        Ok(Fate::Missed)
    }

    /// The crate's test programs. They are made in a folder of their own that is kept, so that only the crate is
    /// compiled again, and started by us, because ending cargo would not end them.
    fn build(&self) -> Outcome<Option<Vec<PathBuf>>> {
        let mut command: Command = cargo_command();
        command
            .current_dir(&self.folder)
            .args(["test", "--offline", "--no-run", "--lib", "--test", "rules"])
            .env("CARGO_TARGET_DIR", target().join("mutants/target"))
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_PROFILE_DEV_DEBUG", "false");
        let output = command.output().map_err(|source| Problem::Start { program: "cargo".into(), source })?;
        let told = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            println!("{told}");
            return Ok(None);
        }
        Ok(Some(executables(&told).iter().map(|path| self.folder.join(path)).collect()))
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Outcome<Ended> {
        let output = self.folder.join("output");
        let log = fs::File::create(&output).map_err(file(&output))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.join(CRATE))
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null());
        let failed = |source| Problem::Start { program: program.display().to_string(), source };
        let mut child = command.spawn().map_err(failed)?;
        let began = Instant::now();
        while began.elapsed() < self.patience {
            if let Some(status) = child.try_wait().map_err(failed)? {
                let printed = fs::read(&output).map_err(file(&output))?;
                let printed = String::from_utf8_lossy(&printed).into_owned();
                return Ok(if status.success() { Ended::Well } else { Ended::Badly(printed) });
            }
            std::thread::sleep(LOOK);
        }
        child.kill().map_err(failed)?;
        child.wait().map_err(failed)?;
        Ok(Ended::Never)
    }
}

/// How a run of the tests ended.
enum Ended {
    Well,
    Badly(String),
    Never,
}

/// The test programs cargo names: `Executable tests/rules/main.rs (path)`.
fn executables(output: &str) -> Vec<PathBuf> {
    let lines = output.lines().filter(|line| line.trim_start().starts_with("Executable "));
    lines.filter_map(|line| Some(PathBuf::from(line.rsplit_once('(')?.1.strip_suffix(')')?))).collect()
}

/// Name of the first test that failed.
fn first_failure(output: &str) -> String {
    let mut lines =
        output.lines().filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"));
    lines.next().unwrap_or("a test").to_owned()
}

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to).map_err(file(to))?;
    for entry in fs::read_dir(from).map_err(file(from))? {
        let entry = entry.map_err(file(from))?;
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &copy)?;
        } else {
            fs::copy(&source, &copy).map_err(file(&source))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(file(path))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(file(path))
}

fn file(path: &Path) -> impl Fn(std::io::Error) -> Problem + use<> {
    let what = path.display().to_string();
    move |source| Problem::File { what: what.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_break_still_has_its_place() {
        assert!(LIST.len() >= 24);
        for mutant in LIST {
            let path = root().join(CRATE).join("src").join(mutant.file);
            let source = read(&path).unwrap_or_default();
            let text = broken(&source, mutant).map_err(|why| format!("{}: {why}", mutant.name));
            assert!(text.as_ref().is_ok_and(|text| *text != source), "{text:?}");
        }
    }

    #[test]
    fn names_are_used_once() {
        let mut names: Vec<_> = LIST.iter().map(|mutant| mutant.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LIST.len());
    }

    #[test]
    fn a_text_that_is_there_twice_or_not_at_all_is_refused() {
        let mutant = &LIST[0];
        assert!(broken("", mutant).is_err());
        assert!(broken(&mutant.text.repeat(2), mutant).is_err());
    }

    #[test]
    fn the_first_failed_test_is_named() {
        let output = "running 2 tests\n---- a::one stdout ----\nboom\n---- b::two stdout ----\n";
        assert_eq!(first_failure(output), "a::one");
    }
}
