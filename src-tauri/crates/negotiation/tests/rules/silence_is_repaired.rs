//! "Connected" without media is noticed after 2 s and repaired; a remote that has nothing to send is left alone.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms, names};
use holdfast_negotiation::{Action, Cause, Config, Input, PeerState, Tracks, TransportState};
use holdfast_terms::Generation;

fn hearing() -> Solo {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::MediaExpected(true));
    for _ in 0..10 {
        solo.pass(ms(500));
        solo.input(Input::MediaReceived { generation: Generation(1) });
    }
    assert_eq!(solo.actions(), []);
    solo
}

#[test]
fn media_that_stops_is_trouble_after_2_s_and_shows() {
    let mut solo = hearing();
    solo.pass(ms(1_999));
    assert_eq!(solo.actions(), []);
    solo.pass(ms(1));
    assert_eq!(names(&solo.answer_ops()), ["create restart offer", "state", "send offer"]);
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
    assert_eq!(solo.snapshot().recovery.unwrap().cause, Cause::Silence);
}

#[test]
fn a_restart_by_the_remote_does_not_hide_that_media_is_missing() {
    let mut solo = hearing();
    solo.pass(ms(1_900));
    // The remote noticed first; its restart resets what our side would have noticed by itself.
    solo.transport(TransportState::Connecting);
    solo.pass(ms(100));
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
}

#[test]
fn a_restart_by_the_remote_that_is_quick_is_not_felt() {
    let mut solo = hearing();
    solo.pass(ms(1_500));
    solo.transport(TransportState::Connecting);
    solo.pass(ms(300));
    solo.transport(TransportState::Connected);
    solo.input(Input::MediaReceived { generation: Generation(1) });
    solo.pass(ms(1_900));
    assert_eq!(solo.snapshot().state, PeerState::Connected);
    assert_eq!(solo.snapshot().recovery, None);
}

#[test]
fn connected_means_that_media_came_back() {
    let mut solo = hearing();
    solo.transport(TransportState::Disconnected);
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    solo.transport(TransportState::Connected);
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting, "one direction may be dead");
    solo.input(Input::MediaReceived { generation: Generation(1) });
    assert_eq!(solo.snapshot().state, PeerState::Connected);
}

#[test]
fn media_that_comes_back_by_itself_ends_it() {
    let mut solo = hearing();
    solo.pass(ms(2_000));
    solo.input(Input::MediaReceived { generation: Generation(1) });
    assert_eq!(solo.snapshot().state, PeerState::Connected);
}

#[test]
fn nothing_is_wrong_while_the_remote_sends_nothing() {
    let mut solo = hearing();
    solo.input(Input::MediaExpected(false));
    solo.pass(ms(600_000));
    assert_eq!(solo.actions(), []);
}

#[test]
fn a_remote_that_says_it_sends_but_does_not_is_chased_three_times_and_then_believed() {
    let mut pair = Pair::connected(1);
    pair.deaf = [true, false];
    pair.pass(ms(30_000));
    assert_eq!(pair.snapshot(0).state, PeerState::Connected);
    // The other side hears us and keeps its path: it meets each restart with a new connection.
    assert_eq!(pair.snapshot(0).counters.ice_restarts, 2);
    assert_eq!(pair.snapshot(0).generation, Generation(4));
    pair.pass(ms(600_000));
    assert_eq!(pair.snapshot(0).generation, Generation(4), "it goes on without end");
    // Media comes, and goes again: this is news.
    pair.deaf = [false, false];
    pair.pass(ms(2_000));
    pair.deaf = [true, false];
    pair.pass(ms(2_600));
    assert_eq!(pair.snapshot(0).state, PeerState::Reconnecting);
    pair.heal();
    pair.pass(ms(5_000));
    pair.assert_whole();
}

#[test]
fn a_keyframe_is_asked_for_when_media_is_back() {
    let mut solo = hearing();
    solo.pass(ms(2_000));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    solo.input(Input::MediaReceived { generation: Generation(1) });
    assert!(solo.actions().contains(&Action::RequestKeyframe { generation: Generation(1) }));
}
