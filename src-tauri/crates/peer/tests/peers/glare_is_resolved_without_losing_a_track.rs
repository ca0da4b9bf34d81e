use crate::common::{LONG, is_offer, pair, shown, straight};
use holdfast_protocol::{PeerMessage, TrackSource};
use std::sync::Arc;
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_share_a_screen_at_once() {
    let (a_out, b_out) = (Out::default(), Out::default());
    let (mut a, mut b) = pair(crossing(Arc::clone(&a_out), &b_out), crossing(Arc::clone(&b_out), &a_out));
    a.connected().await;
    b.connected().await;
    let _streams = (
        a.stream(&[TrackSource::Camera, TrackSource::Screen]),
        b.stream(&[TrackSource::Camera, TrackSource::Screen]),
    );
    a.peer.set_screen(true);
    b.peer.set_screen(true);
    for end in [&mut a, &mut b] {
        shown(end, TrackSource::Screen).await;
        end.forget_media();
        shown(end, TrackSource::Camera).await;
    }
    // It really was a glare, and the polite side yielded.
    assert!(b.peer.snapshot().negotiation.counters.rollbacks >= 1);
    assert_eq!(a.peer.snapshot().negotiation.counters.rollbacks, 0);
}

/// Whether an offer with a screen is out.
type Out = Arc<watch::Sender<bool>>;

/// Keeps an offer with a screen until the other side has made one too.
fn crossing(mine: Out, theirs: &Out) -> crate::common::Wire {
    let mut theirs = theirs.subscribe();
    Box::new(move |generation, message| {
        if is_offer(&message) && has_screen(&message) {
            mine.send_replace(true);
            let both = async { tokio::time::timeout(LONG, theirs.wait_for(|out| *out)).await.is_ok() };
            let crossed = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(both));
            assert!(crossed);
        }
        vec![(generation, message)]
    })
}

fn has_screen(message: &PeerMessage) -> bool {
    matches!(message, PeerMessage::Description { tracks, .. }
        if tracks.values().any(|source| *source == TrackSource::Screen))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_comes_and_goes_and_the_camera_stays() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    let _stream = a.stream(&[TrackSource::Camera, TrackSource::Screen]);
    shown(&mut b, TrackSource::Camera).await;
    for _ in 0..3 {
        a.peer.set_screen(true);
        b.forget_media();
        shown(&mut b, TrackSource::Screen).await;
        b.forget_media();
        shown(&mut b, TrackSource::Camera).await;
        a.peer.set_screen(false);
    }
}
