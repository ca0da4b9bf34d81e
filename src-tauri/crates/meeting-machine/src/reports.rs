//! What one link reported and the machine has not taken in yet: bounded, and it never makes the link wait. Pure.
//!
//! The task that brings media puts reports here and goes on. When the machine is slow, what can be said again is
//! dropped first, and of a level only the newest value is held.

use std::collections::VecDeque;

use crate::LinkEvent;

/// Reports of one link that may wait: a burst of candidates and messages of a full room. A machine that is further
/// behind than this is stuck.
const WAITING: usize = 256;

/// The reports of one link, in the order they came.
#[derive(Debug, Default)]
pub struct LinkReports {
    waiting: VecDeque<LinkEvent>,
}

impl LinkReports {
    /// Takes in a report. Returns how many were dropped for it.
    ///
    /// The negotiation makes up for a lost description or candidate as for one lost on the network, and media states
    /// are told again until they are held. How the link stands is never lost, only how it stood in between.
    pub fn push(&mut self, event: LinkEvent) -> u64 {
        let mut dropped = 0;
        if self.waiting.len() >= WAITING {
            let overtaken = self.waiting.iter().position(|earlier| event.replaces(earlier));
            let repeatable = || self.waiting.iter().position(LinkEvent::is_said_again);
            // Without either, all that waits are levels, one of each kind, which are far fewer than fit.
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
    /// Whether `earlier` says nothing any more once this is known.
    fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::ControlOpen | Self::ControlClosed, Self::ControlOpen | Self::ControlClosed) => true,
            (Self::KeyframeRequested(one), Self::KeyframeRequested(other))
            | (Self::FirstPicture(one), Self::FirstPicture(other)) => one == other,
            (Self::State(_), Self::State(_))
            | (Self::Attempt(_), Self::Attempt(_))
            | (Self::Failed { .. }, Self::Failed { .. })
            | (Self::Rebuilt { .. }, Self::Rebuilt { .. }) => true,
            _ => false,
        }
    }

    /// Whether the same is said again when it had no effect.
    fn is_said_again(&self) -> bool {
        matches!(self, Self::Signal { .. } | Self::Control(_) | Self::KeyframeRequested(_))
    }
}

#[cfg(test)]
mod tests {
    use holdfast_negotiation::PeerState;
    use holdfast_protocol::{PeerMessage, TrackSource};

    use super::*;

    fn message() -> LinkEvent {
        LinkEvent::Control(PeerMessage::Goodbye {})
    }

    fn all(mut reports: LinkReports) -> Vec<LinkEvent> {
        std::iter::from_fn(|| reports.pop()).collect()
    }

    #[test]
    fn what_fits_comes_out_as_it_came() {
        let mut reports = LinkReports::default();
        let came =
            [LinkEvent::State(PeerState::Connecting), message(), LinkEvent::State(PeerState::Connected)];
        for event in came.clone() {
            assert_eq!(reports.push(event), 0);
        }
        assert_eq!(all(reports), came);
    }

    #[test]
    fn a_flood_of_messages_does_not_push_out_how_the_link_stands() {
        let mut reports = LinkReports::default();
        reports.push(LinkEvent::State(PeerState::Connected));
        reports.push(LinkEvent::FirstPicture(TrackSource::Camera));
        let dropped: u64 = (0..10_000).map(|_| reports.push(message())).sum();
        let left = all(reports);
        assert_eq!(left.len(), WAITING);
        assert_eq!(dropped, 10_002 - WAITING as u64);
        assert_eq!(
            left[..2],
            [LinkEvent::State(PeerState::Connected), LinkEvent::FirstPicture(TrackSource::Camera)]
        );
    }

    #[test]
    fn a_link_that_flaps_leaves_its_newest_state() {
        let mut reports = LinkReports::default();
        for _ in 0..10_000 {
            reports.push(LinkEvent::ControlClosed);
            reports.push(LinkEvent::State(PeerState::Reconnecting));
            reports.push(LinkEvent::ControlOpen);
            reports.push(LinkEvent::State(PeerState::Connected));
        }
        let left = all(reports);
        assert!(left.len() <= WAITING, "{}", left.len());
        assert_eq!(left[left.len() - 2..], [LinkEvent::ControlOpen, LinkEvent::State(PeerState::Connected)]);
    }
}
