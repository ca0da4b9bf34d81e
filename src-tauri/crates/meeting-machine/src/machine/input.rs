//! What the machine is told.

use std::time::Duration;

use holdfast_protocol::ParticipantId;
use holdfast_signaling_session::SignalingEvent;

use crate::{DeviceKind, FeedNumber, LinkEvent, LinkKey, Listening, Notice, UnixMs};

/// The time, from the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since any fixed moment; never goes back.
    pub at: Duration,
    /// For what people are shown.
    pub unix_ms: UnixMs,
}

/// A choice of the person at this machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Microphone open or closed. The gate is closed already when it is to be closed.
    Microphone(bool),
    /// Camera on or off.
    Camera(bool),
    /// Hand up or down.
    Hand(bool),
    /// How loud someone is here, and whether they are heard here at all. The others are not told.
    Listening(ParticipantId, Listening),
    /// Whom to show large here, if anyone.
    Pin(Option<ParticipantId>),
}

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// The person chose something.
    Change(Change),
    /// A picture of this feed is wanted that decoding can start at. Unknown numbers are ignored.
    Keyframe(FeedNumber),
    /// The person wants another try at the link to this participant now.
    Retry(ParticipantId),
    /// Our devices are open, or will not be: connections may start (requirement M2). Once is enough.
    DevicesReady,
    /// The camera is off although it was wanted.
    CameraFailed(Notice),
    /// The microphone is closed although it was wanted.
    MicrophoneFailed(Notice),
    /// Another device is used; no id when it is the system's own choice.
    DeviceUsed {
        /// Of which kind.
        kind: DeviceKind,
        /// The chosen one that is in use.
        id: Option<String>,
    },
    /// Something about a device that people should know and that changes no state of ours.
    DeviceNotice(Notice),
    /// What such a notice said is so no longer; nothing is told of what was not said.
    DeviceSolved(Notice),
    /// The signaling client said something.
    Signaling(SignalingEvent),
    /// A link reported something; media does not pass through here.
    Link {
        /// Which link. Reports of one that was given up are ignored.
        key: LinkKey,
        /// What.
        event: LinkEvent,
    },
    /// Whose sound came since this was told last, which is every [`super::HEARING`].
    Heard(Vec<ParticipantId>),
    /// The addresses of this machine changed.
    AddressesChanged,
    /// This machine slept, or stood still.
    Woke,
}
