//! Requirement R3: "in sync at revision n" is what the other side said, not what we sent.

use holdfast_meeting_machine::{Change, Effect, Input, LinkRequest};
use holdfast_negotiation::PeerState;
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{Instance, MediaState, PeerMessage, Revision};
use holdfast_signaling_session::SignalingEvent;

use crate::stay::{Stay, asked, message, told};

#[test]
fn a_change_goes_out_at_once_and_again_on_the_other_path_until_it_is_acknowledged() {
    let mut stay = Stay::settled_with(&[2, 3]);
    let effects = stay.tell(Input::Change(Change::Microphone(false)));
    assert_eq!(told(&effects, 2), [("control", 2)]);
    assert_eq!(told(&effects, 3), [("control", 2)]);
    stay.tell(message(3, PeerMessage::MediaStateAck { revision: Revision(2), instance: None }));
    let later = stay.wait(3_500);
    assert_eq!(told(&later, 2), [("signaling", 2), ("control", 2)]);
    assert_eq!(told(&later, 3), [], "they hold it");
    assert_eq!(stay.view(3).unwrap().acknowledged_revision, Revision(2));
    assert_eq!(stay.view(2).unwrap().acknowledged_revision, Revision(1));
}

#[test]
fn a_change_made_while_no_path_is_open_goes_out_when_one_opens() {
    let mut stay = Stay::settled_with(&[2]);
    stay.state(2, PeerState::Reconnecting);
    stay.peer(2, PeerEvent::ControlClosed);
    stay.signaling(SignalingEvent::Silent);
    let effects = stay.tell(Input::Change(Change::Microphone(false)));
    assert_eq!(told(&effects, 2), []);
    assert_eq!(told(&stay.wait(60_000), 2), []);
    assert_eq!(told(&stay.signaling(SignalingEvent::Heard), 2), [("signaling", 2)]);
}

#[test]
fn coming_back_tells_the_state_to_those_who_do_not_hold_it() {
    let mut stay = Stay::settled_with(&[2]);
    stay.state(2, PeerState::Reconnecting);
    stay.tell(Input::Change(Change::Microphone(false)));
    stay.wait(120_000);
    let effects = stay.state(2, PeerState::Connected);
    assert_eq!(told(&effects, 2), [("control", 2)]);
}

#[test]
fn a_hand_is_told_with_how_long_it_has_been_up() {
    let mut stay = Stay::settled_with(&[2]);
    let ages = |effects: &[Effect]| -> Vec<_> {
        let told = |effect: &Effect| match effect {
            Effect::Ask { request: LinkRequest::Control(PeerMessage::MediaState(told)), .. }
            | Effect::Signal { message: PeerMessage::MediaState(told), .. } => Some(told.hand_for_ms),
            _ => None,
        };
        effects.iter().filter_map(told).collect()
    };
    assert_eq!(ages(&stay.tell(Input::Change(Change::Hand(true)))), [Some(0)]);
    assert_eq!(ages(&stay.wait(1_000)), [Some(1_000)], "said again, and older");
    assert_eq!(ages(&stay.tell(Input::Change(Change::Hand(false)))), [None]);
}

#[test]
fn every_telling_is_answered_with_the_newest_we_hold() {
    let mut stay = Stay::settled_with(&[2]);
    let state = |revision, microphone| MediaState {
        revision: Revision(revision),
        microphone,
        ..MediaState::default()
    };
    stay.tell(message(2, PeerMessage::MediaState(state(7, false).into())));
    let effects = stay.tell(message(2, PeerMessage::MediaState(state(6, true).into())));
    let answer =
        PeerMessage::MediaStateAck { revision: Revision(7), instance: Some(Instance::from_random(2)) };
    let said = |message: &PeerMessage| {
        effects.iter().any(|effect| matches!(effect, Effect::Signal { message: sent, .. } if sent == message))
    };
    assert!(said(&answer), "{effects:?}");
    assert!(!stay.view(2).unwrap().media.microphone, "the older one changes nothing");
    // The expectation follows their newest state, not the message that came last.
    assert!(asked(&effects, 2).contains(&LinkRequest::ExpectMedia(false)));
}

#[test]
fn an_answer_to_an_earlier_stay_of_ours_says_nothing_of_this_one() {
    let mut stay = Stay::settled_with(&[2]);
    stay.tell(Input::Change(Change::Hand(true)));
    let answer =
        |n| PeerMessage::MediaStateAck { revision: Revision(2), instance: Some(Instance::from_random(n)) };
    stay.tell(message(2, answer(99)));
    assert_eq!(stay.view(2).unwrap().acknowledged_revision, Revision(1));
    assert_eq!(told(&stay.wait(1_500), 2), [("signaling", 2)], "it is told on");
    stay.tell(message(2, answer(1)));
    assert_eq!(stay.view(2).unwrap().acknowledged_revision, Revision(2));
    assert_eq!(told(&stay.wait(60_000), 2), []);
}

#[test]
fn the_answer_goes_the_way_the_telling_came() {
    let mut stay = Stay::settled_with(&[2]);
    let telling =
        PeerMessage::MediaState(MediaState { revision: Revision(7), ..MediaState::default() }.into());
    let answer = LinkRequest::Control(PeerMessage::MediaStateAck {
        revision: Revision(7),
        instance: Some(Instance::from_random(2)),
    });
    assert!(
        !asked(&stay.tell(message(2, telling.clone())), 2).contains(&answer),
        "it came through the server"
    );
    assert!(asked(&stay.peer(2, PeerEvent::Control(telling)), 2).contains(&answer));
}

#[test]
fn a_telling_without_a_way_back_is_answered_when_there_is_one() {
    let answer = |revision| PeerMessage::MediaStateAck {
        revision: Revision(revision),
        instance: Some(Instance::from_random(2)),
    };
    let telling = |revision| {
        PeerMessage::MediaState(MediaState { revision: Revision(revision), ..MediaState::default() }.into())
    };
    let mut stay = Stay::settled_with(&[2]);
    stay.peer(2, PeerEvent::ControlClosed);
    // The server may be out of their reach: they used the channel, of which only their direction works.
    let went_astray = stay.peer(2, PeerEvent::Control(telling(7)));
    assert!(!asked(&went_astray, 2).contains(&LinkRequest::Control(answer(7))));
    let opened = stay.peer(2, PeerEvent::ControlOpen);
    assert!(asked(&opened, 2).contains(&LinkRequest::Control(answer(7))), "{opened:?}");
    let again = stay.peer(2, PeerEvent::ControlOpen);
    assert!(!asked(&again, 2).contains(&LinkRequest::Control(answer(7))), "once is enough");

    stay.peer(2, PeerEvent::ControlClosed);
    stay.signaling(SignalingEvent::Silent);
    stay.peer(2, PeerEvent::Control(telling(8)));
    let heard = stay.signaling(SignalingEvent::Heard);
    let answered = |e: &Effect| matches!(e, Effect::Signal { message, .. } if *message == answer(8));
    assert!(heard.iter().any(answered), "{heard:?}");
}

#[test]
fn no_one_is_told_more_than_a_few_times() {
    let mut stay = Stay::settled_with(&[2]);
    let first = told(&stay.tell(Input::Change(Change::Hand(true))), 2).len();
    let rest = told(&stay.wait(3_600_000), 2).len();
    assert_eq!(first + rest, 7);
}

#[test]
fn changes_reach_the_page_once_each() {
    let mut stay = Stay::settled_with(&[2]);
    let shown = |effects: Vec<Effect>| effects.iter().filter(|e| matches!(e, Effect::Emit(_))).count();
    assert_eq!(shown(stay.tell(Input::Change(Change::Hand(true)))), 1);
    assert_eq!(shown(stay.tell(Input::Change(Change::Hand(true)))), 0);
}
