//! Runs other programs, with their output visible.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// A program could not be started.
    #[error("could not start {program}: {source}")]
    Start { program: String, source: std::io::Error },
    /// A program reported a failure.
    #[error("{program} failed ({status})")]
    Failed { program: String, status: ExitStatus },
    /// A file could not be read or written.
    #[error("{what}: {source}")]
    File { what: String, source: std::io::Error },
    /// The machine lacks something that only its owner can add; the text says what to do.
    #[error("{0}")]
    Missing(String),
    /// A check found something wrong.
    #[error("{0}")]
    Check(String),
}

/// The result of a task or a part of one.
pub(crate) type Outcome<T = ()> = Result<T, Problem>;

/// A command line as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// Runs a program on our terminal until it ends.
pub(crate) fn run(command: &mut Command) -> Outcome {
    println!("    $ {}", shown(command));
    let status = command.status().map_err(|source| Problem::Start { program: program(command), source })?;
    finished(command, status)
}

/// Success, or the failure of this command.
pub(crate) fn finished(command: &Command, status: ExitStatus) -> Outcome {
    if status.success() { Ok(()) } else { Err(Problem::Failed { program: shown(command), status }) }
}

/// Runs a program, passes its output on, and gives each line to `line`.
pub(crate) fn run_watched(command: &mut Command, line: impl Fn(&str) + Sync) -> Outcome {
    println!("    $ {}", shown(command));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| Problem::Start { program: program(command), source })?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        let line = &line;
        if let Some(output) = output {
            scope.spawn(move || pass_on(output, std::io::stdout(), line));
        }
        if let Some(errors) = errors {
            scope.spawn(move || pass_on(errors, std::io::stderr(), line));
        }
    });
    let status = child.wait().map_err(|source| Problem::Start { program: program(command), source })?;
    finished(command, status)
}

/// A line without terminal colours.
pub(crate) fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // A colour is ESC [ digits m.
            letters.by_ref().find(|letter| letter.is_ascii_alphabetic());
        } else {
            text.push(letter);
        }
    }
    text
}

fn pass_on(from: impl Read, mut to: impl Write, line: &(impl Fn(&str) + Sync)) {
    for text in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let text = String::from_utf8_lossy(&text);
        line(&text);
        // A closed terminal must not stop the tests.
        let _ = writeln!(to, "{text}");
    }
}

/// The output of a program, or `None` if it is missing or fails.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of this name is on the path.
pub(crate) fn on_path(name: &str) -> bool {
    let path: OsString = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| {
        dir.join(name).is_file() || dir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)).is_file()
    })
}
