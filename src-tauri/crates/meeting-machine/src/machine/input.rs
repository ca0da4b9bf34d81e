//! What the driver tells the machine.

use holdfast_protocol::ParticipantId;
use holdfast_signaling_session::SignalingEvent;
use holdfast_terms::Elapsed;

use crate::{DeviceKind, FeedNumber, LinkEvent, LinkKey, Listening, Notice, UnixMs};

/// The time, from the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since any fixed moment. It never goes back.
    pub at: Elapsed,
    /// For the times that people see.
    pub unix_ms: UnixMs,
}

/// A choice of the person at this machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Microphone open or closed. To close it, the gate is closed already.
    Microphone(bool),
    /// Camera on or off.
    Camera(bool),
    /// Hand up or down.
    Hand(bool),
    /// How loud someone is here, and whether they are heard here at all. Only for this side.
    Listening(ParticipantId, Listening),
    /// Who to show large here, if anyone.
    Pin(Option<ParticipantId>),
}

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// The person chose something.
    Change(Change),
    /// The page wants a keyframe of this feed. Unknown numbers are ignored.
    Keyframe(FeedNumber),
    /// The person wants to try the link to this participant again now.
    Retry(ParticipantId),
    /// Our devices are open, or will not be: connections may start (requirement M2). Telling this once is enough.
    DevicesReady,
    /// The camera is off although it was wanted.
    CameraFailed(Notice),
    /// The microphone is closed although it was wanted.
    MicrophoneFailed(Notice),
    /// Another device is used; no id if it is the system's own choice.
    DeviceUsed {
        /// Of which kind.
        kind: DeviceKind,
        /// The chosen device that is in use.
        id: Option<String>,
    },
    /// Something about a device that people should know and that changes none of our states.
    DeviceNotice(Notice),
    /// Such a notice no longer applies. If it was never told, people hear nothing.
    DeviceSolved(Notice),
    /// The signaling client said something.
    Signaling(SignalingEvent),
    /// A link reported something; media does not pass through here.
    Link {
        /// Which link. Reports of a link that was given up are ignored.
        key: LinkKey,
        /// What.
        event: LinkEvent,
    },
    /// Whose sound came since the last such input, which comes every [`super::HEARING`].
    Heard(Vec<ParticipantId>),
    /// The addresses of this machine changed.
    AddressesChanged,
    /// This machine slept, or stood still.
    Woke,
}
