//! A bot's report and events as `docs/bot-report.md` describes them: read here from the document, not from the
//! bot's own types, so that the two cannot drift apart unnoticed.

use serde::Deserialize;

/// The whole report.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    /// Who wrote it.
    #[serde(rename = "self")]
    pub own: Own,
    /// Everyone met.
    pub remotes: Vec<ReportRemote>,
    /// How long the command ran, in milliseconds.
    pub duration_ms: u64,
    /// When the server let it in, in milliseconds since the command started.
    pub joined_ms: u64,
}

impl Report {
    /// What is said of the participant of this name.
    ///
    /// # Panics
    /// When they were not met.
    #[must_use]
    pub fn of(&self, name: &str) -> &ReportRemote {
        let found = self.remotes.iter().find(|remote| remote.name == name);
        found.unwrap_or_else(|| panic!("{} did not meet {name}", self.own.name))
    }
}

/// The participant that wrote a report.
#[derive(Clone, Debug, Deserialize)]
pub struct Own {
    /// Its id in the meeting.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One other participant.
#[derive(Clone, Debug, Deserialize)]
pub struct ReportRemote {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// When their first picture was decoded, in milliseconds since the command started.
    pub first_frame_ms: Option<u64>,
    /// Encoded pictures that arrived.
    pub frames_received: u64,
    /// Pictures decoded.
    pub frames_decoded: u64,
    /// Width of the last picture in pixels.
    pub width: u32,
    /// Height of the last picture in pixels.
    pub height: u32,
    /// Times of half a second and more without a picture.
    pub gaps: Vec<Gap>,
    /// Level of their sound, dB relative to full scale.
    pub audio_dbfs: Option<f32>,
    /// Strongest frequency of their sound, hertz.
    pub audio_hz: Option<f32>,
    /// Share of their sound that was made up, 0 to 1.
    pub audio_concealed: Option<f32>,
    /// What they last said they send.
    pub media_state: Option<Media>,
    /// How the connection to them went.
    pub states: Vec<Change>,
    /// Bytes received from them.
    pub bytes_in: u64,
    /// Bytes sent to them.
    pub bytes_out: u64,
}

/// A time without a decoded picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Gap {
    /// When it began, in milliseconds since the command started.
    pub at_ms: u64,
    /// How long it lasted, in milliseconds.
    pub ms: u64,
}

/// What a participant says they send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Media {
    /// Grows with every change.
    pub revision: u64,
    /// Whether the microphone is open.
    pub microphone: bool,
    /// Whether the camera is on.
    pub camera: bool,
    /// Whether a screen is shared.
    pub screen: bool,
    /// Whether the hand is up.
    pub hand: bool,
}

/// A connection entered a state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// When, in milliseconds since the command started.
    pub at_ms: u64,
    /// Which.
    pub state: String,
}
