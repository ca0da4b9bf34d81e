//! The connections of one remote: the current one, the one it is replacing, and those that say farewell.
//!
//! Knows what each transport and each control channel reported last. Decides which control channel carries a message,
//! when media is no longer sent, and when a connection that was replaced is closed.

use std::time::Duration;

use holdfast_negotiation::TransportState;

/// A control channel that acknowledges nothing for this long is in the retransmission of the library's SCTP: first
/// after 1 s, then after twice as long each time, and after the fifth, 63 s, it closes. Neither can be set, and a path
/// that is back does not end the wait early.
pub const STALLED_AFTER: Duration = Duration::from_secs(1);

/// How long media is sent on a path that does not answer, after ICE has said so. On a path that comes back soon the
/// first picture is then there with the first answer. Longer, it would be for someone who is believed gone; and after
/// 32,768 packets, five minutes of sound and pictures, the other end could not decrypt what follows (RFC 3711, 3.3.1).
/// The path is checked all the time.
pub const SENT_UNANSWERED: Duration = Duration::from_secs(8);

/// How long a connection that was replaced while it worked goes on once its successor's control channel is open: the
/// successor's first keyframe is still to come, and messages are on their way. Media is sent twice for half a second.
pub const FAREWELL: Duration = Duration::from_millis(500);

/// ... and how long at most: the control channel takes a second more when its first packet is lost.
pub const LONGEST_FAREWELL: Duration = Duration::from_secs(5);

/// One connection.
#[derive(Debug)]
struct Live {
    generation: u32,
    transport: TransportState,
    /// Since when the path has not answered.
    down_since: Option<Duration>,
    /// Media is sent on it.
    outlet_open: bool,
    control_open: bool,
    /// Since when something sent over the control channel was not acknowledged.
    unacknowledged: Option<Duration>,
}

impl Live {
    fn works(&self) -> bool {
        self.transport == TransportState::Connected
    }

    /// A message sent now can arrive. On a path that is down it would wait for a retransmission, and arrive up to
    /// half a minute after the path is back.
    fn carries_messages(&self) -> bool {
        self.control_open && self.works()
    }

    /// When media is no longer sent on it.
    fn silent_at(&self) -> Option<Duration> {
        self.down_since.filter(|_| self.outlet_open).map(|since| since + SENT_UNANSWERED)
    }
}

/// The live connections, oldest first, and those that were replaced, each with the moment it is closed.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    live: Vec<Live>,
    replaced: Vec<(Duration, Live)>,
}

impl Connections {
    pub(crate) fn add(&mut self, generation: u32) {
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

    pub(crate) fn is_live(&self, generation: u32) -> bool {
        self.live.iter().any(|live| live.generation == generation)
    }

    /// Whether a connection was replaced and is not closed yet.
    pub(crate) fn was_replaced(&self, generation: u32) -> bool {
        self.replaced.iter().any(|(_, live)| live.generation == generation)
    }

    /// The generations of the live ones, oldest first.
    pub(crate) fn live(&self) -> impl Iterator<Item = u32> {
        self.live.iter().map(|live| live.generation)
    }

    fn all(&self) -> impl Iterator<Item = &Live> {
        self.live.iter().chain(self.replaced.iter().map(|(_, live)| live))
    }

    fn any_mut(&mut self, generation: u32) -> Option<&mut Live> {
        let replaced = self.replaced.iter_mut().map(|(_, live)| live);
        self.live.iter_mut().chain(replaced).find(|live| live.generation == generation)
    }

    pub(crate) fn set_transport(&mut self, generation: u32, transport: TransportState, now: Duration) {
        if let Some(live) = self.any_mut(generation) {
            live.transport = transport;
            live.down_since = match transport {
                TransportState::Connected => None,
                _ => live.down_since.or(Some(now)),
            };
        }
    }

    pub(crate) fn open_outlet(&mut self, generation: u32) {
        if let Some(live) = self.any_mut(generation) {
            live.outlet_open = true;
        }
    }

    /// A live connection that media was sent on while nothing answered for too long; its outlet counts as closed now.
    pub(crate) fn take_silent(&mut self, now: Duration) -> Option<u32> {
        let live = self.live.iter_mut().find(|live| live.silent_at().is_some_and(|at| at <= now))?;
        live.outlet_open = false;
        Some(live.generation)
    }

    pub(crate) fn set_control(&mut self, generation: u32, open: bool, now: Duration) {
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

    /// The newest connection whose control channel can be used; one that was replaced until its successor's opens.
    fn control(&self) -> Option<&Live> {
        let replaced = self.replaced.iter().rev().map(|(_, live)| live);
        self.live.iter().rev().chain(replaced).find(|live| live.carries_messages())
    }

    /// The connection whose control channel carries the next message.
    pub(crate) fn control_generation(&self) -> Option<u32> {
        self.control().map(|live| live.generation)
    }

    /// Whether that channel delivers what it is given, as far as is known at `now`.
    pub(crate) fn control_flows(&self, now: Duration) -> bool {
        self.control().is_some_and(|live| live.unacknowledged.is_none_or(|since| now < since + STALLED_AFTER))
    }

    /// What is not acknowledged on a control channel was read.
    pub(crate) fn set_unacknowledged(&mut self, generation: u32, waits: bool, now: Duration) {
        if let Some(live) = self.any_mut(generation).filter(|live| live.control_open) {
            live.unacknowledged = if waits { live.unacknowledged.or(Some(now)) } else { None };
        }
    }

    /// All whose control channel is open, whatever the path is like: the live ones, then those that were replaced.
    pub(crate) fn open_controls(&self) -> impl Iterator<Item = u32> {
        self.all().filter(|live| live.control_open).map(|live| live.generation)
    }

    /// Lets go of a connection: at once, or after a farewell if it works and another has taken over. Returns whether
    /// it is to be closed now.
    pub(crate) fn release(&mut self, generation: u32, now: Duration) -> bool {
        let Some(at) = self.live.iter().position(|live| live.generation == generation) else { return false };
        let live = self.live.remove(at);
        let successor = self.live.iter().find(|other| other.generation > generation && other.works());
        let Some(successor) = successor.filter(|_| live.works()) else { return true };
        let farewell = if successor.control_open { FAREWELL } else { LONGEST_FAREWELL };
        self.replaced.push((now + farewell, live));
        false
    }

    /// Takes out one connection whose farewell is over.
    pub(crate) fn take_replaced(&mut self, now: Duration) -> Option<u32> {
        let at = self.replaced.iter().position(|(at, _)| *at <= now)?;
        Some(self.replaced.remove(at).1.generation)
    }

    /// Takes out all there are.
    pub(crate) fn take_all(&mut self) -> Vec<u32> {
        let replaced = std::mem::take(&mut self.replaced).into_iter().map(|(_, live)| live);
        std::mem::take(&mut self.live).into_iter().chain(replaced).map(|live| live.generation).collect()
    }

    /// When a farewell ends, or media is no longer sent somewhere.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let farewells = self.replaced.iter().map(|(at, _)| *at);
        farewells.chain(self.live.iter().filter_map(Live::silent_at)).min()
    }
}
