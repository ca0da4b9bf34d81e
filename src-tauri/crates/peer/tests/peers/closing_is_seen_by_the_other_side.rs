use crate::common::{pair, straight};
use holdfast_peer::{PeerEvent, PeerState};
use holdfast_protocol::PeerMessage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goodbye_arrives_and_both_ends_are_over() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    a.peer.close();
    a.state(PeerState::Left).await;
    a.ended().await;
    b.wait("goodbye", |event| (*event == PeerEvent::Control(PeerMessage::Goodbye {})).then_some(())).await;
    b.state(PeerState::Left).await;
    assert!(!a.peer.control(PeerMessage::Goodbye {}));
    b.peer.close();
    b.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_before_anything_was_connected_ends_at_once() {
    let (mut a, b) = pair(Box::new(|_, _| Vec::new()), straight());
    b.peer.close();
    a.peer.close();
    a.state(PeerState::Left).await;
    a.ended().await;
}
