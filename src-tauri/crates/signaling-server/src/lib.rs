//! The signaling server: rooms in which participants find each other and exchange sealed messages.
//!
//! Knows: who is in which room, what each still has to receive, and who is away for how long.
//! Does not know: the secret of any meeting, and so neither names, nor session descriptions, nor addresses in
//! them. It keeps nothing on disk; a restarted server has forgotten everything and clients cope.
//!
//! What it decides is pure and public, so that whole meetings can be simulated: [`rooms::Rooms`] over [`room::Room`],
//! and the rate limit of the crate `delivery` with [`RATE`]. Sockets and the clock are in the modules around them.
//!
//! One implementation, used embedded in the app ([`Server::spawn`]) and as the binary `holdfast-server`.
#![forbid(unsafe_code)]

mod connection;
mod hub;
mod listen;
pub mod room;
pub mod rooms;
mod serve;

use holdfast_delivery::Rate;
use holdfast_protocol::limits::{RATE_BURST, RATE_PER_SECOND};

pub use serve::{RunningServer, Server, ServerConfig, ServerError, Timing, TlsFiles};

/// How many messages of all kinds a connection may send.
pub const RATE: Rate = Rate { per_second: RATE_PER_SECOND, burst: RATE_BURST };
