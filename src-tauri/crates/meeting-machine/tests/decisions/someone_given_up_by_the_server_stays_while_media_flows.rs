//! Requirement R7: the server's opinion of someone says nothing about their media.

use holdfast_meeting_machine::{Effect, LinkRequest};
use holdfast_negotiation::PeerState;
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{Generation, LeaveReason};
use holdfast_signaling_session::{Member, SignalingEvent};

use crate::stay::{Stay, connects, id, joined, member, profile};

fn left(n: u64, reason: LeaveReason) -> SignalingEvent {
    SignalingEvent::Left { participant: id(n), reason }
}

fn disconnects(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Disconnect { .. })).count()
}

#[test]
fn they_stay_until_their_media_stops_too() {
    let mut stay = Stay::settled_with(&[2]);
    assert_eq!(disconnects(&stay.signaling(left(2, LeaveReason::TimedOut))), 0);
    assert_eq!(stay.shown(2), Some(PeerState::Connected));
    assert!(!stay.view(2).unwrap().present);
    assert_eq!(disconnects(&stay.state(2, PeerState::Reconnecting)), 1);
    assert_eq!(stay.shown(2), None);
}

/// The last expectation of their media that the connection got.
fn expected(effects: &[Effect]) -> Option<bool> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask { request: LinkRequest::ExpectMedia(expected), .. } => Some(*expected),
        _ => None,
    })
}

#[test]
fn silence_of_someone_with_no_way_to_say_that_they_mute_is_no_trouble() {
    let mut stay = Stay::settled_with(&[2]);
    assert_eq!(expected(&stay.signaling(left(2, LeaveReason::TimedOut))), None, "they can say so");
    assert_eq!(expected(&stay.peer(2, PeerEvent::ControlClosed)), Some(false));
    assert_eq!(expected(&stay.peer(2, PeerEvent::ControlOpen)), Some(true));
    stay.peer(2, PeerEvent::ControlClosed);
    let back = stay.signaling(SignalingEvent::Reconnected { resumed: false, roster: vec![member(2)] });
    assert_eq!(expected(&back), Some(true), "the server hands it on again");
}

#[test]
fn it_is_none_either_before_the_server_gives_them_up() {
    let mut stay = Stay::settled_with(&[2]);
    let changed = |present| SignalingEvent::Changed { participant: id(2), profile: profile(2, 2), present };
    stay.peer(2, PeerEvent::ControlClosed);
    assert_eq!(expected(&stay.signaling(changed(false))), Some(false), "they are away");
    assert_eq!(expected(&stay.signaling(changed(true))), Some(true), "they are back");
    assert_eq!(expected(&stay.signaling(SignalingEvent::Silent)), Some(false), "we are away");
    assert_eq!(expected(&stay.signaling(SignalingEvent::Heard)), Some(true), "we are back");
    let away = Member { present: false, ..member(2) };
    let list = SignalingEvent::Reconnected { resumed: false, roster: vec![away] };
    assert_eq!(expected(&stay.signaling(list)), Some(false), "a list says that they are away");
}

#[test]
fn silence_of_someone_who_is_away_is_trouble_while_they_can_say_that_they_mute() {
    let mut stay = Stay::settled_with(&[2]);
    let away = SignalingEvent::Changed { participant: id(2), profile: profile(2, 2), present: false };
    assert_eq!(expected(&stay.signaling(away)), None, "nothing changes");
}

#[test]
fn someone_whose_media_is_gone_already_goes_at_once() {
    let mut stay = Stay::settled_with(&[2]);
    stay.state(2, PeerState::Reconnecting);
    assert_eq!(disconnects(&stay.signaling(left(2, LeaveReason::TimedOut))), 1);
    assert_eq!(stay.shown(2), None);
}

#[test]
fn leaving_on_purpose_is_immediate_whatever_flows() {
    let mut stay = Stay::settled_with(&[2]);
    assert_eq!(disconnects(&stay.signaling(left(2, LeaveReason::Left))), 1);
    assert_eq!(stay.shown(2), None);
}

#[test]
fn a_ghost_in_a_new_list_is_treated_the_same() {
    let mut stay = Stay::settled_with(&[2, 3]);
    stay.state(3, PeerState::Reconnecting);
    stay.signaling(SignalingEvent::Reconnected { resumed: false, roster: vec![] });
    assert_eq!(stay.shown(2), Some(PeerState::Connected));
    assert_eq!(stay.shown(3), None);
}

#[test]
fn someone_who_comes_back_after_we_forgot_them_is_met_above_the_old_generation() {
    let mut stay = Stay::settled_with(&[2]);
    stay.peer(2, PeerEvent::Rebuilt { generation: Generation(3) });
    stay.state(2, PeerState::Reconnecting);
    stay.signaling(left(2, LeaveReason::TimedOut));
    // They may still hold generation 3 and would drop anything older.
    assert_eq!(connects(&stay.tell(joined(2, 2))), [(id(2), 4)]);
}

#[test]
fn someone_who_lingered_and_came_back_stays_when_media_stops() {
    let mut stay = Stay::settled_with(&[2]);
    stay.signaling(left(2, LeaveReason::TimedOut));
    stay.signaling(SignalingEvent::Reconnected { resumed: false, roster: vec![member(2)] });
    assert_eq!(disconnects(&stay.state(2, PeerState::Reconnecting)), 0);
    assert_eq!(stay.shown(2), Some(PeerState::Reconnecting));
}
