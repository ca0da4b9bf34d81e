//! What a peer is made with, and the bounds it lives within.

use std::net::IpAddr;

use holdfast_delivery::Channels;
use holdfast_protocol::{Generation, ParticipantId};

pub use holdfast_peer_machine::COMMAND_QUEUE;

/// Reports of a connection that may wait: states, local candidates, control messages.
pub(crate) const CONNECTION_EVENT_QUEUE: usize = 1024;

/// Batches that may wait for one connection's sockets: about half a second of sound and picture. Anything older
/// is better not sent.
pub const SEND_QUEUE: usize = 48;

/// Places in the event channel that media never takes, so that a state change gets through to a receiver that is
/// behind with pictures.
pub(crate) const RESERVED_EVENTS: usize = 16;

/// A STUN or TURN server.
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:` and `turn:` URLs (RFC 7064, RFC 7065).
    pub urls: Vec<String>,
    /// TURN user name; empty for STUN.
    pub username: String,
    /// TURN password; empty for STUN.
    pub credential: String,
}

impl IceServer {
    /// Whether it is a TURN server.
    pub(crate) fn is_relay(&self) -> bool {
        self.urls.iter().any(|url| url.starts_with("turn:") || url.starts_with("turns:"))
    }
}

/// Without address and credentials, because logs must not contain them.
impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls.len()).finish_non_exhaustive()
    }
}

/// What a peer is made with.
#[derive(Debug, Clone)]
pub struct PeerConfig {
    /// Own id.
    pub local: ParticipantId,
    /// The other's id. The side with the greater id is polite.
    pub remote: ParticipantId,
    /// Addresses to bind media sockets to, each with a port of its own. If empty, each new connection uses the
    /// addresses that this machine has at that time. Loopback is used only if there is no other.
    pub bind: Vec<IpAddr>,
    /// STUN and TURN servers. Within one network, none are needed.
    pub ice_servers: Vec<IceServer>,
    /// The channels every connection has; the same at both ends. [`holdfast_delivery::CHANNELS`] in the product.
    pub channels: Channels,
    /// Seeds the jitter of retries.
    pub seed: u64,
    /// Generation of the first connection. It is 1 if the two never met. A side that had connections with this remote
    /// and forgot them uses the last generation plus one.
    pub first_generation: Generation,
}

impl PeerConfig {
    pub(crate) fn has_relay(&self) -> bool {
        self.ice_servers.iter().any(IceServer::is_relay)
    }
}
