//! Every timer of the machine, in one place. Knows when, not what then.

use holdfast_terms::Elapsed;
use std::time::Duration;

/// All timers. At most one of each runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// When to connect although local media is not ready.
    LocalMedia,
    /// When to give up an operation the driver does not finish.
    Operation,
    /// When to give up a task whose turn it is but that cannot start.
    Stable,
    /// When to give up the offer that is out.
    Answer,
    /// When to offer the tracks that changed.
    Debounce,
    /// When to stop waiting for the first connection and begin recovery.
    Connect,
    /// When to see missing media as trouble.
    Silence,
    /// When to see that the previous connection no longer carries media.
    PreviousSilence,
    /// When to apply a refused offer of the remote again.
    ApplyAgain,
    /// When to see a closed control channel as gone for good.
    Control,
    /// When to see the running attempt of the ladder as failed.
    Attempt,
    /// When to try again in the background.
    Backoff,
}

impl Timer {
    /// All of them, in the order in which those due at the same moment fire.
    pub(crate) const ALL: [Self; 12] = [
        Self::LocalMedia,
        Self::Operation,
        Self::Stable,
        Self::Answer,
        Self::Debounce,
        Self::Connect,
        Self::Silence,
        Self::PreviousSilence,
        Self::ApplyAgain,
        Self::Control,
        Self::Attempt,
        Self::Backoff,
    ];

    /// Name in snapshots.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LocalMedia => "localMedia",
            Self::Operation => "operation",
            Self::Stable => "stable",
            Self::Answer => "answer",
            Self::Debounce => "debounce",
            Self::Connect => "connect",
            Self::Silence => "silence",
            Self::PreviousSilence => "previousSilence",
            Self::ApplyAgain => "applyAgain",
            Self::Control => "control",
            Self::Attempt => "attempt",
            Self::Backoff => "backoff",
        }
    }
}

/// When each timer is due.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timers {
    due: [Option<Duration>; Timer::ALL.len()],
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Elapsed) {
        self.due[timer as usize] = Some(at);
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        self.due[timer as usize] = None;
    }

    pub(crate) fn clear_all(&mut self) {
        self.due = Default::default();
    }

    pub(crate) fn get(&self, timer: Timer) -> Option<Duration> {
        self.due[timer as usize]
    }

    pub(crate) fn next(&self) -> Option<Duration> {
        self.due.iter().flatten().min().copied()
    }

    /// Takes out the timer that is due first.
    pub(crate) fn take_due(&mut self, now: Elapsed) -> Option<Timer> {
        let timer = Timer::ALL
            .into_iter()
            .filter(|timer| self.get(*timer).is_some_and(|at| at <= now))
            .min_by_key(|timer| self.get(*timer))?;
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_timers_come_out_by_time_and_once() {
        let mut timers = Timers::default();
        timers.set(Timer::Answer, Duration::from_secs(2));
        timers.set(Timer::Backoff, Duration::from_secs(1));
        timers.set(Timer::Debounce, Duration::from_secs(9));
        assert_eq!(timers.next(), Some(Duration::from_secs(1)));
        let now = Duration::from_secs(3);
        assert_eq!(timers.take_due(now), Some(Timer::Backoff));
        assert_eq!(timers.take_due(now), Some(Timer::Answer));
        assert_eq!(timers.take_due(now), None);
        assert_eq!(timers.next(), Some(Duration::from_secs(9)));
    }

    #[test]
    fn every_timer_has_its_own_slot() {
        for (index, timer) in Timer::ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, index);
        }
    }
}
