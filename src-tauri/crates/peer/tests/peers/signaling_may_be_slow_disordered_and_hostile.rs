use crate::common::{heard, is_candidate, pair, straight};
use holdfast_peer::PeerState;
use holdfast_protocol::{DescriptionKind, PeerMessage, TrackSource};
use std::collections::BTreeMap;

fn garbage(kind: DescriptionKind) -> PeerMessage {
    PeerMessage::Description {
        kind,
        sdp: "v=0\r\nnot a session".to_owned(),
        tracks: BTreeMap::new(),
        number: None,
        answers: None,
        generation: None,
    }
}

/// Candidates overtake the description they belong to.
fn candidates_first() -> crate::common::Wire {
    let mut held = Some(Vec::new());
    Box::new(move |generation, message| {
        let Some(waiting) = held.as_mut() else { return vec![(generation, message)] };
        let end_of_candidates =
            matches!(&message, PeerMessage::Candidate { candidate, .. } if candidate.is_empty());
        waiting.push((generation, message));
        if !end_of_candidates {
            return Vec::new();
        }
        let mut all = held.take().unwrap();
        all.sort_by_key(|(_, message)| !is_candidate(message));
        all
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn candidates_that_come_before_their_description_are_used() {
    let (mut a, mut b) = pair(candidates_first(), candidates_first());
    let _streams = (a.stream(&[]), b.stream(&[]));
    a.connected().await;
    b.connected().await;
    heard(&mut a).await;
    heard(&mut b).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_side_without_any_candidate_is_found_by_the_other() {
    let (mut a, mut b) = pair(
        straight(),
        Box::new(
            |generation, message| {
                if is_candidate(&message) { Vec::new() } else { vec![(generation, message)] }
            },
        ),
    );
    a.connected().await;
    b.connected().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_another_generation_are_dropped_and_counted() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    let before = a.peer.snapshot().negotiation.generation;
    b.peer.remote_restarted();
    assert!(a.rebuilt().await > before);
    b.rebuilt().await;
    let counted = a.peer.snapshot().negotiation.counters.older_generation;
    a.peer.signal(before, garbage(DescriptionKind::Offer));
    // Commands are taken in turn: the keyframe comes back after the old message was looked at.
    let _stream = b.stream(&[TrackSource::Camera]);
    crate::common::shown(&mut a, TrackSource::Camera).await;
    a.until("counted", |snapshot| snapshot.negotiation.counters.older_generation > counted).await;
    a.forget_media();
    crate::common::shown(&mut a, TrackSource::Camera).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_instead_of_the_first_offer_does_not_prevent_the_call() {
    let mut first = true;
    let (mut a, mut b) = pair(
        Box::new(move |generation, message| {
            if std::mem::take(&mut first) {
                return vec![(generation, garbage(DescriptionKind::Offer)), (generation, message)];
            }
            vec![(generation, message)]
        }),
        straight(),
    );
    a.connected().await;
    b.connected().await;
    assert!(b.peer.snapshot().negotiation.counters.operations_refused >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_in_a_call_does_not_end_it() {
    let (mut a, mut b) = pair(straight(), straight());
    let _streams = (a.stream(&[]), b.stream(&[]));
    a.connected().await;
    b.connected().await;
    let generation = a.peer.snapshot().negotiation.generation;
    for kind in [DescriptionKind::Offer, DescriptionKind::Answer] {
        a.peer.signal(generation, garbage(kind));
    }
    a.peer.signal(
        generation,
        PeerMessage::Candidate {
            candidate: "candidate:nonsense".to_owned(),
            sdp_mid: None,
            sdp_m_line_index: None,
            generation: None,
        },
    );
    a.until("the last of them was looked at", |snapshot| {
        snapshot.negotiation.counters.candidates_refused > 0
    })
    .await;
    a.forget_media();
    b.forget_media();
    heard(&mut a).await;
    heard(&mut b).await;
    assert_ne!(a.peer.snapshot().negotiation.state, PeerState::Failed);
}
