//! The live connections of one remote: the current one and, while it is being replaced, the previous one.

use std::sync::Arc;
use std::time::Duration;

use holdfast_negotiation::TransportState;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::intake::Intake;
use crate::outbox::Outlet;

/// One connection and both ends of its media.
pub(crate) struct Live {
    pub(crate) generation: u32,
    pub(crate) connection: Arc<Connection>,
    pub(crate) intake: Arc<Intake>,
    pub(crate) outlet: Arc<Outlet>,
    transport: TransportState,
    control_open: bool,
    /// Since when something sent over the control channel was not acknowledged.
    unacknowledged: Option<Instant>,
}

/// A control channel that acknowledges nothing for this long is in the retransmission of the library's SCTP: first
/// after 1 s, then after twice as long each time, and after the fifth, 63 s, it closes. Neither is to be set, and the
/// path being back does not cut it short.
const STALLED_AFTER: Duration = Duration::from_secs(1);

impl Live {
    pub(crate) fn new(connection: Connection, intake: Arc<Intake>, outlet: Arc<Outlet>) -> Self {
        Self {
            generation: intake.generation(),
            connection: Arc::new(connection),
            intake,
            outlet,
            transport: TransportState::New,
            control_open: false,
            unacknowledged: None,
        }
    }

    /// A message sent now has a chance to arrive. On a path that is down it would wait for a retransmission, and
    /// arrive up to half a minute after the path is back.
    fn carries_messages(&self) -> bool {
        self.control_open && self.transport == TransportState::Connected
    }
}

/// Oldest first.
#[derive(Default)]
pub(crate) struct Connections {
    live: Vec<Live>,
    closing: JoinSet<()>,
}

impl Connections {
    pub(crate) fn add(&mut self, live: Live) {
        self.live.push(live);
        self.live.sort_by_key(|live| live.generation);
    }

    pub(crate) fn get(&self, generation: u32) -> Option<&Live> {
        self.live.iter().find(|live| live.generation == generation)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Live> {
        self.live.iter()
    }

    pub(crate) fn set_transport(&mut self, generation: u32, transport: TransportState) {
        if let Some(live) = self.live.iter_mut().find(|live| live.generation == generation) {
            live.transport = transport;
        }
    }

    pub(crate) fn set_control(&mut self, generation: u32, open: bool) {
        if let Some(live) = self.live.iter_mut().find(|live| live.generation == generation) {
            live.control_open = open;
        }
    }

    /// The newest connection whose control channel can be used.
    pub(crate) fn control(&self) -> Option<&Live> {
        self.live.iter().rev().find(|live| live.carries_messages())
    }

    /// Whether the newest such channel delivers what it is given, as far as is known at `now`.
    pub(crate) fn control_flows(&self, now: Instant) -> bool {
        self.control().is_some_and(|live| live.unacknowledged.is_none_or(|since| now < since + STALLED_AFTER))
    }

    /// Looks which channels have something unacknowledged. Call it a few times a second.
    pub(crate) async fn watch_controls(&mut self, now: Instant) {
        for live in self.live.iter_mut().filter(|live| live.control_open) {
            let waiting = live.connection.control_outstanding().await > 0;
            live.unacknowledged = if waiting { live.unacknowledged.or(Some(now)) } else { None };
        }
    }

    /// All whose control channel is open, whatever the path is like.
    pub(crate) fn open_controls(&self) -> impl Iterator<Item = &Live> {
        self.live.iter().filter(|live| live.control_open)
    }

    /// Takes a connection out and closes it in the background: freeing sockets takes up to 100 ms that the next
    /// connection need not wait for.
    pub(crate) fn close(&mut self, generation: u32) -> Option<Arc<Outlet>> {
        let at = self.live.iter().position(|live| live.generation == generation)?;
        let Live { connection, outlet, .. } = self.live.remove(at);
        while self.closing.try_join_next().is_some() {}
        self.closing.spawn(async move { connection.close().await });
        Some(outlet)
    }

    /// Closes what is left; returns when every socket is free.
    pub(crate) async fn close_all(&mut self) {
        for generation in self.live.iter().map(|live| live.generation).collect::<Vec<_>>() {
            self.close(generation);
        }
        while self.closing.join_next().await.is_some() {}
    }
}
