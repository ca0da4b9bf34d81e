//! The report of a headless participant: the JSON that `docs/bot-report.md` describes.
//!
//! Only its shape. What goes in is decided in [`crate::observer`]. All times are milliseconds since the command
//! started, on the process clock.

use std::path::Path;

use holdfast_protocol::Revision;
use serde::Serialize;

/// Everything one participant saw of a meeting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Report {
    /// The participant that wrote this report.
    #[serde(rename = "self")]
    pub(crate) own: Own,
    /// All participants in the order in which they came, including those who left.
    pub(crate) remotes: Vec<RemoteReport>,
    /// When the command started, in microseconds of Unix time; it puts several reports on one clock.
    pub(crate) started_unix_us: u64,
    /// How long the command ran.
    pub(crate) duration_ms: u64,
    /// When the server let us in.
    pub(crate) joined_ms: u64,
    /// A stable code for why the meeting ended, if we did not leave by ourselves.
    pub(crate) ended: Option<String>,
    /// Why the exit status is not 0: stable codes, each with the name of its participant.
    pub(crate) shortfalls: Vec<Shortfall>,
    /// Encoded pictures that did not reach our decoder because it was too slow.
    pub(crate) frames_lagged: u64,
    /// Each change of the signaling connection.
    pub(crate) signaling: Vec<StateChange>,
    /// Each change of what it said about its own media.
    pub(crate) media_states: Vec<MediaChange>,
}

impl Report {
    /// Writes a file beside it and renames that, so that a reader never sees half a report.
    pub(crate) fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        let beside = path.with_extension("tmp");
        std::fs::write(&beside, json)?;
        std::fs::rename(beside, path)
    }
}

/// The participant that wrote the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Own {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// What was seen and heard of one other participant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct RemoteReport {
    pub(crate) id: String,
    pub(crate) name: String,
    /// When their first picture was decoded.
    pub(crate) first_frame_ms: Option<u64>,
    /// Whole encoded pictures that arrived.
    pub(crate) frames_received: u64,
    /// Pictures decoded without error.
    pub(crate) frames_decoded: u64,
    /// Size of the last decoded picture; 0 before the first.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Times without a decoded picture, of [`crate::observer::GAP_MS`] or longer.
    pub(crate) gaps: Vec<Gap>,
    /// Level of their sound in dB relative to full scale: median while they said their microphone was open.
    pub(crate) audio_dbfs: Option<f32>,
    /// Strongest frequency of their sound in hertz, median over the samples that were loud enough to tell.
    pub(crate) audio_hz: Option<f32>,
    /// Share of their sound that did not arrive and was replaced, 0 to 1.
    pub(crate) audio_concealed: Option<f32>,
    /// What they said last about their media.
    pub(crate) media_state: Option<MediaReport>,
    /// Each change of it.
    pub(crate) media_states: Vec<MediaChange>,
    /// Each change of the connection to them.
    pub(crate) states: Vec<StateChange>,
    /// What was needed to make and keep the connection, as last read.
    pub(crate) connection: Option<Connection>,
    /// When their pictures and their sound arrived; only with `--arrivals`.
    pub(crate) arrivals: Option<Arrivals>,
    /// Bytes received from and sent to them, on the network.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

/// A time without a decoded picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Gap {
    /// When the last picture before it was decoded.
    pub(crate) at_ms: u64,
    /// How long it lasted.
    pub(crate) ms: u64,
    /// Whether they said during the gap that their camera was off.
    pub(crate) camera_off: bool,
}

/// What a participant says they send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct MediaReport {
    pub(crate) revision: Revision,
    pub(crate) microphone: bool,
    pub(crate) camera: bool,
    pub(crate) screen: bool,
    pub(crate) hand: bool,
}

/// A participant said that they now send something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MediaChange {
    pub(crate) at_ms: u64,
    #[serde(flatten)]
    pub(crate) media: MediaReport,
}

/// Counts of one connection since its participant came; `null` where the negotiation does not count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Connection {
    /// Connections made so far.
    pub(crate) generation: Option<u64>,
    /// Connections that replaced another.
    pub(crate) rebuilds: Option<u64>,
    /// ICE restarts begun by this side.
    pub(crate) ice_restarts: Option<u64>,
    /// Exchanges of descriptions that were completed.
    pub(crate) negotiations: Option<u64>,
    pub(crate) glares: Option<u64>,
    pub(crate) rollbacks: Option<u64>,
}

/// When pictures and sound arrived. Bounded; entries that did not fit are counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Arrivals {
    /// When each picture was decoded.
    pub(crate) pictures_ms: Vec<u64>,
    /// Looks at the sound: when, packets so far, level of the last 100 ms in dB relative to full scale.
    pub(crate) sound: Vec<(u64, u64, i16)>,
    /// Entries that did not fit.
    pub(crate) dropped: u64,
}

/// A connection entered a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StateChange {
    pub(crate) at_ms: u64,
    /// `waiting`, `connecting`, `connected`, `reconnecting`, `failed` or `left`.
    pub(crate) state: String,
}

/// Something that was promised and did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shortfall {
    /// `nobody_met`, `no_picture`, `no_sound` or `not_connected`.
    pub(crate) code: &'static str,
    /// The participant it is about.
    pub(crate) name: Option<String>,
}
