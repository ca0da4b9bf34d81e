//! What a client sends to the signaling server.

use serde::{Deserialize, Serialize};

use crate::{
    Generation, MessageNumber, ParseError, ParticipantId, RoomId,
    error::parse_tagged,
    limits::{CLIENT_CHARS, MAX_SEQ, PAYLOAD_CHARS, PROFILE_CHARS},
};

/// One message from client to server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// First message on every connection.
    Hello {
        /// [`crate::VERSION`].
        version: u32,
        /// Name and version of the software, for the server's log; at most 64 bytes.
        client: String,
    },
    /// Second message on every connection.
    Join {
        /// Room of the link.
        room: RoomId,
        /// Own id.
        participant: ParticipantId,
        /// Ed25519 public key of the link's join key, base64url.
        public_key: String,
        /// Signature over the server's challenge; see [`crate::JoinKey::prove`].
        proof: String,
        /// Sealed [`crate::Profile`].
        profile: String,
        /// Present to continue an earlier session.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<Resume>,
    },
    /// A sealed message for one participant.
    Relay {
        /// Grows with every relay of this client; at most 2^53 - 1.
        seq: MessageNumber,
        /// Receiver.
        to: ParticipantId,
        /// Generation of the connection the message belongs to.
        generation: Generation,
        /// Sealed [`crate::PeerMessage`].
        payload: String,
    },
    /// Our own profile changed.
    Profile {
        /// Sealed [`crate::Profile`].
        profile: String,
    },
    /// Everything the server sent up to `seq` has arrived.
    Ack {
        /// Highest `seq` seen from the server.
        seq: MessageNumber,
    },
    /// Leaving on purpose; the server closes the connection and forgets the participant at once.
    Leave {},
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
}

/// What a returning client shows to continue its session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Token of the last welcome.
    pub token: String,
    /// Highest `seq` received from the server; 0 for none.
    pub last_seq: MessageNumber,
}

impl ClientMessage {
    const TYPES: [&str; 8] = ["hello", "join", "relay", "profile", "ack", "leave", "ping", "pong"];

    /// Reads one text frame. Never panics, whatever the text.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let message: Self = parse_tagged(text, &Self::TYPES)?;
        if message.within_bounds() { Ok(message) } else { Err(ParseError::Malformed) }
    }

    /// The text frame of this message.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The `type` on the wire, for logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Join { .. } => "join",
            Self::Relay { .. } => "relay",
            Self::Profile { .. } => "profile",
            Self::Ack { .. } => "ack",
            Self::Leave {} => "leave",
            Self::Ping { .. } => "ping",
            Self::Pong { .. } => "pong",
        }
    }

    fn within_bounds(&self) -> bool {
        match self {
            Self::Hello { client, .. } => client.len() <= CLIENT_CHARS,
            Self::Join { profile, resume, .. } => {
                profile.len() <= PROFILE_CHARS && resume.as_ref().is_none_or(|r| r.last_seq.get() <= MAX_SEQ)
            }
            Self::Relay { seq, payload, .. } => {
                (1..=MAX_SEQ).contains(&seq.get()) && payload.len() <= PAYLOAD_CHARS
            }
            Self::Profile { profile } => profile.len() <= PROFILE_CHARS,
            Self::Ack { seq } => seq.get() <= MAX_SEQ,
            Self::Leave {} | Self::Ping { .. } | Self::Pong { .. } => true,
        }
    }
}

/// Only the type: proofs, tokens and payloads must not reach a log through a careless `{:?}`.
impl std::fmt::Debug for ClientMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientMessage({})", self.kind())
    }
}

impl std::fmt::Debug for Resume {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resume").field("last_seq", &self.last_seq).finish_non_exhaustive()
    }
}
