//! A lost server session and a lost memory look the same to the server; the client's instance tells them apart.

use holdfast_meeting_machine::{Change, Input, LinkRequest};
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{Generation, MediaState, PeerMessage, Revision};
use holdfast_signaling_session::{Member, SignalingEvent};

use crate::stay::{Stay, asked, joined, member, message, profile, told};

#[test]
fn the_same_client_keeps_its_connection() {
    let mut stay = Stay::settled_with(&[2]);
    let effects = stay.tell(joined(2, 2));
    assert!(!asked(&effects, 2).contains(&LinkRequest::RemoteRestarted), "{effects:?}");
}

#[test]
fn what_was_said_through_the_lost_session_is_said_again() {
    let mut stay = Stay::settled_with(&[2]);
    let effects = stay.tell(joined(2, 2));
    assert_eq!(told(&effects, 2), [("control", 1)], "what they acknowledged, they may have lost since");
    assert!(asked(&effects, 2).contains(&LinkRequest::Retry), "an offer may be lost: {effects:?}");
    stay.tell(message(2, PeerMessage::MediaStateAck { revision: Revision(1), instance: None }));
    assert_eq!(told(&stay.wait(60_000), 2), []);
}

#[test]
fn our_own_lost_session_doubts_everything_too_and_a_resumed_one_nothing() {
    for (resumed, times) in [(false, 1), (true, 0)] {
        let mut stay = Stay::settled_with(&[2]);
        let effects = stay.signaling(SignalingEvent::Reconnected { resumed, roster: vec![member(2)] });
        assert_eq!(told(&effects, 2).len(), times);
        assert_eq!(
            asked(&effects, 2).iter().filter(|request| **request == LinkRequest::Retry).count(),
            times
        );
    }
}

#[test]
fn people_away_when_our_session_was_lost_are_told_again_when_they_are_back() {
    let back = || SignalingEvent::Changed {
        participant: member(2).participant,
        profile: profile(2, 2),
        present: true,
    };
    for (resumed, times) in [(false, 1), (true, 0)] {
        let mut stay = Stay::settled_with(&[2]);
        let away = Member { present: false, ..member(2) };
        let effects = stay.signaling(SignalingEvent::Reconnected { resumed, roster: vec![away] });
        assert_eq!((told(&effects, 2), asked(&effects, 2)), (vec![], vec![]), "no one would hear it");
        let retries = |effects: &[_]| asked(effects, 2).iter().filter(|r| **r == LinkRequest::Retry).count();
        let effects = stay.signaling(back());
        assert_eq!((told(&effects, 2).len(), retries(&effects)), (times, times), "resumed: {resumed}");
        assert_eq!(retries(&stay.signaling(back())), 0, "once");
    }
}

#[test]
fn a_new_connection_is_told_the_state_although_it_was_acknowledged_before() {
    let mut stay = Stay::settled_with(&[2]);
    stay.peer(2, PeerEvent::Rebuilt { generation: Generation(2) });
    assert_eq!(told(&stay.peer(2, PeerEvent::ControlOpen), 2), [("control", 1)]);
}

#[test]
fn another_client_is_met_with_the_next_generation_and_told_everything() {
    let mut stay = Stay::settled_with(&[2]);
    let effects = stay.tell(joined(2, 99));
    assert!(asked(&effects, 2).contains(&LinkRequest::RemoteRestarted));
    assert_eq!(told(&effects, 2).len(), 1);
}

#[test]
fn someone_expected_back_may_come_back_as_another_client() {
    let changed = |n, instance, present| SignalingEvent::Changed {
        participant: member(n).participant,
        profile: profile(n, instance),
        present,
    };
    let mut stay = Stay::settled_with(&[2]);
    assert_eq!(asked(&stay.signaling(changed(2, 2, true)), 2), [], "the same client");
    assert!(asked(&stay.signaling(changed(2, 99, true)), 2).contains(&LinkRequest::RemoteRestarted));
    assert_eq!(stay.signaling(changed(3, 3, false)), [], "someone unknown who is not there");
    stay.signaling(changed(3, 3, true));
    assert!(stay.shown(3).is_some(), "someone we gave up and the server did not");
}

#[test]
fn what_the_earlier_client_said_counts_no_more() {
    let mut stay = Stay::settled_with(&[2]);
    let state = |revision, microphone| {
        PeerMessage::MediaState(
            MediaState { revision: Revision(revision), microphone, ..MediaState::default() }.into(),
        )
    };
    stay.tell(message(2, state(40, true)));
    stay.tell(joined(2, 99));
    stay.tell(message(2, state(1, false)));
    assert_eq!(stay.view(2).unwrap().media.revision, Revision(1));
    assert!(!stay.view(2).unwrap().media.microphone);
}

#[test]
fn what_the_earlier_client_held_counts_no_more() {
    let mut stay = Stay::settled_with(&[2]);
    stay.tell(Input::Change(Change::Hand(true)));
    stay.tell(message(2, PeerMessage::MediaStateAck { revision: Revision(2), instance: None }));
    stay.tell(joined(2, 99));
    assert_eq!(stay.view(2).unwrap().acknowledged_revision, Revision(0));
}
