//! Why a command failed, as the page gets it: a stable code, and parameters for the sentence. The page chooses the
//! sentence; the text here is for the log.

use std::collections::BTreeMap;
use std::io;

use holdfast_media::audio::AudioError;
use holdfast_meeting::{FaultError, MeetingError};
use holdfast_protocol::{LinkError, limits};
use holdfast_signaling_server::ServerError;
use serde::{Serialize, Serializer};
use serde_json::Value;
use ts_rs::TS;

use crate::preferences::{ICE_SERVERS, PreferenceError};

/// Errors of the app's commands.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    /// The text is not an invite link; the code says which part is wrong.
    #[error("link: {0}")]
    Link(#[from] LinkError),
    /// The name is empty.
    #[error("the name is empty")]
    NameEmpty,
    /// The name has too many characters.
    #[error("the name is too long")]
    NameTooLong,
    /// The meeting could not be joined, or it is over.
    #[error(transparent)]
    Meeting(#[from] MeetingError),
    /// The embedded signaling server could not be started.
    #[error("embedded server: {0}")]
    Server(#[from] ServerError),
    /// The command needs a meeting.
    #[error("not in a meeting")]
    NotInMeeting,
    /// There can be only one meeting at a time.
    #[error("in a meeting already")]
    AlreadyInMeeting,
    /// No meeting was interrupted.
    #[error("no meeting to rejoin")]
    NoLastCall,
    /// The person gave up joining.
    #[error("joining was cancelled")]
    Cancelled,
    /// The system has no clipboard to write to.
    #[error("no clipboard")]
    ClipboardUnavailable,
    /// No loopback port is available. Frames can come over IPC.
    #[error("frame socket: {0}")]
    FrameSocketUnavailable(#[source] io::Error),
    /// The preferences apply until the app ends, but could not be written.
    #[error("preferences: {0}")]
    PreferencesNotSaved(#[source] io::Error),
    /// There is no such preference, or it does not take this value.
    #[error("preference: {0:?}")]
    Preference(PreferenceError),
    /// That recent meeting is not known any more.
    #[error("no such recent meeting")]
    NoRecentMeeting,
    /// The page asked for a fault, and the person has not allowed faults.
    #[error("diagnostics are off")]
    DiagnosticsOff,
    /// A fault could not be injected.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// The file of diagnostics could not be written.
    #[error("diagnostics: {0}")]
    ExportFailed(#[source] io::Error),
    /// The link is no web address, or the system has no browser to open it.
    #[error("link not opened")]
    LinkNotOpened,
    /// No sound can be played. The code says why.
    #[error(transparent)]
    Sound(#[from] AudioError),
    /// A task of ours ended early; the log says where.
    #[error("internal")]
    Internal,
}

impl AppError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Link(error) => error.code(),
            Self::NameEmpty => "name_empty",
            Self::NameTooLong => "name_too_long",
            Self::Meeting(error) => error.code(),
            Self::Server(error) => error.code(),
            Self::NotInMeeting => "not_in_meeting",
            Self::AlreadyInMeeting => "already_in_meeting",
            Self::NoLastCall => "no_last_call",
            Self::Cancelled => "cancelled",
            Self::ClipboardUnavailable => "clipboard_unavailable",
            Self::FrameSocketUnavailable(_) => "frame_socket_unavailable",
            Self::PreferencesNotSaved(_) => "preferences_not_saved",
            Self::Preference(error) => error.code(),
            Self::NoRecentMeeting => "no_recent_meeting",
            Self::DiagnosticsOff => "diagnostics_off",
            Self::Fault(error) => error.code(),
            Self::ExportFailed(_) => "export_failed",
            Self::LinkNotOpened => "link_not_opened",
            Self::Sound(error) => error.code(),
            Self::Internal => "internal",
        }
    }

    fn detail(&self) -> BTreeMap<&'static str, Value> {
        match self {
            Self::NameTooLong | Self::Preference(PreferenceError::Name) => {
                BTreeMap::from([("max", Value::from(limits::NAME_CHARS))])
            }
            Self::Preference(PreferenceError::IceServers) => {
                BTreeMap::from([("max", Value::from(ICE_SERVERS))])
            }
            _ => BTreeMap::new(),
        }
    }
}

impl From<PreferenceError> for AppError {
    fn from(error: PreferenceError) -> Self {
        Self::Preference(error)
    }
}

/// Why a command failed. The page chooses the sentence for a person by the code.
#[derive(Serialize, TS)]
#[ts(export, rename = "AppError")]
pub(crate) struct WireError {
    /// The stable code of the error.
    code: &'static str,
    /// What the sentence about it may mention.
    #[ts(type = "{ [key in string]: string | number | boolean | null }")]
    detail: BTreeMap<&'static str, Value>,
}

impl Serialize for AppError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WireError { code: self.code(), detail: self.detail() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_page_gets_a_code_and_what_the_sentence_needs_and_no_text() {
        let json = |error: AppError| serde_json::to_value(error).unwrap();
        assert_eq!(
            json(AppError::NameTooLong),
            serde_json::json!({ "code": "name_too_long", "detail": { "max": 64 } })
        );
        let io = io::Error::other("/home/ada/secret");
        assert_eq!(
            json(AppError::PreferencesNotSaved(io)),
            serde_json::json!({ "code": "preferences_not_saved", "detail": {} })
        );
        assert_eq!(json(LinkError::SecretMissing.into())["code"], "link_secret_missing");
    }
}
