//! The sending half of a log: numbered, bounded, kept until it is acknowledged.

use std::collections::VecDeque;

use holdfast_terms::{Elapsed, MessageNumber};

use super::Refusal;
use crate::channel::ChannelBounds;

/// After such a pause without progress, everything unacknowledged is sent again on the same connection. The last pause
/// repeats. An ordered and reliable connection loses a message only if its library drops it. So the first pause is
/// longer than a message waits in any queue in front of a path that works.
const RESEND_AFTER: [Elapsed; 4] =
    [Elapsed::from_secs(3), Elapsed::from_secs(6), Elapsed::from_secs(12), Elapsed::from_secs(24)];

/// How many messages and bytes may be on their way without an acknowledgement. Enough to fill a path of 10 Mbit/s with
/// a round trip of 200 ms. Not more, because a new connection has to send all of them again.
const WINDOW_MESSAGES: usize = 256;
const WINDOW_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Outgoing {
    /// Not acknowledged, oldest first.
    queue: VecDeque<Vec<u8>>,
    queue_bytes: usize,
    /// Number of the last acknowledged message. The front of the queue has the next number.
    through: MessageNumber,
    /// How many messages of the queue are on their way, and how many bytes.
    sent: usize,
    sent_bytes: usize,
    /// How many messages of the queue were ever sent.
    ever_sent: usize,
    resend_at: Option<Elapsed>,
    attempt: usize,
    /// The gap after this number was answered with a resend. Only once, so that a remote cannot make us send everything
    /// again and again.
    gap_answered: Option<MessageNumber>,
}

impl Outgoing {
    pub(super) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            queue_bytes: 0,
            through: MessageNumber::NONE,
            sent: 0,
            sent_bytes: 0,
            ever_sent: 0,
            resend_at: None,
            attempt: 0,
            gap_answered: None,
        }
    }

    pub(super) fn push(&mut self, message: Vec<u8>, bounds: ChannelBounds) -> Result<(), Refusal> {
        if message.len() > bounds.message_bytes {
            return Err(Refusal::TooLarge);
        }
        if !bounds.has_room((self.queue.len(), self.queue_bytes), message.len()) {
            return Err(Refusal::Full);
        }
        self.queue_bytes += message.len();
        self.queue.push_back(message);
        Ok(())
    }

    /// The remote began anew, so unacknowledged messages are numbered from the start.
    pub(super) fn begin(&mut self) {
        self.through = MessageNumber::NONE;
        self.ever_sent = 0;
        self.gap_answered = None;
        self.rewind();
    }

    /// Sends everything unacknowledged again, because the connection that carried it may be gone.
    pub(super) fn rewind(&mut self) {
        self.sent = 0;
        self.sent_bytes = 0;
        self.resend_at = None;
        self.attempt = 0;
    }

    /// Everything up to `through` came. Returns whether that is news, or `None` if it was never sent.
    pub(super) fn acknowledged(&mut self, through: MessageNumber, now: Elapsed) -> Option<bool> {
        let Some(count) = through.get().checked_sub(self.through.get()) else { return Some(false) };
        let count = usize::try_from(count).ok().filter(|count| *count <= self.ever_sent)?;
        if count == 0 {
            return Some(false);
        }
        for message in self.queue.drain(..count.min(self.queue.len())) {
            self.queue_bytes -= message.len();
            if self.sent > 0 {
                self.sent -= 1;
                self.sent_bytes -= message.len();
            }
        }
        self.through = through;
        self.ever_sent -= count;
        self.attempt = 0;
        self.resend_at = (self.sent > 0).then(|| now.saturating_add(RESEND_AFTER[0]));
        Some(true)
    }

    /// The remote misses the messages after `through`. The first time it says so, they are sent again at once.
    pub(super) fn gap(&mut self, through: MessageNumber) {
        if through == self.through && self.gap_answered != Some(through) {
            self.gap_answered = Some(through);
            self.rewind();
        }
    }

    /// Whether [`Self::next`] has a message.
    pub(super) fn has_next(&self) -> bool {
        self.queue.get(self.sent).is_some_and(|message| {
            let fits = self.sent < WINDOW_MESSAGES && self.sent_bytes + message.len() <= WINDOW_BYTES;
            self.sent == 0 || fits
        })
    }

    /// The next message to send, and whether it was sent before.
    pub(super) fn next(&mut self, now: Elapsed) -> Option<(MessageNumber, &[u8], bool)> {
        if !self.has_next() {
            return None;
        }
        let message = self.queue.get(self.sent)?;
        let again = self.sent < self.ever_sent;
        self.sent += 1;
        self.sent_bytes += message.len();
        self.ever_sent = self.ever_sent.max(self.sent);
        let pause = RESEND_AFTER[self.attempt.min(RESEND_AFTER.len() - 1)];
        self.resend_at.get_or_insert(now.saturating_add(pause));
        let number = MessageNumber(self.through.get().saturating_add(self.sent as u64));
        Some((number, message, again))
    }

    /// Nothing was acknowledged for a long time. Sends everything again, and waits longer the next time.
    pub(super) fn handle_timeout(&mut self, now: Elapsed) {
        if self.resend_at.is_some_and(|at| at <= now) {
            let attempt = self.attempt + 1;
            self.rewind();
            self.attempt = attempt.min(RESEND_AFTER.len());
        }
    }

    pub(super) const fn poll_timeout(&self) -> Option<Elapsed> {
        self.resend_at
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.queue.len(), self.queue_bytes)
    }
}
