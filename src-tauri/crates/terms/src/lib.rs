//! The words every crate shares: who is in a meeting, what they send, and how it is counted and timed.
//!
//! Knows how each of these is written and compared, and nothing else: no message, no rule, no clock.

#![forbid(unsafe_code)]

mod counts;
mod feed;
mod participant;
mod source;
mod table;

use std::time::Duration;

pub use counts::{DescriptionNumber, Generation, MessageNumber, Mid, Revision};
pub use feed::FeedId;
pub use participant::{ParticipantId, ParticipantIdError};
pub use source::{MediaKind, TrackSource};
pub use table::SourceTable;

/// The time of every machine: how long ago its driver started, on a clock that never goes back. A driver passes it
/// in as `now`; a simulation passes in its own.
pub type Elapsed = Duration;
