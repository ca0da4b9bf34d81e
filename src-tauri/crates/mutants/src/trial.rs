//! Running the tests, once for each change.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::build::{Crate, SWITCH};
use crate::change::Change;
use crate::{Problem, file};

/// Tests that take this many times as long as without a change count as hanging, and so as having noticed it.
const PATIENCE: u32 = 10;
/// The least time that tests get, because the machine may be busy.
const LEAST_PATIENCE: Duration = Duration::from_secs(20);
/// Longer than the tests take on any machine.
const LONGEST: Duration = Duration::from_secs(3600);
/// How often a running test program is checked.
const LOOK: Duration = Duration::from_millis(10);
/// After how many changes the progress is shown.
const TELL_EVERY: usize = 50;

/// The result for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A test failed, or did not end.
    Noticed,
    Missed,
}

/// The tests of a crate with changes.
pub(crate) struct Trials {
    built: Crate,
    slow: Vec<String>,
    /// How long all quick tests, and all slow ones, may take.
    patience: [Duration; 2],
}

impl Trials {
    /// Runs all tests without a change, to know how long they take.
    pub(crate) fn prepare(built: Crate, slow: &[String]) -> Result<Self, Problem> {
        let mut trials = Self { built, slow: slow.to_vec(), patience: [LONGEST; 2] };
        for (at, kind) in trials.kinds().into_iter().enumerate() {
            let began = Instant::now();
            if let Some(name) = trials.fails(None, &kind, LONGEST)? {
                return Err(Problem::Unchanged(name));
            }
            println!(
                "without a change, {} tests take {:.1} s",
                ["quick", "slow"][at],
                began.elapsed().as_secs_f64()
            );
            trials.patience[at] = (began.elapsed() * PATIENCE).max(LEAST_PATIENCE);
        }
        Ok(trials)
    }

    /// The arguments that choose the quick tests, and those that choose the slow ones.
    fn kinds(&self) -> Vec<Vec<String>> {
        let quick = self.slow.iter().flat_map(|name| ["--skip".to_owned(), name.clone()]).collect();
        if self.slow.is_empty() { vec![quick] } else { vec![quick, self.slow.clone()] }
    }

    /// Tries all these, as many at a time as there are processors.
    pub(crate) fn run(&self, changes: &[Change]) -> Vec<(Change, Fate)> {
        let (next, fates, began) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Instant::now());
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(change) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let fate = self.fate(change);
                        let mut fates = fates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        fates.push((change.clone(), fate));
                        if fates.len() % TELL_EVERY == 0 {
                            let minutes = began.elapsed().as_secs_f64() / 60.0;
                            println!("    {} of {} after {minutes:.1} min", fates.len(), changes.len());
                        }
                    }
                });
            }
        });
        let mut fates = fates.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        fates.sort_by_key(|(change, _)| change.number);
        fates
    }

    fn fate(&self, change: &Change) -> Fate {
        for (kind, patience) in self.kinds().iter().zip(self.patience) {
            match self.fails(Some(change.number), kind, patience) {
                Ok(None) => {}
                // If a program cannot be started, the change did harm.
                Ok(Some(_)) | Err(_) => return Fate::Noticed,
            }
        }
        Fate::Missed
    }

    /// The first program that fails or does not end in time.
    fn fails(
        &self,
        number: Option<u32>,
        words: &[String],
        patience: Duration,
    ) -> Result<Option<String>, Problem> {
        for program in &self.built.programs {
            let mut child = self.start(program, number, words)?;
            if !succeeds(&mut child, patience).map_err(file(program))? {
                return Ok(Some(program.display().to_string()));
            }
        }
        Ok(None)
    }

    fn start(&self, program: &PathBuf, number: Option<u32>, words: &[String]) -> Result<Child, Problem> {
        let mut command = Command::new(program);
        command
            .args(words)
            .args(["--test-threads", "1"])
            .current_dir::<&Path>(&self.built.folder)
            .env_remove(SWITCH)
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(number) = number {
            command.env(SWITCH, number.to_string());
        }
        command.spawn().map_err(file(program))
    }
}

/// Waits until it ends. Kills it if it takes too long.
fn succeeds(child: &mut Child, patience: Duration) -> std::io::Result<bool> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if began.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(LOOK);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_end_has_not_succeeded() {
        let patience = Duration::from_millis(50);
        let ended = |words: &[&str]| {
            let mut child = Command::new(words[0]).args(&words[1..]).spawn().expect("it starts");
            succeeds(&mut child, patience.max(LEAST_PATIENCE * u32::from(words[0] != "sleep")))
                .expect("it is waited for")
        };
        assert_eq!([ended(&["true"]), ended(&["false"]), ended(&["sleep", "600"])], [true, false, false]);
    }
}
