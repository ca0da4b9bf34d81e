//! Networks to break: a namespace for each participant and each server, and one router between them.
//!
//! Knows how to make them, how to start programs in them and how to take parts of them away. Does not know what is
//! measured meanwhile. Nothing here has a route to the outside, and nothing is visible in the system's own network.
//! Nothing outlives this process, either: a namespace has no name, and lives only while we hold its descriptor or
//! programs run in it. The kernel kills these programs when our process ends.
//!
//! Linux only, and only for root (of a user namespace at least).

mod namespace;
mod network;
mod servers;

pub use namespace::Namespace;
pub use network::{Block, Host, LinkEnd, Network, Traffic};
pub use servers::{Mobility, SignalingServer, TurnServer};
