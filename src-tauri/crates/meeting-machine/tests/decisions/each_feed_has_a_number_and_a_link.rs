//! Two feeds of one person are two things to the page, and both come over the link to that person.

use holdfast_meeting_machine::{Effect, Event, FeedNumber, Input, LinkEvent, LinkRequest};
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{LeaveReason, TrackSource};
use holdfast_signaling_session::SignalingEvent;

use crate::stay::{Stay, asked, id, joined};

fn number(stay: &Stay, n: u64, source: TrackSource) -> FeedNumber {
    stay.view(n).unwrap().feeds.number(source)
}

#[test]
fn a_keyframe_is_asked_for_by_feed_over_the_link_that_carries_it() {
    let mut stay = Stay::settled_with(&[2, 3]);
    for source in [TrackSource::Camera, TrackSource::Screen] {
        let effects = stay.tell(Input::Keyframe(number(&stay, 3, source)));
        assert_eq!(asked(&effects, 3), [LinkRequest::Keyframe(source)]);
        assert_eq!(asked(&effects, 2), []);
    }
}

#[test]
fn a_keyframe_of_our_own_feed_is_made_here() {
    let mut stay = Stay::settled_with(&[2]);
    let own = stay.machine().me().feeds.number(TrackSource::Screen);
    assert_eq!(stay.tell(Input::Keyframe(own)), [Effect::OwnKeyframe(TrackSource::Screen)]);
    let wanted = stay.peer(2, PeerEvent::KeyframeRequested(TrackSource::Camera));
    assert_eq!(wanted, [Effect::OwnKeyframe(TrackSource::Camera)]);
}

#[test]
fn a_number_that_leads_nowhere_is_ignored() {
    let mut stay = Stay::settled_with(&[2]);
    let gone = number(&stay, 2, TrackSource::Camera);
    stay.signaling(SignalingEvent::Left { participant: id(2), reason: LeaveReason::Left });
    assert_eq!(stay.tell(Input::Keyframe(gone)), []);
    assert_eq!(stay.tell(Input::Keyframe(FeedNumber(u32::MAX))), []);
    stay.tell(joined(2, 7));
    assert_eq!(stay.tell(Input::Keyframe(gone)), [], "someone who comes back has new numbers");
}

#[test]
fn the_first_picture_of_each_feed_is_told_once() {
    let mut stay = Stay::settled_with(&[2]);
    let told = vec![Effect::Emit(Event::Participant(id(2)))];
    for source in [TrackSource::Screen, TrackSource::Camera] {
        assert_eq!(stay.peer(2, LinkEvent::FirstPicture(source)), told);
        assert_eq!(stay.peer(2, LinkEvent::FirstPicture(source)), []);
        assert!(stay.view(2).unwrap().feeds.get(source).has_picture);
    }
}

#[test]
fn what_a_link_says_that_was_given_up_counts_no_more() {
    let mut stay = Stay::settled_with(&[2]);
    let before = stay.key(2).unwrap();
    stay.signaling(SignalingEvent::Left { participant: id(2), reason: LeaveReason::Left });
    stay.tell(joined(2, 7));
    assert_ne!(stay.key(2), Some(before.clone()));
    let late = Input::Link { key: before, event: LinkEvent::FirstPicture(TrackSource::Camera) };
    assert_eq!(stay.tell(late), []);
}
