//! Why a meeting could not be joined, or had to end.

use holdfast_chat::WriteError;
use holdfast_protocol::NameError;
use holdfast_signaling_client::SignalingError;

/// Errors of [`crate::Meeting`]. The code reaches the user interface; the text is for logs.
#[derive(Debug, thiserror::Error)]
pub enum MeetingError {
    /// The signaling server refused us or could not be reached; the code says which.
    #[error("signaling: {0}")]
    Signaling(#[from] SignalingError),
    /// The meeting has ended and answers no more.
    #[error("the meeting has ended")]
    Ended,
    /// The system gave us no thread for the devices.
    #[error("no thread could be started")]
    NoThread,
    /// The name cannot be used; the code says why.
    #[error("name: {0}")]
    Name(#[from] NameError),
    /// This cannot be written; the code says why.
    #[error("chat: {0}")]
    Chat(#[from] WriteError),
}

impl MeetingError {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Signaling(error) => error.code(),
            Self::Ended => "ended",
            Self::NoThread => "no_thread",
            Self::Name(error) => error.code(),
            Self::Chat(error) => error.code(),
        }
    }
}
