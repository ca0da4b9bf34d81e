//! We tell everyone whose sound reaches us, and show what they tell of theirs.

use holdfast_meeting_machine::{Effect, HEARING, Input, LinkRequest};
use holdfast_negotiation::PeerState;
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{MediaState, ParticipantId, PeerMessage, Revision};

use crate::stay::{Stay, asked, id, message};

/// What `n` was told about our hearing.
fn told(effects: &[Effect], n: u64) -> Vec<Vec<ParticipantId>> {
    let hears = |request| match request {
        LinkRequest::Control(PeerMessage::Hears { participants }) => Some(participants),
        _ => None,
    };
    asked(effects, n).into_iter().filter_map(hears).collect()
}

/// Everyone connected, with open microphones.
fn speaking() -> Stay {
    let mut stay = Stay::settled_with(&[2, 3]);
    for n in [2, 3] {
        let open = MediaState { revision: Revision(2), microphone: true, ..MediaState::default() };
        stay.tell(message(n, PeerMessage::MediaState(open.into())));
    }
    stay.tell(Input::Heard(Vec::new()));
    stay
}

#[test]
fn who_is_heard_is_told_when_it_changes_and_now_and_then() {
    let mut stay = speaking();
    let none = stay.tell(Input::Heard(Vec::new()));
    assert_eq!(told(&none, 3), [[]]);
    let both = stay.tell(Input::Heard(vec![id(2), id(3)]));
    assert_eq!(told(&both, 2), [[id(2), id(3)]]);
    assert_eq!(told(&both, 3), [[id(2), id(3)]]);
    let again = stay.tell(Input::Heard(vec![id(2), id(3)]));
    assert_eq!(told(&again, 2), Vec::<Vec<_>>::new());
    let one = stay.tell(Input::Heard(vec![id(3)]));
    assert_eq!(told(&one, 2), [[id(3)]], "2 says to speak, and no sound comes");
    let mut repeats = 0;
    for _ in 0..15 {
        stay.wait(u64::try_from(HEARING.as_millis()).unwrap());
        repeats += told(&stay.tell(Input::Heard(vec![id(3)])), 2).len();
    }
    assert_eq!(repeats, 3, "every ten seconds of thirty");
}

#[test]
fn someone_muted_would_be_heard_and_someone_cut_off_would_not() {
    let mut stay = Stay::settled_with(&[2, 3]);
    stay.state(3, PeerState::Reconnecting);
    let effects = stay.tell(Input::Heard(Vec::new()));
    assert_eq!(told(&effects, 2), [[id(2)]]);
}

#[test]
fn someone_who_just_unmuted_is_not_unheard() {
    let mut stay = Stay::settled_with(&[2]);
    stay.tell(Input::Heard(Vec::new()));
    let open = MediaState { revision: Revision(2), microphone: true, ..MediaState::default() };
    stay.tell(message(2, PeerMessage::MediaState(open.into())));
    assert_eq!(
        told(&stay.tell(Input::Heard(Vec::new())), 2),
        Vec::<Vec<_>>::new(),
        "sound may be on its way"
    );
    assert_eq!(told(&stay.tell(Input::Heard(Vec::new())), 2), [[]]);
}

#[test]
fn a_channel_that_opens_is_told_at_once() {
    let mut stay = speaking();
    stay.tell(Input::Heard(vec![id(2)]));
    stay.peer(3, PeerEvent::ControlClosed);
    assert_eq!(told(&stay.peer(3, PeerEvent::ControlOpen), 3), [[id(2)]]);
}

#[test]
fn what_they_hear_is_shown_until_they_cannot_say() {
    let mut stay = speaking();
    let hears = PeerMessage::Hears { participants: vec![id(1)] };
    stay.peer(2, PeerEvent::Control(hears));
    assert_eq!(stay.view(2).unwrap().hears, Some(vec![id(1)]));
    assert_eq!(stay.view(3).unwrap().hears, None, "3 said nothing");
    stay.state(2, PeerState::Reconnecting);
    assert_eq!(stay.view(2).unwrap().hears, None);
}
