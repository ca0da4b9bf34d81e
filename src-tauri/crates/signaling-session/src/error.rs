//! Why a meeting cannot be joined, or why the stay in it ended.

use holdfast_protocol::{ErrorCode, SealError};
use thiserror::Error;

/// Errors of a signaling session and of the client that drives it. Nothing in them names an address or a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignalingError {
    /// No connection: name not found, connection refused, no route, or no answer in time.
    #[error("the signaling server cannot be reached")]
    Unreachable,
    /// The server's certificate is not trusted, or there is no TLS where the link says so.
    #[error("the connection to the signaling server cannot be secured")]
    Tls,
    /// Something answers there, but it is not a Holdfast signaling server.
    #[error("there is no signaling server at this address")]
    NotASignalingServer,
    /// The server speaks another version.
    #[error("the signaling server speaks another version")]
    UnsupportedVersion,
    /// The link's secret is not the one of the room.
    #[error("the secret of the link is not the room's")]
    WrongSecret,
    /// 16 people are in the room.
    #[error("the room is full")]
    RoomFull,
    /// Someone else has this participant id.
    #[error("the participant id is taken")]
    IdTaken,
    /// The same participant joined from elsewhere and took over.
    #[error("the meeting was taken over by another connection")]
    Replaced,
    /// The server has no room for more rooms or connections.
    #[error("the signaling server is full")]
    ServerFull,
    /// The server is being stopped.
    #[error("the signaling server is stopping")]
    ServerClosing,
    /// The server refused with a code that points to a mistake in the software.
    #[error("the signaling server refused: {0}")]
    Refused(ErrorCode),
    /// Our own profile cannot be sealed.
    #[error("the profile cannot be used: {0}")]
    Profile(#[from] SealError),
    /// The client left while it was joining.
    #[error("the client has left")]
    Left,
}

impl SignalingError {
    /// Stable code, for programs and to choose a sentence for people.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Tls => "tls_failed",
            Self::NotASignalingServer => "not_a_signaling_server",
            Self::UnsupportedVersion => "unsupported_version",
            Self::WrongSecret => "wrong_secret",
            Self::RoomFull => "room_full",
            Self::IdTaken => "id_taken",
            Self::Replaced => "replaced",
            Self::ServerFull => "server_full",
            Self::ServerClosing => "server_closing",
            Self::Refused(code) => code.as_str(),
            Self::Profile(error) => error.code(),
            Self::Left => "left",
        }
    }
}

impl From<ErrorCode> for SignalingError {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::UnsupportedVersion => Self::UnsupportedVersion,
            ErrorCode::WrongSecret => Self::WrongSecret,
            ErrorCode::RoomFull => Self::RoomFull,
            ErrorCode::IdTaken => Self::IdTaken,
            ErrorCode::Replaced => Self::Replaced,
            ErrorCode::ServerFull => Self::ServerFull,
            ErrorCode::ServerClosing => Self::ServerClosing,
            ErrorCode::TimedOut => Self::Unreachable,
            other => Self::Refused(other),
        }
    }
}

/// Whether to come back after this fatal error, if we were already in the room.
pub(crate) fn is_passing(code: ErrorCode) -> bool {
    // A code of a later version, which was chosen so that we treat it as an interruption.
    code.is_temporary() || code == ErrorCode::Unknown
}
