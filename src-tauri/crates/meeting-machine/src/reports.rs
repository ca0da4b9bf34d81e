//! What one link reported and the machine has not read yet. It is bounded, and never makes the link wait. Pure.
//!
//! The task that delivers media adds reports here and goes on. When the machine is slow, reports that come again anyway
//! are dropped first. Of a changing value only the newest is kept.

use std::collections::VecDeque;

use holdfast_peer_machine::PeerEvent;

use crate::LinkEvent;

/// How many reports of one link may wait: a burst of candidates and messages of a full room. A machine further behind
/// than this is stuck.
const WAITING: usize = 256;

/// The reports of one link, in the order they came.
#[derive(Debug, Default)]
pub struct LinkReports {
    waiting: VecDeque<LinkEvent>,
}

impl LinkReports {
    /// Adds a report. Returns how many were dropped for it.
    ///
    /// The negotiation recovers from a lost description or candidate as from one lost on the network, and media states
    /// are sent again until they are acknowledged. The latest state of the link is never lost, only the states before
    /// it.
    pub fn push(&mut self, event: LinkEvent) -> u64 {
        let mut dropped = 0;
        if self.waiting.len() >= WAITING {
            let overtaken = self.waiting.iter().position(|earlier| event.replaces(earlier));
            let repeatable = || self.waiting.iter().position(LinkEvent::is_said_again);
            // With neither, only states wait, one of each kind, and these are far fewer than fit.
            if let Some(index) = overtaken.or_else(repeatable) {
                self.waiting.remove(index);
                dropped = 1;
            }
        }
        self.waiting.push_back(event);
        dropped
    }

    /// The oldest report.
    pub fn pop(&mut self) -> Option<LinkEvent> {
        self.waiting.pop_front()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl LinkEvent {
    /// Whether `earlier` is out of date once this is known.
    fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Peer(event), Self::Peer(earlier)) => replaces(event, earlier),
            (Self::FirstPicture(source), Self::FirstPicture(earlier)) => source == earlier,
            _ => false,
        }
    }

    /// Whether the sender repeats it if it had no effect.
    fn is_said_again(&self) -> bool {
        use PeerEvent::{Control, KeyframeRequested, Signal};
        matches!(self, Self::Peer(Signal { .. } | Control(_) | KeyframeRequested(_)))
    }
}

fn replaces(event: &PeerEvent, earlier: &PeerEvent) -> bool {
    use PeerEvent::{Attempt, ControlClosed, ControlOpen, Failed, KeyframeRequested, Rebuilt, State};
    match (event, earlier) {
        (KeyframeRequested(source), KeyframeRequested(earlier)) => source == earlier,
        (ControlOpen | ControlClosed, ControlOpen | ControlClosed)
        | (State(_), State(_))
        | (Attempt(_), Attempt(_))
        | (Failed { .. }, Failed { .. })
        | (Rebuilt { .. }, Rebuilt { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use holdfast_negotiation::PeerState;
    use holdfast_protocol::{PeerMessage, TrackSource};

    use super::*;

    fn message() -> LinkEvent {
        PeerEvent::Control(PeerMessage::Goodbye {}).into()
    }

    fn all(mut reports: LinkReports) -> Vec<LinkEvent> {
        std::iter::from_fn(|| reports.pop()).collect()
    }

    #[test]
    fn what_fits_comes_out_as_it_came() {
        let mut reports = LinkReports::default();
        let came = [
            PeerEvent::State(PeerState::Connecting).into(),
            message(),
            PeerEvent::State(PeerState::Connected).into(),
        ];
        for event in came.clone() {
            assert_eq!(reports.push(event), 0);
        }
        assert_eq!(all(reports), came);
    }

    #[test]
    fn a_flood_of_messages_does_not_push_out_how_the_link_stands() {
        let mut reports = LinkReports::default();
        reports.push(PeerEvent::State(PeerState::Connected).into());
        reports.push(LinkEvent::FirstPicture(TrackSource::Camera));
        let dropped: u64 = (0..10_000).map(|_| reports.push(message())).sum();
        let left = all(reports);
        assert_eq!(left.len(), WAITING);
        assert_eq!(dropped, 10_002 - WAITING as u64);
        assert_eq!(
            left[..2],
            [PeerEvent::State(PeerState::Connected).into(), LinkEvent::FirstPicture(TrackSource::Camera)]
        );
    }

    #[test]
    fn a_link_that_flaps_leaves_its_newest_state() {
        let mut reports = LinkReports::default();
        for _ in 0..10_000 {
            reports.push(PeerEvent::ControlClosed.into());
            reports.push(PeerEvent::State(PeerState::Reconnecting).into());
            reports.push(PeerEvent::ControlOpen.into());
            reports.push(PeerEvent::State(PeerState::Connected).into());
        }
        let left = all(reports);
        assert!(left.len() <= WAITING, "{}", left.len());
        assert_eq!(
            left[left.len() - 2..],
            [PeerEvent::ControlOpen.into(), PeerEvent::State(PeerState::Connected).into()]
        );
    }
}
