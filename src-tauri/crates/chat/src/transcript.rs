//! All messages, to be read by change and in order.

use std::collections::BTreeMap;

use holdfast_terms::Revision;

use crate::entry::{Delivery, Entry, Position};

/// Bytes of text that a participant keeps of all others together. An author has a bound of its own, but someone may
/// invent authors.
pub const MEETING_BYTES: usize = 64 * 1024 * 1024;

/// Every message that is shown here.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    bytes: usize,
    entries: BTreeMap<Position, Entry>,
    /// The newest change of each entry.
    changes: BTreeMap<Revision, Position>,
    revision: Revision,
}

impl Transcript {
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether one more text of someone else is kept.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes + bytes <= MEETING_BYTES
    }

    /// Adds a message and gives it its revision.
    pub(crate) fn add(&mut self, mut entry: Entry) {
        self.revision = self.revision.next();
        entry.revision = self.revision;
        self.bytes += entry.text.len();
        self.changes.insert(self.revision, entry.position.clone());
        self.entries.insert(entry.position.clone(), entry);
    }

    /// Notes how far a message of ours came. Returns whether that is news.
    pub(crate) fn set_delivery(&mut self, position: &Position, delivery: Delivery) -> bool {
        let Some(entry) = self.entries.get_mut(position) else { return false };
        if entry.delivery == Some(delivery) {
            return false;
        }
        self.changes.remove(&entry.revision);
        self.revision = self.revision.next();
        entry.delivery = Some(delivery);
        entry.revision = self.revision;
        self.changes.insert(self.revision, position.clone());
        true
    }

    pub(crate) fn get(&self, position: &Position) -> Option<&Entry> {
        self.entries.get(position)
    }

    /// What changed after this revision, oldest change first.
    pub(crate) fn since(&self, revision: Revision) -> impl Iterator<Item = &Entry> {
        self.changes.range(revision.next()..).filter_map(|(_, position)| self.entries.get(position))
    }

    /// Every message, in the order that all show.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}
