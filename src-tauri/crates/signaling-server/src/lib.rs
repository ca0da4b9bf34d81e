//! The signaling server: rooms in which participants find each other and exchange sealed messages.
//!
//! Knows: who is in which room, what each still has to receive, and how long someone has been away. Does not know: the
//! secret of any meeting, and so neither names, nor session descriptions, nor addresses in them. It stores nothing on
//! disk. A restarted server has forgotten everything, and the clients recover from that.
//!
//! Its decisions are pure and public, so that whole meetings can be simulated: [`rooms::Rooms`] over [`room::Room`],
//! and the rate limit of the crate `delivery` with [`RATE`]. Sockets and the clock are in the modules around them.
//!
//! There is one implementation. The app embeds it ([`Server::spawn`]), and the binary `holdfast-server` runs it alone.
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
