//! What the application is told about the room, with every seal opened.

use std::time::Duration;

use holdfast_protocol::{LeaveReason, ParticipantId, PeerMessage, Profile};

use crate::SignalingError;

/// One other person in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub participant: ParticipantId,
    /// What they tell about themselves.
    pub profile: Profile,
    /// Whether their signaling connection is alive.
    pub present: bool,
}

/// The room as it was when we came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcomed {
    /// Everyone else.
    pub roster: Vec<Member>,
}

/// Why something was dropped. Every drop is reported with how many it were, so that the sum is the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// More than 100 messages waited for the server; the oldest went.
    QueueOverflow,
    /// A message of ours was too large or malformed and was not sent.
    Unsendable,
    /// The server would not pass a message on: its receiver is gone, or it did not understand it.
    Refused,
    /// The server repeated an event; expected around a reconnect.
    Duplicate,
    /// Someone's message or profile had a broken seal: tampered with, or not for us.
    BrokenSeal,
    /// Someone's message was older than one already seen; expected after a server restart.
    Replayed,
    /// Someone's message was not understood though its seal was right.
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
    /// Someone began a session. For an id already known the [instance](Profile::instance) says what that means: with
    /// the same one their client lost only its session and its connections live; with another, or none, it started
    /// anew. The same holds for every other event with a profile.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// What they tell about themselves.
        profile: Profile,
    },
    /// Someone changed the profile, lost the signaling connection or came back.
    Changed {
        /// Who.
        participant: ParticipantId,
        /// What they tell about themselves.
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
        /// Who; proven by the seal.
        from: ParticipantId,
        /// Generation of the connection it belongs to.
        generation: u32,
        /// What.
        message: PeerMessage,
    },
    /// The server has not answered for a second and a half, though the connection is still open: what is sent now may
    /// not be carried. Followed by [`SignalingEvent::Heard`] when it speaks again, or by
    /// [`SignalingEvent::Disconnected`] within a few seconds.
    Silent,
    /// The server speaks again on the same connection; nothing sent meanwhile was lost.
    Heard,
    /// The server is away. Everything sent meanwhile is queued.
    Disconnected {
        /// How long the attempt took that failed; zero when a session was lost.
        tried: Duration,
        /// When the next attempt is made; zero for at once.
        retry_in: Duration,
    },
    /// The server is back. When it had forgotten us (`resumed: false`), whoever it does not know yet is in the
    /// roster as not present, and is reported as left if they stay away for the resume window.
    Reconnected {
        /// Whether the session goes on without a gap.
        resumed: bool,
        /// Everyone else; events that were missed follow.
        roster: Vec<Member>,
    },
    /// The server will not have us any more. Nothing follows.
    Refused(SignalingError),
    /// Something was dropped.
    Dropped {
        /// Why.
        reason: DropReason,
        /// How many since the last report with this reason.
        count: u64,
    },
}
