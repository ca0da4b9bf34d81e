//! The way back into a meeting that ended without being left. Owns the offer that a page shows, and the journal that
//! keeps it on the disk. Knows nothing of the meeting itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::events::{AppEvent, PageEvent};
use super::journal::Journal;
use super::listeners::Listeners;
use super::record::CallRecord;

pub(super) struct WayBack {
    last: Mutex<Last>,
    journal: Journal,
    listeners: Arc<Listeners>,
}

/// The meeting that can be rejoined.
#[derive(Default)]
struct Last {
    record: Option<CallRecord>,
    rejoining: bool,
}

impl Last {
    fn event(&self) -> PageEvent {
        let call = self.record.as_ref().map(CallRecord::offer);
        AppEvent::LastCall { call, rejoining: self.rejoining }.into()
    }
}

impl WayBack {
    /// Begins with what the start found on the disk.
    pub(super) fn new(record: Option<CallRecord>, journal: Journal, listeners: Arc<Listeners>) -> Self {
        Self { last: Mutex::new(Last { record, rejoining: false }), journal, listeners }
    }

    /// Records the call while it goes on.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The meeting that can be rejoined.
    pub(super) fn record(&self) -> Option<CallRecord> {
        self.lock().record.clone()
    }

    /// Whether there is a meeting to rejoin.
    pub(super) fn is_open(&self) -> bool {
        self.lock().record.is_some()
    }

    /// The room of that meeting.
    pub(super) fn room(&self) -> Option<String> {
        self.lock().record.as_ref().map(|record| record.link.room.to_string())
    }

    /// The event that tells a page about it.
    pub(super) fn event(&self) -> PageEvent {
        self.lock().event()
    }

    /// Opens or closes the way back, and tells the pages.
    pub(super) async fn set(&self, record: Option<CallRecord>) {
        self.change(|last| last.record = record).await;
    }

    /// We are rejoining the meeting, or no longer. Tells the pages.
    pub(super) async fn set_rejoining(&self, rejoining: bool) {
        self.change(|last| last.rejoining = rejoining).await;
    }

    /// Forgets the meeting, on the disk too.
    pub(super) async fn forget(&self) {
        if self.is_open() {
            self.journal.file().remove();
            self.set(None).await;
        }
    }

    async fn change(&self, change: impl FnOnce(&mut Last)) {
        let event = {
            let mut last = self.lock();
            change(&mut last);
            last.event()
        };
        self.listeners.publish(event).await;
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        // Every change is an assignment, so the value is valid after any failure.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
