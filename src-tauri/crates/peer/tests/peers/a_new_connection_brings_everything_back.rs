use crate::common::{heard, pair, shown, straight};
use holdfast_protocol::TrackSource;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_change_of_address_sound_camera_and_screen_are_back() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    let _streams = (a.stream(&[TrackSource::Camera, TrackSource::Screen]), b.stream(&[TrackSource::Camera]));
    a.peer.set_screen(true);
    shown(&mut b, TrackSource::Screen).await;
    a.peer.address_changed();
    for end in [&mut a, &mut b] {
        end.rebuilt().await;
        end.until("takeover", |snapshot| snapshot.negotiation.recovery.is_none()).await;
        end.forget_media();
    }
    shown(&mut b, TrackSource::Screen).await;
    b.forget_media();
    shown(&mut b, TrackSource::Camera).await;
    heard(&mut b).await;
    shown(&mut a, TrackSource::Camera).await;
    heard(&mut a).await;
}
