//! One meeting: who is in it, what each of them sends, and the connections between them.
//!
//! A [`Meeting`] is a handle to one actor that owns every fact of the meeting. The window, the tray and the
//! headless participant use the same handle, so a call outlives any of them. What the actor decides is decided by a
//! [`machine::Machine`] that has no clock, network or device of its own. The actor knows nothing of windows, and the
//! crates below it (`signaling-client`, `peer`, `media`) know nothing of each other.

mod actor;
mod clock_jump;
mod command;
mod config;
mod diagnostics;
mod error;
mod events;
mod fanout;
mod frames;
mod levels;
mod local_media;
pub mod machine;
mod meeting;
mod muted_voice;
mod network;
mod preview;
mod quality;
mod remote;
mod roster;
mod speakers;
mod view;
mod watch;

pub use config::MeetingConfig;
pub use diagnostics::{
    BoundHit, Diagnostics, Fault, FaultError, FaultReport, RemoteDiagnostics, SignalingDiagnostics, export,
};
pub use error::MeetingError;
pub use frames::TileFrame;
pub use holdfast_peer::{IceServer, IceServerError, check_ice_server};
pub use levels::Level;
pub use local_media::{MicrophoneSwitch, Wanted};
pub use machine::Listening;
pub use meeting::Meeting;
pub use preview::{Preview, PreviewConfig, PreviewControl, PreviewFailure, PreviewFailures};
pub use quality::{Grade, Quality};
pub use view::{
    ConnectionState, DeviceKind, MeetingDevices, MeetingEvent, MeetingSnapshot, Notice, ParticipantView,
    SignalingState,
};
