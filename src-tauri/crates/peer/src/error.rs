//! What can go wrong with a connection, as codes.

use thiserror::Error;

/// Why the connection refused an operation. We do not keep the library's own text, because it may quote session
/// descriptions and addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConnectionError {
    /// No socket could be bound, or the library refused the configuration.
    #[error("the peer connection could not be made")]
    Setup,
    /// The text is not a session description (RFC 8866), or lacks what WebRTC needs.
    #[error("the session description cannot be read")]
    MalformedDescription,
    /// The session description is well formed but does not fit the state of the connection.
    #[error("the session description was refused")]
    RefusedDescription,
    /// The library could not make an offer or an answer.
    #[error("no session description could be made")]
    NoDescription,
    /// The local offer could not be taken back.
    #[error("the rollback was refused")]
    RefusedRollback,
    /// The candidate cannot be read or came before the remote description.
    #[error("the candidate was refused")]
    RefusedCandidate,
    /// There is no connection of this generation.
    #[error("there is no such connection")]
    NoConnection,
    /// The library did not return in time.
    #[error("the operation took too long")]
    TimedOut,
}

impl ConnectionError {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Setup => "connection_setup",
            Self::MalformedDescription => "description_malformed",
            Self::RefusedDescription => "description_refused",
            Self::NoDescription => "description_not_made",
            Self::RefusedRollback => "rollback_refused",
            Self::RefusedCandidate => "candidate_refused",
            Self::NoConnection => "connection_gone",
            Self::TimedOut => "operation_timed_out",
        }
    }
}
