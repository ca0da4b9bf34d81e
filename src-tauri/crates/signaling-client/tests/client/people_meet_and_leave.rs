//! The plain path: join, see each other, talk, change, leave.

use crate::common::*;
use holdfast_protocol::{Generation, PeerMessage, Profile};
use holdfast_signaling_client::{DropReason, LeaveReason, SignalingEvent};

#[tokio::test]
async fn two_meet_talk_and_part() {
    let server = server();
    let link = link(server.local_addr(), 1);
    let mut ada = Client::join(link.clone(), 1).await;
    assert!(ada.welcomed.roster.is_empty());
    let mut bob = Client::join(link, 2).await;
    let roster: Vec<_> =
        bob.welcomed.roster.iter().map(|m| (&m.participant, m.profile.name.as_str(), m.present)).collect();
    assert_eq!(roster, [(&id(1), "Person 1", true)]);
    assert_eq!(
        ada.event().await,
        SignalingEvent::Joined { participant: id(2), profile: Profile::new("Person 2").unwrap() }
    );

    ada.signaling.send(id(2), Generation(7), message(1));
    assert_eq!(
        bob.event().await,
        SignalingEvent::Message { from: id(1), generation: Generation(7), message: message(1) }
    );
    bob.signaling.send(id(1), Generation(7), PeerMessage::Goodbye {});
    assert_eq!(
        ada.event().await,
        SignalingEvent::Message { from: id(2), generation: Generation(7), message: PeerMessage::Goodbye {} }
    );

    bob.signaling.set_profile(Profile::new("Bob").unwrap());
    assert_eq!(
        ada.event().await,
        SignalingEvent::Changed { participant: id(2), profile: Profile::new("Bob").unwrap(), present: true }
    );

    // What was sent before the leave still arrives, then the leave itself, at once and not after a timeout.
    for revision in 1..=20 {
        bob.signaling.send(id(1), Generation(7), message(revision));
    }
    bob.signaling.leave().await;
    assert_eq!(ada.revisions(2, 20).await, (1..=20).collect::<Vec<_>>());
    assert_eq!(ada.event().await, SignalingEvent::Left { participant: id(2), reason: LeaveReason::Left });
    assert_eq!(bob.events.recv().await, None, "nothing follows a leave");
    // Leaving twice does no harm.
    bob.signaling.leave().await;
    ada.signaling.leave().await;
    server.shutdown().await;
}

#[tokio::test]
async fn dropping_every_handle_leaves() {
    let server = server();
    let link = link(server.local_addr(), 1);
    let mut ada = Client::join(link.clone(), 1).await;
    let bob = Client::join(link, 2).await;
    ada.event().await;
    let Client { signaling, events, .. } = bob;
    let clone = signaling.clone();
    drop(signaling);
    clone.send(id(1), Generation::FIRST, message(1));
    drop(clone);
    assert_eq!(ada.revisions(2, 1).await, [1]);
    assert_eq!(ada.event().await, SignalingEvent::Left { participant: id(2), reason: LeaveReason::Left });
    drop(events);
    server.shutdown().await;
}

#[tokio::test]
async fn dropping_the_events_leaves() {
    let server = server();
    let link = link(server.local_addr(), 1);
    let mut ada = Client::join(link.clone(), 1).await;
    let Client { signaling, events, .. } = Client::join(link, 2).await;
    ada.event().await;
    drop(events);
    assert_eq!(ada.event().await, SignalingEvent::Left { participant: id(2), reason: LeaveReason::Left });
    drop(signaling);
    server.shutdown().await;
}

#[tokio::test]
async fn a_message_to_nobody_is_reported() {
    let server = server();
    let mut ada = Client::join(link(server.local_addr(), 1), 1).await;
    ada.signaling.send(id(9), Generation::FIRST, message(1));
    assert_eq!(ada.event().await, SignalingEvent::Dropped { reason: DropReason::Refused, count: 1 });
    server.shutdown().await;
}

#[tokio::test]
async fn a_message_too_large_for_a_frame_is_reported_and_disturbs_nothing() {
    let server = server();
    let link = link(server.local_addr(), 1);
    let mut ada = Client::join(link.clone(), 1).await;
    let mut bob = Client::join(link, 2).await;
    ada.event().await;
    let sdp = "x".repeat(60_000);
    let huge = format!(r#"{{"type":"description","kind":"offer","sdp":"{sdp}","tracks":{{}}}}"#);
    let huge = PeerMessage::parse(&huge).unwrap();
    ada.signaling.send(id(2), Generation::FIRST, huge);
    ada.signaling.send(id(2), Generation::FIRST, message(1));
    assert_eq!(ada.event().await, SignalingEvent::Dropped { reason: DropReason::Unsendable, count: 1 });
    assert_eq!(bob.revisions(1, 1).await, [1]);
    server.shutdown().await;
}

/// More at once than the server's burst: the client slows down, so the server does not end the connection.
#[tokio::test]
async fn three_hundred_messages_at_once_all_arrive_in_order() {
    let server = server();
    let link = link(server.local_addr(), 1);
    let mut ada = Client::join(link.clone(), 1).await;
    let mut bob = Client::join(link, 2).await;
    ada.event().await;
    for revision in 1..=300 {
        ada.signaling.send(id(2), Generation::FIRST, message(revision));
    }
    assert_eq!(bob.revisions(1, 300).await, (1..=300).collect::<Vec<_>>());
    ada.signaling.leave().await;
    assert!(ada.events.recv().await.is_none(), "neither a disconnect nor a drop");
    server.shutdown().await;
}
