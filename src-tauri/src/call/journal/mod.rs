//! Keeps the file that remembers the call true to the call, so that a crash at any moment finds it right.
//!
//! A person who was told "muted" must come back muted. So what closes is on the disk *before* anyone is told, and what
//! opens only *after*: in every crash between the two, the file says closed. The microphone's gate waits for neither;
//! it closes first of all, in the caller's thread. The file says open only while both the person's last wish and the
//! meeting's state say so: an older "open" still on its way cannot undo a newer "close".
//!
//! Only what closes is urgent; all else is written at most once a second. Nothing can close that was not written as
//! open before, so both together are bounded, however often somebody presses. Media threads have no part in it.

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

/// Longest wait for a disk before a person is told what is true already. A disk this slow is broken.
const DISK_WAIT: Duration = Duration::from_secs(1);

/// Keeps the record of one call after the other. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    file: RecordFile,
    keeping: Mutex<Keeping>,
    /// There is something to write, or the call is another one.
    changed: watch::Sender<()>,
    /// Something was written.
    written: watch::Sender<()>,
    /// Held while the file is changed.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Keeping {
    /// Grows with every call: what belongs to an older one is ignored.
    call: u64,
    current: Option<Current>,
}

impl Keeping {
    /// Goes on to another call, or to none. Returns its number and what was kept of the one before.
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

    /// The file, for what is not about a call.
    pub(crate) fn file(&self) -> &RecordFile {
        &self.shared.file
    }

    /// A call begins as the snapshot says. Returns once that is on the disk.
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

    /// The person wants the microphone open or closed. Which, is asked in here: of two who switch at once, who comes
    /// here last need not be who switched last.
    pub(crate) fn wish_microphone(&self, on: impl FnOnce() -> bool) {
        self.change(|current| current.wished.microphone = on());
    }

    /// The person wants the camera on or off, likewise.
    pub(crate) fn wish_camera(&self, on: impl FnOnce() -> bool) {
        self.change(|current| current.wished.camera = on());
    }

    /// Takes in what a state closes; what it opens is for [`Journal::note`], after somebody was told of it.
    pub(crate) fn note_closed(&self, media: MediaState) {
        self.change(|current| {
            current.actual.microphone &= media.microphone;
            current.actual.camera &= media.camera;
        });
    }

    /// Takes in a whole state.
    pub(crate) fn note(&self, media: MediaState) {
        self.change(|current| {
            current.actual = OpenDevices { microphone: media.microphone, camera: media.camera };
            current.record.hand = media.hand;
        });
    }

    /// Takes in how someone is heard.
    pub(crate) fn note_listening(&self, id: &ParticipantId, listening: Listening) {
        self.change(|current| current.record.set_listening(id, listening));
    }

    /// Takes in who is shown large by choice.
    pub(crate) fn note_pinned(&self, id: Option<ParticipantId>) {
        self.change(|current| current.record.pinned = id);
    }

    /// Returns once nothing on the disk is open that should be closed; with a broken disk, after a moment.
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

    /// The call was left, or ended in order: there is nothing to rejoin.
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
        // Leaving waits for no disk.
        let _ = tokio::time::timeout(DISK_WAIT, removed).await;
    }

    /// The call ends and stays on the disk, to be rejoined. Returns what is there.
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
        // Changes are assignments; the value is valid whatever else failed.
        self.keeping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the call of this number wants, while it is the current one.
    fn of<T>(&self, call: u64, look: impl FnOnce(&mut Current) -> T) -> Option<T> {
        let mut keeping = self.lock();
        if keeping.call != call {
            return None;
        }
        keeping.current.as_mut().map(look)
    }
}

/// Writes what is due until the call is another one.
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
    // Asked under the lock: the call may have been left meanwhile, and its file must not come back.
    let Some(record) = shared.of(call, |current| CallRecord { at_ms: unix_ms(), ..current.wanted() }) else {
        return;
    };
    let theirs = Arc::clone(shared);
    let text = record.clone();
    let done = tokio::task::spawn_blocking(move || {
        theirs.file.write(&text).inspect_err(|error| {
            tracing::warn!(kind = %error.kind(), "call not recorded");
            // What is there may say open. A full disk still removes.
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
