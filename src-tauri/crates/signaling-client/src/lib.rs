//! One participant's way to the signaling server: joining, staying, coming back, leaving.
//!
//! This is the driver: the socket, TLS, the clock, randomness, and the sealing and opening of messages. [`session`]
//! decides what to do; it is a crate of its own without any of these.
//!
//! The first join fails with a typed error. After it the client reconnects by itself until it leaves or the server
//! refuses it for good.
#![forbid(unsafe_code)]

mod actor;
mod client;
mod transport;

pub use client::{Signaling, SignalingConfig};
pub use holdfast_signaling_session::{
    DropReason, LeaveReason, Member, SignalingError, SignalingEvent, Welcomed, session,
};
