//! One participant's session with the signaling server, decided without a socket, a clock or randomness of its own.
//!
//! Knows: how to join, stay, come back and leave; which messages the server has not acknowledged yet; who is in the
//! room, according to the server. Does not know what the messages mean. The driver seals and opens them. The driver
//! passes in the seed of all randomness, and the time as [`holdfast_terms::Elapsed`].
//!
//! [`session`] is the machine. [`SignalingEvent`] and the types around it are what a driver tells its application. They
//! are here so that the decisions of a meeting compile without a network.
#![forbid(unsafe_code)]

mod backoff;
mod error;
mod event;
mod inbox;
mod liveness;
mod outbox;
mod roster;
pub mod session;

pub use error::SignalingError;
pub use event::{DropReason, Member, SignalingEvent, Welcomed};
pub use holdfast_protocol::LeaveReason;
