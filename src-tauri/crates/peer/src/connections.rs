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
    /// Since when the path has not answered.
    down_since: Option<Instant>,
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
            down_since: None,
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

/// How long media is sent on a path that does not answer, after ICE has said so: on a path that comes back soon the
/// first picture is then there with the first answer. Longer, it would be for someone who is believed gone; and after
/// 32,768 packets, five minutes of sound and pictures, the other end could not decrypt what follows (RFC 3711, 3.3.1).
/// The path goes on being checked.
const SENT_UNANSWERED: Duration = Duration::from_secs(8);

/// How long a connection that was replaced while it worked goes on once its successor's control channel is open: the
/// successor's first keyframe is still to be made, and messages are on their way. Half a second of sending twice.
const FAREWELL: Duration = Duration::from_millis(500);
/// ... and how long at most: the control channel takes a second more when its first packet is lost.
const LONGEST_FAREWELL: Duration = Duration::from_secs(5);

/// The live ones, oldest first, and those that are on their way out.
#[derive(Default)]
pub(crate) struct Connections {
    live: Vec<Live>,
    replaced: Vec<(Instant, Live)>,
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

    fn any_mut(&mut self, generation: u32) -> Option<&mut Live> {
        let replaced = self.replaced.iter_mut().map(|(_, live)| live);
        self.live.iter_mut().chain(replaced).find(|live| live.generation == generation)
    }

    pub(crate) fn set_transport(&mut self, generation: u32, transport: TransportState, now: Instant) {
        if let Some(live) = self.any_mut(generation) {
            live.transport = transport;
            live.down_since = match transport {
                TransportState::Connected => None,
                _ => live.down_since.or(Some(now)),
            };
        }
    }

    /// Stops sending where nothing has answered for long; a connected transport begins it again. Call it a few times
    /// a second.
    pub(crate) fn hush(&self, now: Instant) {
        let gone = |live: &&Live| live.down_since.is_some_and(|since| now >= since + SENT_UNANSWERED);
        for live in self.live.iter().filter(gone) {
            live.outlet.close();
        }
    }

    pub(crate) fn set_control(&mut self, generation: u32, open: bool, now: Instant) {
        if let Some(live) = self.any_mut(generation) {
            live.control_open = open;
        }
        let soon = now + FAREWELL;
        for (at, _) in self.replaced.iter_mut().filter(|(_, live)| open && live.generation < generation) {
            *at = soon.min(*at);
        }
    }

    /// The newest connection whose control channel can be used; one that was replaced until its successor's opens.
    pub(crate) fn control(&self) -> Option<&Live> {
        let replaced = self.replaced.iter().rev().map(|(_, live)| live);
        self.live.iter().rev().chain(replaced).find(|live| live.carries_messages())
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

    /// Lets go of a connection: at once, or after a farewell if it works and another has taken over. Gives back
    /// what is closed now.
    pub(crate) fn release(&mut self, generation: u32, now: Instant) -> Option<Closed> {
        let at = self.live.iter().position(|live| live.generation == generation)?;
        let works = |live: &Live| live.transport == TransportState::Connected;
        let live = self.live.remove(at);
        let successor = self.live.iter().find(|other| other.generation > generation && works(other));
        let Some(successor) = successor.filter(|_| works(&live)) else { return Some(self.close(live)) };
        let farewell = if successor.control_open { FAREWELL } else { LONGEST_FAREWELL };
        self.replaced.push((now + farewell, live));
        None
    }

    /// When to call [`Self::close_replaced`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.replaced.iter().map(|(at, _)| *at).min()
    }

    /// Closes one connection whose time is up.
    pub(crate) fn close_replaced(&mut self, now: Instant) -> Option<Closed> {
        let at = self.replaced.iter().position(|(at, _)| *at <= now)?;
        let (_, live) = self.replaced.remove(at);
        Some(self.close(live))
    }

    /// Whether a connection was replaced and is not closed yet.
    pub(crate) fn was_replaced(&self, generation: u32) -> bool {
        self.replaced.iter().any(|(_, live)| live.generation == generation)
    }

    /// Closes in the background: freeing sockets takes up to 100 ms that the next connection need not wait for.
    fn close(&mut self, live: Live) -> Closed {
        let Live { generation, connection, outlet, .. } = live;
        while self.closing.try_join_next().is_some() {}
        self.closing.spawn(async move { connection.close().await });
        Closed { generation, outlet }
    }

    /// Closes what is left; returns when every socket is free.
    pub(crate) async fn close_all(&mut self) {
        let replaced = std::mem::take(&mut self.replaced).into_iter().map(|(_, live)| live);
        for live in std::mem::take(&mut self.live).into_iter().chain(replaced) {
            self.close(live);
        }
        while self.closing.join_next().await.is_some() {}
    }
}

/// What is left of a connection.
pub(crate) struct Closed {
    pub(crate) generation: u32,
    pub(crate) outlet: Arc<Outlet>,
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
