//! The signaling server: rooms in which participants find each other and exchange sealed messages.
//!
//! Knows: who is in which room, what each still has to receive, and who is away for how long.
//! Does not know: the secret of any meeting, and so neither names, nor session descriptions, nor addresses in
//! them. It keeps nothing on disk; a restarted server has forgotten everything and clients cope.
//!
//! What it decides is pure and public, so that whole meetings can be simulated: [`rooms::Rooms`] over [`room::Room`],
//! and [`rate::RateLimit`]. Sockets and the clock are in the modules around them.
//!
//! One implementation, used embedded in the app ([`Server::spawn`]) and as the binary `holdfast-server`.
#![forbid(unsafe_code)]

mod connection;
mod hub;
mod listen;
pub mod rate;
pub mod room;
pub mod rooms;
mod serve;

pub use serve::{RunningServer, Server, ServerConfig, ServerError, Timing, TlsFiles};
