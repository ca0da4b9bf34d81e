//! One participant's way to the signaling server: joining, staying, coming back, leaving.
//!
//! Knows: the link, the own session on the server, who is in the room as far as the server said, what is still
//! to be sent, and how to seal and open.
//! Does not know: what the messages mean. Decisions ([`session`] and below) are pure; sockets, clock and
//! randomness are in [`actor`] and [`transport`].
//!
//! The first join fails with a typed error. After it the client reconnects by itself until it leaves or the
//! server refuses it for good.
#![forbid(unsafe_code)]

mod actor;
mod backoff;
mod client;
mod error;
mod inbox;
mod liveness;
mod outbox;
mod roster;
pub mod session;
mod transport;

pub use client::{DropReason, Member, Signaling, SignalingConfig, SignalingEvent, Welcomed};
pub use error::SignalingError;
pub use holdfast_protocol::LeaveReason;
