//! A build that says how far it is.
//!
//! Reads cargo's own progress bar, the only place with the total number of parts. If it cannot understand the bar, the
//! build runs anyway and does not say how far it is.

use std::io::{BufRead, BufReader, IsTerminal as _, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Outcome, Problem, finished, plain, shown};
use crate::steps::spoken;

/// On a terminal, the line is rewritten at most this often.
const ON_TERMINAL: Duration = Duration::from_millis(200);
/// Elsewhere each line stays, so there are fewer lines.
const ELSEWHERE: Duration = Duration::from_secs(15);
/// With fewer parts than this, there is no estimate for the others.
const ENOUGH: u32 = 20;

/// Parts compiled, and parts in all.
type Count = (u32, u32);

/// How far a build is, as far as cargo told us. Knows no clock.
#[derive(Debug, Default)]
struct Progress {
    /// How many parts were done when the build began to compile, and when that was.
    began: Option<(u32, Duration)>,
    told: Option<Duration>,
    last: Option<Count>,
}

impl Progress {
    /// What to say at `now` (since the start) after cargo showed this count, if anything.
    fn see(&mut self, count: Count, now: Duration, pause: Duration) -> Option<String> {
        let (done, all) = count;
        let (before, since) = *self.began.get_or_insert((done, now));
        if self.last == Some(count) || !self.is_due(now, pause) {
            return None;
        }
        self.last = Some(count);
        let mut text = format!("{done} of {all} parts compiled, {} so far", spoken(now));
        let fresh = done.saturating_sub(before);
        if fresh >= ENOUGH {
            let left =
                now.saturating_sub(since).mul_f64(f64::from(all.saturating_sub(done)) / f64::from(fresh));
            text.push_str(&format!(", about {} to go", roughly(left)));
        }
        Some(text)
    }

    /// Whether something may be said at `now`. If so, the next pause begins.
    fn is_due(&mut self, now: Duration, pause: Duration) -> bool {
        let due = self.told.is_none_or(|told| now.saturating_sub(told) >= pause);
        if due {
            self.told = Some(now);
        }
        due
    }
}

/// A time, no more exact than it is known.
fn roughly(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{} s", seconds.next_multiple_of(10).max(10)),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

/// 57 of 123 in "Building [====>      ] 57/123: tokio, rtc".
fn count(line: &str) -> Option<Count> {
    let bar = line.trim_start().strip_prefix("Building [")?;
    let (_, rest) = bar.split_once("] ")?;
    let (done, all) = rest.split(':').next()?.split_once('/')?;
    Some((done.trim().parse().ok()?, all.trim().parse().ok()?))
}

/// What is left to download, as cargo writes it over itself: "Downloading 3 crates, remaining bytes: 2.6MiB".
fn download(line: &str) -> Option<&str> {
    let line = line.trim();
    line.starts_with("Downloading ").then_some(line)
}

/// Whether a line only names a part, which the count already shows.
fn is_routine(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || ["Compiling ", "Fresh ", "Downloaded "].iter().any(|word| line.starts_with(word))
}

/// Runs a cargo that builds, and says how far it is.
pub(crate) fn build(command: &mut Command) -> Outcome {
    println!("    $ {}", shown(command));
    command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
    command.stderr(Stdio::piped());
    let terminal = std::io::stdout().is_terminal();
    if terminal {
        // Its output goes through us, so it cannot see that the output ends on a terminal.
        command.env("CARGO_TERM_COLOR", "always");
    }
    let failed = |source, command: &Command| Problem::Start { program: shown(command), source };
    let start = Instant::now();
    let mut child = command.spawn().map_err(|source| failed(source, command))?;
    if let Some(said) = child.stderr.take() {
        follow(said, &mut std::io::stdout(), terminal, || start.elapsed());
    }
    let status = child.wait().map_err(|source| failed(source, command))?;
    finished(command, status)
}

/// Passes on the lines that are not routine, and the count in our own words.
fn follow(from: impl Read, to: &mut impl Write, terminal: bool, now: impl Fn() -> Duration) {
    const CLEAR: &str = "\r\u{1b}[K";
    let clear = if terminal { CLEAR } else { "" };
    let mut progress = Progress::default();
    let mut pieces = Pieces(BufReader::new(from));
    let pause = if terminal { ON_TERMINAL } else { ELSEWHERE };
    // A closed terminal must not stop the build.
    let overwrite = |to: &mut dyn Write, text: &str| {
        let _ = if terminal { write!(to, "{clear}    {text}") } else { writeln!(to, "    {text}") };
        let _ = to.flush();
    };
    while let Some(piece) = pieces.next() {
        let line = plain(&piece);
        if let Some(count) = count(&line) {
            if let Some(text) = progress.see(count, now(), pause) {
                overwrite(to, &text);
            }
        } else if let Some(text) = download(&line) {
            if progress.is_due(now(), pause) {
                overwrite(to, text);
            }
        } else if !is_routine(&line) {
            let _ = writeln!(to, "{clear}{}", if terminal { &piece } else { &line });
        }
    }
    let _ = write!(to, "{clear}");
}

/// The output of a program, piece by piece: a bar is written over itself, so it ends with a carriage return.
struct Pieces<R>(R);

impl<R: BufRead> Pieces<R> {
    fn next(&mut self) -> Option<String> {
        let mut piece = Vec::new();
        loop {
            let buffer = self.0.fill_buf().ok()?;
            if buffer.is_empty() {
                return (!piece.is_empty()).then(|| String::from_utf8_lossy(&piece).into_owned());
            }
            let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            piece.extend_from_slice(&buffer[..end.unwrap_or(buffer.len())]);
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.0.consume(used);
            if end.is_some() {
                return Some(String::from_utf8_lossy(&piece).into_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: &str = "    Building [=======>      ] 57/123: tokio, rtc(build)";

    #[test]
    fn the_count_is_read_from_the_bar_and_from_nothing_else() {
        assert_eq!(count(BAR), Some((57, 123)));
        for line in ["   Compiling rtc v0.21.1", "Downloading [==> ] 3/4", "  Building [=> ]", ""] {
            assert_eq!(count(line), None, "{line}");
        }
    }

    #[test]
    fn the_time_to_go_comes_from_what_was_compiled_and_not_from_what_was_there() {
        let mut progress = Progress::default();
        let seconds = Duration::from_secs;
        let first = progress.see((500, 600), seconds(2), ELSEWHERE);
        assert_eq!(first.as_deref(), Some("500 of 600 parts compiled, 2.0 s so far"));
        assert_eq!(progress.see((501, 600), seconds(3), ELSEWHERE), None);
        let later = progress.see((550, 600), seconds(302), ELSEWHERE);
        assert_eq!(later.as_deref(), Some("550 of 600 parts compiled, 5 m 02 s so far, about 5 min to go"));
        assert_eq!(progress.see((550, 600), seconds(402), ELSEWHERE), None);
    }

    #[test]
    fn errors_are_passed_on_and_routine_is_not() {
        let said = format!("   Compiling a v1\n{BAR}\r\u{1b}[Kerror: broken\n  --> a.rs:1\n{BAR}\rlast");
        let mut shown = Vec::new();
        follow(said.as_bytes(), &mut shown, false, || Duration::ZERO);
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert_eq!(shown, "    57 of 123 parts compiled, 0.0 s so far\nerror: broken\n  --> a.rs:1\nlast\n");
    }

    #[test]
    fn a_thousand_downloads_are_not_a_thousand_lines() {
        let bar = |left: u32| format!(" Downloading {left} crates, remaining bytes: 2.6MiB      \r");
        let said: String = (0..1000).rev().map(bar).collect();
        let (mut shown, tick) = (Vec::new(), std::cell::Cell::new(0));
        follow(said.as_bytes(), &mut shown, false, || {
            Duration::from_millis(40 * tick.replace(tick.get() + 1))
        });
        let shown = String::from_utf8_lossy(&shown).into_owned();
        let first = "    Downloading 999 crates, remaining bytes: 2.6MiB";
        assert_eq!((shown.lines().count(), shown.lines().next()), (3, Some(first)));
    }
}
