//! A running program: its output line by line, its input, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a program may take to end after it was asked to; then it is killed.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// Lines kept of one program: hours of any log here. A program that floods its log has failed anyway.
const MOST_LINES: usize = 200_000;

/// Lines shown of each program when a test fails.
const SHOWN_LINES: usize = 60;

/// A program in a process group of its own. Dropping it ends the group. If the test failed, its last lines are printed.
pub struct Running {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: Arc<Output>,
    noise: fn(&str) -> bool,
}

#[derive(Default)]
struct Output {
    lines: Mutex<Vec<String>>,
    grew: Condvar,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, from: impl Read) {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let mut lines = self.lock();
            if lines.len() < MOST_LINES {
                lines.push(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
            }
            self.grew.notify_all();
        }
        self.grew.notify_all();
    }
}

impl Running {
    /// Starts a program. `name` is for failure messages.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_group(command);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{name}: {program} does not start: {error}; `cargo xtask setup` installs what tests need")
        });
        let output = Arc::new(Output::default());
        let streams = [
            child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        ];
        for stream in streams.into_iter().flatten() {
            let output = Arc::clone(&output);
            std::thread::spawn(move || output.read(stream));
        }
        let input = child.stdin.take();
        Self { name: name.to_owned(), child, input, output, noise: |_| false }
    }

    /// Leaves these lines out when a failed test shows the last lines.
    #[must_use]
    pub fn without_noise(mut self, noise: fn(&str) -> bool) -> Self {
        self.noise = noise;
        self
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes a line to its standard input.
    ///
    /// # Panics
    /// When the program does not listen any more.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its input is open");
        writeln!(input, "{line}").and_then(|()| input.flush()).expect("it listens");
    }

    /// Everything that it has printed so far, both streams in the order they came.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.output.lock().clone()
    }

    /// Waits for a line that `pick` accepts, also among lines already printed.
    ///
    /// # Panics
    /// When none comes in time.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, patience: Duration, pick: impl FnMut(&str) -> Option<T>) -> T {
        self.wait_for_from(0, what, patience, pick).1
    }

    /// The same, starting at line number `from`; also returns the number of the line after the one found.
    ///
    /// # Panics
    /// When none comes in time.
    #[track_caller]
    pub fn wait_for_from<T>(
        &self,
        from: usize,
        what: &str,
        patience: Duration,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> (usize, T) {
        let deadline = Instant::now() + patience;
        let mut seen = from;
        let mut lines = self.output.lock();
        loop {
            while seen < lines.len() {
                let found = pick(&lines[seen]);
                seen += 1;
                if let Some(found) = found {
                    return (seen, found);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{}: waited {patience:?} in vain for a line: {what}", self.name);
            lines = self.output.grew.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end in time.
    #[track_caller]
    pub fn wait_for_end(&mut self, patience: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        crate::eventually(&what, patience, || self.child.try_wait().expect("its state"))
    }

    /// Asks it to end, like a person who presses ctrl-c or a system that shuts down.
    pub fn ask_to_end(&mut self) {
        signal(&mut self.child, Signal::Terminate);
    }

    /// Kills it and everything it started.
    pub fn kill(&mut self) {
        signal(&mut self.child, Signal::Kill);
        let _ = self.child.wait();
    }

    /// Suspends it, as closing a laptop does.
    pub fn stop(&mut self) {
        signal(&mut self.child, Signal::Stop);
    }

    /// Lets it go on after [`Self::stop`].
    pub fn go_on(&mut self) {
        signal(&mut self.child, Signal::Continue);
    }

    fn end(&mut self) {
        if self.is_running() {
            self.ask_to_end();
            // A suspended program would not notice.
            self.go_on();
            let deadline = Instant::now() + END_PATIENCE;
            while self.is_running() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // Also when the leader has ended, because what it started may still run.
        signal(&mut self.child, Signal::Kill);
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            let lines = self.output.lock();
            let lines: Vec<_> = lines.iter().filter(|line| !(self.noise)(line)).collect();
            let skipped = lines.len().saturating_sub(SHOWN_LINES);
            eprintln!("--- last lines of {} ({skipped} before)", self.name);
            for line in &lines[skipped..] {
                eprintln!("    {line}");
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    Terminate,
    Kill,
    Stop,
    Continue,
}

#[cfg(unix)]
fn signal(child: &mut Child, which: Signal) {
    let Ok(group) = i32::try_from(child.id()) else { return };
    let number = match which {
        Signal::Terminate => libc::SIGTERM,
        Signal::Kill => libc::SIGKILL,
        Signal::Stop => libc::SIGSTOP,
        Signal::Continue => libc::SIGCONT,
    };
    // SAFETY: kill takes two integers and touches no memory. We made the group for this child. The number is not
    // reused, because no one has waited for the end of the child yet.
    unsafe { libc::kill(-group, number) };
}

#[cfg(not(unix))]
fn signal(child: &mut Child, which: Signal) {
    if matches!(which, Signal::Terminate | Signal::Kill) {
        let _ = child.kill();
    }
}

/// Gives it a process group of its own. On Linux, it ends together with us.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
    #[cfg(target_os = "linux")]
    // SAFETY: the closure runs between fork and exec and only makes system calls that allocate nothing; the one that
    // writes gets a place of the type it expects.
    unsafe {
        command.pre_exec(|| {
            let mut chosen: libc::c_int = 0;
            libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut chosen);
            // The creator of the command may already have chosen a stronger signal.
            if chosen == 0 {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
            }
            Ok(())
        });
    }
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Running {
        Running::start("shell", Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn lines_are_seen_in_order_and_input_is_answered() {
        let mut running = shell("echo ready; read answer; echo \"got $answer\"");
        running.wait_for("ready", SOON, |line| (line == "ready").then_some(()));
        running.tell("this");
        let (next, ()) =
            running.wait_for_from(1, "the answer", SOON, |line| (line == "got this").then_some(()));
        assert_eq!(next, 2);
        assert!(running.wait_for_end(SOON).success());
    }

    #[test]
    fn what_a_program_started_ends_with_it() {
        let running = shell("sleep 600 & echo $!; wait");
        let grandchild: u32 = running.wait_for("a process id", SOON, |line| line.parse().ok());
        let alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        assert!(alive());
        drop(running);
        crate::eventually("the grandchild's end", SOON, || (!alive()).then_some(()));
    }

    #[test]
    fn a_stopped_program_does_nothing_until_it_may_go_on() {
        let mut running = shell("echo $$; read answer; echo \"got $answer\"");
        let pid: u32 = running.wait_for("a process id", SOON, |line| line.parse().ok());
        let stopped = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.contains(") T ")
        };
        running.stop();
        crate::eventually("its stop", SOON, || stopped().then_some(()));
        running.tell("this");
        running.go_on();
        running.wait_for("the answer", SOON, |line| (line == "got this").then_some(()));
    }

    #[test]
    #[should_panic(expected = "in vain for a line: hope")]
    fn waiting_has_an_end() {
        shell("sleep 600").wait_for("hope", Duration::from_millis(50), |_| None::<()>);
    }
}
