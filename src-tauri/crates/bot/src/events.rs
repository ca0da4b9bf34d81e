//! What happens, as one JSON object per line on standard output (`--events`).
//!
//! For programs that follow a participant while it runs. Carries no invite link.

use std::io::Write;

use holdfast_meeting::ChatMessage;
use serde::Serialize;

use crate::report::MediaReport;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// The server let us in.
    Joined { id: &'a str },
    /// A participant is new or has changed.
    Participant { id: &'a str, name: &'a str, state: &'a str, media: MediaReport },
    /// A participant left.
    Left { id: &'a str },
    /// What arrives from a participant, a few times a second.
    Receiving { id: &'a str, frames_decoded: u64, frames_received: u64, dbfs: Option<f32>, hz: Option<f32> },
    /// Something the app would tell a person.
    Notice { code: &'a str },
    /// The signaling connection changed.
    Signaling { state: &'a str },
    /// Someone wrote something, or something we wrote came further.
    Chat(&'a ChatMessage),
    /// Something we were told to write was refused.
    NotWritten { code: &'a str },
    /// The meeting is over for us.
    Ended { code: Option<&'a str> },
}

#[derive(Serialize)]
struct Line<'a> {
    at_ms: u64,
    #[serde(flatten)]
    event: &'a Event<'a>,
}

/// Prints events, or does nothing.
pub(crate) struct Printer {
    wanted: bool,
}

impl Printer {
    pub(crate) fn new(wanted: bool) -> Self {
        Self { wanted }
    }

    pub(crate) fn print(&self, at_ms: u64, event: &Event<'_>) {
        if !self.wanted {
            return;
        }
        if let Ok(json) = serde_json::to_string(&Line { at_ms, event }) {
            let mut out = std::io::stdout().lock();
            // The reader may be gone; the meeting goes on.
            let _ = writeln!(out, "{json}").and_then(|()| out.flush());
        }
    }
}
