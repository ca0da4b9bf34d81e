//! What participants say to each other: sealed through the server, or in clear JSON inside the `control`
//! data channel, which DTLS protects.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    DescriptionNumber, Generation, Instance, Mid, ParseError, ParticipantId, Revision, TrackSource,
    error::parse_tagged,
    limits::{CANDIDATE_BYTES, FRAME_BYTES, MAX_SEQ, MID_BYTES, NAME_CHARS, ROOM_PARTICIPANTS, TRACKS},
};

/// One message from participant to participant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PeerMessage {
    /// A session description.
    Description {
        /// Offer or answer.
        kind: DescriptionKind,
        /// The SDP (RFC 8866).
        sdp: String,
        /// What the sender sends on each of its m-lines, by `mid`.
        tracks: BTreeMap<Mid, TrackSource>,
        /// Counts the sender's descriptions to this receiver, so that an answer can say which offer it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<DescriptionNumber>,
        /// In an answer, the `number` of the offer it answers: after a cut, the answer to an offer that was taken
        /// back may arrive when the next offer is out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<DescriptionNumber>,
        /// In the `control` channel: the connection this is about, when it is not the one the channel belongs to.
        /// A `relay` carries a generation of its own, and this one counts for nothing there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        generation: Option<Generation>,
    },
    /// A trickled ICE candidate (RFC 8838).
    Candidate {
        /// The `candidate:` line; empty for end of candidates.
        candidate: String,
        /// `mid` of the m-line.
        sdp_mid: Option<Mid>,
        /// Index of the m-line.
        sdp_m_line_index: Option<u16>,
        /// As in a description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        generation: Option<Generation>,
    },
    /// What the sender's microphone, camera, screen and hand are doing.
    MediaState(ToldMediaState),
    /// The sender has the receiver's media state of this revision, the newest it has seen.
    MediaStateAck {
        /// The revision; at most 2^53 - 1.
        revision: Revision,
        /// Which stay of the receiver sent that state, as in its [`Profile`]: an answer to an earlier stay may only
        /// arrive when the next one has begun and reached the same revision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<Instance>,
    },
    /// The participants whose sound reaches the sender: those it hears, and those it would hear if they spoke. Sent
    /// over the `control` channel when it changed and now and then. Only a display uses it.
    Hears {
        /// At most as many as a room holds.
        participants: Vec<ParticipantId>,
    },
    /// The sender leaves on purpose. Do not try to reach it again.
    Goodbye {},
}

/// Offer or answer. A rollback is local and never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DescriptionKind {
    /// Opens a negotiation.
    Offer,
    /// Completes it.
    Answer,
}

/// One participant's media state. Only its owner changes it. The revision only grows, and a copy with a smaller one is
/// older.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MediaState {
    /// Grows by one with each change; at most 2^53 - 1.
    pub revision: Revision,
    /// Whether sound is sent.
    pub microphone: bool,
    /// Whether the camera is sent.
    pub camera: bool,
    /// Whether a screen is shared.
    pub screen: bool,
    /// Whether the hand is raised.
    pub hand: bool,
}

/// A [`MediaState`] as its owner sends it at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldMediaState {
    /// The state.
    #[serde(flatten)]
    pub state: MediaState,
    /// How long the hand has been up at that moment, in milliseconds; at most 2^53 - 1. A receiver who learns of
    /// several hands at once puts them in the order in which they were raised. `None` while the hand is down, and from
    /// a client that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_for_ms: Option<u64>,
}

impl From<MediaState> for ToldMediaState {
    fn from(state: MediaState) -> Self {
        Self { state, hand_for_ms: None }
    }
}

/// Why a peer message could not be read or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PeerMessageError {
    /// Not JSON, or a field is missing, of the wrong type or over its bound.
    #[error("the peer message is malformed")]
    Malformed,
    /// A `type` that this version does not know; ignore it.
    #[error("the peer message has an unknown type")]
    UnknownType,
}

impl PeerMessageError {
    /// Stable code, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "peer_message_malformed",
            Self::UnknownType => "peer_message_unknown_type",
        }
    }
}

impl PeerMessage {
    const TYPES: [&str; 6] =
        ["description", "candidate", "media_state", "media_state_ack", "hears", "goodbye"];

    /// Reads the JSON of one message. Never panics, whatever the text.
    pub fn parse(text: &str) -> Result<Self, PeerMessageError> {
        let message: Self = parse_tagged(text, &Self::TYPES).map_err(|error| match error {
            ParseError::UnknownType => PeerMessageError::UnknownType,
            ParseError::TooLarge | ParseError::Malformed => PeerMessageError::Malformed,
        })?;
        if message.within_bounds() { Ok(message) } else { Err(PeerMessageError::Malformed) }
    }

    /// The JSON of this message.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The `type` on the wire, for logs and counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Description { kind: DescriptionKind::Offer, .. } => "offer",
            Self::Description { kind: DescriptionKind::Answer, .. } => "answer",
            Self::Candidate { .. } => "candidate",
            Self::MediaState(_) => "media_state",
            Self::MediaStateAck { .. } => "media_state_ack",
            Self::Hears { .. } => "hears",
            Self::Goodbye {} => "goodbye",
        }
    }

    fn within_bounds(&self) -> bool {
        match self {
            Self::Description { sdp, tracks, .. } => {
                sdp.len() <= FRAME_BYTES
                    && tracks.len() <= TRACKS
                    && tracks.keys().all(|mid| mid.as_str().len() <= MID_BYTES)
            }
            Self::Candidate { candidate, sdp_mid, .. } => {
                candidate.len() <= CANDIDATE_BYTES
                    && sdp_mid.as_ref().is_none_or(|mid| mid.as_str().len() <= MID_BYTES)
            }
            Self::MediaState(told) => {
                told.state.revision.get() <= MAX_SEQ && told.hand_for_ms.is_none_or(|ms| ms <= MAX_SEQ)
            }
            Self::MediaStateAck { revision, .. } => revision.get() <= MAX_SEQ,
            Self::Hears { participants } => participants.len() <= ROOM_PARTICIPANTS,
            Self::Goodbye {} => true,
        }
    }
}

/// Only the kind: session descriptions and candidates carry addresses and must not reach a log.
impl fmt::Debug for PeerMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MediaState(told) => f.debug_tuple("PeerMessage").field(told).finish(),
            other => write!(f, "PeerMessage({})", other.kind()),
        }
    }
}

/// What a participant shows of itself; sealed for the whole room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Display name: 1 to 64 characters, no control characters, not blank.
    pub name: String,
    /// The instance of the client in this stay; `None` from a client that does not say. If a known participant begins a
    /// session with the same instance, it still has its connections. With another instance, or without one, it has
    /// forgotten them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Instance>,
    /// Whether they host the meeting: the others connect to them first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub host: bool,
}

/// A display name that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("the name is empty")]
    Empty,
    /// More than 64 characters.
    #[error("the name is longer than 64 characters")]
    TooLong,
    /// A line break or another control character.
    #[error("the name contains a control character")]
    ControlCharacter,
}

impl NameError {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "name_empty",
            Self::TooLong => "name_too_long",
            Self::ControlCharacter => "name_control_character",
        }
    }
}

impl Profile {
    /// A profile with this name, white space around it removed, and without an instance.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().count() > NAME_CHARS {
            return Err(NameError::TooLong);
        }
        if name.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        Ok(Self { name: name.to_owned(), instance: None, host: false })
    }

    /// The same profile, with the instance of this stay.
    #[must_use]
    pub fn with_instance(self, instance: Instance) -> Self {
        Self { instance: Some(instance), ..self }
    }

    /// The same profile, of the host or of a guest.
    #[must_use]
    pub fn with_host(self, host: bool) -> Self {
        Self { host, ..self }
    }

    /// The profile with a cleaned name, as [`Profile::new`] would make it.
    pub(crate) fn normalized(&self) -> Result<Self, NameError> {
        Ok(Self { name: Self::new(&self.name)?.name, ..self.clone() })
    }
}

/// Without the name, because people's names must not reach a log.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}
