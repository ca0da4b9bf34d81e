//! Which packets of one incoming stream are missing, and when to ask for each again (RFC 4585, 6.2.1).
//!
//! Pure: takes sequence numbers and the time, and returns requests. The first request goes out as soon as the packet
//! can no longer just be late. Each next one follows one round trip later, because only then a lost answer is missed.
//! Earlier requests would make a path that loses packets carry them twice.

use holdfast_terms::Elapsed;
use std::collections::VecDeque;
use std::time::Duration;

use crate::sequence::ahead;

/// After this long without a packet, the packets sent meanwhile cannot be repaired: the sender's memory for
/// retransmission is shorter, and the media is old anyway. Longer than a camera's slowest frame interval.
pub const OUTAGE: Duration = Duration::from_millis(500);

/// A packet may be this late before it counts as missing, because a path with several queues changes the order.
pub const OVERTAKEN: Duration = Duration::from_millis(5);

/// Added to the round trip before a request counts as lost: both ends take a few milliseconds to handle it.
const RETRY_MARGIN: Duration = Duration::from_millis(10);

/// Shortest time between two requests for one packet, on any path.
const LEAST_RETRY: Duration = Duration::from_millis(25);

/// A longer round trip counts as this long. A report that waited in a queue measures the queue. Such a measurement must
/// not stop all repair of pictures until the next one.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(300);

/// Most packets missing at a time. More cannot be repaired in time: it is a quarter of a second of everything that a
/// large picture sends.
pub const MAX_MISSING: usize = 256;

#[derive(Debug, Clone, Copy)]
struct Missing {
    sequence: u16,
    since: Elapsed,
    due: Elapsed,
}

/// What one stream is missing.
#[derive(Debug)]
pub struct Losses {
    newest: u16,
    arrived: Duration,
    /// In the order of their numbers.
    missing: VecDeque<Missing>,
    /// How long a packet is of use.
    patience: Duration,
}

impl Losses {
    /// A stream that begins with this packet. Its packets are useful for `patience` after their turn.
    pub fn new(sequence: u16, patience: Duration, now: Elapsed) -> Self {
        Self { newest: sequence, arrived: now, missing: VecDeque::new(), patience }
    }

    /// A packet came, for the first time or again.
    pub fn arrived(&mut self, sequence: u16, now: Elapsed) {
        let silent = now.saturating_sub(self.arrived);
        self.arrived = now;
        let ahead = ahead(self.newest, sequence);
        if silent >= OUTAGE || ahead.is_some_and(|ahead| usize::from(ahead) > MAX_MISSING) {
            // The receiver goes on at the next keyframe. Packets lost in an outage are of no use to it, and requests
            // for all of them would fill the path just when it is back.
            self.missing.clear();
            self.newest = if ahead.is_some() { sequence } else { self.newest };
            return;
        }
        let Some(ahead) = ahead else {
            self.missing.retain(|missing| missing.sequence != sequence);
            return;
        };
        for step in 1..ahead {
            let sequence = self.newest.wrapping_add(step);
            self.missing.push_back(Missing { sequence, since: now, due: now + OVERTAKEN });
        }
        self.newest = sequence;
        while self.missing.len() > MAX_MISSING {
            self.missing.pop_front();
        }
    }

    /// What to ask for now, in the order of the numbers. Forgets packets that can no longer come in time.
    pub fn take_due(&mut self, now: Elapsed, round_trip: Duration) -> Vec<u16> {
        let (patience, round_trip) = (self.patience, round_trip.min(LONGEST_ROUND_TRIP));
        self.missing.retain(|missing| now + round_trip < missing.since + patience);
        let pause = (round_trip + RETRY_MARGIN).max(LEAST_RETRY);
        let due = self.missing.iter_mut().filter(|missing| missing.due <= now);
        due.map(|missing| {
            missing.due = now + pause;
            missing.sequence
        })
        .collect()
    }

    /// When to call [`Self::take_due`].
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.missing.iter().map(|missing| missing.due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As long as pictures are waited for.
    const PATIENCE: u64 = 400;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// When each packet of a stream is requested, given when which packets came.
    fn asked(came: &[(u64, u16)], round_trip: u64, until: u64) -> Vec<(u64, Vec<u16>)> {
        asked_within(PATIENCE, came, round_trip, until)
    }

    fn asked_within(patience: u64, came: &[(u64, u16)], round_trip: u64, until: u64) -> Vec<(u64, Vec<u16>)> {
        let start = Duration::ZERO;
        let mut came = came.iter().copied();
        let mut next = came.next();
        let mut losses = Losses::new(next.map_or(0, |(_, first)| first), ms(patience), start);
        let mut asked = Vec::new();
        for at in 0..until {
            while let Some((_, sequence)) = next.filter(|(when, _)| *when <= at) {
                losses.arrived(sequence, start + ms(at));
                next = came.next();
            }
            if losses.poll_timeout().is_some_and(|due| due <= start + ms(at)) {
                let due = losses.take_due(start + ms(at), ms(round_trip));
                if !due.is_empty() {
                    asked.push((at, due));
                }
            }
        }
        asked
    }

    #[test]
    fn a_packet_that_came_or_was_overtaken_is_not_asked_for() {
        assert!(asked(&[(0, 65_534), (20, 65_535), (40, 0), (60, 1)], 10, 500).is_empty());
        assert!(asked(&[(0, 65_534), (20, 0), (23, 65_535)], 10, 500).is_empty());
    }

    #[test]
    fn a_lost_packet_is_asked_for_at_once_and_again_once_a_round_trip() {
        let asked = asked(&[(0, 65_534), (20, 1), (160, 0)], 50, 500);
        assert_eq!(
            asked,
            [(25, vec![65_535, 0]), (85, vec![65_535, 0]), (145, vec![65_535, 0]), (205, vec![65_535])]
                .into_iter()
                .chain([(265, vec![65_535]), (325, vec![65_535])])
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn on_a_short_path_a_packet_is_asked_for_many_times() {
        let asked = asked(&[(0, 1), (20, 3)], 1, 1_000);
        assert_eq!(asked.len(), 16, "{asked:?}");
        assert!(asked.iter().all(|(at, _)| *at < 20 + 400));
    }

    #[test]
    fn a_packet_is_not_asked_for_if_it_would_come_too_late() {
        assert!(asked_within(150, &[(0, 1), (20, 3)], 150, 1_000).is_empty());
        assert_eq!(asked_within(150, &[(0, 1), (20, 3)], 100, 1_000), [(25, vec![2])]);
    }

    #[test]
    fn a_round_trip_that_cannot_be_true_does_not_end_repair() {
        assert_eq!(asked(&[(0, 1), (20, 3)], 60_000, 1_000), [(25, vec![2])]);
    }

    #[test]
    fn packets_lost_in_an_outage_are_not_asked_for_but_all_others_are() {
        let back = 100 + u64::try_from(OUTAGE.as_millis()).unwrap_or(0);
        let asked = asked(&[(0, 65_530), (100, 65_533), (back, 200), (back + 10, 203)], 10, back + 60);
        let after: Vec<_> =
            asked.iter().filter(|(at, _)| *at >= back).map(|(_, what)| what.clone()).collect();
        assert_eq!(asked.first().map(|(_, what)| what.clone()), Some(vec![65_531, 65_532]));
        assert_eq!(after.first(), Some(&vec![201, 202]));
        assert!(after.iter().all(|what| *what == [201, 202]));
    }

    #[test]
    fn a_jump_is_no_loss_and_what_is_missing_stays_bounded() {
        let start = Duration::ZERO;
        let mut losses = Losses::new(0, ms(PATIENCE), start);
        losses.arrived(20_000, start);
        assert_eq!(losses.poll_timeout(), None);
        for step in 1..=100 {
            losses.arrived(20_000 + step * 10, start);
        }
        assert_eq!(losses.missing.len(), MAX_MISSING);
        // The newest packets are the useful ones.
        assert_eq!(losses.missing.back().map(|missing| missing.sequence), Some(20_999));
    }
}
