//! Requirement R6: a participant who leaves on purpose is gone at once, and no one tries to reach them. Leaving again
//! is harmless.

use crate::support::{Participant, config, room};
use holdfast_meeting::{MeetingError, MeetingEvent};

#[tokio::test(flavor = "multi_thread")]
async fn leaving_is_seen_at_once_and_can_be_done_twice() {
    let (_server, link) = room();
    let mut ada = Participant::join(config(&link, "Ada")).await;
    let bo = Participant::join(config(&link, "Bo")).await;
    let id = ada.connected().await;
    bo.meeting.leave().await;
    let left = ada
        .event("Bo is gone", |event| match event {
            MeetingEvent::ParticipantLeft { id } => Some(id.clone()),
            MeetingEvent::Participant { participant } => {
                let state = participant.state;
                assert!(
                    state != holdfast_meeting::PeerState::Reconnecting,
                    "someone who left is being chased"
                );
                None
            }
            _ => None,
        })
        .await;
    assert_eq!(left, id);
    bo.meeting.leave().await;
    assert!(matches!(bo.meeting.snapshot().await, Err(MeetingError::Ended)));
    assert!(ada.meeting.snapshot().await.unwrap().participants.is_empty());
}
