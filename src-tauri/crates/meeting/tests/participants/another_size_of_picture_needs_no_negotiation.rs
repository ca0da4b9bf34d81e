//! Size and rate of our pictures change during a meeting: the others see the new size over the same connection.

use crate::support::{Participant, config, room};
use holdfast_media::video::VideoSettings;

#[tokio::test(flavor = "multi_thread")]
async fn another_size_of_picture_needs_no_negotiation() {
    let (_server, link) = room();
    let mut ada = Participant::join(config(&link, "Ada")).await;
    let mut bo = Participant::join(config(&link, "Bo")).await;
    ada.connected().await;
    let id = bo.connected().await;
    bo.picture_of(&id, (160, 90)).await;
    let settings = VideoSettings { width: 80, height: 46, fps: 15, bitrate_kbps: 50 };
    // Of several changes, only the last one counts.
    for width in [64, 96, 128] {
        ada.meeting.set_video_settings(VideoSettings { width, ..settings });
    }
    ada.meeting.set_video_settings(settings);
    bo.picture_of(&id, (80, 46)).await;
    bo.frames_of(&id, 10).await;
    let peers = bo.meeting.peer_snapshots().await.unwrap();
    assert_eq!(peers[0]["negotiation"]["counters"]["negotiations"], 1, "{peers:?}");
}
