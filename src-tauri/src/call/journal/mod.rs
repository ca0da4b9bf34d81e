//! Keeps the file about the call correct, so that a crash at any moment leaves a correct file.
//!
//! A person who was told "muted" must come back muted. So a change that closes something is on the disk *before* anyone
//! is told, and a change that opens something only *after*. A crash between the two finds a file that says closed. The
//! microphone's gate waits for neither; it closes first, in the caller's thread. The file says open only while both the
//! person's last wish and the meeting's state say so: an older "open" that comes late cannot undo a newer "close".
//!
//! Only closing is urgent; everything else is written at most once a second. Something can only close if it was written
//! as open before, so both together are bounded, however often somebody presses. Media threads take no part in this.

mod current;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_meeting::{Listening, MeetingSnapshot};
use holdfast_protocol::{MediaState, ParticipantId};
use tokio::sync::watch;
use tokio::time::Instant;

use super::record::CallRecord;
use super::record_file::RecordFile;
use current::{Current, OpenDevices};

/// Longest wait for a disk before a person is told what is already true. A disk this slow is broken.
const DISK_WAIT: Duration = Duration::from_secs(1);

/// Keeps the record of one call after the other. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    file: RecordFile,
    keeping: Mutex<Keeping>,
    /// There is something to write, or there is another call.
    changed: watch::Sender<()>,
    /// Something was written.
    written: watch::Sender<()>,
    /// Held while the file is changed.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Keeping {
    /// Grows with every call. Input for an older call is ignored.
    call: u64,
    current: Option<Current>,
}

impl Keeping {
    /// Goes on to another call, or to none. Returns the new number, and what was recorded of the previous call.
    fn next(&mut self, current: Option<Current>) -> (u64, Option<Current>) {
        self.call += 1;
        (self.call, std::mem::replace(&mut self.current, current))
    }
}

impl Journal {
    pub(crate) fn new(file: RecordFile) -> Self {
        let shared = Shared {
            file,
            keeping: Mutex::default(),
            changed: watch::Sender::new(()),
            written: watch::Sender::new(()),
            writing: tokio::sync::Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The file, for work that is not about the current call.
    pub(crate) fn file(&self) -> &RecordFile {
        &self.shared.file
    }

    /// A call begins in the state of the snapshot. Returns once that is on the disk.
    pub(crate) async fn begin(&self, record: CallRecord, snapshot: &MeetingSnapshot) {
        let shared = Arc::clone(&self.shared);
        let ours = tokio::task::spawn_blocking(move || shared.file.claim()).await.unwrap_or(false);
        if !ours {
            tracing::info!("this call is not recorded");
            return;
        }
        let media = snapshot.me.media;
        let devices = OpenDevices { microphone: media.microphone, camera: media.camera };
        let record = CallRecord { hand: media.hand, ..record };
        let current = Current { record, wished: devices, actual: devices, on_disk: None, written_at: None };
        let call = self.lock().next(Some(current)).0;
        let mut written = self.shared.written.subscribe();
        tokio::spawn(keep(Arc::clone(&self.shared), call));
        let _ = tokio::time::timeout(DISK_WAIT, written.changed()).await;
    }

    /// The person wants the microphone open or closed. Asks `on` under the lock: when two switch at once, the last to
    /// get here may not be the last who switched.
    pub(crate) fn wish_microphone(&self, on: impl FnOnce() -> bool) {
        self.change(|current| current.wished.microphone = on());
    }

    /// The person wants the camera on or off; as [`Journal::wish_microphone`].
    pub(crate) fn wish_camera(&self, on: impl FnOnce() -> bool) {
        self.change(|current| current.wished.camera = on());
    }

    /// Takes over what a state closes. What it opens is for [`Journal::note`], after someone was told.
    pub(crate) fn note_closed(&self, media: MediaState) {
        self.change(|current| {
            current.actual.microphone &= media.microphone;
            current.actual.camera &= media.camera;
        });
    }

    /// Takes over a whole state.
    pub(crate) fn note(&self, media: MediaState) {
        self.change(|current| {
            current.actual = OpenDevices { microphone: media.microphone, camera: media.camera };
            current.record.hand = media.hand;
        });
    }

    /// Takes over how loud someone is here.
    pub(crate) fn note_listening(&self, id: &ParticipantId, listening: Listening) {
        self.change(|current| current.record.set_listening(id, listening));
    }

    /// Takes over who the person chose to show large.
    pub(crate) fn note_pinned(&self, id: Option<ParticipantId>) {
        self.change(|current| current.record.pinned = id);
    }

    /// Returns once the disk says closed for everything that should be closed; with a broken disk, after a moment.
    pub(crate) async fn closed(&self) {
        let mut written = self.shared.written.subscribe();
        let closed = async {
            while self.lock().current.as_ref().is_some_and(Current::is_behind) {
                if written.changed().await.is_err() {
                    return;
                }
            }
        };
        if tokio::time::timeout(DISK_WAIT, closed).await.is_err() {
            tracing::warn!("the disk does not answer");
        }
    }

    /// The call was left, or ended normally: there is nothing to rejoin.
    pub(crate) async fn end(&self) {
        if self.stop().is_none() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let removed = tokio::spawn(async move {
            let _writing = shared.writing.lock().await;
            let shared = Arc::clone(&shared);
            let _ = tokio::task::spawn_blocking(move || shared.file.remove()).await;
        });
        // Leaving does not wait for a disk.
        let _ = tokio::time::timeout(DISK_WAIT, removed).await;
    }

    /// The call ends but stays on the disk, to be rejoined. Returns what the disk has.
    pub(crate) async fn keep_for_later(&self) -> Option<CallRecord> {
        self.closed().await;
        self.stop().map(|current| CallRecord { at_ms: unix_ms(), ..current.wanted() })
    }

    fn stop(&self) -> Option<Current> {
        let stopped = self.lock().next(None).1;
        self.shared.changed.send_replace(());
        stopped
    }

    fn change(&self, change: impl FnOnce(&mut Current)) {
        if let Some(current) = &mut self.lock().current {
            change(current);
        }
        self.shared.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Keeping> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Keeping> {
        // Changes are assignments, so the value is valid after any failure.
        self.keeping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `look` on the call with this number, if it is the current one.
    fn of<T>(&self, call: u64, look: impl FnOnce(&mut Current) -> T) -> Option<T> {
        let mut keeping = self.lock();
        if keeping.call != call {
            return None;
        }
        keeping.current.as_mut().map(look)
    }
}

/// Writes what is due until there is another call.
async fn keep(shared: Arc<Shared>, call: u64) {
    let mut changed = shared.changed.subscribe();
    while let Some(due) = shared.of(call, |current| current.due(Instant::now())) {
        tokio::select! {
            () = tokio::time::sleep_until(due) => write(&shared, call).await,
            gone = changed.changed() => if gone.is_err() { return },
        }
    }
}

async fn write(shared: &Arc<Shared>, call: u64) {
    let _writing = shared.writing.lock().await;
    // Read under the lock: the call may have been left meanwhile, and its file must not come back.
    let Some(record) = shared.of(call, |current| CallRecord { at_ms: unix_ms(), ..current.wanted() }) else {
        return;
    };
    let theirs = Arc::clone(shared);
    let text = record.clone();
    let done = tokio::task::spawn_blocking(move || {
        theirs.file.write(&text).inspect_err(|error| {
            tracing::warn!(kind = %error.kind(), "call not recorded");
            // The old file may say open. A full disk can still remove it.
            theirs.file.remove_record();
        })
    });
    let on_disk = matches!(done.await, Ok(Ok(()))).then_some(record);
    shared.of(call, |current| {
        current.on_disk = on_disk;
        current.written_at = Some(Instant::now());
    });
    shared.written.send_replace(());
}

/// Now, in milliseconds of Unix time.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(super) mod testing;

#[cfg(test)]
mod tests;
