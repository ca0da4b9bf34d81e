//! A bot's report and events as `docs/bot-report.md` describes them. They are read according to the document and not
//! with the bot's own types, so that the two cannot differ unnoticed.

use holdfast_protocol::Revision;
use serde::Deserialize;

/// The whole report.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    /// Who wrote it.
    #[serde(rename = "self")]
    pub own: Own,
    /// Everyone whom it met.
    pub remotes: Vec<ReportRemote>,
    /// When the command started, in microseconds of Unix time.
    pub started_unix_us: u64,
    /// How long the command ran, in milliseconds.
    pub duration_ms: u64,
    /// When the server let it in, in milliseconds since the command started.
    pub joined_ms: u64,
    /// The states of the signaling connection.
    pub signaling: Vec<Change>,
    /// Each change of what it said about what it sends.
    pub media_states: Vec<MediaChange>,
}

impl Report {
    /// What it says of the participant with this name.
    ///
    /// # Panics
    /// When it did not meet them.
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
    /// Each change of it.
    pub media_states: Vec<MediaChange>,
    /// What was needed to make and keep the connection.
    pub connection: Option<Connection>,
    /// When their pictures and sound arrived, if that was asked for.
    pub arrivals: Option<Arrivals>,
    /// The states of the connection to them.
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
    pub revision: Revision,
    /// Whether the microphone is open.
    pub microphone: bool,
    /// Whether the camera is on.
    pub camera: bool,
    /// Whether a screen is shared.
    pub screen: bool,
    /// Whether the hand is up.
    pub hand: bool,
}

/// A participant said that they send something else now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct MediaChange {
    /// When, in milliseconds since the command started.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub media: Media,
}

/// Counts of one connection; `None` where the negotiation does not count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Connection {
    /// Connections made so far.
    pub generation: Option<u64>,
    /// Connections that replaced another.
    pub rebuilds: Option<u64>,
    /// ICE restarts begun by the side that wrote the report.
    pub ice_restarts: Option<u64>,
    /// Negotiations completed.
    pub negotiations: Option<u64>,
}

/// When pictures and sound came.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Arrivals {
    /// When each picture was decoded, in milliseconds since the command started.
    pub pictures_ms: Vec<u64>,
    /// Looks at the sound: when, packets so far, level in dB relative to full scale.
    pub sound: Vec<(u64, u64, i16)>,
}

/// A connection entered a state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// When, in milliseconds since the command started.
    pub at_ms: u64,
    /// Which.
    pub state: String,
}
