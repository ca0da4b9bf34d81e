//! This side chooses who is shown large. The choice waits for someone who is away, and cannot be a stranger.

use holdfast_meeting_machine::{Change, Effect, Event, Input};
use holdfast_protocol::{LeaveReason, ParticipantId, PeerMessage};
use holdfast_signaling_session::SignalingEvent;

use crate::stay::{Stay, id, joined, message};

fn pinned(effects: &[Effect]) -> Vec<Option<ParticipantId>> {
    let told = |effect: &Effect| match effect {
        Effect::Emit(Event::Pinned(id)) => Some(id.clone()),
        _ => None,
    };
    effects.iter().filter_map(told).collect()
}

fn pin(stay: &mut Stay, n: Option<u64>) -> Vec<Option<ParticipantId>> {
    pinned(&stay.tell(Input::Change(Change::Pin(n.map(id)))))
}

#[test]
fn someone_pinned_who_comes_back_is_large_again() {
    let mut stay = Stay::settled_with(&[2, 3]);
    assert_eq!(pin(&mut stay, Some(2)), [Some(id(2))]);
    assert_eq!(pin(&mut stay, Some(2)), [], "no news");
    let gone = SignalingEvent::Left { participant: id(2), reason: LeaveReason::Left };
    assert_eq!(pinned(&stay.signaling(gone)), [None]);
    assert_eq!(pinned(&stay.tell(joined(2, 7))), [Some(id(2))]);
    assert_eq!(pin(&mut stay, None), [None]);
    let bye = stay.tell(message(2, PeerMessage::Goodbye {}));
    assert_eq!(pinned(&bye), []);
}

#[test]
fn a_stranger_cannot_be_pinned() {
    let mut stay = Stay::settled_with(&[2]);
    assert_eq!(pin(&mut stay, Some(9)), []);
    assert_eq!(pinned(&stay.tell(joined(9, 9))), []);
}
