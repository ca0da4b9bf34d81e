//! What the signaling server sends to a client.

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, Generation, MessageNumber, ParseError, ParticipantId, error::parse_tagged, limits};

/// One message from server to client.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Answers the client's hello.
    Hello {
        /// [`crate::VERSION`].
        version: u32,
        /// The text that the join proof signs; new for every connection.
        challenge: String,
        /// What this server allows.
        bounds: Bounds,
    },
    /// Answers a join that succeeded.
    Welcome {
        /// The id the client joined with.
        participant: ParticipantId,
        /// Secret of this session, shown again to resume it.
        token: String,
        /// Whether the earlier session goes on. If `false`, a new session begins.
        resumed: bool,
        /// Highest `seq` of the client's relays the server has; 0 in a new session.
        received: MessageNumber,
        /// Everyone else in the room.
        roster: Vec<RosterEntry>,
        /// What this server allows.
        bounds: Bounds,
    },
    /// Someone began a session. For an id already known, the instance in the profile says whether the client only lost
    /// its session or began anew.
    ParticipantJoined {
        /// Place in the server's events to this client.
        seq: MessageNumber,
        /// Who.
        participant: ParticipantId,
        /// Sealed profile.
        profile: String,
    },
    /// Someone changed the profile, lost the connection or came back.
    ParticipantChanged {
        /// Place in the server's events to this client.
        seq: MessageNumber,
        /// Who.
        participant: ParticipantId,
        /// Sealed profile.
        profile: String,
        /// Whether a connection of this participant is alive.
        present: bool,
    },
    /// Someone is gone.
    ParticipantLeft {
        /// Place in the server's events to this client.
        seq: MessageNumber,
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// A sealed message of another participant.
    Relay {
        /// Place in the server's events to this client.
        seq: MessageNumber,
        /// Sender, as the server says; the seal proves it.
        from: ParticipantId,
        /// Generation of the connection the message belongs to.
        generation: Generation,
        /// Sealed [`crate::PeerMessage`].
        payload: String,
    },
    /// Every relay of the client up to `seq` has arrived.
    Ack {
        /// Highest `seq` seen from the client.
        seq: MessageNumber,
    },
    /// Asks for a pong.
    Ping {
        /// The pong repeats it.
        nonce: u32,
    },
    /// Answers a ping.
    Pong {
        /// The nonce of the ping.
        nonce: u32,
    },
    /// Something was refused.
    Error {
        /// What went wrong.
        code: ErrorCode,
        /// A sentence for the developer of a client; never shown to people, never matched.
        message: String,
        /// Whether the server closes the connection now.
        fatal: bool,
    },
}

/// Why a participant is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// On purpose.
    Left,
    /// Was away longer than the resume window.
    TimedOut,
}

/// One other person in a welcome.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    /// Who.
    pub participant: ParticipantId,
    /// Sealed profile.
    pub profile: String,
    /// Whether a connection of this participant is alive.
    pub present: bool,
}

/// What the server allows, sent in `hello` and `welcome`. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Largest message in bytes.
    pub frame: u32,
    /// Longest sealed relay payload in characters.
    pub payload: u32,
    /// Longest sealed profile in characters.
    pub profile: u32,
    /// People in a room.
    pub room: u32,
    /// Longest name in Unicode scalar values.
    pub name: u32,
    /// Messages per second.
    pub rate: u32,
    /// Messages at once.
    pub burst: u32,
    /// Messages kept for someone who is away.
    pub queue: u32,
    /// Each side pings this often, in milliseconds.
    pub heartbeat_ms: u32,
    /// Silence after which a connection is dead, in milliseconds.
    pub dead_ms: u32,
    /// How long an interrupted session is kept, in milliseconds.
    pub resume_ms: u32,
}

impl Bounds {
    /// The bounds of version 1; see [`crate::limits`].
    pub const V1: Self = Self {
        frame: limits::FRAME_BYTES as u32,
        payload: limits::PAYLOAD_CHARS as u32,
        profile: limits::PROFILE_CHARS as u32,
        room: limits::ROOM_PARTICIPANTS as u32,
        name: limits::NAME_CHARS as u32,
        rate: limits::RATE_PER_SECOND,
        burst: limits::RATE_BURST,
        queue: limits::QUEUE_MESSAGES as u32,
        heartbeat_ms: limits::HEARTBEAT.as_millis() as u32,
        dead_ms: limits::DEAD_AFTER.as_millis() as u32,
        resume_ms: limits::RESUME_WINDOW.as_millis() as u32,
    };
}

impl ServerMessage {
    const TYPES: [&str; 10] = [
        "hello",
        "welcome",
        "participant_joined",
        "participant_changed",
        "participant_left",
        "relay",
        "ack",
        "ping",
        "pong",
        "error",
    ];

    /// An error message for `code`.
    pub fn error(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Error { code, message: message.into(), fatal: code.is_fatal() }
    }

    /// Reads one text frame. Never panics, whatever the text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse_tagged(text, &Self::TYPES)
    }

    /// The text frame of this message.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The `seq` of a message that takes part in resuming.
    pub fn seq(&self) -> Option<MessageNumber> {
        match self {
            Self::ParticipantJoined { seq, .. }
            | Self::ParticipantChanged { seq, .. }
            | Self::ParticipantLeft { seq, .. }
            | Self::Relay { seq, .. } => Some(*seq),
            _ => None,
        }
    }

    /// The `type` on the wire, for logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Welcome { .. } => "welcome",
            Self::ParticipantJoined { .. } => "participant_joined",
            Self::ParticipantChanged { .. } => "participant_changed",
            Self::ParticipantLeft { .. } => "participant_left",
            Self::Relay { .. } => "relay",
            Self::Ack { .. } => "ack",
            Self::Ping { .. } => "ping",
            Self::Pong { .. } => "pong",
            Self::Error { .. } => "error",
        }
    }
}

/// Only the type: tokens and payloads must not reach a log through a careless `{:?}`.
impl std::fmt::Debug for ServerMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Error { code, .. } => write!(f, "ServerMessage(error {code})"),
            other => write!(f, "ServerMessage({})", other.kind()),
        }
    }
}

impl std::fmt::Debug for RosterEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RosterEntry")
            .field("participant", &self.participant)
            .field("present", &self.present)
            .finish_non_exhaustive()
    }
}
