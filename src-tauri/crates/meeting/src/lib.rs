//! One meeting: who is in it, what each of them sends, and the connections between them.
//!
//! A [`Meeting`] is a handle to one actor that owns every fact of the meeting. The window, the tray and the
//! headless participant use the same handle, so a call outlives any of them. The actor knows nothing of windows,
//! and the crates below it (`signaling-client`, `peer`, `media`) know nothing of each other.

mod actor;
mod command;
mod config;
mod error;
mod events;
mod fanout;
mod frames;
mod local_media;
mod meeting;
mod remote;
mod roster;
mod speakers;
mod view;

pub use config::MeetingConfig;
pub use error::MeetingError;
pub use frames::TileFrame;
pub use meeting::Meeting;
pub use view::{ConnectionState, MeetingEvent, MeetingSnapshot, Notice, ParticipantView, SignalingState};
