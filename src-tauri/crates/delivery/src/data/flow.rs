//! One channel over all connections with a remote.

use std::collections::BTreeMap;

use holdfast_terms::{Elapsed, Generation};

use super::carrier::Carrier;
use super::schedule::{self, Outstanding};
use super::snapshot::{ChannelSnapshot, Counts, small};
use super::{ChannelEvent, Paths};
use crate::channel::{Channel, ChannelMessage};
use crate::end::EndId;
use crate::log::Refusal;
use crate::rate::RateLimit;

/// When a writer has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// Now, if there is room.
    Now,
    /// Not before this.
    At(Elapsed),
    /// Not before something changes.
    Never,
}

#[derive(Debug)]
pub(super) struct Flow {
    pub(super) row: &'static Channel,
    carrier: Carrier,
    /// The connections on which it is open. The number counts the messages that went to a connection since it last had
    /// delivered everything.
    open: BTreeMap<Generation, u32>,
    carries: Option<Generation>,
    /// The connection that carried it last.
    carried: Option<Generation>,
    told_open: bool,
    /// Limits what the remote may send.
    limit: RateLimit,
    /// Limits what this end sends.
    pace: RateLimit,
    counts: Counts,
}

impl Flow {
    pub(super) fn new(row: &'static Channel, own: EndId, now: Elapsed) -> Self {
        Self {
            row,
            carrier: Carrier::new(row, own),
            open: BTreeMap::new(),
            carries: None,
            carried: None,
            told_open: false,
            limit: RateLimit::new(row.bounds.rate, now),
            pace: RateLimit::new(schedule::pace(row.bounds.rate), now),
            counts: Counts::default(),
        }
    }

    pub(super) fn push(&mut self, message: ChannelMessage, now: Elapsed) -> Result<(), Refusal> {
        let Self { row, carrier, counts, .. } = self;
        let pushed = if message.payload() != row.payload {
            Err(Refusal::Kind)
        } else if message.len() > row.bounds.message_bytes {
            Err(Refusal::TooLarge)
        } else {
            carrier.push(row, message, counts, now)
        };
        pushed.inspect_err(|_| counts.dropped += 1)
    }

    pub(super) fn opened(&mut self, generation: Generation, now: Elapsed) {
        self.open.entry(generation).or_default();
        if let Some(log) = self.carrier.log() {
            log.handle_open(generation, now);
        }
    }

    pub(super) fn closed(&mut self, generation: Generation) {
        self.open.remove(&generation);
        if let Some(log) = self.carrier.log() {
            log.handle_close(generation);
        }
    }

    pub(super) fn is_open(&self, generation: Generation) -> bool {
        self.open.contains_key(&generation)
    }

    /// Connections or their paths changed: the newest one that works carries it now.
    pub(super) fn choose(&mut self, paths: &Paths) {
        let works = |generation: &&Generation| paths.get(*generation).is_none_or(|works| *works);
        self.carries = self.open.keys().rev().find(works).copied();
        if self.carries.is_some() && self.carries != self.carried {
            self.carried = self.carries;
            self.carrier.moved();
        }
    }

    pub(super) fn arrived(&mut self, generation: Generation, message: ChannelMessage, now: Elapsed) {
        if !self.limit.allow(now) {
            self.counts.over_rate += 1;
            return;
        }
        self.carrier.arrived(self.row, generation, message, &mut self.counts, now);
    }

    /// The library did not take a message. A log finds out by itself.
    pub(super) fn lost(&mut self) {
        if self.carrier.log().is_none() {
            self.counts.dropped += 1;
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<ChannelEvent> {
        let open = self.carries.is_some();
        if open && !std::mem::replace(&mut self.told_open, open) {
            return Some(ChannelEvent::Open);
        }
        if let Some(message) = self.carrier.take(self.row, &mut self.counts) {
            return Some(ChannelEvent::Message(message));
        }
        let closed = std::mem::replace(&mut self.told_open, open) && !open;
        closed.then_some(ChannelEvent::Closed)
    }

    /// Whether something waits that may go over this connection.
    pub(super) fn wants(&self, generation: Generation, now: Elapsed) -> bool {
        self.open.contains_key(&generation)
            && self.carrier.wants(generation, self.carries == Some(generation), now)
    }

    pub(super) fn ready(&mut self, generation: Generation, works: bool, now: Elapsed) -> Ready {
        if !works || !self.open.contains_key(&generation) {
            return Ready::Never;
        }
        if let Some(log) = self.carrier.log() {
            log.handle_timeout(now);
        }
        if !self.wants(generation, now) {
            // A message that is due and may not go over this connection waits for another one.
            let later =
                self.carrier.poll_timeout().filter(|at| *at > now && self.carries == Some(generation));
            return later.map_or(Ready::Never, Ready::At);
        }
        if self.pace.is_ready(now) { Ready::Now } else { Ready::At(self.pace.next_at()) }
    }

    /// The next message for this connection. `None` while enough messages are with the library.
    pub(super) fn transmit(
        &mut self,
        generation: Generation,
        outstanding: Outstanding<'_>,
        now: Elapsed,
    ) -> Option<ChannelMessage> {
        if !self.wants(generation, now) {
            return None;
        }
        let given = self.open.get_mut(&generation)?;
        if !outstanding.iter().any(|(id, bytes)| *id == self.row.id && *bytes > 0) {
            *given = 0;
        }
        if *given >= schedule::in_flight(self.row.bounds.rate) || !self.pace.allow(now) {
            return None;
        }
        *given += 1;
        self.carrier.next(generation, &mut self.counts, now)
    }

    pub(super) fn snapshot(&self, now: Elapsed) -> ChannelSnapshot {
        let counts = self.carrier.counts(self.counts);
        let (messages, bytes) = self.carrier.waiting();
        ChannelSnapshot {
            label: self.row.label.to_owned(),
            generation: self.carries.map(Generation::get),
            queued_messages: small(messages),
            queued_bytes: small(bytes),
            sent: counts.sent,
            resent: counts.resent,
            received: counts.received,
            dropped: counts.dropped + counts.no_room,
            overtaken: counts.overtaken,
            over_rate: counts.over_rate,
            malformed: counts.malformed,
            allowance: self.limit.allowance(now),
            burst: self.row.bounds.rate.burst,
        }
    }
}
