//! The decisions of a meeting, without a clock, a network, a device, a thread or randomness of their own.
//!
//! Three things are kept apart: a [`Participant`] (who it is, and what they say of themselves), a [`Feed`] (sound or
//! pictures of one source of one participant) and a [`Link`] (a connection that carries feeds). `routing` is the one
//! place that knows which link carries which feed.
//!
//! [`Machine`] is one participant's stay in a meeting. Beside it are smaller decisions that use numbers of a running
//! call: who is loud ([`loudness`]), how good a connection is ([`quality`]), whether somebody speaks into a closed
//! microphone ([`muted_voice`]), what is wanted of our own devices ([`DeviceWishes`]), and whether the machine slept
//! ([`Clocks`]).
//!
//! The `meeting` crate drives all of them in the app; the simulation drives them in simulated time.
#![forbid(unsafe_code)]

mod clock_jump;
mod devices;
mod event;
mod feed;
mod link;
mod listening;
pub mod loudness;
mod machine;
pub mod muted_voice;
mod participant;
pub mod quality;
mod reports;
mod roster;
mod routing;
mod wishes;

pub use clock_jump::Clocks;
pub use devices::{DeviceKind, MeetingDevices};
pub use event::{Event, Notice, SignalingState};
pub use feed::{Feed, FeedNumber, Feeds};
pub use link::{Link, LinkEvent, LinkKey, LinkRequest};
pub use listening::Listening;
pub use machine::{Arrival, Change, DropCounters, Effect, HEARING, Input, Machine, Now};
pub use participant::{Participant, UnixMs};
pub use reports::LinkReports;
pub use wishes::{DeviceWishes, Wanted, Wish};
