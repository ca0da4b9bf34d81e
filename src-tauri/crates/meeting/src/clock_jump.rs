//! Notices that the machine slept, or that this process stood still, by its own clocks.

use std::time::{Duration, Instant, SystemTime};

use tokio::time::{Interval, MissedTickBehavior};

/// How often the clocks are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A gap this long is a sleep. A busy machine delays a task by far less; the other end of a connection gives up on us
/// after about this long, so a shorter gap needs no help.
const SLEPT: Duration = Duration::from_secs(4);

/// Compares two clocks with what they said last: one of them stops while the machine sleeps, on most systems.
#[derive(Debug)]
struct Clocks {
    steady: Duration,
    wall: Duration,
}

impl Clocks {
    /// Whether one of the clocks went on much further than a look ago. A wall clock set forward looks the same, and
    /// costs a check of the paths; one set back says nothing.
    fn jumped(&mut self, steady: Duration, wall: Duration) -> bool {
        let jumped = steady.saturating_sub(self.steady) > SLEPT || wall.saturating_sub(self.wall) > SLEPT;
        *self = Self { steady, wall };
        jumped
    }
}

/// Looks at the clocks once a second.
pub(crate) struct ClockWatch {
    started: Instant,
    clocks: Clocks,
    ticks: Interval,
}

impl ClockWatch {
    pub(crate) fn start() -> Self {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { started: Instant::now(), clocks: Clocks { steady: Duration::ZERO, wall: wall() }, ticks }
    }

    /// Returns when a jump is seen. May be dropped and called again at any time.
    pub(crate) async fn jumped(&mut self) {
        loop {
            self.ticks.tick().await;
            if self.clocks.jumped(self.started.elapsed(), wall()) {
                tracing::info!("the clock jumped: the machine slept or the process stood still");
                return;
            }
        }
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_sleep_shows_on_either_clock_and_only_once() {
        let mut clocks = Clocks { steady: s(0), wall: s(1000) };
        assert!(!clocks.jumped(s(1), s(1001)));
        assert!(clocks.jumped(s(2), s(1062)), "the steady clock stopped");
        assert!(!clocks.jumped(s(3), s(1063)));
        assert!(clocks.jumped(s(63), s(1123)), "both went on");
        assert!(!clocks.jumped(s(64), s(1124)));
    }

    #[test]
    fn a_clock_set_back_and_a_busy_moment_are_no_sleep() {
        let mut clocks = Clocks { steady: s(10), wall: s(1000) };
        assert!(!clocks.jumped(s(11), s(500)));
        assert!(!clocks.jumped(s(14), s(503)));
    }
}
