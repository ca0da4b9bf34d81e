//! What a meeting looks like from outside: the snapshot and the events a user interface renders.
//!
//! These are copies. The facts themselves live in [`crate::roster`] and in the media threads; nothing here is
//! read back. Field names are camelCase in JSON because the page is their main reader.

pub use holdfast_media::devices::{DeviceKind, MeetingDevices};
use holdfast_protocol::{MediaState, ParticipantId};
use serde::Serialize;
use ts_rs::TS;

use crate::levels::Level;
use crate::machine::Listening;
use crate::quality::Quality;

/// How the connection to one participant stands (requirement R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ConnectionState {
    /// Nothing has been attempted yet: own devices are still opening, or the other side must start.
    Waiting,
    /// The first connection is being made.
    Connecting,
    /// Media can flow in both directions.
    Connected,
    /// The path broke; it is being repaired.
    Reconnecting,
    /// Repair failed so far. Attempts go on in the background.
    Failed,
    /// The participant is gone.
    Left,
}

impl From<holdfast_peer::PeerState> for ConnectionState {
    fn from(state: holdfast_peer::PeerState) -> Self {
        use holdfast_peer::PeerState;
        match state {
            PeerState::Waiting => Self::Waiting,
            PeerState::Connecting => Self::Connecting,
            PeerState::Connected => Self::Connected,
            PeerState::Reconnecting => Self::Reconnecting,
            PeerState::Failed => Self::Failed,
            PeerState::Left => Self::Left,
        }
    }
}

/// How the signaling connection stands. Its loss does not disturb media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SignalingState {
    /// The server answers.
    Connected,
    /// The server is away; the client comes back by itself.
    Reconnecting,
}

/// One person in the meeting, oneself included.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ParticipantView {
    /// The id, the same for the whole meeting.
    pub id: ParticipantId,
    /// The name they gave; 1 to 64 characters, from outside: never to be used as markup.
    pub name: String,
    /// The number of their picture on the frame socket; never reused within a meeting.
    pub tile: u32,
    /// How the connection to them stands; `connected` for oneself.
    pub state: ConnectionState,
    /// When `state` was entered, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub state_since_ms: u64,
    /// The attempt to get the connection back that is under way, from 1; 0 when nothing is being repaired.
    pub attempt: u32,
    /// What they say they send, as last heard.
    pub media: MediaState,
    /// Whether a picture of theirs has arrived.
    pub has_video: bool,
    /// Whether the signaling server hears them. Media does not depend on it.
    pub present: bool,
    /// The revision of our own media state they are known to hold, 0 for none. They are in sync with us when it is
    /// ours; until then it is told them again.
    #[ts(type = "number")]
    pub acknowledged_revision: u64,
    /// How they are heard here.
    pub listening: Listening,
    /// When the hand went up by the clock of this machine, in milliseconds of Unix time; nothing while it is down.
    #[ts(type = "number | null")]
    pub hand_since_ms: Option<u64>,
    /// Whose sound reaches them, by their own word; nothing while they do not say or cannot be reached.
    pub hears: Option<Vec<ParticipantId>>,
}

/// The whole meeting at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MeetingSnapshot {
    /// Oneself.
    #[serde(rename = "self")]
    pub me: ParticipantView,
    /// Everyone else, in the order they came.
    pub participants: Vec<ParticipantView>,
    /// The invite link. Holds the room's secret.
    pub invite: String,
    /// The signaling connection.
    pub signaling: SignalingState,
    /// When we joined, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub started_at_ms: u64,
    /// Who is shown large by choice here, while they are in the meeting.
    pub pinned: Option<ParticipantId>,
    /// The devices in use by choice.
    pub devices: MeetingDevices,
}

/// Something a person should be told once. The sentence is chosen where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Notice {
    /// The camera could not be opened, or went away. The meeting goes on without it.
    CameraUnavailable,
    /// The microphone could not be opened, or went away.
    MicrophoneUnavailable,
    /// No sound can be played here.
    SpeakerUnavailable,
    /// The video file given as the camera is missing or not readable as Y4M.
    VideoFileInvalid,
    /// The sound file given as the microphone is missing or not readable as WAV.
    AudioFileInvalid,
    /// The chosen camera is not there; the system's own choice is used.
    CameraReplaced,
    /// The chosen microphone is not there; the system's own choice is used.
    MicrophoneReplaced,
    /// The chosen speaker is not there; the system's own choice is used.
    SpeakerReplaced,
    /// A bounded queue was full and something was dropped; the debug panel says what.
    QueueOverflow,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
#[ts(export)]
pub enum MeetingEvent {
    /// Everything, after which deltas count again. Sent first, and when deltas were lost.
    Snapshot {
        /// The whole meeting.
        snapshot: Box<MeetingSnapshot>,
    },
    /// Someone is new or changed.
    Participant {
        /// The whole entry.
        participant: ParticipantView,
    },
    /// Someone is gone.
    ParticipantLeft {
        /// Who.
        id: ParticipantId,
    },
    /// Our own entry changed.
    #[serde(rename = "self")]
    Me {
        /// The whole entry.
        #[serde(rename = "self")]
        me: ParticipantView,
    },
    /// The signaling connection changed.
    Signaling {
        /// How it stands now.
        state: SignalingState,
    },
    /// Tell the person once.
    Notice {
        /// What.
        code: Notice,
    },
    /// What a notice said is so no longer: whoever still shows it takes it away.
    Solved {
        /// What.
        code: Notice,
    },
    /// Someone else is shown large by choice, or nobody any more.
    Pinned {
        /// Who.
        id: Option<ParticipantId>,
    },
    /// How loud people are. Ten times a second at most, while it changes; a snapshot does not hold it.
    Levels {
        /// Ourselves as the others hear us, 0 to 1; 0 while the microphone is closed.
        me: f32,
        /// Those who speak; everyone else is silent.
        levels: Vec<Level>,
        /// Whom to show large: who has spoken lately, without jumping back and forth; never ourselves.
        #[serde(rename = "activeSpeaker")]
        active_speaker: Option<ParticipantId>,
    },
    /// The person speaks while their microphone is closed; nobody hears it. Once a minute at most.
    MutedVoice,
    /// How good the connections are. Every two seconds at most; a snapshot does not hold it.
    Quality {
        /// Of every connection.
        qualities: Vec<Quality>,
    },
    /// Another device is used.
    Devices {
        /// Those in use by choice.
        devices: MeetingDevices,
    },
    /// The meeting is over for us: `None` because we left, otherwise the code of what ended it.
    Ended {
        /// Code of [`crate::MeetingError`].
        code: Option<String>,
    },
}
