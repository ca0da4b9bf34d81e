//! A camera or microphone that cannot be opened causes a notice and a state, but not the end of the meeting.

use crate::support::{Participant, config, room};
use holdfast_media::audio::AudioSourceSpec;
use holdfast_media::video::VideoSourceSpec;
use holdfast_meeting::{MeetingEvent, Notice};

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_fails_does_not_end_the_meeting() {
    let (_server, link) = room();
    let mut broken = config(&link, "Ada");
    broken.video = VideoSourceSpec::File("/nowhere/picture.y4m".into());
    broken.audio = AudioSourceSpec::File("/nowhere/sound.wav".into());
    let mut ada = Participant::join(broken).await;
    let mut wanted = vec![Notice::VideoFileInvalid, Notice::AudioFileInvalid];
    while !wanted.is_empty() {
        let code = ada
            .event("a notice", |event| match event {
                MeetingEvent::Notice { code } => Some(*code),
                _ => None,
            })
            .await;
        wanted.retain(|notice| *notice != code);
    }
    let media = ada.meeting.snapshot().await.unwrap().me.media;
    assert!(!media.camera && !media.microphone, "{media:?}");

    // Others are still seen and heard, and they know that nothing comes.
    let mut bo = Participant::join(config(&link, "Bo")).await;
    let id = ada.connected().await;
    assert_eq!(id, *bo.meeting.id());
    ada.frames_of(&id, 10).await;
    let media = bo
        .event("Ada's state", |event| match event {
            MeetingEvent::Participant { participant } if participant.media.revision.get() > 0 => {
                Some(participant.media)
            }
            _ => None,
        })
        .await;
    assert!(!media.camera && !media.microphone, "{media:?}");
}
