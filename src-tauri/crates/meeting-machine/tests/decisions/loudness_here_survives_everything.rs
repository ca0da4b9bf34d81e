//! How someone is heard here is our choice. It survives reconnects, and also their leaving and coming back.

use holdfast_meeting_machine::Listening;
use holdfast_meeting_machine::{Change, Effect, Input};
use holdfast_protocol::LeaveReason;
use holdfast_signaling_session::SignalingEvent;

use crate::stay::{Stay, id, joined};

const LOUD: Listening = Listening { volume: 180, muted: true };

#[test]
fn a_choice_is_kept_when_they_come_back_as_another_client() {
    let mut stay = Stay::settled_with(&[2]);
    let effects = stay.tell(Input::Change(Change::Listening(id(2), LOUD)));
    assert!(effects.contains(&Effect::Listen { id: id(2), listening: LOUD }));
    stay.tell(joined(2, 99));
    assert_eq!(stay.view(2).unwrap().listening, LOUD);
}

#[test]
fn a_choice_is_kept_when_they_left_and_the_new_connection_has_it() {
    let mut stay = Stay::settled_with(&[2]);
    stay.tell(Input::Change(Change::Listening(id(2), LOUD)));
    stay.signaling(SignalingEvent::Left { participant: id(2), reason: LeaveReason::Left });
    let effects = stay.tell(joined(2, 3));
    let begun = effects.iter().find_map(|effect| match effect {
        Effect::Connect { listening, .. } => Some(*listening),
        _ => None,
    });
    assert_eq!(begun, Some(LOUD));
    assert_eq!(stay.view(2).unwrap().listening, LOUD);
}

#[test]
fn a_choice_of_an_earlier_stay_holds_for_who_is_here_and_for_who_comes_later() {
    let mut stay = Stay::again_with(&[2], vec![(id(2), LOUD), (id(3), LOUD)]);
    assert_eq!(stay.view(2).unwrap().listening, LOUD);
    stay.tell(joined(3, 3));
    assert_eq!(stay.view(3).unwrap().listening, LOUD);
    stay.tell(joined(4, 4));
    assert_eq!(stay.view(4).unwrap().listening, Listening::default());
}

#[test]
fn no_one_is_louder_than_twice_as_sent() {
    let mut stay = Stay::settled_with(&[2]);
    stay.tell(Input::Change(Change::Listening(id(2), Listening { volume: 9000, muted: false })));
    assert_eq!(stay.view(2).unwrap().listening.volume, 200);
}
