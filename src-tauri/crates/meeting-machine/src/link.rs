//! A connection that carries feeds, wanted or made. Its remote is a participant, and today it carries only their feeds.

use holdfast_negotiation::PeerState;
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{Generation, ParticipantId, PeerMessage, TrackSource};
use holdfast_terms::Elapsed;

use crate::UnixMs;
use crate::machine::HeldMessages;

/// The key of one link. A link that was given up has another key than the next one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkKey {
    /// The id at the other end, by which the signaling server reaches it.
    pub remote: ParticipantId,
    /// Never used twice in a meeting.
    pub instance: u64,
}

/// What a link reports. Media does not pass through the machine, only the news that it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// What the connection reports.
    Peer(PeerEvent),
    /// The first picture of this source came.
    FirstPicture(TrackSource),
}

impl From<PeerEvent> for LinkEvent {
    fn from(event: PeerEvent) -> Self {
        Self::Peer(event)
    }
}

/// What the machine asks of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkRequest {
    /// Take this description or candidate of the other end.
    Signal {
        /// Generation it came with.
        generation: Generation,
        /// What.
        message: PeerMessage,
    },
    /// Send this over the control channel.
    Control(PeerMessage),
    /// Ask for a keyframe of this source.
    Keyframe(TrackSource),
    /// Whether media is expected on it, according to the media states of those whose feeds it carries.
    ExpectMedia(bool),
    /// Whether the signaling server answers.
    Signaling(bool),
    /// The addresses of this machine changed.
    AddressChanged,
    /// This machine slept.
    Woke,
    /// The client at the other end began anew: its end of the connection is gone.
    RemoteRestarted,
    /// The person wants another try.
    Retry,
}

/// A link that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) key: LinkKey,
    pub(crate) generation: Generation,
    pub(crate) at: Elapsed,
    /// It was connected once, gave up once or took too long, so it no longer takes a place among the attempts.
    pub(crate) settled: bool,
    pub(crate) control_open: bool,
}

/// A link to one remote, from the moment it is wanted.
#[derive(Debug)]
pub struct Link {
    pub(crate) begun: Option<Begun>,
    state: PeerState,
    since_ms: UnixMs,
    attempt: u32,
    /// What the other end said about a link that we could not begin yet.
    pub(crate) held: HeldMessages,
}

impl Link {
    /// A link that is wanted and not begun.
    pub(crate) fn wanted(now: UnixMs) -> Self {
        Self {
            begun: None,
            state: PeerState::Waiting,
            since_ms: now,
            attempt: 0,
            held: HeldMessages::default(),
        }
    }

    /// Its key; `None` before it was begun.
    #[must_use]
    pub fn key(&self) -> Option<&LinkKey> {
        self.begun.as_ref().map(|begun| &begun.key)
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> PeerState {
        self.state
    }

    /// When that state was entered.
    #[must_use]
    pub fn since_ms(&self) -> UnixMs {
        self.since_ms
    }

    /// The number of the present attempt to get it back, from 1; 0 when nothing is being repaired.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Generation of the connection; [`Generation::NONE`] before the first.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.begun.as_ref().map_or(Generation::NONE, |begun| begun.generation)
    }

    /// Whether media can flow.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state == PeerState::Connected
    }

    /// Whether the control channel carries messages.
    #[must_use]
    pub fn is_control_open(&self) -> bool {
        self.begun.as_ref().is_some_and(|begun| begun.control_open)
    }

    /// Notes its state; the time of entry changes only with the state. Returns whether that is news.
    pub(crate) fn set_state(&mut self, state: PeerState, now: UnixMs) -> bool {
        let news = self.state != state;
        if news {
            self.state = state;
            self.since_ms = now;
        }
        if let Some(begun) = &mut self.begun {
            begun.settled |= matches!(state, PeerState::Connected | PeerState::Failed);
        }
        news
    }

    /// Notes the present attempt at repair. Returns whether that is news.
    pub(crate) fn set_attempt(&mut self, attempt: u32) -> bool {
        std::mem::replace(&mut self.attempt, attempt) != attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_state_is_that_of_its_entry() {
        let mut link = Link::wanted(20);
        assert_eq!((link.state(), link.since_ms()), (PeerState::Waiting, 20));
        assert!(link.set_state(PeerState::Connecting, 30));
        assert!(!link.set_state(PeerState::Connecting, 40));
        assert_eq!(link.since_ms(), 30);
    }
}
