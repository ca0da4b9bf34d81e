use crate::common::{heard, pair, shown, straight};
use holdfast_peer::{PeerEvent, PeerOutput};
use holdfast_protocol::{MediaState, PeerMessage, Revision, TrackSource};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_and_messages_pass_both_ways() {
    let (mut a, mut b) = pair(straight(), straight());
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    a.connected().await;
    b.connected().await;
    for end in [&mut a, &mut b] {
        // The encoder is told that someone new needs a keyframe.
        end.wait("keyframe request", |event| {
            matches!(event, PeerOutput::Event(PeerEvent::KeyframeRequested(_))).then_some(())
        })
        .await;
        let first = heard(end).await;
        assert_eq!(heard(end).await, first + 1);
        let first = shown(end, TrackSource::Camera).await;
        assert_eq!(shown(end, TrackSource::Camera).await, first + 1);
    }
    let state = MediaState { revision: Revision(3), microphone: true, ..MediaState::default() };
    assert!(a.peer.control(PeerMessage::MediaState(state.into())));
    let got = b
        .wait("media state", |event| match event {
            PeerOutput::Event(PeerEvent::Control(PeerMessage::MediaState(told))) => Some(told.state),
            _ => None,
        })
        .await;
    assert_eq!(got, state);
    // Only the impolite side offered, once: a join costs no glare.
    let snapshot = b.peer.snapshot().negotiation;
    assert_eq!((snapshot.counters.glares, snapshot.counters.rollbacks), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_that_missed_the_start_gets_a_keyframe() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    a.wait("own keyframe", |event| {
        matches!(event, PeerOutput::Event(PeerEvent::KeyframeRequested(_))).then_some(())
    })
    .await;
    let _stream = a.stream(&[TrackSource::Camera]);
    shown(&mut b, TrackSource::Camera).await;
    b.peer.request_keyframe(None);
    a.wait("request of the remote", |event| {
        matches!(event, PeerOutput::Event(PeerEvent::KeyframeRequested(_))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_tell_rate_round_trip_and_loss() {
    let (mut a, mut b) = pair(straight(), straight());
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    a.connected().await;
    b.connected().await;
    for end in [&mut a, &mut b] {
        let stats = tokio::time::timeout(crate::common::LONG, async {
            loop {
                shown(end, TrackSource::Camera).await;
                let stats = end.peer.stats();
                if stats.rtt_ms.is_some() && stats.loss_out.is_some() && stats.kbps_in > 100.0 {
                    return stats;
                }
            }
        })
        .await
        .expect("the remote reports");
        // 50 frames of 2.5 KB a second and some keyframes are about 1.1 Mbit/s each way.
        assert!((500.0..2500.0).contains(&stats.kbps_in), "{stats:?}");
        assert!((500.0..2500.0).contains(&stats.kbps_out), "{stats:?}");
        assert!(stats.rtt_ms.unwrap() < 1000.0, "{stats:?}");
        assert!(stats.loss_out.unwrap() < 0.05 && stats.loss_in.unwrap() < 0.05, "{stats:?}");
        assert!(
            [TrackSource::Microphone, TrackSource::Camera]
                .iter()
                .all(|source| stats.of(*source).received > 0)
                && stats.bytes_in > 10_000,
            "{stats:?}"
        );
        let json = serde_json::to_value(&stats).unwrap();
        assert!(json.get("rttMs").is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_tell_the_loss_of_the_path_although_it_is_repaired() {
    let (mut a, mut b) = pair(straight(), straight());
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    a.connected().await;
    b.connected().await;
    a.peer.lose(20, crate::common::LONG);
    let told = |loss: Option<f64>| loss.is_some_and(|loss| (0.1..0.4).contains(&loss));
    for end in [&mut a, &mut b] {
        let all = tokio::time::timeout(crate::common::LONG, async {
            loop {
                heard(end).await;
                let stats = end.peer.stats();
                if told(stats.loss_in) && told(stats.loss_out) {
                    return;
                }
            }
        });
        all.await.unwrap_or_else(|_| panic!("a fifth is lost each way: {:?}", end.peer.stats()));
    }
}
