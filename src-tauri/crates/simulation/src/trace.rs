//! What happened, for people to read. Kept only on request: a run that failed is repeated with it.

use std::collections::VecDeque;
use std::time::Duration;

/// Lines kept.
const LINES: usize = 400_000;

#[derive(Debug, Clone)]
struct Line {
    at: Duration,
    seat: Option<usize>,
    other: Option<usize>,
    text: String,
}

/// The last lines.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    wanted: bool,
    lines: VecDeque<Line>,
}

impl Trace {
    pub(crate) fn new(wanted: bool) -> Self {
        Self { wanted, lines: VecDeque::new() }
    }

    /// Notes something about one person, or about one person's connection with another.
    pub(crate) fn note(
        &mut self,
        at: Duration,
        seat: Option<usize>,
        other: Option<usize>,
        text: impl FnOnce() -> String,
    ) {
        if !self.wanted {
            return;
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { at, seat, other, text: text() });
    }

    /// The last `count` lines about these people, about what happens between them, and about everyone.
    #[must_use]
    pub fn about(&self, people: &[usize], count: usize) -> Vec<String> {
        let concerns = |line: &&Line| {
            line.seat.is_none_or(|seat| people.contains(&seat))
                && line.other.is_none_or(|other| people.contains(&other))
        };
        let mut lines: Vec<_> = self
            .lines
            .iter()
            .rev()
            .filter(concerns)
            .take(count)
            .map(|line| {
                let who = match (line.seat, line.other) {
                    (Some(seat), Some(other)) => format!("{seat} with {other}"),
                    (Some(seat), None) => format!("{seat}"),
                    _ => "all".to_owned(),
                };
                format!("{:>12.6} {who:>8}  {}", line.at.as_secs_f64(), line.text)
            })
            .collect();
        lines.reverse();
        lines
    }
}
