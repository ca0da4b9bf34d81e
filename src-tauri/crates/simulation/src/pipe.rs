//! An ordered stream of messages in one direction: a TCP connection or a data channel, as its user sees it.

use std::collections::VecDeque;
use std::time::Duration;

/// Messages on their way.
#[derive(Debug)]
pub(crate) struct Pipe<T> {
    items: VecDeque<(Duration, T)>,
    /// Nothing arrives before this.
    not_before: Duration,
    /// When it is next looked at.
    due: Option<Duration>,
    /// Since when nothing passes.
    stalled: Option<Duration>,
}

impl<T> Default for Pipe<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), not_before: Duration::ZERO, due: None, stalled: None }
    }
}

impl<T> Pipe<T> {
    /// Puts in an item that arrives at `ready`, or later, after the items before it. Returns when to look, if that is
    /// not planned yet.
    pub(crate) fn push(&mut self, item: T, ready: Duration) -> Option<Duration> {
        let ready = ready.max(self.not_before);
        self.not_before = ready;
        self.items.push_back((ready, item));
        self.plan()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Called when it is looked at. Returns what arrives, and when to look again.
    pub(crate) fn arrive(&mut self, open: bool, now: Duration) -> (Vec<T>, Option<Duration>) {
        self.due = None;
        if !open {
            self.stalled.get_or_insert(now);
            return (Vec::new(), None);
        }
        let mut arrived = Vec::new();
        while self.items.front().is_some_and(|(ready, _)| *ready <= now) {
            arrived.extend(self.items.pop_front().map(|(_, item)| item));
        }
        (arrived, self.plan())
    }

    /// How long it has been stuck.
    pub(crate) fn stalled_for(&self, now: Duration) -> Option<Duration> {
        self.stalled.map(|since| now.saturating_sub(since))
    }

    /// The way is open again, and the sender notices at `at`. Returns when to look.
    pub(crate) fn resume(&mut self, at: Duration) -> Option<Duration> {
        self.stalled = None;
        self.not_before = self.not_before.max(at);
        for (ready, _) in &mut self.items {
            *ready = (*ready).max(at);
        }
        self.plan()
    }

    fn plan(&mut self) -> Option<Duration> {
        if self.stalled.is_some() {
            return None;
        }
        let ready = self.items.front().map(|(ready, _)| *ready)?;
        if self.due.is_some_and(|due| due <= ready) {
            return None;
        }
        self.due = Some(ready);
        Some(ready)
    }
}
