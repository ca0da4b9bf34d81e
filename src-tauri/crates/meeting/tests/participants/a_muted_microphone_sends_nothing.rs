//! Requirement R4: what the microphone hears while muted reaches no one, from the moment the mute returns.

use crate::support::{Participant, config, room};

#[tokio::test(flavor = "multi_thread")]
async fn someone_who_joins_muted_sends_no_sound() {
    let (_server, link) = room();
    let mut muted = config(&link, "Ada");
    muted.microphone = false;
    let ada = Participant::join(muted).await;
    let mut bo = Participant::join(config(&link, "Bo")).await;
    let id = bo.connected().await;
    assert_eq!(id, *ada.meeting.id());
    bo.frames_of(&id, 30).await;
    assert_eq!(bo.heard(&id), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_heard_between_mute_and_unmute() {
    let (_server, link) = room();
    let ada = Participant::join(config(&link, "Ada")).await;
    let mut bo = Participant::join(config(&link, "Bo")).await;
    let id = bo.connected().await;
    for _ in 0..3 {
        let silent = bo.heard(&id);
        ada.meeting.set_microphone(true).await.unwrap();
        while bo.heard(&id) < silent + 10 {
            bo.frames_of(&id, 1).await;
        }
        ada.meeting.set_microphone(false).await.unwrap();
        // Sound that was on its way when the mute returned arrives before pictures that were captured after it.
        bo.frames_of(&id, 15).await;
        let before = bo.heard(&id);
        bo.frames_of(&id, 30).await;
        assert_eq!(bo.heard(&id), before);
    }
}
