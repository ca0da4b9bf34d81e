//! Notices that the machine slept, or that this process stood still, by its own clocks.

use std::time::{Duration, Instant, SystemTime};

use holdfast_meeting_machine::Clocks;
use tokio::time::{Interval, MissedTickBehavior};

/// Looks at the clocks once a second.
pub(crate) struct ClockWatch {
    started: Instant,
    clocks: Clocks,
    ticks: Interval,
}

impl ClockWatch {
    pub(crate) fn start() -> Self {
        let mut ticks = tokio::time::interval(Clocks::LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { started: Instant::now(), clocks: Clocks::new(Duration::ZERO, wall()), ticks }
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
