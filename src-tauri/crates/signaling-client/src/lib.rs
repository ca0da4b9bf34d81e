//! One participant's way to the signaling server: joining, staying, coming back, leaving.
//!
//! This is the driver: the socket, TLS, the clock, chance, and the sealing and opening of what is said. What to do is
//! decided by [`session`], which is a crate of its own without any of them.
//!
//! The first join fails with a typed error. After it the client reconnects by itself until it leaves or the
//! server refuses it for good.
#![forbid(unsafe_code)]

mod actor;
mod client;
mod transport;

pub use client::{Signaling, SignalingConfig};
pub use holdfast_signaling_session::{
    DropReason, LeaveReason, Member, SignalingError, SignalingEvent, Welcomed, session,
};
