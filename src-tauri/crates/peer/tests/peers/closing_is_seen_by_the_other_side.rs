use crate::common::{pair, straight};
use holdfast_peer::{Peer, PeerEvent, PeerOutput, PeerState};
use holdfast_protocol::PeerMessage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goodbye_arrives_and_both_ends_are_over() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    a.peer.close();
    a.state(PeerState::Left).await;
    a.ended().await;
    b.wait("goodbye", |event| {
        (*event == PeerOutput::Event(PeerEvent::Control(PeerMessage::Goodbye {}))).then_some(())
    })
    .await;
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

/// The other side would believe a goodbye and stop looking for us.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_gives_up_says_no_goodbye_and_is_looked_for() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    a.peer.give_up();
    a.state(PeerState::Left).await;
    a.ended().await;
    let mut heard = Vec::new();
    let over = |peer: &Peer| {
        let state = peer.snapshot().negotiation.state;
        matches!(state, PeerState::Reconnecting | PeerState::Left)
    };
    let looks = |event: &PeerOutput| {
        if let PeerOutput::Event(PeerEvent::Control(message)) = event {
            heard.push(message.clone());
        }
    };
    b.each_until("the loss", looks, over).await;
    assert_eq!(b.peer.snapshot().negotiation.state, PeerState::Reconnecting);
    assert_eq!(heard, []);
    b.peer.close();
    b.ended().await;
}
