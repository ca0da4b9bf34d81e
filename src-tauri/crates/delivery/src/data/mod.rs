//! The channels beside `control` with one remote, above the connections with it.
//!
//! Knows which connection carries each channel, which messages wait, which one goes next, how much goes at a time, and
//! what a remote may send. When the connection changes, it does what the row of the channel says. It does not read or
//! write itself: a driver has a reader and a writer for each channel of each connection, and tells what they see.

mod carrier;
mod flow;
mod queue;
mod schedule;
mod snapshot;

use std::collections::BTreeMap;

use holdfast_terms::{Elapsed, Generation};

pub use flow::Ready;
pub use schedule::Outstanding;
pub use snapshot::ChannelSnapshot;

use crate::channel::{ChannelId, ChannelMessage, Channels};
use crate::end::EndId;
use crate::log::Refusal;
use flow::Flow;

/// Whether the path of each connection works.
type Paths = BTreeMap<Generation, bool>;

/// What a channel tells its listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelEvent {
    /// A connection carries the channel now.
    Open,
    /// No connection carries the channel. Messages wait as the row says.
    Closed,
    /// A message came.
    Message(ChannelMessage),
}

/// The channels beside `control` with one remote.
#[derive(Debug)]
pub struct DataChannels {
    channels: Channels,
    flows: Vec<Flow>,
    paths: Paths,
}

impl DataChannels {
    /// The channels of a table, for an end that remembers nothing. `end` gives each channel a random id of its own.
    #[must_use]
    pub fn new(channels: Channels, mut end: impl FnMut() -> EndId, now: Elapsed) -> Self {
        let flows = channels.others().iter().map(|row| Flow::new(row, end(), now)).collect();
        Self { channels, flows, paths: Paths::new() }
    }

    /// Takes a message to send.
    ///
    /// # Errors
    /// If it does not fit the channel or its queue. Then it is counted and not taken.
    pub fn send(&mut self, channel: ChannelId, message: ChannelMessage, now: Elapsed) -> Result<(), Refusal> {
        self.flow(channel).ok_or(Refusal::Unknown)?.push(message, now)
    }

    /// The next event of a channel, until there is none.
    pub fn poll_event(&mut self, channel: ChannelId) -> Option<ChannelEvent> {
        self.flow(channel)?.poll_event()
    }

    /// A channel of a connection opened.
    pub fn handle_open(&mut self, generation: Generation, channel: ChannelId, now: Elapsed) {
        // The path of an open channel works until we hear otherwise.
        self.paths.entry(generation).or_insert(true);
        if let Some(flow) = self.flow(channel) {
            flow.opened(generation, now);
        }
        self.choose();
    }

    /// A channel of a connection closed.
    pub fn handle_close(&mut self, generation: Generation, channel: ChannelId) {
        if let Some(flow) = self.flow(channel) {
            flow.closed(generation);
        }
        // A channel does not open twice, so this connection is over.
        if !self.flows.iter().any(|flow| flow.is_open(generation)) {
            self.paths.remove(&generation);
        }
        self.choose();
    }

    /// The path of a connection works, or does not.
    pub fn handle_path(&mut self, generation: Generation, works: bool) {
        self.paths.insert(generation, works);
        self.choose();
    }

    /// A connection is gone.
    pub fn handle_gone(&mut self, generation: Generation) {
        self.paths.remove(&generation);
        for flow in &mut self.flows {
            flow.closed(generation);
        }
        self.choose();
    }

    /// A message came over a channel of a connection.
    pub fn handle_message(
        &mut self,
        generation: Generation,
        channel: ChannelId,
        message: ChannelMessage,
        now: Elapsed,
    ) {
        if let Some(flow) = self.flow(channel) {
            flow.arrived(generation, message, now);
        }
    }

    /// When the writer of this channel and connection has something to do. Also does what is due now.
    pub fn poll_ready(&mut self, generation: Generation, channel: ChannelId, now: Elapsed) -> Ready {
        let works = self.paths.get(&generation).is_some_and(|works| *works);
        self.flow(channel).map_or(Ready::Never, |flow| flow.ready(generation, works, now))
    }

    /// The next message for the writer of this channel and connection. `None` while a higher channel has something to
    /// send there, or while enough is on its way: ask again in a moment.
    pub fn poll_transmit(
        &mut self,
        generation: Generation,
        channel: ChannelId,
        outstanding: Outstanding<'_>,
        now: Elapsed,
    ) -> Option<ChannelMessage> {
        let priority = self.channels.get(channel)?.priority;
        let higher = |flow: &Flow| flow.row.priority > priority && flow.wants(generation, now);
        if self.flows.iter().any(higher) || !schedule::has_room(self.channels, priority, outstanding) {
            return None;
        }
        self.flow(channel)?.transmit(generation, outstanding, now)
    }

    /// The library did not take a message. A log sends it again. On other channels it is lost.
    pub fn handle_refused(&mut self, channel: ChannelId) {
        if let Some(flow) = self.flow(channel) {
            flow.lost();
        }
    }

    /// How each channel stands.
    #[must_use]
    pub fn snapshot(&self, now: Elapsed) -> Vec<ChannelSnapshot> {
        self.flows.iter().map(|flow| flow.snapshot(now)).collect()
    }

    fn flow(&mut self, channel: ChannelId) -> Option<&mut Flow> {
        self.flows.iter_mut().find(|flow| flow.row.id == channel)
    }

    fn choose(&mut self) {
        for flow in &mut self.flows {
            flow.choose(&self.paths);
        }
    }
}
