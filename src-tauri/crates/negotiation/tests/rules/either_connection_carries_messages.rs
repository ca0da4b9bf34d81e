//! Without the server, whatever control channel is open on a connected path will do, also that of the previous
//! connection for a message about the new one.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms, names};
use holdfast_negotiation::{Action, Config, Input, TransportState};
use holdfast_terms::Generation;

fn control(generation: Generation, open: bool) -> Input {
    Input::ControlOpen { generation, open }
}

#[test]
fn the_offer_of_the_new_one_goes_out_while_the_old_one_has_a_channel() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(control(Generation::FIRST, true));
    solo.input(Input::Signaling(false));
    solo.input(Input::AddressChanged);
    let actions = solo.answer_ops();
    assert!(
        actions.iter().any(|a| matches!(a, Action::Send { generation: Generation(2), .. })),
        "{actions:?}"
    );
    let snapshot = solo.snapshot();
    assert!(snapshot.reachable && !snapshot.control_open && snapshot.previous.unwrap().control_open);
}

#[test]
fn without_a_channel_attempts_wait_for_one() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(control(Generation::FIRST, true));
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    solo.input(Input::Transport { generation: Generation(1), state: TransportState::Disconnected });
    solo.input(Input::Signaling(false));
    assert!(!solo.snapshot().reachable, "a channel on a path that does not answer");
    solo.pass(ms(10_000));
    solo.answer_ops();
    assert_eq!(solo.generation(), Generation(2));
    solo.input(Input::Transport { generation: Generation(1), state: TransportState::Connected });
    assert!(solo.snapshot().reachable);
    let order = names(&solo.answer_ops());
    assert!(order.contains(&"create connection") && order.contains(&"send offer"), "{order:?}");
    assert_eq!(solo.generation(), Generation(3));
}

#[test]
fn a_channel_that_opens_lets_waiting_attempts_go_at_once() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    solo.input(Input::Signaling(false));
    solo.pass(ms(4_000));
    solo.answer_ops();
    assert_eq!(solo.generation(), Generation(2));
    solo.input(control(Generation::FIRST, true));
    assert_eq!(solo.generation(), Generation(3));
    solo.answer_ops();
    solo.input(control(Generation::FIRST, false));
    assert!(!solo.snapshot().reachable);
}

#[test]
fn an_address_change_without_the_server_is_survived_over_the_old_path() {
    for seed in 0..20 {
        let mut pair = Pair::new(seed);
        pair.control = true;
        pair.pass(ms(5_000));
        for side in 0..2 {
            pair.signaling(side, false);
        }
        pair.input(0, Input::AddressChanged);
        pair.pass(ms(2_000));
        pair.assert_whole();
        assert_eq!(pair.snapshot(1).generation, Generation(2));
    }
}
