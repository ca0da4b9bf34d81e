//! Passes on what a meeting delivers: events to the page and the journal, pictures to the frame hub.

use holdfast_meeting::{FeedNumber, Meeting, MeetingError, MeetingEvent, ParticipantView};
use tokio::sync::mpsc;

use super::Call;
use super::journal::Journal;
use crate::error::AppError;
use crate::frames::FrameHub;

/// Starts both. They end with the meeting.
pub(super) fn start(call: Call, attempt: u64, meeting: Meeting, events: mpsc::Receiver<MeetingEvent>) {
    let frames = tokio::spawn(pump_frames(call.inner.frames.clone(), meeting));
    tokio::spawn(async move {
        pump_events(call, attempt, events).await;
        frames.abort();
    });
}

/// Passes the meeting's events on until it ends.
async fn pump_events(call: Call, attempt: u64, mut events: mpsc::Receiver<MeetingEvent>) {
    let (journal, listeners) = (call.inner.way_back.journal(), &call.inner.listeners);
    let mut told = false;
    while let Some(event) = events.recv().await {
        if let MeetingEvent::Ended { code } = &event {
            told = true;
            tracing::info!(code = code.as_deref(), "meeting ended");
            // Before the page hears of it, so that the page may enter the next one at once.
            if let Some(active) = call.inner.phase.ended(attempt) {
                tokio::join!(active.close(), journal.end());
            }
        }
        let own = own_media(&event).copied();
        if let Some(media) = own {
            // See the journal: a person who is told "muted" is muted after a crash too.
            journal.note_closed(media);
            journal.closed().await;
        }
        note_choices(journal, &event);
        // For the pages, a call that was left is over, whatever events still come from it.
        if !call.inner.phase.was_left(attempt) {
            listeners.publish(event).await;
        }
        if let Some(media) = own {
            journal.note(media);
        }
    }
    if !told && !call.inner.phase.was_left(attempt) {
        // The actor ended silently. The page must not show a meeting that is gone. The person did not end it, so it can
        // be rejoined.
        if let Some(active) = call.inner.phase.ended(attempt) {
            let record = journal.keep_for_later().await;
            active.close().await;
            call.inner.way_back.set(record).await;
        }
        let code = Some(AppError::Internal.code().to_owned());
        listeners.publish(MeetingEvent::Ended { code }).await;
    }
}

fn own_media(event: &MeetingEvent) -> Option<&holdfast_protocol::MediaState> {
    match event {
        MeetingEvent::Me { me } => Some(&me.media),
        MeetingEvent::Snapshot { snapshot } => Some(&snapshot.me.media),
        _ => None,
    }
}

/// Records what the person chose for this side only.
fn note_choices(journal: &Journal, event: &MeetingEvent) {
    let note = |view: &ParticipantView| journal.note_listening(&view.id, view.listening);
    match event {
        MeetingEvent::Participant { participant } => note(participant),
        MeetingEvent::Snapshot { snapshot } => snapshot.participants.iter().for_each(note),
        _ => {}
    }
}

/// Passes frames from the meeting to the pages, and requests for keyframes back. Ends with the meeting.
async fn pump_frames(hub: FrameHub, meeting: Meeting) {
    let meeting = &meeting;
    let request = |number| async move {
        !matches!(meeting.request_keyframe(FeedNumber(number)).await, Err(MeetingError::Ended))
    };
    hub.pump(meeting.frames(), request).await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use clap::Parser as _;
    use holdfast_protocol::{MediaState, Revision};
    use serde_json::Value;
    use tauri::ipc::{Channel, InvokeResponseBody};

    use super::super::journal::testing::{snapshot, wanted};
    use super::super::record::tests::record;
    use super::*;
    use crate::cli::Arguments;
    use crate::preferences::PreferencesFile;

    const OPEN: MediaState =
        MediaState { revision: Revision(1), microphone: true, camera: true, screen: false, hand: false };
    const MUTED: MediaState = MediaState { revision: Revision(2), microphone: false, ..OPEN };

    /// Whether the microphone would be open after rejoining.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Open {
        /// After a crash at this moment.
        on_disk: bool,
        /// After a crash as soon as the disk has followed.
        soon: bool,
    }

    fn open(call: &Call, folder: &Path) -> Open {
        let text = std::fs::read(folder.join("call.json")).unwrap();
        let on_disk: Value = serde_json::from_slice(&text).unwrap();
        Open {
            on_disk: on_disk["microphone"] == true,
            soon: wanted(call.inner.way_back.journal()).unwrap().microphone,
        }
    }

    /// The state while the page is told of the second state, and afterwards. In both, the person wants the microphone
    /// open.
    async fn told(before: MediaState, after: MediaState) -> [Open; 2] {
        let folder = tempfile::tempdir().unwrap();
        let preferences = PreferencesFile::open(folder.path());
        let call =
            Call::new(Arguments::parse_from(["holdfast"]), FrameHub::new(), preferences, folder.path());
        call.inner.way_back.journal().begin(record(), &snapshot(before)).await;
        call.inner.way_back.journal().wish_microphone(|| true);
        let meanwhile = Arc::new(Mutex::new(None));
        let page = {
            let (meanwhile, call, folder) = (Arc::clone(&meanwhile), call.clone(), folder.path().to_owned());
            Channel::new(move |message| {
                let InvokeResponseBody::Json(text) = message else { return Ok(()) };
                if serde_json::from_str::<Value>(&text)?["type"] == "self" {
                    *meanwhile.lock().unwrap() = Some(open(&call, &folder));
                }
                Ok(())
            })
        };
        call.subscribe("main", page).await;
        let (events, queue) = mpsc::channel(1);
        events.send(MeetingEvent::Me { me: snapshot(after).me }).await.unwrap();
        drop(events);
        pump_events(call.clone(), 0, queue).await;
        let meanwhile = meanwhile.lock().unwrap().unwrap();
        [meanwhile, open(&call, folder.path())]
    }

    #[tokio::test]
    async fn what_was_closed_is_closed_on_the_disk_before_the_page_is_told() {
        assert_eq!(told(OPEN, MUTED).await, [Open { on_disk: false, soon: false }; 2]);
    }

    #[tokio::test]
    async fn what_was_opened_opens_on_the_disk_only_after_the_page_was_told() {
        let [meanwhile, afterwards] = told(MUTED, OPEN).await;
        assert_eq!(meanwhile, Open { on_disk: false, soon: false });
        assert!(afterwards.soon);
    }

    #[tokio::test]
    async fn nothing_more_is_told_of_a_call_that_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let preferences = PreferencesFile::open(folder.path());
        let call =
            Call::new(Arguments::parse_from(["holdfast"]), FrameHub::new(), preferences, folder.path());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let page = {
            let heard = Arc::clone(&heard);
            Channel::new(move |message| {
                if let InvokeResponseBody::Json(text) = message {
                    heard.lock().unwrap().push(serde_json::from_str::<Value>(&text)?["type"].clone());
                }
                Ok(())
            })
        };
        call.subscribe("main", page).await;
        let told = async |attempt| {
            heard.lock().unwrap().clear();
            let (events, queue) = mpsc::channel(2);
            events.send(MeetingEvent::Me { me: snapshot(OPEN).me }).await.unwrap();
            events.send(MeetingEvent::Ended { code: None }).await.unwrap();
            drop(events);
            pump_events(call.clone(), attempt, queue).await;
            heard.lock().unwrap().clone()
        };
        call.inner.phase.mark_left(0);
        assert!(told(0).await.is_empty());
        assert_eq!(told(1).await, ["self", "ended"]);
    }
}
