//! Cut connections and restarted servers: nothing is lost, nothing comes twice, the id stays the same, and reports are
//! honest.

use std::time::Duration;

use holdfast_protocol::Generation;

use crate::common::*;
use holdfast_signaling_client::{DropReason, SignalingError, SignalingEvent};
use holdfast_signaling_server::Timing;

/// Messages sent while the connection is cut again and again arrive once and in order, both ways.
#[tokio::test]
async fn a_cut_connection_is_resumed_without_loss_or_repeats() {
    let server = server();
    let proxy = Proxy::to(server.local_addr()).await;
    let mut ada = Client::join(link(proxy.addr, 1), 1).await;
    let mut bob = Client::join(link(server.local_addr(), 1), 2).await;
    ada.event().await;
    for round in 0..3u64 {
        // Some of these are on the wire at the cut, some are sent while the server is away.
        for revision in round * 20 + 1..=round * 20 + 10 {
            ada.signaling.send(id(2), Generation::FIRST, message(revision));
            bob.signaling.send(id(1), Generation::FIRST, message(revision));
        }
        proxy.cut(true);
        ada.disconnected().await;
        for revision in round * 20 + 11..=round * 20 + 20 {
            ada.signaling.send(id(2), Generation::FIRST, message(revision));
            bob.signaling.send(id(1), Generation::FIRST, message(revision));
        }
        let sent: Vec<_> = (1..=round * 20 + 20).collect();
        assert_eq!(bob.revisions(1, sent.len()).await, sent);
        assert_eq!(ada.revisions(2, sent.len()).await, sent);
    }
    ada.signaling.leave().await;
    server.shutdown().await;
}

#[tokio::test]
async fn what_others_sent_meanwhile_is_replayed() {
    let server = server();
    let proxy = Proxy::to(server.local_addr()).await;
    let mut ada = Client::join(link(proxy.addr, 1), 1).await;
    let mut bob = Client::join(link(server.local_addr(), 1), 2).await;
    ada.event().await;
    bob.signaling.send(id(1), Generation::FIRST, message(1));
    assert_eq!(ada.revisions(2, 1).await, [1]);
    proxy.cut(false);
    ada.disconnected().await;
    let away = bob.wait(|event| match event {
        SignalingEvent::Changed { participant, present, .. } => Some((participant, present)),
        _ => None,
    });
    assert_eq!(away.await, (id(1), false));
    for revision in 2..=50 {
        bob.signaling.send(id(1), Generation::FIRST, message(revision));
    }
    proxy.restore();
    assert_eq!(ada.reconnected().await, (true, vec![(id(2), true)]));
    assert_eq!(ada.revisions(2, 50).await, (1..=50).collect::<Vec<_>>());
    let back = bob.wait(|event| match event {
        SignalingEvent::Changed { participant, present, .. } => Some((participant, present)),
        _ => None,
    });
    assert_eq!(back.await, (id(1), true));
    ada.signaling.leave().await;
    assert_eq!(ada.events.recv().await, None, "no repeat was waiting");
    server.shutdown().await;
}

#[tokio::test]
async fn a_hundred_messages_wait_and_the_rest_is_counted() {
    let server = server();
    let proxy = Proxy::to(server.local_addr()).await;
    let mut ada = Client::join(link(proxy.addr, 1), 1).await;
    let mut bob = Client::join(link(server.local_addr(), 1), 2).await;
    ada.event().await;
    proxy.cut(false);
    ada.disconnected().await;
    for revision in 1..=130 {
        ada.signaling.send(id(2), Generation::FIRST, message(revision));
    }
    let mut dropped = 0;
    while dropped < 30 {
        dropped += ada
            .wait(|event| match event {
                SignalingEvent::Dropped { reason: DropReason::QueueOverflow, count } => Some(count),
                _ => None,
            })
            .await;
    }
    assert_eq!(dropped, 30);
    proxy.restore();
    assert!(ada.reconnected().await.0);
    assert_eq!(bob.revisions(1, 100).await, (31..=130).collect::<Vec<_>>(), "the newest hundred");
    server.shutdown().await;
}

#[tokio::test]
async fn a_server_that_forgot_everything_gets_the_same_people_back() {
    let first = server();
    let addr = first.local_addr();
    let mut ada = Client::join(link(addr, 1), 1).await;
    let mut bob = Client::join(link(addr, 1), 2).await;
    let mut eve = Client::join(link(addr, 1), 3).await;
    for _ in 0..2 {
        ada.event().await;
    }
    bob.event().await;
    first.shutdown().await;
    for client in [&mut ada, &mut bob, &mut eve] {
        client.disconnected().await;
    }
    // Eve's process ends while the server is away, so the others do not hear of it.
    eve.signaling.leave().await;
    ada.signaling.send(id(2), Generation::FIRST, message(1));
    bob.signaling.send(id(1), Generation::FIRST, message(1));

    let second = server_at(addr, Timing::default()).await;
    let (ada_resumed, ada_roster) = ada.reconnected().await;
    let (bob_resumed, bob_roster) = bob.reconnected().await;
    assert!(!ada_resumed && !bob_resumed);
    let ids = |roster: &[(_, _)]| {
        roster.iter().map(|(id, _): &(holdfast_protocol::ParticipantId, bool)| id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&ada_roster), [id(2), id(3)], "a participant who is expected back stays in the roster");
    assert_eq!(ids(&bob_roster), [id(1), id(3)]);
    // The one who came back first kept the message until the other was there.
    assert_eq!(ada.revisions(2, 1).await, [1]);
    assert_eq!(bob.revisions(1, 1).await, [1]);
    second.shutdown().await;
}

/// Killed, not stopped: the server tells the clients nothing. What was acknowledged had arrived, and nothing arrives
/// twice.
#[tokio::test]
async fn a_killed_server_that_forgot_everything_loses_and_repeats_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let first = runtime.spawn(async { server() }).await.unwrap();
    let addr = first.local_addr();
    let mut ada = Client::join(link(addr, 1), 1).await;
    let mut bob = Client::join(link(addr, 1), 2).await;
    ada.event().await;
    for revision in 1..=40 {
        ada.signaling.send(id(2), Generation::FIRST, message(revision));
        bob.signaling.send(id(1), Generation::FIRST, message(revision));
    }
    bob.revisions(1, 40).await;
    ada.revisions(2, 40).await;
    // None of these is acknowledged yet; some may have arrived.
    for revision in 41..=50 {
        ada.signaling.send(id(2), Generation::FIRST, message(revision));
        bob.signaling.send(id(1), Generation::FIRST, message(revision));
    }
    runtime.shutdown_background();
    ada.disconnected().await;
    bob.disconnected().await;
    for revision in 51..=60 {
        ada.signaling.send(id(2), Generation::FIRST, message(revision));
        bob.signaling.send(id(1), Generation::FIRST, message(revision));
    }
    let second = server_at(addr, Timing::default()).await;
    let all: Vec<_> = (1..=60).collect();
    assert_eq!(bob.revisions(1, 60).await, all);
    assert_eq!(ada.revisions(2, 60).await, all);
    std::mem::forget(first);
    second.shutdown().await;
}

#[tokio::test]
async fn a_changed_network_is_met_with_a_new_connection_and_the_same_session() {
    let server = server();
    let mut ada = Client::join(link(server.local_addr(), 1), 1).await;
    let mut bob = Client::join(link(server.local_addr(), 1), 2).await;
    ada.event().await;
    for round in 0..3u64 {
        for revision in round * 20 + 1..=round * 20 + 10 {
            ada.signaling.send(id(2), Generation::FIRST, message(revision));
            bob.signaling.send(id(1), Generation::FIRST, message(revision));
        }
        ada.signaling.reconnect();
        for revision in round * 20 + 11..=round * 20 + 20 {
            ada.signaling.send(id(2), Generation::FIRST, message(revision));
            bob.signaling.send(id(1), Generation::FIRST, message(revision));
        }
        assert_eq!(ada.reconnected().await, (true, vec![(id(2), true)]));
    }
    let sent: Vec<_> = (1..=60).collect();
    assert_eq!(bob.revisions(1, 60).await, sent);
    assert_eq!(ada.revisions(2, 60).await, sent);
    // A connection that was replaced, not lost, was not reported, and the old one ended nothing.
    ada.signaling.check();
    ada.signaling.leave().await;
    bob.wait(|event| matches!(event, SignalingEvent::Left { .. }).then_some(())).await;
    server.shutdown().await;
}

/// A network that swallows everything without closing anything: only the heartbeat notices.
#[tokio::test]
async fn silence_is_noticed_by_both_sides() {
    let timing = Timing {
        heartbeat: Duration::from_millis(200),
        dead_after: Duration::from_secs(2),
        resume_window: Duration::from_millis(300),
        ..Timing::default()
    };
    let server = server_at(loopback(), timing).await;
    let hole = BlackHole::to(server.local_addr()).await;
    let mut ada = Client::join(link(hole.addr, 1), 1).await;
    let mut bob = Client::join(link(server.local_addr(), 1), 2).await;
    ada.event().await;
    hole.swallow();
    assert_eq!(ada.event().await, SignalingEvent::Silent);
    ada.disconnected().await;
    let mut fate = Vec::new();
    while fate.len() < 2 {
        fate.push(match bob.event().await {
            SignalingEvent::Changed { present, .. } => format!("present {present}"),
            SignalingEvent::Left { reason, .. } => format!("{reason:?}"),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(fate, ["present false", "TimedOut"]);
    server.shutdown().await;
}

#[tokio::test]
async fn someone_else_with_the_id_ends_the_client_for_good() {
    // A client that was in the room believes the refusal only after its own old connection must be dead.
    let timing = Timing { dead_after: Duration::from_secs(3), ..Timing::default() };
    let server = server_at(loopback(), timing).await;
    let proxy = Proxy::to(server.local_addr()).await;
    let mut ada = Client::join(link(proxy.addr, 1), 1).await;
    proxy.cut(false);
    ada.disconnected().await;
    // The same id without the token: allowed while the other is away, and a new session.
    let thief = timeout_join(link(server.local_addr(), 1), 1).await;
    proxy.restore();
    let refused = ada
        .wait(|event| match event {
            SignalingEvent::Refused(error) => Some(error),
            _ => None,
        })
        .await;
    assert_eq!(refused, SignalingError::IdTaken);
    assert_eq!(ada.events.recv().await, None);
    drop(thief);
    server.shutdown().await;
}

/// Joins as soon as the server has noticed that the id is free.
async fn timeout_join(link: holdfast_protocol::MeetingLink, n: u64) -> Client {
    tokio::time::timeout(PATIENCE, async {
        loop {
            match Client::try_join(link.clone(), n).await {
                Ok(client) => return client,
                Err(SignalingError::IdTaken) => {}
                Err(error) => panic!("{error}"),
            }
        }
    })
    .await
    .expect("the id never became free")
}
