//! Whether this machine slept, or this process stood still, according to its own clocks. Pure: the driver reads the
//! clocks.

use std::time::Duration;

/// A gap this long is a sleep. A busy machine delays a task much less. The other end of a connection gives up on us
/// after about this time, so a shorter gap needs no help.
const SLEPT: Duration = Duration::from_secs(4);

/// Compares two clocks with their last values. On most systems, one of them stops while the machine sleeps.
#[derive(Debug)]
pub struct Clocks {
    steady: Duration,
    wall: Duration,
}

impl Clocks {
    /// How often to read the clocks.
    pub const LOOK_EVERY: Duration = Duration::from_secs(1);

    /// Starts from the present values. `steady` never goes back; `wall` is the time of day.
    #[must_use]
    pub fn new(steady: Duration, wall: Duration) -> Self {
        Self { steady, wall }
    }

    /// Whether one of the clocks went on much further than the time between two looks. A wall clock set forward looks
    /// the same, and costs a check of the paths. One set back means nothing.
    pub fn jumped(&mut self, steady: Duration, wall: Duration) -> bool {
        let jumped = steady.saturating_sub(self.steady) > SLEPT || wall.saturating_sub(self.wall) > SLEPT;
        *self = Self { steady, wall };
        jumped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_sleep_shows_on_either_clock_and_only_once() {
        let mut clocks = Clocks::new(s(0), s(1000));
        assert!(!clocks.jumped(s(1), s(1001)));
        assert!(clocks.jumped(s(2), s(1062)), "the steady clock stopped");
        assert!(!clocks.jumped(s(3), s(1063)));
        assert!(clocks.jumped(s(63), s(1123)), "both went on");
        assert!(!clocks.jumped(s(64), s(1124)));
    }

    #[test]
    fn a_clock_set_back_and_a_busy_moment_are_no_sleep() {
        let mut clocks = Clocks::new(s(10), s(1000));
        assert!(!clocks.jumped(s(11), s(500)));
        assert!(!clocks.jumped(s(14), s(503)));
    }
}
