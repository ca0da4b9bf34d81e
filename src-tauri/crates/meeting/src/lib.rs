//! One meeting: who is in it, what each of them sends, and the connections between them.
//!
//! A [`Meeting`] is a handle to one actor that owns every fact of the meeting. The window, the tray and the headless
//! participant use the same handle, so a call outlives any of them. A [machine](holdfast_meeting_machine) without a
//! clock, network or device of its own decides for the actor. The actor knows nothing of windows, and the crates below
//! it (`signaling-client`, `peer`, `media`) know nothing of each other.

mod actor;
mod chat;
mod chat_view;
mod clock_jump;
mod command;
mod config;
mod diagnostics;
mod error;
mod events;
mod fanout;
mod frames;
mod local_media;
mod meeting;
mod network;
mod preview;
mod remote;
mod speakers;
mod view;
mod watch;

pub use chat_view::{ChatChanges, ChatDelivery, ChatMessage, ChatStanding};
pub use config::MeetingConfig;
pub use diagnostics::{
    BoundHit, Diagnostics, Fault, FaultError, FaultReport, RemoteDiagnostics, SignalingDiagnostics, export,
};
pub use error::MeetingError;
pub use frames::{FRAME_BACKLOG, FeedFrame};
pub use holdfast_meeting_machine::loudness::Level;
pub use holdfast_meeting_machine::quality::{Grade, Quality};
pub use holdfast_meeting_machine::{
    DeviceKind, FeedNumber, Listening, MeetingDevices, Notice, SignalingState, Wanted,
};
pub use holdfast_negotiation::PeerState;
pub use holdfast_peer::{IceServer, IceServerError, check_ice_server};
pub use meeting::Meeting;
pub use preview::{Preview, PreviewConfig, PreviewControl, PreviewFailure, PreviewFailures};
pub use view::{FeedView, MeetingEvent, MeetingSnapshot, ParticipantView};
