//! Sealed messages on their way to the server: bounded, paced, kept until acknowledged. Pure.

use std::collections::VecDeque;

use holdfast_delivery::{Rate, RateLimit};
use holdfast_protocol::{
    ClientMessage, Generation, MessageNumber, ParticipantId,
    limits::{QUEUE_MESSAGES, RATE_BURST, RATE_PER_SECOND, UNACKED_MESSAGES},
};
use holdfast_terms::Elapsed;

/// How many relays may go out. Fewer than the server lets through, so that acknowledgements and heartbeats fit beside
/// them.
const RATE: Rate = Rate { per_second: RATE_PER_SECOND / 5 * 4, burst: RATE_BURST / 4 * 3 };

#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) to: ParticipantId,
    pub(crate) generation: Generation,
    pub(crate) payload: String,
}

#[derive(Debug)]
pub(crate) struct Outbox {
    last_seq: MessageNumber,
    unsent: VecDeque<Letter>,
    unacknowledged: VecDeque<(MessageNumber, Letter)>,
    /// How many of the last unacknowledged messages are sent again before anything new.
    again: usize,
    limit: RateLimit,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self {
            last_seq: MessageNumber::NONE,
            unsent: VecDeque::new(),
            unacknowledged: VecDeque::new(),
            again: 0,
            limit: RateLimit::new(RATE, Elapsed::ZERO),
        }
    }

    /// Queues a letter. Returns how many of the oldest were dropped for it: after a long absence the newest messages
    /// are worth more than offers that have expired.
    pub(crate) fn push(&mut self, letter: Letter, live: bool) -> u64 {
        self.unsent.push_back(letter);
        let bound = if live { UNACKED_MESSAGES } else { QUEUE_MESSAGES };
        let over = self.unsent.len().saturating_sub(bound);
        self.unsent.drain(..over);
        over as u64
    }

    /// The next relay that may go out now. A letter to a `held` participant waits, and does not block the others.
    pub(crate) fn next(
        &mut self,
        now: Elapsed,
        held: impl Fn(&ParticipantId) -> bool,
    ) -> Option<ClientMessage> {
        if !self.limit.is_ready(now) {
            return None;
        }
        if let Some((seq, letter)) = self.unacknowledged.iter().rev().nth(self.again.wrapping_sub(1)) {
            self.limit.allow(now);
            self.again -= 1;
            return Some(relay(*seq, letter.clone()));
        }
        if self.unacknowledged.len() >= UNACKED_MESSAGES {
            return None;
        }
        let position = self.unsent.iter().position(|letter| !held(&letter.to))?;
        let letter = self.unsent.remove(position)?;
        self.limit.allow(now);
        self.last_seq = self.last_seq.next();
        self.unacknowledged.push_back((self.last_seq, letter.clone()));
        Some(relay(self.last_seq, letter))
    }

    /// When [`Outbox::next`] may return something again; `None` when that does not depend on time.
    pub(crate) fn next_at(&self, held: impl Fn(&ParticipantId) -> bool) -> Option<Elapsed> {
        let room = self.unacknowledged.len() < UNACKED_MESSAGES;
        let waiting = self.again > 0 || room && self.unsent.iter().any(|letter| !held(&letter.to));
        waiting.then(|| self.limit.next_at())
    }

    /// Whether everything that may go out has gone out.
    pub(crate) fn is_flushed(&self, held: impl Fn(&ParticipantId) -> bool) -> bool {
        self.again == 0 && self.unsent.iter().all(|letter| held(&letter.to))
    }

    /// The server has everything up to `seq`.
    pub(crate) fn acknowledge(&mut self, seq: MessageNumber) {
        while self.unacknowledged.front().is_some_and(|(unacknowledged, _)| *unacknowledged <= seq) {
            self.unacknowledged.pop_front();
        }
        self.again = self.again.min(self.unacknowledged.len());
    }

    /// The session goes on: what the server missed is sent again under the same numbers, at the usual pace.
    pub(crate) fn resume(&mut self, received: MessageNumber) {
        self.acknowledge(received);
        self.again = self.unacknowledged.len();
        // The server limits each connection, and this is a new one.
        self.limit.refill();
    }

    /// The server does not know the session, so everything it did not acknowledge is sent again under new numbers. A
    /// receiver that already has a message refuses the repeat by its sealed counter.
    pub(crate) fn restart(&mut self) {
        for (_, letter) in self.unacknowledged.drain(..).rev() {
            self.unsent.push_front(letter);
        }
        self.again = 0;
        self.limit.refill();
    }

    /// Drops what waits for a participant who is gone.
    pub(crate) fn forget(&mut self, receiver: &ParticipantId) {
        self.unsent.retain(|letter| letter.to != *receiver);
    }
}

fn relay(seq: MessageNumber, letter: Letter) -> ClientMessage {
    ClientMessage::Relay { seq, to: letter.to, generation: letter.generation, payload: letter.payload }
}
