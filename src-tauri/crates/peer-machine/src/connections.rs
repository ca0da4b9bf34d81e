//! The connections of one remote: the current one, the one that it replaces, and those in their farewell.
//!
//! Knows what each transport and each control channel last reported. Decides which control channel carries a message,
//! when media stops, and when a connection that was replaced is closed.

use holdfast_terms::{Elapsed, Generation};
use std::time::Duration;

use holdfast_negotiation::TransportState;

/// A control channel that acknowledges nothing for this long is in the retransmission of the library's SCTP: the first
/// after 1 s, each next one after twice as long. After the fifth, at 63 s, the channel closes. We cannot change these
/// times, and a path that is back does not end the wait early.
pub const STALLED_AFTER: Duration = Duration::from_secs(1);

/// How long media is sent on a path that does not answer, after ICE has reported it. If the path comes back soon, the
/// first picture is then there with the first answer. After this time the remote is probably gone. And after 32,768
/// packets, five minutes of sound and pictures, the other end could not decrypt what follows (RFC 3711, 3.3.1). The
/// path is checked all the time.
pub const SENT_UNANSWERED: Duration = Duration::from_secs(8);

/// How long a replaced connection that works goes on after its successor's control channel is open. At that time the
/// successor's first keyframe has not come yet, and messages are on their way. So media is sent twice for half a
/// second.
pub const FAREWELL: Duration = Duration::from_millis(500);

/// ... and how long at most. The control channel takes a second more if its first packet is lost.
pub const LONGEST_FAREWELL: Duration = Duration::from_secs(5);

/// One connection.
#[derive(Debug)]
struct Live {
    generation: Generation,
    transport: TransportState,
    /// Since when the path does not answer.
    down_since: Option<Duration>,
    /// Whether media is sent on it.
    outlet_open: bool,
    control_open: bool,
    /// Since when the control channel has had data without an acknowledgement.
    unacknowledged: Option<Duration>,
}

impl Live {
    fn works(&self) -> bool {
        self.transport == TransportState::Connected
    }

    /// Whether a message sent now can arrive. On a path that is down it would wait for a retransmission, and arrive up
    /// to half a minute after the path is back.
    fn carries_messages(&self) -> bool {
        self.control_open && self.works()
    }

    /// When to stop sending media on it.
    fn silent_at(&self) -> Option<Duration> {
        self.down_since.filter(|_| self.outlet_open).map(|since| since + SENT_UNANSWERED)
    }
}

/// The live connections, oldest first, and those that were replaced, each with the time at which it closes.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    live: Vec<Live>,
    replaced: Vec<(Duration, Live)>,
}

impl Connections {
    pub(crate) fn add(&mut self, generation: Generation) {
        self.live.push(Live {
            generation,
            transport: TransportState::New,
            down_since: None,
            outlet_open: false,
            control_open: false,
            unacknowledged: None,
        });
        self.live.sort_by_key(|live| live.generation);
    }

    pub(crate) fn is_live(&self, generation: Generation) -> bool {
        self.live.iter().any(|live| live.generation == generation)
    }

    /// Whether a connection was replaced and is not closed yet.
    pub(crate) fn was_replaced(&self, generation: Generation) -> bool {
        self.replaced.iter().any(|(_, live)| live.generation == generation)
    }

    /// The generations of the live connections, oldest first.
    pub(crate) fn live(&self) -> impl Iterator<Item = Generation> {
        self.live.iter().map(|live| live.generation)
    }

    fn all(&self) -> impl Iterator<Item = &Live> {
        self.live.iter().chain(self.replaced.iter().map(|(_, live)| live))
    }

    fn any_mut(&mut self, generation: Generation) -> Option<&mut Live> {
        let replaced = self.replaced.iter_mut().map(|(_, live)| live);
        self.live.iter_mut().chain(replaced).find(|live| live.generation == generation)
    }

    pub(crate) fn set_transport(&mut self, generation: Generation, transport: TransportState, now: Elapsed) {
        if let Some(live) = self.any_mut(generation) {
            live.transport = transport;
            live.down_since = match transport {
                TransportState::Connected => None,
                _ => live.down_since.or(Some(now)),
            };
        }
    }

    pub(crate) fn open_outlet(&mut self, generation: Generation) {
        if let Some(live) = self.any_mut(generation) {
            live.outlet_open = true;
        }
    }

    /// A live connection on which media was sent for too long without an answer. Its outlet counts as closed now.
    pub(crate) fn take_silent(&mut self, now: Elapsed) -> Option<Generation> {
        let live = self.live.iter_mut().find(|live| live.silent_at().is_some_and(|at| at <= now))?;
        live.outlet_open = false;
        Some(live.generation)
    }

    pub(crate) fn set_control(&mut self, generation: Generation, open: bool, now: Elapsed) {
        if let Some(live) = self.any_mut(generation) {
            live.control_open = open;
            if !open {
                live.unacknowledged = None;
            }
        }
        let soon = now + FAREWELL;
        for (at, _) in self.replaced.iter_mut().filter(|(_, live)| open && live.generation < generation) {
            *at = soon.min(*at);
        }
    }

    /// The newest connection with a usable control channel. Until the successor's channel opens, this is the connection
    /// that it replaced.
    fn control(&self) -> Option<&Live> {
        let replaced = self.replaced.iter().rev().map(|(_, live)| live);
        self.live.iter().rev().chain(replaced).find(|live| live.carries_messages())
    }

    /// The connection that carries the next message on its control channel.
    pub(crate) fn control_generation(&self) -> Option<Generation> {
        self.control().map(|live| live.generation)
    }

    /// Whether that channel delivers messages, as far as is known at `now`.
    pub(crate) fn control_flows(&self, now: Elapsed) -> bool {
        self.control().is_some_and(|live| live.unacknowledged.is_none_or(|since| now < since + STALLED_AFTER))
    }

    /// The driver has read whether a control channel has data without an acknowledgement.
    pub(crate) fn set_unacknowledged(&mut self, generation: Generation, waits: bool, now: Elapsed) {
        if let Some(live) = self.any_mut(generation).filter(|live| live.control_open) {
            live.unacknowledged = if waits { live.unacknowledged.or(Some(now)) } else { None };
        }
    }

    /// All connections with an open control channel, even if the path is down: the live ones, then the replaced ones.
    pub(crate) fn open_controls(&self) -> impl Iterator<Item = Generation> {
        self.all().filter(|live| live.control_open).map(|live| live.generation)
    }

    /// Gives a connection up: at once, or after a farewell if it works and another has replaced it. Returns whether to
    /// close it now.
    pub(crate) fn release(&mut self, generation: Generation, now: Elapsed) -> bool {
        let Some(at) = self.live.iter().position(|live| live.generation == generation) else { return false };
        let live = self.live.remove(at);
        let successor = self.live.iter().find(|other| other.generation > generation && other.works());
        let Some(successor) = successor.filter(|_| live.works()) else { return true };
        let farewell = if successor.control_open { FAREWELL } else { LONGEST_FAREWELL };
        self.replaced.push((now + farewell, live));
        false
    }

    /// Removes one connection that has ended its farewell.
    pub(crate) fn take_replaced(&mut self, now: Elapsed) -> Option<Generation> {
        let at = self.replaced.iter().position(|(at, _)| *at <= now)?;
        Some(self.replaced.remove(at).1.generation)
    }

    /// Removes all connections.
    pub(crate) fn take_all(&mut self) -> Vec<Generation> {
        let replaced = std::mem::take(&mut self.replaced).into_iter().map(|(_, live)| live);
        std::mem::take(&mut self.live).into_iter().chain(replaced).map(|live| live.generation).collect()
    }

    /// When a farewell ends, or media must stop somewhere.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let farewells = self.replaced.iter().map(|(at, _)| *at);
        farewells.chain(self.live.iter().filter_map(Live::silent_at)).min()
    }
}
