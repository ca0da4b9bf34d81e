use crate::common::{heard, pair, shown};
use crate::network::Network;
use holdfast_peer::{PeerState, PeerStats};
use holdfast_protocol::TrackSource;

/// No message passes meanwhile, so only the old path can bring media back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_word_from_anyone() {
    let network = Network::default();
    let (mut a, mut b) = pair(network.wire(), network.wire());
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    for end in [&mut a, &mut b] {
        end.connected().await;
        end.peer.expect_media(true);
        shown(end, TrackSource::Camera).await;
    }
    network.lose_signaling(true);
    network.cut(true);
    for end in [&mut a, &mut b] {
        // Signaling seems to work, but the offers are lost.
        end.state(PeerState::Reconnecting).await;
        end.until("an attempt", |snapshot| snapshot.negotiation.counters.tasks > 1).await;
        end.forget_media();
    }
    network.cut(false);
    for end in [&mut a, &mut b] {
        heard(end).await;
        shown(end, TrackSource::Camera).await;
        end.state(PeerState::Connected).await;
    }
}

/// What was lost during the outage is not requested again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_sending_again_what_was_lost() {
    let network = Network::default();
    let (mut a, mut b) = pair(network.wire(), network.wire());
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    for end in [&mut a, &mut b] {
        end.connected().await;
        shown(end, TrackSource::Camera).await;
    }
    a.until("statistics", |snapshot| snapshot.stats.packets_out > 0).await;
    // A restart would forget the requests.
    network.lose_signaling(true);
    network.cut(true);
    let before = a.peer.stats().packets_out;
    // 200 packets a second: more than a second of them, because the first statistics may also be that old.
    a.until("an outage", |snapshot| snapshot.stats.packets_out > before + 500).await;
    let before = (a.peer.stats().packets_out, pictures(&b.peer.stats()));
    network.cut(false);
    b.until("pictures", |snapshot| pictures(&snapshot.stats) > before.1 + 100).await;
    let (sent, shown) = (a.peer.stats().packets_out - before.0, pictures(&b.peer.stats()) - before.1);
    // A picture and its sound are four packets, and both numbers are up to a second old. Requests for everything that
    // was lost, made three times, would be 1500 more.
    assert!(sent < 4 * shown + 600, "{sent} packets for {shown} pictures");
}

/// Pictures of the remote's camera that came.
fn pictures(stats: &PeerStats) -> u64 {
    stats.of(TrackSource::Camera).received
}
