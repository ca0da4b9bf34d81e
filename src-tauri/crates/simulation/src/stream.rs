//! TCP connections between clients and the server.

use holdfast_protocol::{ClientMessage, ServerMessage};

use crate::pipe::Pipe;
use crate::queue::ProcessKey;

/// What travels on a connection.
#[derive(Debug)]
pub(crate) enum Frame<T> {
    Message(T),
    /// The other end is closed, properly or by a reset.
    End,
}

/// One connection. Its index in the world is its number on the server.
pub(crate) struct Stream {
    pub(crate) client: ProcessKey,
    /// Address it is bound to.
    pub(crate) address: u32,
    /// The client's side is open (or opening).
    pub(crate) client_open: bool,
    /// The server's side is open.
    pub(crate) server_open: bool,
    /// The server's side was open once.
    pub(crate) accepted: bool,
    pub(crate) up: Pipe<Frame<ClientMessage>>,
    pub(crate) down: Pipe<Frame<ServerMessage>>,
}

impl Stream {
    pub(crate) fn new(client: ProcessKey, address: u32) -> Self {
        Self {
            client,
            address,
            client_open: true,
            server_open: false,
            accepted: false,
            up: Pipe::default(),
            down: Pipe::default(),
        }
    }
}
