//! Everyone ends with the same media state at the same revision, however fast it was switched.

use crate::support::{Participant, config, room};
use holdfast_meeting::MeetingEvent;

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_toggles_ends_in_the_last_wish() {
    let (_server, link) = room();
    let ada = Participant::join(config(&link, "Ada")).await;
    let mut bo = Participant::join(config(&link, "Bo")).await;
    let id = bo.connected().await;
    for n in 0..50 {
        ada.meeting.set_microphone(n % 2 == 0).await.unwrap();
        ada.meeting.set_camera(n % 3 == 0).await.unwrap();
        ada.meeting.set_hand(n % 5 == 0).await.unwrap();
    }
    ada.meeting.set_camera(true).await.unwrap();
    let own = ada.meeting.snapshot().await.unwrap().me.media;
    assert!(own.camera && !own.microphone && !own.hand, "{own:?}");
    let seen = bo
        .event("the last revision", |event| match event {
            MeetingEvent::Participant { participant } => {
                (participant.media.revision >= own.revision).then_some(participant.media)
            }
            _ => None,
        })
        .await;
    assert_eq!(seen, own);
    // The camera that was wanted last is really on.
    bo.frames_of(&id, 10).await;
}
