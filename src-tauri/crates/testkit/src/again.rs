//! Runs one test of the running test program in a process of its own, for tests that need an environment of their own.

use std::process::{Command, Output};

/// A command that runs one test of this test program, also an ignored one, and shows what it prints. `module` is the
/// `module_path!()` of the caller, `test` the name of the function.
pub fn one_test(module: &str, test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the path of the running test"));
    command.args(["--exact", &path(module, test), "--include-ignored", "--nocapture"]);
    command
}

/// Waits for a command of [`one_test`], shows what it printed, and checks that the test ran and passed. (A test program
/// without a test of that name succeeds too.)
#[track_caller]
pub fn assert_passes(command: &mut Command) {
    let output = command.output().expect("the test program starts");
    let text = printed(&output);
    println!("{text}");
    assert!(output.status.success() && text.contains("test result: ok. 1 passed"), "{}", output.status);
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The name of the test in the test program: the path without the name of the program.
fn path(module: &str, test: &str) -> String {
    module.split_once("::").map_or_else(|| test.to_owned(), |(_, inside)| format!("{inside}::{test}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "run by the tests below"]
    fn a_test_that_passes() {}

    #[test]
    fn a_test_is_found_by_its_module_and_name() {
        assert_passes(&mut one_test(module_path!(), "a_test_that_passes"));
        assert_eq!(path("program", "a_test"), "a_test");
        assert_eq!(path("program::inside", "a_test"), "inside::a_test");
    }

    #[test]
    #[should_panic(expected = "exit status: 0")]
    fn a_test_that_is_not_there_does_not_pass() {
        assert_passes(&mut one_test(module_path!(), "no_such_test"));
    }
}
