//! What the application is told about the room, with every seal opened.

use std::time::Duration;

use holdfast_protocol::{Generation, LeaveReason, ParticipantId, PeerMessage, Profile};

use crate::SignalingError;

/// One other person in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub participant: ParticipantId,
    /// The profile they show.
    pub profile: Profile,
    /// Whether their signaling connection is alive.
    pub present: bool,
}

/// The room as it was when we joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcomed {
    /// Everyone else.
    pub roster: Vec<Member>,
}

/// Why something was dropped. Every drop is reported with its count, so that the sum is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// More than 100 messages waited for the server, so the oldest was dropped.
    QueueOverflow,
    /// A message of ours was too large or malformed and was not sent.
    Unsendable,
    /// The server did not pass a message on: the receiver is gone, or the server did not understand it.
    Refused,
    /// The server repeated an event; expected around a reconnect.
    Duplicate,
    /// Someone's message or profile had a broken seal: it was tampered with, or is not for us.
    BrokenSeal,
    /// Someone's message was older than one we have seen; expected after a server restart.
    Replayed,
    /// Someone's message had a right seal, but we did not understand it.
    NotUnderstood,
}

impl DropReason {
    /// Stable name for counters.
    pub fn code(self) -> &'static str {
        match self {
            Self::QueueOverflow => "queue_overflow",
            Self::Unsendable => "unsendable",
            Self::Refused => "refused",
            Self::Duplicate => "duplicate",
            Self::BrokenSeal => "broken_seal",
            Self::Replayed => "replayed",
            Self::NotUnderstood => "not_understood",
        }
    }
}

/// What happens in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalingEvent {
    /// Someone began a session. For an id already known, the [instance](Profile::instance) says what that means. The
    /// same instance: their client lost only its session, and its connections live. Another instance or none: the
    /// client started anew. The same holds for every other event with a profile.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// The profile they show.
        profile: Profile,
    },
    /// Someone changed the profile, lost the signaling connection or came back.
    Changed {
        /// Who.
        participant: ParticipantId,
        /// The profile they show.
        profile: Profile,
        /// Whether their signaling connection is alive.
        present: bool,
    },
    /// Someone is gone.
    Left {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// Someone sent us a message.
    Message {
        /// The sender; proven by the seal.
        from: ParticipantId,
        /// Generation of the connection that the message belongs to.
        generation: Generation,
        /// The message.
        message: PeerMessage,
    },
    /// The server has not answered for a second and a half, although the connection is still open: it may not carry
    /// what is sent now. Followed by [`SignalingEvent::Heard`] when it answers again, or by
    /// [`SignalingEvent::Disconnected`] within a few seconds.
    Silent,
    /// The server answers again on the same connection. Nothing sent meanwhile was lost.
    Heard,
    /// The server is away. The client queues everything that is sent meanwhile.
    Disconnected {
        /// How long the failed attempt took; zero when a session was lost.
        tried: Duration,
        /// When the next attempt begins; zero means at once.
        retry_in: Duration,
    },
    /// The server is back. If it had forgotten us (`resumed: false`), the people it does not know yet are in the roster
    /// as not present. If they stay away for the resume window, they are reported as left.
    Reconnected {
        /// Whether the session goes on without a gap.
        resumed: bool,
        /// Everyone else. Events that we missed follow.
        roster: Vec<Member>,
    },
    /// The server refuses us for good. Nothing follows.
    Refused(SignalingError),
    /// Something was dropped.
    Dropped {
        /// Why.
        reason: DropReason,
        /// How many since the last report with this reason.
        count: u64,
    },
}
