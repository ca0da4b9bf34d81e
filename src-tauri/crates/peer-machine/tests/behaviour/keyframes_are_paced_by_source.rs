//! The owner hears which source of ours needs a keyframe, at once and then not too often.

use holdfast_negotiation::TrackSource;
use holdfast_peer_machine::{Action, Command, Input, KEYFRAME_INTERVAL, PeerEvent};
use holdfast_protocol::Generation;

use crate::pair::{MS, Pair, SECOND};

fn requested(pair: &Pair, source: TrackSource) -> usize {
    pair.ends[0].told(&PeerEvent::KeyframeRequested(source))
}

#[test]
fn several_requests_for_one_loss_are_told_twice_at_most() {
    let mut pair = Pair::connected();
    for _ in 0..5 {
        pair.input(0, Input::KeyframeWanted { source: TrackSource::Camera });
        pair.drive(10 * MS);
    }
    assert_eq!(requested(&pair, TrackSource::Camera), 1, "the first at once");
    pair.drive(KEYFRAME_INTERVAL);
    assert_eq!(requested(&pair, TrackSource::Camera), 2);
    pair.drive(SECOND);
    assert_eq!(requested(&pair, TrackSource::Camera), 2);
}

#[test]
fn a_request_for_one_source_does_not_hold_back_another_and_sound_has_none() {
    let mut pair = Pair::connected();
    for source in [TrackSource::Camera, TrackSource::Screen, TrackSource::Microphone] {
        pair.input(0, Input::KeyframeWanted { source });
    }
    assert_eq!(requested(&pair, TrackSource::Camera), 1);
    assert_eq!(requested(&pair, TrackSource::Screen), 1);
    assert_eq!(requested(&pair, TrackSource::Microphone), 0);
}

#[test]
fn a_path_that_comes_up_needs_a_keyframe_of_every_shown_source() {
    let mut pair = Pair::new();
    pair.command(0, Command::SetScreen(true));
    pair.drive(SECOND);
    assert_eq!(requested(&pair, TrackSource::Camera), 1);
    assert_eq!(requested(&pair, TrackSource::Screen), 1);
}

#[test]
fn the_remote_is_asked_for_the_source_that_is_named() {
    let mut pair = Pair::connected();
    let source = Some(TrackSource::Screen);
    pair.command(0, Command::RequestKeyframe(source));
    let asked = Action::AskKeyframe { generation: Generation(1), source };
    assert_eq!(pair.ends[0].done.iter().filter(|(_, action)| *action == asked).count(), 1);
}
