//! What changed in a meeting, for those who show it.

use holdfast_protocol::ParticipantId;
use serde::Serialize;

use crate::MeetingDevices;

/// The state of the signaling connection. Its loss does not disturb media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
pub enum SignalingState {
    /// The server answers.
    Connected,
    /// The server is away; the client comes back by itself.
    Reconnecting,
}

/// Something to tell a person once. The page chooses the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
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
    /// The chosen camera is missing; the system's own choice is used.
    CameraReplaced,
    /// The chosen microphone is missing; the system's own choice is used.
    MicrophoneReplaced,
    /// The chosen speaker is missing; the system's own choice is used.
    SpeakerReplaced,
    /// A bounded queue was full and something was dropped; the debug panel says what.
    QueueOverflow,
}

/// What changed. An event says where to look, not what is there: the [`Machine`](crate::Machine) holds the state, and a
/// late reader sees the newest one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Someone else is new, or something about them or their link changed.
    Participant(ParticipantId),
    /// Someone else is gone.
    ParticipantLeft(ParticipantId),
    /// Our own entry changed.
    Me,
    /// The signaling connection changed.
    Signaling(SignalingState),
    /// Tell the person once.
    Notice(Notice),
    /// A notice no longer applies.
    Solved(Notice),
    /// Another person, or no one, is shown large by choice.
    Pinned(Option<ParticipantId>),
    /// Another device is used.
    Devices(MeetingDevices),
}
