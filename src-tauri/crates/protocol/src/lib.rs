//! The Holdfast wire protocol, version 1: `docs/protocol.md` in Rust.
//!
//! Knows: every message and its JSON form, bounds, error codes, invite links, how payloads are sealed
//! and how a join is proven.
//! Does not know: sockets, clocks or randomness. Nonces, challenges and starting counters are passed in.
#![forbid(unsafe_code)]

pub mod chat;
pub mod client;
mod encoding;
mod error;
mod id;
mod identity;
mod join;
pub mod limits;
mod link;
mod peer;
mod seal;
mod secret;
pub mod server;

pub use client::{ClientMessage, Resume};
pub use error::{ErrorCode, ParseError};
pub use holdfast_terms::{
    DescriptionNumber, FeedId, Generation, MessageNumber, Mid, ParticipantId, ParticipantIdError, Revision,
    TrackSource,
};
pub use id::{IdError, Instance, RoomId};
pub use identity::{Identity, IdentityError, IdentityKey, MessageSignature};
pub use join::{JoinKey, ProofError, verify_join};
pub use link::{LinkError, MeetingLink, ServerAddress};
pub use peer::{
    DescriptionKind, MediaState, NameError, PeerMessage, PeerMessageError, Profile, ToldMediaState,
};
pub use seal::{OpenError, SealError, Sealer};
pub use secret::{Secret, SecretError};
pub use server::{Bounds, LeaveReason, RosterEntry, ServerMessage};

/// Version of the protocol; also the `/v1` of the WebSocket path.
pub const VERSION: u32 = 1;

/// Path of the WebSocket on the signaling server.
pub const PATH: &str = "/v1";
