//! The side that answers an ICE restart drops the path before the answer is out. While that path carries media, or its
//! control channel alone carries messages, a new connection is made beside it instead, by whichever side sees it first.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms, names, screen};
use holdfast_negotiation::{Action, Config, Input, PeerState, Tracks, TransportState};
use holdfast_terms::Generation;

fn without_the_server(config: Config) -> Solo {
    let mut solo = Solo::connected(config);
    solo.input(Input::ControlOpen { generation: Generation(1), open: true });
    solo.input(Input::Signaling(false));
    solo
}

#[test]
fn without_the_server_the_first_attempt_is_a_rebuild() {
    let mut solo = without_the_server(Config::new(LOW, HIGH, 1));
    solo.input(Input::Woke);
    assert_eq!(names(&solo.answer_ops()), ["rebuilt", "create connection", "create offer", "send offer"]);
    assert_eq!(solo.snapshot().state, PeerState::Connected);
}

#[test]
fn a_restart_that_comes_over_the_control_channel_is_met_with_a_new_connection() {
    let mut solo = without_the_server(Config::new(HIGH, LOW, 1));
    solo.remote_offers(Tracks::default(), "other");
    let actions = solo.answer_ops();
    assert!(!names(&actions).contains(&"apply offer"), "the path would be gone");
    assert!(actions.contains(&Action::Rebuilt { generation: Generation(2) }));
    assert_eq!(solo.snapshot().previous.unwrap().generation, Generation(1));
}

#[test]
fn a_restart_that_comes_while_media_flows_is_met_with_a_new_connection() {
    // Made in a break that is over: the server had it, or a channel that was stuck.
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(Tracks::default(), "other");
    assert!(solo.answer_ops().contains(&Action::Rebuilt { generation: Generation(2) }));
    assert_eq!(solo.snapshot().state, PeerState::Connected);
}

#[test]
fn a_restart_is_answered_where_the_path_is_broken_too() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.transport(TransportState::Disconnected);
    solo.answer_ops();
    solo.remote_offers(Tracks::default(), "other");
    assert!(names(&solo.answer_ops()).contains(&"send answer"));
    assert_eq!(solo.generation(), Generation::FIRST);
}

#[test]
fn an_offer_of_tracks_is_answered_as_ever() {
    let mut solo = without_the_server(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    assert_eq!(names(&solo.answer_ops()), ["apply offer", "create answer", "send answer", "task finished"]);
}

#[test]
fn an_offer_that_comes_after_a_restart_was_taken_back_is_met_with_a_new_connection() {
    // The library keeps the new credentials and puts them into its next description, whichever offer that answers.
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Woke);
    assert!(names(&solo.answer_ops()).contains(&"send offer"));
    solo.remote_offers(screen(), "first");
    let actions = solo.answer_ops();
    assert!(!names(&actions).contains(&"apply offer"), "the path would be gone");
    assert!(actions.contains(&Action::Rebuilt { generation: Generation(2) }));
    assert_eq!(solo.snapshot().state, PeerState::Connected);
}

#[test]
fn what_a_completed_restart_staged_is_no_reason_for_another_connection() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Woke);
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    assert!(names(&solo.answer_ops()).contains(&"send answer"));
    assert_eq!(solo.generation(), Generation::FIRST);
}

#[test]
fn two_who_wake_without_the_server_never_lose_their_media() {
    for seed in 0..20 {
        for both in [false, true] {
            let mut pair = Pair::new(seed);
            pair.control = true;
            pair.pass(ms(5_000));
            for side in 0..2 {
                pair.signaling(side, false);
            }
            pair.input(0, Input::Woke);
            if both {
                pair.input(1, Input::Woke);
            }
            for _ in 0..100 {
                pair.pass(ms(20));
                let carried =
                    pair.ends[0].driver.generations().into_iter().any(|generation| pair.flows(generation));
                assert!(carried, "seed {seed}");
            }
            pair.assert_whole();
        }
    }
}
