//! A control channel that was given up on a path that answers comes back with a new connection beside the old one.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms, names};
use holdfast_negotiation::{Action, Cause, Config, Input, PeerState, TransportState};
use holdfast_terms::Generation;

fn with_channel(config: Config) -> Solo {
    let mut solo = Solo::connected(config);
    solo.input(Input::ControlOpen { generation: Generation(1), open: true });
    solo
}

fn close(solo: &mut Solo) {
    solo.input(Input::ControlOpen { generation: Generation(1), open: false });
}

#[test]
fn it_is_replaced_after_a_second_by_one_side_and_nobody_sees_it() {
    for (local, remote, after) in [(LOW, HIGH, 1_000), (HIGH, LOW, 2_000)] {
        let mut solo = with_channel(Config::new(local, remote, 1));
        close(&mut solo);
        solo.pass(ms(after - 1));
        assert_eq!(solo.actions(), []);
        solo.pass(ms(1));
        let actions = solo.answer_ops();
        assert_eq!(names(&actions), ["rebuilt", "create connection", "create offer", "send offer"]);
        assert_eq!(solo.snapshot().recovery.unwrap().cause, Cause::ControlClosed);
        assert_eq!(
            (solo.snapshot().state, solo.snapshot().previous.unwrap().generation),
            (PeerState::Connected, Generation(1))
        );
    }
}

#[test]
fn one_that_opens_again_or_was_never_open_is_no_reason() {
    let mut solo = with_channel(Config::new(LOW, HIGH, 1));
    close(&mut solo);
    solo.pass(ms(900));
    solo.input(Input::ControlOpen { generation: Generation(1), open: true });
    solo.pass(ms(60_000));
    assert_eq!(solo.actions(), []);
    let mut never = Solo::connected(Config::new(LOW, HIGH, 1));
    close(&mut never);
    never.pass(ms(60_000));
    assert_eq!(never.actions(), []);
}

#[test]
fn it_waits_for_a_way_to_say_so() {
    let mut solo = with_channel(Config::new(LOW, HIGH, 1));
    solo.input(Input::Signaling(false));
    close(&mut solo);
    solo.pass(ms(60_000));
    assert_eq!(solo.actions(), []);
    solo.input(Input::Signaling(true));
    solo.pass(ms(1_000));
    assert!(names(&solo.answer_ops()).contains(&"rebuilt"));
}

#[test]
fn one_that_closed_while_the_path_was_down_is_replaced_when_that_is_back() {
    let mut solo = with_channel(Config::new(LOW, HIGH, 1));
    solo.input(Input::Signaling(false));
    solo.transport(TransportState::Disconnected);
    solo.actions();
    close(&mut solo);
    solo.transport(TransportState::Connected);
    assert_eq!(solo.snapshot().recovery, None, "media is back");
    solo.input(Input::Signaling(true));
    solo.pass(ms(1_000));
    assert!(solo.answer_ops().contains(&Action::Rebuilt { generation: Generation(2) }));
}

#[test]
fn two_ends_that_lose_it_at_once_make_one_connection() {
    for seed in 0..20 {
        let mut pair = Pair::new(seed);
        pair.control = true;
        pair.pass(ms(5_000));
        for side in 0..2 {
            pair.input(side, Input::ControlOpen { generation: Generation(1), open: false });
        }
        pair.pass(ms(5_000));
        pair.assert_whole();
        for side in 0..2 {
            assert_eq!(pair.snapshot(side).generation, Generation(2));
            assert!(pair.snapshot(side).control_open);
            assert!(!pair.ends[side].states.contains(&PeerState::Reconnecting));
        }
    }
}
