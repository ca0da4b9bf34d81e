//! A peer connection without a network: what `webrtc` does as far as a negotiation can tell, and nothing else.
//!
//! Knows which call is allowed when, which credentials are current after restarts and rollbacks, and how a transport
//! passes from state to state. It does not know time or paths: its user says what gets through, and when.
//!
//! It is stricter than the library in one thing: an answer to another offer than the one that is out is refused,
//! where the library would apply it and be broken.
#![forbid(unsafe_code)]

mod connection;
mod sdp;
mod transport;

pub use connection::{Connection, Described, Refused};
pub use transport::{CHECKED_FOR, DISCONNECTED_AFTER, KEEPALIVE, Transport};
