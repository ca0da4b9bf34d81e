//! What tests of the call read from a journal, and a meeting to record.
#![allow(clippy::unwrap_used)]
use holdfast_protocol::Revision;

use super::super::record::tests::id;
use super::*;

/// What the file must say, whether written already or not.
pub(crate) fn wanted(journal: &Journal) -> Option<CallRecord> {
    journal.lock().current.as_ref().map(Current::wanted)
}

/// A meeting without other people.
pub(crate) fn snapshot(media: MediaState) -> MeetingSnapshot {
    let me = holdfast_meeting::ParticipantView {
        id: id(1),
        name: "Ada".into(),
        feeds: Vec::new(),
        state: holdfast_meeting::PeerState::Connected,
        state_since_ms: 0,
        attempt: 0,
        media,
        present: true,
        acknowledged_revision: Revision::NONE,
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
        chat: holdfast_meeting::ChatStanding::default(),
    }
}
