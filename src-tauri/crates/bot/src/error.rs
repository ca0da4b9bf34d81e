//! Why there is no report.

use std::path::PathBuf;

use holdfast_meeting::MeetingError;
use holdfast_protocol::{IdError, LinkError};
use holdfast_signaling_server::ServerError;

/// What stopped a participant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BotError {
    /// The server refused us, could not be reached, or the name is unusable.
    #[error("{0}")]
    Meeting(#[from] MeetingError),
    /// Our own signaling server could not be started.
    #[error("{0}")]
    Server(ServerError),
    /// The text is not an invite link.
    #[error("{0}")]
    Link(LinkError),
    /// No name for a room could be made.
    #[error("{0}")]
    Room(IdError),
    /// The media file to send cannot be played.
    #[error("the file to send is missing or damaged")]
    Source(&'static str),
    /// The report or the recording cannot be written.
    #[error("cannot write {0}: {1}")]
    Write(PathBuf, std::io::Error),
    /// The system has no more threads.
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
}

impl BotError {
    /// The stable code, for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Meeting(error) => error.code(),
            Self::Server(error) => error.code(),
            Self::Link(error) => error.code(),
            Self::Room(_) => "room",
            Self::Source(code) => code,
            Self::Write(..) => "file_unwritable",
            Self::Thread(_) => "no_thread",
        }
    }
}
