//! When the next picture is due.
//!
//! [`Schedule`] and [`RateLimit`] are pure: time is passed in. [`Pacer`] is the thin part that waits.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A flag that a thread can wait for. Every copy is the same flag.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// A flag that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the flag for good and wakes every waiting thread.
    pub fn set(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the moment or the flag, whichever comes first; true if the flag is set.
    #[must_use]
    pub fn wait_until(&self, moment: Instant) -> bool {
        let mut set = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*set {
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            set = self.0.1.wait_timeout(set, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// One beat of a [`Schedule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beat {
    /// Index of the picture to show now, counted from the start.
    pub(crate) index: u64,
    /// When it is due, since the start. Never earlier than that of the beat before.
    pub(crate) due: Duration,
    /// Beats since the last one that were not used.
    pub(crate) missed: u64,
}

/// Evenly spaced beats that do not drift: a late caller skips beats, and the later beats stay where they are.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// Nanoseconds of `frames` pictures, as a fraction, so that 30000/1001 does not drift.
    numerator: u32,
    denominator: u32,
    next: u64,
}

impl Schedule {
    /// `numerator / denominator` beats per second; both at least 1.
    pub(crate) fn new(numerator: u32, denominator: u32) -> Self {
        Self { numerator: numerator.max(1), denominator: denominator.max(1), next: 0 }
    }

    fn due(&self, index: u64) -> Duration {
        let nanos = u128::from(index) * u128::from(self.denominator) * 1_000_000_000;
        Duration::from_nanos(u64::try_from(nanos / u128::from(self.numerator)).unwrap_or(u64::MAX))
    }

    /// The beat to wait for, given how long the schedule has run.
    pub(crate) fn next_beat(&mut self, elapsed: Duration) -> Beat {
        let beats =
            elapsed.as_nanos() * u128::from(self.numerator) / (u128::from(self.denominator) * 1_000_000_000);
        let index = self.next.max(u64::try_from(beats).unwrap_or(u64::MAX));
        let missed = index - self.next;
        self.next = index + 1;
        Beat { index, due: self.due(index), missed }
    }
}

/// Waits for the beats of a [`Schedule`] that starts with the first wait.
#[derive(Debug)]
pub(crate) struct Pacer {
    schedule: Schedule,
    started: Option<Instant>,
    stop: Stop,
    missed: u64,
}

impl Pacer {
    pub(crate) fn new(schedule: Schedule, stop: &Stop) -> Self {
        Self { schedule, started: None, stop: stop.clone(), missed: 0 }
    }

    /// Waits for the next beat; `None` when stopped.
    pub(crate) fn wait(&mut self) -> Option<Beat> {
        let started = *self.started.get_or_insert_with(Instant::now);
        let beat = self.schedule.next_beat(started.elapsed());
        self.missed += beat.missed;
        (!self.stop.wait_until(started + beat.due)).then_some(beat)
    }

    /// Beats that were not used.
    pub(crate) fn missed(&self) -> u64 {
        self.missed
    }
}

/// Lets pictures through at no more than a given rate, evenly spread, at any rate of the source.
#[derive(Debug)]
pub(crate) struct RateLimit {
    interval: Duration,
    due: Option<Duration>,
}

impl RateLimit {
    pub(crate) fn new(fps: u32) -> Self {
        Self { interval: Duration::from_secs(1) / fps.max(1), due: None }
    }

    /// Whether to use the picture taken at this moment. Cameras jitter, so a picture up to a quarter interval early is
    /// used too. Otherwise a 30 fps camera would lose frames at 30 fps.
    pub(crate) fn admit(&mut self, captured_at: Duration) -> bool {
        let Some(due) = self.due else {
            self.due = Some(captured_at + self.interval);
            return true;
        };
        if captured_at + self.interval / 4 < due {
            return false;
        }
        // After a pause the schedule restarts from this picture, so that no burst makes up for the pause.
        self.due = Some((due + self.interval).max(captured_at + self.interval / 2));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn beats_are_even_and_do_not_drift_over_an_hour() {
        let mut schedule = Schedule::new(30_000, 1001);
        let mut last = Beat { index: 0, due: Duration::ZERO, missed: 0 };
        for _ in 0..107_892 {
            last = schedule.next_beat(last.due);
            assert_eq!(last.missed, 0);
        }
        assert_eq!(last.index, 107_891);
        assert!(last.due < Duration::from_secs(3600) && last.due > Duration::from_millis(3_599_900));
    }

    #[test]
    fn a_late_caller_skips_beats_and_they_are_counted() {
        let mut schedule = Schedule::new(10, 1);
        assert_eq!(schedule.next_beat(ms(0)), Beat { index: 0, due: ms(0), missed: 0 });
        assert_eq!(schedule.next_beat(ms(20)), Beat { index: 1, due: ms(100), missed: 0 });
        assert_eq!(schedule.next_beat(ms(450)), Beat { index: 4, due: ms(400), missed: 2 });
        assert_eq!(schedule.next_beat(ms(451)), Beat { index: 5, due: ms(500), missed: 0 });
    }

    #[test]
    fn a_stopped_pacer_does_not_wait() {
        let stop = Stop::new();
        let mut pacer = Pacer::new(Schedule::new(1, 3600), &stop);
        assert!(pacer.wait().is_some(), "the first beat is due at once");
        stop.set();
        assert!(pacer.wait().is_none(), "the next one would be an hour away");
    }

    fn admitted(times: impl Iterator<Item = u64>, fps: u32) -> usize {
        let mut limit = RateLimit::new(fps);
        times.filter(|t| limit.admit(ms(*t))).count()
    }

    #[test]
    fn the_rate_limit_keeps_slower_sources_whole_and_thins_faster_ones_evenly() {
        assert_eq!(admitted((0..150).map(|n| n * 100 / 3), 30), 150, "30 of 30");
        assert_eq!(
            admitted((0..150).map(|n| n * 100 / 3 + if n % 2 == 0 { 0 } else { 7 }), 30),
            150,
            "jitter"
        );
        assert_eq!(admitted((0..75).map(|n| n * 200 / 3), 30), 75, "15 of 15");
        assert_eq!(admitted((0..600).map(|n| n * 50 / 3), 30), 300, "30 of 60");
        let fifty = admitted((0..500).map(|n| n * 20), 30);
        assert!((295..=305).contains(&fifty), "30 of 50: {fifty}");
    }

    #[test]
    fn no_burst_follows_a_pause() {
        let mut limit = RateLimit::new(10);
        assert!(limit.admit(ms(0)));
        assert!(limit.admit(ms(5000)));
        assert!(!limit.admit(ms(5010)));
        assert!(limit.admit(ms(5100)));
    }
}
