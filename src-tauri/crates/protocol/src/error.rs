//! Error codes on the wire, and why a text frame was not a message.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why the server refuses something. Stable: people and programs may match on these, never on the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The client speaks a version the server does not. Fatal.
    UnsupportedVersion,
    /// Not JSON, not text, a field missing, of the wrong type or over its bound. Fatal.
    Malformed,
    /// A `type` the server does not know. Not fatal: the message is ignored.
    UnknownType,
    /// A WebSocket message of more than 64 KiB. Fatal.
    FrameTooLarge,
    /// The join proof does not fit the room's key. Fatal.
    WrongSecret,
    /// 16 people are in the room. Fatal.
    RoomFull,
    /// Another live connection has this participant id. Fatal.
    IdTaken,
    /// More messages than the rate allows. Fatal; resume after a second.
    RateLimited,
    /// A message that needs a joined room came before `join`. Fatal.
    NotJoined,
    /// A second `hello` or `join`. Fatal.
    AlreadyJoined,
    /// A relay to someone who is not in the room. Not fatal.
    UnknownParticipant,
    /// Nothing arrived for 15 seconds, or no `join` within 10. Fatal; resume at once.
    TimedOut,
    /// The client reads slower than messages come. Fatal; resume at once.
    TooSlow,
    /// A newer connection of the same participant took over. Fatal; do not come back.
    Replaced,
    /// The server holds as many rooms or connections as it may. Fatal; try again later.
    ServerFull,
    /// The server stops. Fatal; try again later.
    ServerClosing,
    /// A code of a later version that this client does not know.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// The code as it is on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnsupportedVersion => "unsupported_version",
            Self::Malformed => "malformed",
            Self::UnknownType => "unknown_type",
            Self::FrameTooLarge => "frame_too_large",
            Self::WrongSecret => "wrong_secret",
            Self::RoomFull => "room_full",
            Self::IdTaken => "id_taken",
            Self::RateLimited => "rate_limited",
            Self::NotJoined => "not_joined",
            Self::AlreadyJoined => "already_joined",
            Self::UnknownParticipant => "unknown_participant",
            Self::TimedOut => "timed_out",
            Self::TooSlow => "too_slow",
            Self::Replaced => "replaced",
            Self::ServerFull => "server_full",
            Self::ServerClosing => "server_closing",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the server closes the connection after an error with this code.
    pub fn is_fatal(self) -> bool {
        !matches!(self, Self::UnknownType | Self::UnknownParticipant)
    }

    /// Whether coming back later with the same link can succeed although no person changed anything.
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::TimedOut | Self::TooSlow | Self::ServerFull | Self::ServerClosing
        )
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text frame that is not a message of this version. Carries nothing of the frame, so it can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Longer than [`crate::limits::FRAME_BYTES`].
    #[error("the frame is larger than 64 KiB")]
    TooLarge,
    /// Not JSON, or a field is missing, of the wrong type or over its bound.
    #[error("the frame is not a well-formed message")]
    Malformed,
    /// Well-formed JSON with a `type` this version does not know.
    #[error("the message has an unknown type")]
    UnknownType,
}

impl ParseError {
    /// The code the server answers with.
    pub fn error_code(self) -> ErrorCode {
        match self {
            Self::TooLarge => ErrorCode::FrameTooLarge,
            Self::Malformed => ErrorCode::Malformed,
            Self::UnknownType => ErrorCode::UnknownType,
        }
    }

    /// Stable code, for programs.
    pub fn code(self) -> &'static str {
        self.error_code().as_str()
    }
}

/// Parses one frame of an internally tagged message enum whose tags are `known`.
pub(crate) fn parse_tagged<T: serde::de::DeserializeOwned>(
    text: &str,
    known: &[&str],
) -> Result<T, ParseError> {
    if text.len() > crate::limits::FRAME_BYTES {
        return Err(ParseError::TooLarge);
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| ParseError::Malformed)?;
    let Some(tag) = value.get("type").and_then(serde_json::Value::as_str) else {
        return Err(ParseError::Malformed);
    };
    if !known.contains(&tag) {
        return Err(ParseError::UnknownType);
    }
    serde_json::from_value(value).map_err(|_| ParseError::Malformed)
}
