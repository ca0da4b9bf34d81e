//! While the previous connection carries what is due, people see nothing of the new one being built; when it
//! stops, they do.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms};
use holdfast_negotiation::{Action, Config, Input, PeerState, TransportState};
use holdfast_terms::Generation;

fn rebuilding(media: bool) -> Solo {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::MediaExpected(media));
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    solo
}

#[test]
fn an_address_that_changed_without_harm_is_never_seen() {
    for seed in 0..20 {
        let mut pair = Pair::connected(seed);
        let before: Vec<_> = pair.ends.iter().map(|end| end.states.clone()).collect();
        pair.input(0, Input::AddressChanged);
        pair.pass(ms(3_000));
        pair.assert_whole();
        let after: Vec<_> = pair.ends.iter().map(|end| end.states.clone()).collect();
        assert_eq!(before, after);
        assert_eq!(pair.snapshot(0).generation, Generation(2));
    }
}

#[test]
fn media_that_stops_on_the_old_one_is_seen_after_2_s_and_media_that_comes_back_too() {
    let mut solo = rebuilding(true);
    solo.pass(ms(1_000));
    solo.input(Input::MediaReceived { generation: Generation(1) });
    solo.pass(ms(1_999));
    assert_eq!(solo.snapshot().state, PeerState::Connected);
    assert!(solo.snapshot().previous.unwrap().carries_media);
    solo.pass(ms(1));
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
    assert!(!solo.snapshot().previous.unwrap().carries_media);
    solo.input(Input::MediaReceived { generation: Generation(1) });
    assert_eq!(solo.snapshot().state, PeerState::Connected);
}

#[test]
fn the_2_s_go_on_counting_across_the_rebuild() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::MediaExpected(true));
    solo.input(Input::MediaReceived { generation: Generation(1) });
    solo.pass(ms(1_500));
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    solo.pass(ms(500));
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
}

#[test]
fn a_path_that_stops_answering_is_seen_at_once_and_asked_for_a_keyframe_when_it_is_back() {
    let mut solo = rebuilding(false);
    solo.pass(ms(60_000));
    solo.answer_ops();
    assert_eq!(solo.snapshot().state, PeerState::Connected, "attempts fail, but nothing is missing");
    solo.input(Input::Transport { generation: Generation(1), state: TransportState::Disconnected });
    assert_ne!(solo.snapshot().state, PeerState::Connected);
    solo.answer_ops();
    solo.input(Input::Transport { generation: Generation(1), state: TransportState::Connected });
    assert_eq!(solo.snapshot().state, PeerState::Connected);
    assert!(solo.actions().contains(&Action::RequestKeyframe { generation: Generation(1) }));
}

#[test]
fn a_path_that_is_back_counts_only_with_media_when_some_is_due() {
    let mut solo = rebuilding(true);
    for state in [TransportState::Disconnected, TransportState::Connected] {
        solo.input(Input::Transport { generation: Generation(1), state });
        assert_eq!(solo.snapshot().state, PeerState::Reconnecting, "{state:?}");
    }
    solo.input(Input::MediaReceived { generation: Generation(1) });
    assert_eq!(solo.snapshot().state, PeerState::Connected);
}

#[test]
fn an_address_that_was_replaced_is_back_without_waiting_for_the_old_path_to_die() {
    for seed in 0..20 {
        let mut pair = Pair::connected(seed);
        pair.replace_address(1);
        pair.pass(ms(1_000));
        pair.assert_whole();
    }
}
