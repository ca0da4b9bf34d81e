//! Requirement M7: attempts are limited, everyone gets a turn, and a person out of reach does not hold up the others.

use std::collections::BTreeMap;

use holdfast_meeting_machine::{DropCounters, Input, LinkRequest};
use holdfast_negotiation::PeerState;
use holdfast_protocol::{DescriptionKind, Generation, PeerMessage};
use holdfast_signaling_session::SignalingEvent;

use crate::stay::{Stay, asked, connects, id, profile};

#[test]
fn none_begins_before_the_devices_are_open() {
    let mut stay = Stay::with(&[2, 3]);
    assert_eq!(connects(&stay.wait(60_000)), []);
    assert_eq!(connects(&stay.tell(Input::DevicesReady)), [(id(2), 1), (id(3), 1)]);
}

#[test]
fn four_are_attempted_at_once_and_the_next_when_one_is_connected() {
    let mut stay = Stay::with(&[2, 3, 4, 5, 6, 7]);
    assert_eq!(connects(&stay.tell(Input::DevicesReady)).len(), 4);
    assert_eq!(connects(&stay.state(3, PeerState::Connected)), [(id(6), 1)]);
    assert_eq!(
        connects(&stay.state(3, PeerState::Reconnecting)),
        [],
        "a repair neither takes nor frees a place"
    );
}

#[test]
fn the_host_is_connected_first_and_then_who_is_here_longest() {
    let mut stay = Stay::with(&[2, 3, 4, 5, 6]);
    let profile = profile(6, 6).with_host(true);
    stay.signaling(SignalingEvent::Changed { participant: id(6), profile, present: true });
    let order: Vec<_> = connects(&stay.tell(Input::DevicesReady)).into_iter().map(|(id, _)| id).collect();
    assert_eq!(order, [id(6), id(2), id(3), id(4)]);
}

#[test]
fn those_who_cannot_be_reached_hold_their_places_for_five_seconds() {
    let mut stay = Stay::with(&[2, 3, 4, 5, 6, 7]);
    stay.tell(Input::DevicesReady);
    assert_eq!(connects(&stay.wait(4_999)), []);
    assert_eq!(connects(&stay.wait(1)), [(id(6), 1), (id(7), 1)]);
}

#[test]
fn someone_who_calls_us_is_connected_at_once() {
    let mut stay = Stay::with(&[2, 3, 4, 5, 6, 7]);
    stay.tell(Input::DevicesReady);
    let effects = stay.signaling(said(7, candidate()));
    assert_eq!(connects(&effects), [(id(7), 1)]);
}

#[test]
fn an_offer_waits_for_our_devices_however_many_candidates_come_with_it() {
    let mut stay = Stay::with(&[2]);
    let offer = PeerMessage::Description {
        kind: DescriptionKind::Offer,
        sdp: "v=0".into(),
        tracks: BTreeMap::new(),
        number: None,
        answers: None,
        generation: None,
    };
    for _ in 0..100 {
        stay.signaling(said(2, candidate()));
    }
    stay.signaling(said(2, offer.clone()));
    for _ in 0..100 {
        stay.signaling(said(2, candidate()));
    }
    let passed: Vec<_> = asked(&stay.tell(Input::DevicesReady), 2)
        .into_iter()
        .filter_map(|request| match request {
            LinkRequest::Signal { message, .. } => Some(message),
            _ => None,
        })
        .collect();
    assert_eq!(passed.iter().filter(|message| **message == offer).count(), 1);
    assert_eq!(passed.len(), 64);
    assert_eq!(stay.drops(), DropCounters { held_messages: 201 - 64, unknown_sender: 0 });
}

#[test]
fn messages_of_strangers_are_counted_and_do_nothing() {
    let mut stay = Stay::settled_with(&[2]);
    assert!(stay.signaling(said(9, candidate())).is_empty());
    assert_eq!(stay.drops(), DropCounters { held_messages: 0, unknown_sender: 1 });
}

fn candidate() -> PeerMessage {
    PeerMessage::Candidate {
        candidate: String::new(),
        sdp_mid: None,
        sdp_m_line_index: None,
        generation: None,
    }
}

fn said(n: u64, message: PeerMessage) -> SignalingEvent {
    SignalingEvent::Message { from: id(n), generation: Generation::FIRST, message }
}
