#![allow(clippy::unwrap_used)]
use std::path::Path;

use holdfast_protocol::Revision;

use super::super::record::tests::{id, record};
use super::super::record_file::Found;
use super::current::{ORDINARY, STILL_HERE};
use super::testing::snapshot;
use super::*;

const OPEN: MediaState =
    MediaState { revision: Revision(1), microphone: true, camera: true, screen: false, hand: false };
const MUTED: MediaState = MediaState { microphone: false, ..OPEN };
const DARK: MediaState = MediaState { camera: false, ..OPEN };

/// What the next start finds.
fn found(folder: &Path) -> Option<CallRecord> {
    let text = std::fs::read(folder.join("call.json")).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

fn current(wished: MediaState, actual: MediaState, on_disk: Option<MediaState>) -> Current {
    let devices = |media: MediaState| OpenDevices { microphone: media.microphone, camera: media.camera };
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
    // A camera that broke. The person did not switch it off.
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
        // Nothing closed, so there is nothing to wait for.
        journal.closed().await;
    }
    // As if its second were over.
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
    // Like a full disk: the temporary file beside it cannot be made.
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
            // As if its second were over.
            let call = journal.lock().call;
            write(&journal.shared, call).await;
            assert!(!found(disk.path()).unwrap().microphone);
        });
    });
    holdfast_testkit::capable(holdfast_testkit::Capability::Mounts, entered);
}
