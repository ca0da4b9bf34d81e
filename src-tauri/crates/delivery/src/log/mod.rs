//! An acknowledged log: messages that go in at one end come out at the other once and in order. This holds even if
//! connections come and go, and lose, double or reorder messages.
//!
//! Each end is sender and receiver. It numbers its messages for one remote end and keeps each until it is acknowledged.
//! It sends everything unacknowledged again when the connection changes, when the remote names a gap, and when nothing
//! was acknowledged for a long time. The receiver takes the next number and nothing else, so it holds nothing back.
//!
//! An end that began anew has another [`EndId`]. Messages that the earlier end acknowledged are done. The rest is
//! numbered from the start and sent to the new end. An acknowledgement means only that the end has a message. If it
//! ends before it hands the message on, the message is lost.

mod frame;
mod incoming;
mod outgoing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

use holdfast_terms::{Elapsed, Generation};
use thiserror::Error;

pub use frame::{Frame, FrameError, HEADER_BYTES};

use crate::channel::ChannelBounds;
use crate::end::{EndId, Remote, Speaker};
use incoming::{Arrival, Incoming};
use outgoing::Outgoing;

/// How often an end introduces itself again while it has messages and does not know the remote end.
const INTRODUCE_EVERY: Elapsed = Elapsed::from_secs(1);

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Longer than the channel allows.
    #[error("the message is longer than the channel allows")]
    TooLarge,
    /// The greatest allowed number of messages or bytes already waits.
    #[error("the queue of the channel is full")]
    Full,
    /// Text for a channel of bytes, or bytes for a channel of text.
    #[error("the channel carries another kind of message")]
    Kind,
    /// No row of the table.
    #[error("there is no such channel")]
    Unknown,
}

impl Refusal {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "channel_message_too_large",
            Self::Full => "channel_full",
            Self::Kind => "channel_other_kind",
            Self::Unknown => "channel_unknown",
        }
    }
}

/// What happened to messages and frames so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// Messages sent, each counted once.
    pub sent: u64,
    /// Messages sent again.
    pub resent: u64,
    /// Messages the remote acknowledged.
    pub acknowledged: u64,
    /// Messages received, each counted once.
    pub received: u64,
    /// Messages that came again.
    pub doubled: u64,
    /// Messages that came too early, because one before them is missing.
    pub early: u64,
    /// Messages that came while the queue of untaken messages was full.
    pub no_room: u64,
    /// Messages that were refused here because they were too long or the queue was full.
    pub refused: u64,
    /// Frames from or to an end that is gone.
    pub gone: u64,
    /// Acknowledgements of messages that were never sent.
    pub impossible: u64,
    /// Frames that could not be read, or carried a message longer than the channel allows.
    pub malformed: u64,
    /// Remote ends that were met, the first one included.
    pub ends: u64,
}

/// How a log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSnapshot {
    /// The connection it sends on.
    pub generation: Option<Generation>,
    /// Whether the remote end is known.
    pub introduced: bool,
    /// Messages and bytes to send that are not acknowledged.
    pub unacknowledged: (usize, usize),
    /// Messages and bytes received and not taken.
    pub waiting: (usize, usize),
    /// What happened so far.
    pub counts: LogCounts,
}

/// One end of a log.
#[derive(Debug)]
pub struct Log {
    own: EndId,
    bounds: ChannelBounds,
    remote: Option<Remote>,
    open: BTreeSet<Generation>,
    /// Connections on which this end still has to introduce itself.
    introductions: VecDeque<Generation>,
    introduce_at: Option<Elapsed>,
    incoming: Incoming,
    outgoing: Outgoing,
    counts: LogCounts,
}

impl Log {
    /// An end that remembers nothing, under an id of its own.
    #[must_use]
    pub fn new(own: EndId, bounds: ChannelBounds) -> Self {
        Self {
            own,
            bounds,
            remote: None,
            open: BTreeSet::new(),
            introductions: VecDeque::new(),
            introduce_at: None,
            incoming: Incoming::default(),
            outgoing: Outgoing::new(),
            counts: LogCounts::default(),
        }
    }

    /// Takes a message to deliver.
    ///
    /// # Errors
    /// If it is too long, or the queue is full. Then the message is not taken.
    pub fn push(&mut self, message: Vec<u8>, now: Elapsed) -> Result<(), Refusal> {
        self.outgoing.push(message, self.bounds).inspect_err(|_| self.counts.refused += 1)?;
        self.seek_remote(now);
        Ok(())
    }

    /// The channel of a connection opened. Unacknowledged messages go over the newest open connection.
    pub fn handle_open(&mut self, generation: Generation, now: Elapsed) {
        let before = self.generation();
        if !self.open.insert(generation) {
            return;
        }
        self.introductions.push_back(generation);
        if self.generation() != before {
            self.outgoing.rewind();
        }
        self.seek_remote(now);
    }

    /// The channel of a connection closed.
    pub fn handle_close(&mut self, generation: Generation) {
        let before = self.generation();
        self.open.remove(&generation);
        self.introductions.retain(|other| *other != generation);
        if self.generation() != before {
            self.outgoing.rewind();
        }
    }

    /// Bytes came over the channel of a connection.
    pub fn handle_frame(&mut self, generation: Generation, bytes: &[u8], now: Elapsed) {
        let Ok(frame) = Frame::parse(bytes) else {
            self.counts.malformed += 1;
            return;
        };
        let (Frame::Message { from, .. } | Frame::Acknowledgement { from, .. }) = frame;
        match Remote::heard(&mut self.remote, from, generation) {
            Speaker::Known => {}
            Speaker::Gone => {
                self.counts.gone += 1;
                return;
            }
            Speaker::Newcomer => self.begin(),
        }
        let to = match frame {
            Frame::Message { to, .. } => Some(to),
            Frame::Acknowledgement { to, .. } => to,
        };
        if to != Some(self.own) {
            // They do not know us, so we introduce ourselves and say what came.
            self.incoming.speak_by(now);
            if to.is_some() {
                self.counts.gone += 1;
            }
            return;
        }
        match frame {
            Frame::Message { payload, .. } if payload.len() > self.bounds.message_bytes => {
                self.counts.malformed += 1;
            }
            Frame::Message { number, payload, .. } => {
                let count = match self.incoming.message(number, payload, self.bounds, now) {
                    Arrival::Next => &mut self.counts.received,
                    Arrival::Double => &mut self.counts.doubled,
                    Arrival::Early => &mut self.counts.early,
                    Arrival::NoRoom => &mut self.counts.no_room,
                };
                *count += 1;
            }
            Frame::Acknowledgement { through, gap, .. } => {
                let before = self.outgoing.waiting().0;
                if self.outgoing.acknowledged(through, now).is_none() {
                    self.counts.impossible += 1;
                } else if gap {
                    self.outgoing.gap(through);
                }
                self.counts.acknowledged += (before - self.outgoing.waiting().0) as u64;
            }
        }
    }

    /// The next frame to send, and the connection to send it on.
    pub fn poll_transmit(&mut self, now: Elapsed) -> Option<(Generation, Vec<u8>)> {
        let generation = self.introductions.front().copied().or_else(|| self.generation())?;
        Some((generation, self.poll_transmit_on(generation, now)?))
    }

    /// Whether [`Self::poll_transmit_on`] has a frame for this connection now.
    #[must_use]
    pub fn wants_transmit_on(&self, generation: Generation, now: Elapsed) -> bool {
        let speaks = self.generation() == Some(generation) && self.remote.is_some();
        self.introductions.contains(&generation)
            || speaks && (self.incoming.owes(now) || self.outgoing.has_next())
    }

    /// The next frame to send on this connection.
    pub fn poll_transmit_on(&mut self, generation: Generation, now: Elapsed) -> Option<Vec<u8>> {
        if let Some(at) = self.introductions.iter().position(|other| *other == generation) {
            self.introductions.remove(at);
            let (through, gap) = (self.incoming.through(), false);
            let to = self.remote.map(|remote| remote.end);
            let frame = Frame::Acknowledgement { from: self.own, to, through, gap };
            return Some(frame.to_bytes());
        }
        if self.generation() != Some(generation) {
            return None;
        }
        let to = self.remote?.end;
        if let Some((through, gap)) = self.incoming.take_acknowledgement(now) {
            let frame = Frame::Acknowledgement { from: self.own, to: Some(to), through, gap };
            return Some(frame.to_bytes());
        }
        let (number, payload, again) = self.outgoing.next(now)?;
        let count = if again { &mut self.counts.resent } else { &mut self.counts.sent };
        *count += 1;
        Some(Frame::Message { from: self.own, to, number, payload }.to_bytes())
    }

    /// The next message that came.
    pub fn poll_message(&mut self) -> Option<Vec<u8>> {
        self.incoming.take(self.bounds)
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Elapsed) {
        self.outgoing.handle_timeout(now);
        if self.introduce_at.is_some_and(|at| at <= now) {
            self.introduce_at = None;
            if self.remote.is_none()
                && let Some(generation) = self.generation()
            {
                self.introductions.push_back(generation);
                self.seek_remote(now);
            }
        }
    }

    /// When [`Self::handle_timeout`] or [`Self::poll_transmit`] next has something to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Elapsed> {
        // Without a connection nothing can be sent.
        self.generation()?;
        match self.remote {
            None => self.introduce_at,
            Some(_) => {
                [self.incoming.poll_timeout(), self.outgoing.poll_timeout()].into_iter().flatten().min()
            }
        }
    }

    /// How it stands.
    #[must_use]
    pub fn snapshot(&self) -> LogSnapshot {
        LogSnapshot {
            generation: self.generation(),
            introduced: self.remote.is_some(),
            unacknowledged: self.outgoing.waiting(),
            waiting: self.incoming.waiting(),
            counts: self.counts,
        }
    }

    fn generation(&self) -> Option<Generation> {
        self.open.last().copied()
    }

    /// The remote is another end than before.
    fn begin(&mut self) {
        self.counts.ends += 1;
        self.incoming.begin();
        self.outgoing.begin();
        self.introduce_at = None;
    }

    fn seek_remote(&mut self, now: Elapsed) {
        if self.remote.is_none() && !self.outgoing.is_empty() && !self.open.is_empty() {
            self.introduce_at.get_or_insert(now.saturating_add(INTRODUCE_EVERY));
        }
    }
}
