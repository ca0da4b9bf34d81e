//! One end of a peer connection: what the library has for a process.

use std::time::Duration;

use holdfast_connection_model::{Connection, Transport};
use holdfast_protocol::Generation;

use crate::pipe::Pipe;
use crate::queue::PeerKey;

/// One end. Its index in the world is its identity.
pub(crate) struct End {
    pub(crate) owner: PeerKey,
    pub(crate) generation: Generation,
    pub(crate) model: Connection,
    pub(crate) transport: Transport,
    /// The credentials in use for checks: ours, theirs.
    pub(crate) checked: Option<(u32, (u64, u32))>,
    /// How long checks and the handshake take once the other end answers.
    pub(crate) connect_after: Duration,
    /// How much longer they take this time, because some packets were lost.
    pub(crate) repeats: Duration,
    /// The address it gathered candidates on.
    pub(crate) address: Option<u32>,
    pub(crate) outgoing: Pipe<String>,
    pub(crate) control_open: bool,
    pub(crate) control_planned: bool,
    /// When its path is next looked at.
    pub(crate) look: Option<Duration>,
    /// Media came since the task last asked.
    pub(crate) heard: bool,
    /// Media is sent on it.
    pub(crate) outlet_open: bool,
    /// Closed on this side. Only data on the wire may still arrive.
    pub(crate) closing: bool,
    /// The library gave up its data channels.
    pub(crate) control_dead: bool,
}
