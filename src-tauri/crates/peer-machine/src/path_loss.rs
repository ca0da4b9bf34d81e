//! Which packets of one stream the path lost, also if they were sent again on request (RFC 4585, 6.2.1). A repeated
//! packet has the same number, so counting only what comes would hide nearly all loss. Pure.

use holdfast_terms::Elapsed;
use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use crate::losses::{MAX_MISSING, OVERTAKEN};
use crate::sequence::ahead;

/// Most requested packets of one stream to count between two reports, which are a second apart. Beyond that most
/// packets are lost, and the report says so too.
const MAX_ASKED: usize = 1024;

/// The packets of one incoming stream.
#[derive(Debug)]
pub struct Arrivals {
    highest: u16,
    /// Packets that may still come without a request, oldest first, with the time at which they were missed.
    missing: VecDeque<(u16, Duration)>,
}

impl Arrivals {
    /// A stream that begins with this packet, which is not counted yet.
    pub fn new(sequence: u16) -> Self {
        Self { highest: sequence.wrapping_sub(1), missing: VecDeque::new() }
    }

    /// A packet came. Returns how many more should have come by now, and whether this one came without a request. It
    /// did not if it was requested again or came twice.
    pub fn arrived(&mut self, sequence: u16, now: Elapsed) -> (u16, bool) {
        while self.missing.front().is_some_and(|(_, since)| now.saturating_sub(*since) > OVERTAKEN) {
            self.missing.pop_front();
        }
        let Some(ahead) = ahead(self.highest, sequence) else {
            let place = self.missing.iter().position(|(missing, _)| *missing == sequence);
            return (0, place.and_then(|place| self.missing.remove(place)).is_some());
        };
        for step in (1..ahead).skip(usize::from(ahead - 1).saturating_sub(MAX_MISSING)) {
            if self.missing.len() == MAX_MISSING {
                self.missing.pop_front();
            }
            self.missing.push_back((self.highest.wrapping_add(step), now));
        }
        self.highest = sequence;
        (ahead, true)
    }
}

/// What the remote says about one outgoing stream.
#[derive(Debug, Default)]
pub struct Deliveries {
    /// Packets requested again since the last report, and between the last two reports: a packet is requested until it
    /// comes.
    asked: HashSet<u16>,
    asked_before: HashSet<u16>,
    /// Highest number and total of lost packets in the last report.
    last: Option<(u32, u32)>,
}

impl Deliveries {
    /// The remote asked for a packet again.
    pub fn asked_again(&mut self, sequence: u16) {
        if self.asked.len() < MAX_ASKED && !self.asked_before.contains(&sequence) {
            self.asked.insert(sequence);
        }
    }

    /// A report came. Returns how many packets it is about, and how many of them were lost. The remote calls a packet
    /// lost if it was still missing at the time of the report.
    pub fn reported(&mut self, highest: u32, total_lost: u32) -> (u32, u32) {
        self.asked_before = std::mem::take(&mut self.asked);
        let asked = u32::try_from(self.asked_before.len()).unwrap_or(u32::MAX);
        let Some((highest_before, lost_before)) = self.last.replace((highest, total_lost)) else {
            return (0, 0);
        };
        // The total falls when lost packets arrive late.
        (highest.wrapping_sub(highest_before), total_lost.saturating_sub(lost_before).max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these packets, each with its millisecond, were expected, and how many came without a request.
    fn counted(first: u16, came: &[(u64, u16)]) -> (u32, u32) {
        let mut arrivals = Arrivals::new(first);
        std::iter::once(&(0, first)).chain(came).fold((0, 0), |(expected, arrived), &(at, sequence)| {
            let (more, itself) = arrivals.arrived(sequence, Duration::from_millis(at));
            (expected + u32::from(more), arrived + u32::from(itself))
        })
    }

    #[test]
    fn a_packet_that_was_overtaken_came_and_one_that_was_sent_again_was_lost() {
        assert_eq!(counted(65_534, &[(20, 65_535), (40, 0), (60, 1)]), (4, 4));
        assert_eq!(counted(65_534, &[(20, 0), (25, 65_535)]), (3, 3));
        assert_eq!(counted(65_534, &[(20, 0), (26, 65_535)]), (3, 2));
    }

    #[test]
    fn a_packet_that_comes_twice_does_not_replace_a_lost_one() {
        assert_eq!(counted(1, &[(20, 3), (21, 3), (22, 1), (40, 2), (41, 2), (42, 2)]), (3, 2));
        assert_eq!(counted(1, &[(20, 3), (21, 2), (22, 2)]), (3, 3));
    }

    #[test]
    fn a_jump_remembers_a_bounded_number_of_packets() {
        let mut arrivals = Arrivals::new(0);
        assert_eq!(arrivals.arrived(0, Duration::ZERO), (1, true));
        assert_eq!(arrivals.arrived(30_000, Duration::ZERO), (30_000, true));
        assert_eq!(arrivals.missing.len(), MAX_MISSING);
        assert_eq!(arrivals.missing.back().map(|(sequence, _)| *sequence), Some(29_999));
    }

    #[test]
    fn a_packet_asked_for_often_and_across_a_report_was_lost_once() {
        let mut deliveries = Deliveries::default();
        assert_eq!(deliveries.reported(100, 0), (0, 0));
        [120, 121, 121, 199].into_iter().for_each(|sequence| deliveries.asked_again(sequence));
        assert_eq!(deliveries.reported(200, 1), (100, 3), "one is still missing, three were lost");
        [199, 199, 205].into_iter().for_each(|sequence| deliveries.asked_again(sequence));
        assert_eq!(deliveries.reported(300, 1), (100, 1));
        assert_eq!(deliveries.reported(400, 11), (100, 10), "no one asked for them");
    }

    #[test]
    fn a_remote_cannot_make_us_remember_endless_requests() {
        let mut deliveries = Deliveries::default();
        (0..u16::MAX).for_each(|sequence| deliveries.asked_again(sequence));
        assert_eq!(deliveries.asked.len(), MAX_ASKED);
    }
}
