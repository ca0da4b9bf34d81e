//! How many tests passed and failed, read from what the test runners print.
//!
//! Understands the summaries of Rust test programs and of Vitest. Knows nothing of single tests.

use std::sync::Mutex;

use crate::run::plain;

/// Passed and failed tests so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// Who prints what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// A test program of cargo, run by itself or by `isolated`.
    Tests,
    Vitest,
}

/// Adds up counts from lines of several runners, on several threads.
#[derive(Debug, Default)]
pub(crate) struct Counter(Mutex<Counts>);

impl Counter {
    /// Looks at one line of output.
    pub(crate) fn read(&self, runner: Runner, line: &str) {
        if let Some(more) = summary(runner, &plain(line)) {
            let mut counts = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            counts.passed += more.passed;
            counts.failed += more.failed;
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The counts of a summary line, if it is one.
fn summary(runner: Runner, line: &str) -> Option<Counts> {
    let line = line.trim();
    let is_summary = match runner {
        Runner::Tests => line.starts_with("test result:"),
        Runner::Vitest => {
            line.strip_prefix("Tests ").is_some_and(|rest| rest.contains("passed") || rest.contains("failed"))
        }
    };
    is_summary
        .then(|| Counts { passed: number_before(line, "passed"), failed: number_before(line, "failed") })
}

/// The number in front of a word: 12 in "12 passed".
fn number_before(line: &str, word: &str) -> u64 {
    line.match_indices(word)
        .find_map(|(at, _)| line[..at].split_whitespace().next_back()?.trim_start_matches('(').parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(runner: Runner, lines: &[&str]) -> Counts {
        let counter = Counter::default();
        lines.iter().for_each(|line| counter.read(runner, line));
        counter.counts()
    }

    #[test]
    fn each_runners_summary_is_understood() {
        let cargo = "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(counted(Runner::Tests, &[cargo]), Counts { passed: 7, failed: 2 });
        let vitest = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m | 41 passed\u{1b}[22m (42)";
        assert_eq!(counted(Runner::Vitest, &[vitest]), Counts { passed: 41, failed: 1 });
    }

    #[test]
    fn several_summaries_add_up_and_other_lines_count_nothing() {
        let lines = [
            "test result: ok. 3 passed; 0 failed; 0 ignored",
            "running 3 tests",
            "test result: ok. 1 passed; 0 failed; 0 ignored",
        ];
        assert_eq!(counted(Runner::Tests, &lines), Counts { passed: 4, failed: 0 });
        assert_eq!(counted(Runner::Vitest, &["  Test Files  4 passed (4)"]), Counts::default());
    }

    #[test]
    fn what_a_failed_test_printed_is_not_counted() {
        let lines = [
            "    FAILED    0.1 s  seal::it_holds",
            "    | test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured",
            "test result: FAILED. 3 passed; 1 failed; finished in 0.10s",
        ];
        assert_eq!(counted(Runner::Tests, &lines), Counts { passed: 3, failed: 1 });
    }
}
