//! Runs every test of one test program in a process of its own, with a time limit. Cargo starts this in place of each
//! test program (`target.*.runner`), so that tests get the folder and environment that cargo gives them.
//!
//! A test may rely on having its own process. A test that hangs is ended and named, and a test that crashes does not
//! end the others.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::run::{Outcome, Problem, answer};
use crate::workspace::target;

/// A hanging test is ended after this time. All but the two kinds below need a small part of it.
const LIMIT: Duration = Duration::from_secs(120);
/// Whole meetings, with windows, browsers and sound servers, take a minute on a slow machine.
const MEETING_LIMIT: Duration = Duration::from_secs(240);
/// These visit every state of a model: the number of states is fixed, the time is not.
const EXPLORING_LIMIT: Duration = Duration::from_secs(600);
/// The module with those tests.
const EXPLORING: &str = "every_interleaving_settles::";
/// The integration tests of this package are whole meetings.
const APP: &str = "holdfast";
/// If a test took longer, its time is shown.
const SLOW: Duration = Duration::from_secs(5);
/// How often a running test is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Options of the hidden `cargo xtask isolated`.
#[derive(Args)]
pub(crate) struct Options {
    /// The test program.
    program: PathBuf,
    /// The arguments that cargo passes on: none.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// The words that make cargo start this in place of test programs.
pub(crate) fn runner() -> Outcome<[String; 2]> {
    let host = host().ok_or_else(|| Problem::Missing("rustc does not say what it compiles for".into()))?;
    // Not the path of the running program, because a build may have replaced it meanwhile.
    let own = target().join("debug").join(format!("xtask{}", std::env::consts::EXE_SUFFIX));
    Ok(["--config".into(), format!("target.{host}.runner=['{}', 'isolated']", own.display())])
}

/// The platform for which programs are compiled.
fn host() -> Option<String> {
    let told = answer(Command::new("rustc").arg("-vV"))?;
    told.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// Runs the tests of a program, and prints a summary as the program itself would.
pub(crate) fn isolated(options: &Options) -> Outcome {
    let program = Program::new(&options.program)?;
    let tests = program.tests()?;
    println!("running {} tests of {} in processes of their own", tests.len(), program.name);
    let (next, failed, began) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Instant::now());
    thread::scope(|scope| {
        for _ in 0..program.at_once() {
            scope.spawn(|| {
                while let Some(test) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ended = program.run(test);
                    if let Some(line) = ended.line(test) {
                        println!("{line}");
                    }
                    if !matches!(ended.how, How::Passed) {
                        failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(test.clone());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    let passed = tests.len() - failed.len();
    let seconds = began.elapsed().as_secs_f64();
    println!("test result: {word}. {passed} passed; {} failed; finished in {seconds:.2}s", failed.len());
    if failed.is_empty() { Ok(()) } else { Err(Problem::Check(format!("failed: {}", failed.join(", ")))) }
}

/// A test program.
struct Program {
    path: PathBuf,
    /// Without the hash cargo appends.
    name: String,
    /// Whether its tests are whole meetings.
    meetings: bool,
    /// Where the output of running tests goes.
    folder: PathBuf,
}

impl Program {
    fn new(path: &Path) -> Outcome<Self> {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = file.rsplit_once('-').map_or(file.as_str(), |(name, _)| name).to_owned();
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        let folder = target().join("isolated").join(&file);
        fs::create_dir_all(&folder)
            .map_err(|source| Problem::File { what: folder.display().to_string(), source })?;
        Ok(Self { path: path.to_owned(), meetings: package == APP && name != APP, name, folder })
    }

    /// Names of the tests that are not ignored.
    fn tests(&self) -> Outcome<Vec<String>> {
        let list = |words: &[&str]| {
            let told = answer(Command::new(&self.path).args(["--list", "--format", "terse"]).args(words));
            told.ok_or_else(|| Problem::Check(format!("{} does not list its tests", self.path.display())))
        };
        Ok(without(&list(&[])?, &list(&["--ignored"])?))
    }

    /// Whole meetings run one at a time, so that a busy machine does not decide their outcome.
    fn at_once(&self) -> usize {
        if self.meetings { 1 } else { thread::available_parallelism().map_or(1, usize::from) }
    }

    fn limit(&self, test: &str) -> Duration {
        if self.meetings {
            MEETING_LIMIT
        } else if test.starts_with(EXPLORING) {
            EXPLORING_LIMIT
        } else {
            LIMIT
        }
    }

    fn run(&self, test: &str) -> Ended {
        let (began, limit) = (Instant::now(), self.limit(test));
        let output = self.folder.join(test.replace("::", "."));
        let how = self.start(test, &output).and_then(|mut child| {
            loop {
                if let Some(status) = child.try_wait()? {
                    let printed = String::from_utf8_lossy(&fs::read(&output)?).into_owned();
                    return Ok(How::of(status, printed));
                }
                if began.elapsed() > limit {
                    child.kill()?;
                    child.wait()?;
                    let printed = String::from_utf8_lossy(&fs::read(&output)?).into_owned();
                    return Ok(How::TimedOut(printed));
                }
                thread::sleep(LOOK);
            }
        });
        let how = how.unwrap_or_else(|error| How::Failed(format!("it could not be run: {error}\n")));
        let _ = fs::remove_file(&output);
        Ended { how, took: began.elapsed() }
    }

    fn start(&self, test: &str, output: &Path) -> std::io::Result<std::process::Child> {
        let file = File::create(output)?;
        let mut command = Command::new(&self.path);
        command
            .args(["--exact", test, "--nocapture"])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        command.spawn()
    }
}

/// The tests of one list that are not in the other. A line is `module::name: test`.
fn without(all: &str, ignored: &str) -> Vec<String> {
    let names = |list: &str| -> Vec<String> {
        list.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
    };
    let ignored = names(ignored);
    names(all).into_iter().filter(|name| !ignored.contains(name)).collect()
}

/// How a test ended, with its output if that is of interest.
#[derive(Debug, PartialEq, Eq)]
enum How {
    Passed,
    Failed(String),
    TimedOut(String),
}

impl How {
    /// A program that ran no test succeeds as well, so its own count is read.
    fn of(status: ExitStatus, printed: String) -> Self {
        if status.success() && printed.contains("test result: ok. 1 passed") {
            Self::Passed
        } else {
            Self::Failed(printed + &format!("{status}\n"))
        }
    }
}

struct Ended {
    how: How,
    took: Duration,
}

impl Ended {
    /// The lines to print: none for a quick test that passed.
    fn line(&self, test: &str) -> Option<String> {
        let seconds = self.took.as_secs_f64();
        match &self.how {
            How::Passed if self.took < SLOW => None,
            How::Passed => Some(format!("    passed  {seconds:>6.1} s  {test}")),
            How::Failed(printed) => {
                Some(format!("    FAILED  {seconds:>6.1} s  {test}\n{}", indented(printed)))
            }
            How::TimedOut(printed) => {
                Some(format!("    HANGS   {seconds:>6.1} s  {test}\n{}", indented(printed)))
            }
        }
    }
}

/// Indents the output, so that a test's own summary does not count as that of the program.
fn indented(printed: &str) -> String {
    printed.lines().map(|line| format!("    | {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_tests_are_left_out() {
        let all = "one: test\nmodule::two: test\nthree: test\nfour: benchmark\n";
        assert_eq!(without(all, "three: test\n"), ["one", "module::two"]);
    }

    #[test]
    fn what_a_failed_test_printed_has_no_line_that_counts() {
        let ended = Ended { how: How::Failed("test result: FAILED. 0 passed".into()), took: LOOK };
        let line = ended.line("it").unwrap_or_default();
        assert!(line.lines().all(|line| !line.trim().starts_with("test result:")), "{line}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_ran_nothing_has_not_passed() {
        use std::os::unix::process::ExitStatusExt as _;
        let nothing = "test result: ok. 0 passed; 0 failed";
        assert!(matches!(How::of(ExitStatus::from_raw(0), nothing.into()), How::Failed(_)));
        let one = "test result: ok. 1 passed; 0 failed";
        assert_eq!(How::of(ExitStatus::from_raw(0), one.into()), How::Passed);
    }
}
