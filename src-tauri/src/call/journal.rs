//! Keeps the file that remembers the call true to the call, so that a crash at any moment finds it right.
//!
//! Whoever was told "muted" must come back muted. So what closes is on the disk *before* anybody is told, and what
//! opens only *after*: in every crash between the two, the file says closed. The microphone's gate waits for neither;
//! it closes first of all, in the caller's thread. The file says open only while both the person's last wish and the
//! meeting's state say so: an older "open" still on its way cannot undo a newer "close".
//!
//! Only what closes is urgent; all else is written at most once a second. Nothing can close that was not written as
//! open before, so both together are bounded, however often somebody presses. Media threads have no part in it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_meeting::{Listening, MeetingSnapshot};
use holdfast_protocol::{MediaState, ParticipantId};
use tokio::sync::watch;
use tokio::time::Instant;

use super::record::CallRecord;
use super::record_file::RecordFile;

/// Pause between two writes of what is not urgent: a slider that is dragged, a hand, an opened microphone.
const ORDINARY: Duration = Duration::from_secs(1);

/// How often the time in the file is renewed, so that a call of a whole day does not look like yesterday's.
const STILL_HERE: Duration = Duration::from_secs(5 * 60);

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
    /// Something is to be written, or nothing any more.
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

/// The call that is being recorded.
struct Current {
    /// What the file is to say, but for the devices.
    record: CallRecord,
    wished: Devices,
    actual: Devices,
    on_disk: Option<CallRecord>,
    written_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Devices {
    microphone: bool,
    camera: bool,
}

impl Current {
    fn wanted(&self) -> CallRecord {
        CallRecord {
            microphone: self.wished.microphone && self.actual.microphone,
            camera: self.wished.camera && self.actual.camera,
            ..self.record.clone()
        }
    }

    /// Whether the disk says open where it must not.
    fn is_behind(&self) -> bool {
        self.on_disk.as_ref().is_some_and(|on_disk| self.wanted().closes(on_disk))
    }

    /// When the next write is due.
    fn due(&self, now: Instant) -> Instant {
        let Some(written_at) = self.written_at else { return now };
        let wanted = self.wanted();
        match &self.on_disk {
            Some(on_disk) if wanted.closes(on_disk) => now,
            // The time is not a difference: it would be one always.
            Some(on_disk) if (CallRecord { at_ms: on_disk.at_ms, ..wanted }) == *on_disk => {
                written_at + STILL_HERE
            }
            _ => written_at + ORDINARY,
        }
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
        let devices = Devices { microphone: media.microphone, camera: media.camera };
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
            current.actual = Devices { microphone: media.microphone, camera: media.camera };
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

    /// The call was left, or ended in order: there is nothing to come back to.
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

    /// The call ends and stays on the disk, to be come back to. Returns what is there.
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
pub(super) mod testing {
    #![allow(clippy::unwrap_used)]
    use super::super::record::tests::id;
    use super::*;

    /// What the file is to say, whether it was written already or not.
    pub(crate) fn wanted(journal: &Journal) -> Option<CallRecord> {
        journal.lock().current.as_ref().map(Current::wanted)
    }

    /// A meeting with nobody else in it.
    pub(crate) fn snapshot(media: MediaState) -> MeetingSnapshot {
        let me = holdfast_meeting::ParticipantView {
            id: id(1),
            name: "Ada".into(),
            tile: 0,
            state: holdfast_meeting::ConnectionState::Connected,
            state_since_ms: 0,
            attempt: 0,
            media,
            has_video: true,
            present: true,
            acknowledged_revision: 0,
            listening: Listening::default(),
            hand_since_ms: None,
            hears: None,
        };
        MeetingSnapshot {
            me,
            participants: Vec::new(),
            invite: String::new(),
            signaling: holdfast_meeting::SignalingState::Connected,
            started_at_ms: 0,
            pinned: None,
            devices: holdfast_meeting::MeetingDevices::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::super::record::tests::{id, record};
    use super::super::record_file::Found;
    use super::testing::snapshot;
    use super::*;

    const OPEN: MediaState =
        MediaState { revision: 1, microphone: true, camera: true, screen: false, hand: false };
    const MUTED: MediaState = MediaState { microphone: false, ..OPEN };
    const DARK: MediaState = MediaState { camera: false, ..OPEN };

    /// What the next start would find.
    fn found(folder: &Path) -> Option<CallRecord> {
        let text = std::fs::read(folder.join("call.json")).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    fn current(wished: MediaState, actual: MediaState, on_disk: Option<MediaState>) -> Current {
        let devices = |media: MediaState| Devices { microphone: media.microphone, camera: media.camera };
        let said =
            |media: MediaState| CallRecord { microphone: media.microphone, camera: media.camera, ..record() };
        Current {
            record: record(),
            wished: devices(wished),
            actual: devices(actual),
            on_disk: on_disk.map(said),
            written_at: Some(Instant::now()),
        }
    }

    /// Seconds until the next write.
    fn due(current: &Current) -> u64 {
        (current.due(current.written_at.unwrap()) - current.written_at.unwrap()).as_secs()
    }

    #[tokio::test]
    async fn only_what_closes_is_written_at_once() {
        assert_eq!(due(&current(MUTED, OPEN, Some(OPEN))), 0, "a wish is enough");
        assert_eq!(due(&current(OPEN, MUTED, Some(OPEN))), 0, "a state is enough");
        assert_eq!(due(&current(OPEN, OPEN, Some(MUTED))), ORDINARY.as_secs());
        assert_eq!(due(&current(OPEN, OPEN, None)), ORDINARY.as_secs(), "after a failure");
        assert_eq!(due(&current(OPEN, OPEN, Some(OPEN))), STILL_HERE.as_secs());
        assert_eq!(due(&current(MUTED, OPEN, Some(MUTED))), STILL_HERE.as_secs());
        let mut hand = current(OPEN, OPEN, Some(OPEN));
        hand.record.hand = true;
        assert_eq!(due(&hand), ORDINARY.as_secs());
    }

    #[tokio::test]
    async fn it_says_open_only_when_both_the_last_wish_and_the_state_do() {
        for wished in [OPEN, MUTED, DARK] {
            for actual in [OPEN, MUTED, DARK] {
                let wanted = current(wished, actual, None).wanted();
                assert_eq!(wanted.microphone, wished.microphone && actual.microphone);
                assert_eq!(wanted.camera, wished.camera && actual.camera);
            }
        }
    }

    async fn begun(folder: &Path, media: MediaState) -> Journal {
        let journal = Journal::new(RecordFile::new(folder));
        journal.begin(record(), &snapshot(media)).await;
        journal
    }

    #[tokio::test]
    async fn a_call_is_on_the_disk_once_begun_and_gone_once_left() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), OPEN).await;
        let on_disk = found(folder.path()).unwrap();
        assert!(on_disk.microphone && on_disk.camera && on_disk.at_ms > 0);
        assert_eq!(on_disk.participant, id(1));
        journal.end().await;
        assert_eq!(found(folder.path()), None);
        assert_eq!(RecordFile::new(folder.path()).find(), Found::Nothing);
    }

    #[tokio::test]
    async fn a_mute_is_on_the_disk_before_anybody_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), OPEN).await;
        journal.wish_microphone(|| false);
        journal.closed().await;
        assert!(!found(folder.path()).unwrap().microphone);
        // A camera that broke: nobody wished that.
        journal.note_closed(MediaState { camera: false, ..OPEN });
        journal.closed().await;
        assert!(!found(folder.path()).unwrap().camera);
    }

    #[tokio::test]
    async fn a_wish_to_be_seen_no_more_is_on_the_disk_before_anybody_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), OPEN).await;
        journal.wish_camera(|| false);
        journal.closed().await;
        let on_disk = found(folder.path()).unwrap();
        assert!(!on_disk.camera && on_disk.microphone);
    }

    #[tokio::test]
    async fn an_older_open_state_that_is_still_on_its_way_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), OPEN).await;
        journal.wish_microphone(|| false);
        journal.note(OPEN);
        journal.closed().await;
        assert!(!found(folder.path()).unwrap().microphone);
    }

    #[tokio::test]
    async fn the_last_of_many_changes_is_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), MUTED).await;
        journal.wish_microphone(|| true);
        journal.note(MediaState { hand: true, ..OPEN });
        for volume in 0..50 {
            journal.note_listening(&id(2), Listening { volume, muted: false });
            // Nothing to wait for: nothing closed.
            journal.closed().await;
        }
        // As when its second is over.
        let call = journal.lock().call;
        write(&journal.shared, call).await;
        let on_disk = found(folder.path()).unwrap();
        assert!(on_disk.microphone && on_disk.hand);
        assert_eq!(on_disk.listening, [(id(2), Listening { volume: 49, muted: false })]);
    }

    #[tokio::test]
    async fn a_call_kept_for_later_is_not_written_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), OPEN).await;
        let kept = journal.keep_for_later().await.unwrap();
        assert!(kept.microphone);
        journal.wish_microphone(|| false);
        journal.end().await;
        assert!(found(folder.path()).unwrap().microphone, "the next start finds it as it was");
    }

    #[tokio::test]
    async fn a_call_is_kept_for_later_with_what_was_closed_a_moment_ago_closed() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), OPEN).await;
        journal.wish_microphone(|| false);
        assert!(!journal.keep_for_later().await.unwrap().microphone);
        assert!(!found(folder.path()).unwrap().microphone);
    }

    #[tokio::test]
    #[cfg(unix)]
    async fn where_a_mute_cannot_be_written_nothing_is_left_that_says_open() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begun(folder.path(), OPEN).await;
        // A full disk, for whoever writes: the name beside the file cannot be made.
        std::fs::create_dir(folder.path().join("call.json.new")).unwrap();
        journal.wish_microphone(|| false);
        journal.closed().await;
        assert_eq!(found(folder.path()), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn on_a_full_disk_a_mute_leaves_nothing_that_says_open_and_is_written_once_there_is_room() {
        let entered = holdfast_testkit::SmallDisk::enter(64 * 1024, |disk| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let journal = begun(disk.path(), OPEN).await;
                assert!(found(disk.path()).unwrap().microphone);
                disk.fill();
                journal.wish_microphone(|| false);
                journal.closed().await;
                assert_eq!(found(disk.path()), None);
                disk.make_room();
                // As when its second is over.
                let call = journal.lock().call;
                write(&journal.shared, call).await;
                assert!(!found(disk.path()).unwrap().microphone);
            });
        });
        holdfast_testkit::capable(holdfast_testkit::Capability::Mounts, entered);
    }
}
