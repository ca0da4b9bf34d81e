//! How long packets must wait so that nearly all of them are there when they are due.
//!
//! Looks only at when packets arrive compared with when they were captured. A constant delay of the path cancels out.
//! What counts is how much later each packet came than the fastest one of the last seconds.

use super::{Samples, to_samples};
use std::{collections::VecDeque, time::Duration};

/// Number of packets in the window: five seconds of 20 ms packets, long enough to see a busy access point's bursts.
const WINDOW: usize = 256;
/// Recomputing over the window costs a few microseconds, so it is not done for every packet.
const EVERY: u32 = 8;
/// The target may fall by this much with every packet: 10 ms per second, slower than bursts come.
const FALL_PER_PACKET: Samples = 10;
/// A transit time this far from the others is not jitter: someone set the sender's clock.
const CLOCK_JUMP: Samples = 2 * 48_000;
/// Added to what the arrivals ask for, because threads wake up late.
const MARGIN: Samples = 240;
/// Room for a packet of 20 ms, its successor for the redundancy, and what threads need on a busy machine.
pub(super) const LEAST: Samples = 1440;
/// Beyond 400 ms people talk over each other, so the rest is concealed instead.
pub(super) const MOST: Samples = 19_200;

/// Estimates the delay from arrivals.
#[derive(Debug)]
pub(super) struct DelayEstimate {
    transits: VecDeque<Samples>,
    scratch: Vec<Samples>,
    since: u32,
    fastest: Samples,
    target: Samples,
    last_transit: Option<Samples>,
    /// Interarrival jitter in samples (RFC 3550, section 6.4.1).
    jitter: f32,
}

impl DelayEstimate {
    pub(super) fn new() -> Self {
        Self {
            transits: VecDeque::with_capacity(WINDOW),
            scratch: Vec::with_capacity(WINDOW),
            since: 0,
            fastest: 0,
            target: LEAST,
            last_transit: None,
            jitter: 0.0,
        }
    }

    /// A packet captured at `timestamp` (extended, in samples) and lasting `duration` arrived at `now`.
    pub(super) fn arrived(&mut self, timestamp: u64, duration: Samples, now: Duration) {
        let transit = to_samples(now) - timestamp as Samples;
        let jump = self.last_transit.map_or(0, |last| (transit - last).abs());
        self.last_transit = Some(transit);
        if jump > CLOCK_JUMP {
            self.transits.clear();
        } else {
            self.jitter += (jump as f32 - self.jitter) / 16.0;
        }
        if self.transits.len() == WINDOW {
            self.transits.pop_front();
        }
        self.transits.push_back(transit);
        self.since += 1;
        // A packet that would have come too late raises the target at once, unless it is the one exception in twenty
        // that the 95th percentile allows.
        self.fastest = self.transits.iter().copied().min().unwrap_or(transit);
        if self.since < EVERY && transit - self.fastest + duration <= self.target {
            return;
        }
        let fall = FALL_PER_PACKET * Samples::from(self.since);
        self.since = 0;
        let wanted = (self.percentile_95() - self.fastest + duration + MARGIN).clamp(LEAST, MOST);
        self.target = wanted.max(self.target - fall);
    }

    fn percentile_95(&mut self) -> Samples {
        self.scratch.clear();
        self.scratch.extend(&self.transits);
        // Rounded up, so that among very few packets the slowest one counts.
        let rank = (self.scratch.len() * 95).div_ceil(100).clamp(1, self.scratch.len().max(1)) - 1;
        if self.scratch.is_empty() { 0 } else { *self.scratch.select_nth_unstable(rank).1 }
    }

    /// How long after the arrival of the fastest packet a packet should be played.
    pub(super) fn target(&self) -> Samples {
        self.target
    }

    /// The same as a time between capture and playing, in the transit's own measure.
    pub(super) fn due(&self) -> Samples {
        self.fastest + self.target
    }

    /// Interarrival jitter in milliseconds, smoothed as in RFC 3550.
    pub(super) fn jitter_ms(&self) -> f32 {
        self.jitter / 48.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(estimate: &mut DelayEstimate, packets: u64, late_ms: impl Fn(u64) -> u64) {
        for n in 0..packets {
            estimate.arrived((1 << 40) + n * 960, 960, Duration::from_millis(500 + n * 20 + late_ms(n)));
        }
    }

    #[test]
    fn a_steady_path_needs_a_packet_and_a_half() {
        let mut estimate = DelayEstimate::new();
        feed(&mut estimate, 500, |_| 0);
        assert_eq!(estimate.target(), LEAST);
        assert!(estimate.jitter_ms() < 0.1);
    }

    #[test]
    fn the_slowest_packets_but_one_in_twenty_set_the_target() {
        let mut estimate = DelayEstimate::new();
        feed(&mut estimate, 500, |n| if n % 5 == 0 { 60 } else { 0 });
        assert_eq!(estimate.target(), 60 * 48 + 960 + MARGIN);
        let mut rare = DelayEstimate::new();
        feed(&mut rare, 2000, |n| if n % 100 == 99 { 150 } else { 0 });
        assert!(rare.target() < 60 * 48, "one packet in a hundred held the rest back: {}", rare.target());
    }

    #[test]
    fn the_target_rises_at_once_falls_slowly_and_stays_bounded() {
        let mut estimate = DelayEstimate::new();
        feed(&mut estimate, 20, |n| if n % 2 == 0 { 3000 } else { 0 });
        assert!(estimate.target() <= MOST);
        let mut burst = DelayEstimate::new();
        feed(&mut burst, 40, |n| if n % 4 == 0 { 120 } else { 0 });
        let high = burst.target();
        assert!(high >= 120 * 48);
        for n in 40..340 {
            burst.arrived((1 << 40) + n * 960, 960, Duration::from_millis(500 + n * 20));
        }
        assert!(burst.target() < high && burst.target() >= high - 301 * FALL_PER_PACKET);
    }
}
