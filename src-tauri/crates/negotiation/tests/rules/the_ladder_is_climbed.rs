//! ICE restart at once and again after about 3 s, rebuild, relay only if there is one, then failed with retries in
//! the background; a success starts over.

use std::time::Duration;

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms, names};
use holdfast_negotiation::{Action, Config, Input, PeerState, Rung, TransportState};
use holdfast_terms::Generation;

/// Rungs taken and when, in ms since the cut, until the state is failed.
fn climb(relay: bool) -> (Solo, Vec<(u64, &'static str)>) {
    let mut config = Config::new(LOW, HIGH, 7);
    config.relay = relay;
    let mut solo = Solo::connected(config);
    let began = solo.now;
    solo.transport(TransportState::Disconnected);
    let mut taken = Vec::new();
    while solo.snapshot().state != PeerState::Failed {
        for action in solo.answer_ops() {
            let at = u64::try_from((solo.now - began).as_millis()).unwrap();
            match action {
                Action::CreateOffer { ice_restart: true, .. } => taken.push((at, "restart")),
                Action::CreateConnection { relay_only: false, .. } => taken.push((at, "rebuild")),
                Action::CreateConnection { relay_only: true, .. } => taken.push((at, "relay")),
                _ => {}
            }
        }
        solo.pass(ms(10));
        assert!(solo.now - began < Duration::from_secs(60), "never failed");
    }
    (solo, taken)
}

#[test]
fn rung_by_rung_about_every_3_s() {
    for relay in [false, true] {
        let (solo, taken) = climb(relay);
        let rungs: Vec<_> = taken.iter().map(|(_, rung)| *rung).collect();
        let mut expected = vec!["restart", "restart", "rebuild", "rebuild", "rebuild"];
        expected.extend(relay.then_some("relay"));
        assert_eq!(rungs, expected);
        assert_eq!(taken[0].0, 0, "the first is at once");
        for pair in taken.windows(2) {
            let pause = pair[1].0 - pair[0].0;
            assert!((2_800..=3_700).contains(&pause), "{pause} ms");
        }
        assert_eq!(solo.snapshot().recovery.unwrap().rung, Rung::Background);
    }
}

#[test]
fn an_outstanding_offer_is_rolled_back_before_the_next_restart() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.transport(TransportState::Disconnected);
    assert_eq!(names(&solo.answer_ops()), ["create restart offer", "state", "send offer"]);
    solo.pass(ms(3_200));
    assert_eq!(
        names(&solo.answer_ops()),
        ["task finished", "roll back", "create restart offer", "send offer"]
    );
}

#[test]
fn failed_goes_on_in_the_background_with_growing_random_pauses_up_to_30_s() {
    let (mut solo, _) = climb(false);
    let mut last = solo.now;
    let mut pauses = Vec::new();
    for _ in 0..60_000 {
        solo.pass(ms(10));
        if solo.answer_ops().iter().any(|a| matches!(a, Action::CreateConnection { .. })) {
            pauses.push(solo.now - last);
            last = solo.now;
        }
        assert_eq!(solo.snapshot().state, PeerState::Failed);
    }
    // Each attempt has its own 3 s before the pause is drawn.
    let longest = pauses.iter().max().unwrap();
    assert!(*longest <= Duration::from_millis(33_500), "{longest:?}");
    assert!(*longest >= Duration::from_secs(15), "{longest:?}");
    assert!(pauses[0] <= Duration::from_millis(2_100), "{pauses:?}");
    let mut distinct = pauses.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), pauses.len(), "{pauses:?}");
}

#[test]
fn in_the_background_relay_and_direct_take_turns() {
    let (mut solo, _) = climb(true);
    let mut relayed = Vec::new();
    for _ in 0..12_000 {
        solo.pass(ms(10));
        for action in solo.answer_ops() {
            if let Action::CreateConnection { relay_only, .. } = action {
                relayed.push(relay_only);
            }
        }
    }
    assert!(relayed.len() > 3);
    assert!(relayed.windows(2).all(|w| w[0] != w[1]), "{relayed:?}");
}

#[test]
fn retry_starts_over_at_once() {
    let (mut solo, _) = climb(false);
    solo.answer_ops();
    solo.input(Input::Retry);
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
    assert!(names(&solo.answer_ops()).contains(&"send offer"));
    assert_eq!(solo.snapshot().recovery.unwrap().failed, 0);
}

#[test]
fn retry_makes_a_first_connection_anew_whose_offer_may_be_lost() {
    let mut solo = Solo::impolite();
    solo.input(Input::Start);
    solo.answer_ops();
    solo.pass(ms(5_000));
    solo.input(Input::Retry);
    let names = names(&solo.answer_ops());
    assert!(names.contains(&"create connection") && names.contains(&"send offer"), "{names:?}");
    assert_eq!((solo.generation(), solo.snapshot().state), (Generation(2), PeerState::Connecting));
}

#[test]
fn retry_leaves_a_connection_that_works_alone() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Retry);
    assert_eq!(solo.actions(), []);
}

#[test]
fn a_success_resets_the_ladder_and_asks_for_a_keyframe() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    for _ in 0..4 {
        solo.transport(TransportState::Disconnected);
        solo.pass(ms(4_000));
        solo.answer_ops();
        assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
        assert_eq!(solo.snapshot().recovery.unwrap().failed, 1, "counted from the start each time");
        solo.transport(TransportState::Connected);
        assert!(names(&solo.actions()).contains(&"keyframe"));
        assert_eq!((solo.snapshot().state, solo.generation()), (PeerState::Connected, Generation(1)));
        solo.answer_ops();
        solo.remote_answers(solo.snapshot().wanted);
        solo.answer_ops();
        solo.pass(ms(40_000));
        assert_eq!(solo.actions(), []);
    }
}

#[test]
fn cuts_of_any_length_are_survived_and_both_ends_agree() {
    for seconds in [1, 3, 5, 8, 13, 21, 45, 90] {
        for seed in 0..5 {
            let mut pair = Pair::connected(seed);
            pair.path_up = false;
            pair.pass(Duration::from_secs(seconds));
            pair.path_up = true;
            pair.pass(Duration::from_secs(120));
            pair.assert_whole();
        }
    }
}

#[test]
fn a_path_that_is_back_within_the_first_attempts_is_used_within_one_of_them() {
    for seed in 0..20 {
        let mut pair = Pair::connected(seed);
        pair.path_up = false;
        pair.pass(ms(4_000 + seed * 400));
        pair.path_up = true;
        pair.pass(ms(5_000));
        pair.assert_whole();
    }
}

#[test]
fn a_first_connection_that_does_not_come_within_5_s_of_its_exchange_is_restarted() {
    let mut solo = Solo::impolite();
    solo.input(Input::Start);
    solo.answer_ops();
    solo.remote_answers(solo.snapshot().wanted);
    solo.answer_ops();
    solo.pass(ms(4_999));
    assert_eq!(solo.actions(), []);
    solo.pass(ms(1));
    assert_eq!(names(&solo.answer_ops()), ["create restart offer", "send offer"]);
    assert_eq!(solo.snapshot().state, PeerState::Connecting);
}

#[test]
fn a_transport_that_goes_back_to_connecting_and_stays_there_is_noticed() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.transport(TransportState::Connecting);
    solo.pass(ms(4_900));
    solo.transport(TransportState::Connected);
    solo.pass(ms(20_000));
    assert_eq!(names(&solo.answer_ops()), ["keyframe"]);
    solo.transport(TransportState::Connecting);
    solo.pass(ms(5_000));
    assert_eq!(names(&solo.answer_ops()), ["create restart offer", "state", "send offer"]);
}

#[test]
fn an_attempt_of_the_remote_gets_its_full_time_and_counts() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.transport(TransportState::Disconnected);
    solo.answer_ops();
    solo.pass(ms(2_800));
    solo.answer_ops();
    let message =
        solo.description(holdfast_negotiation::DescriptionKind::Offer, None, solo.snapshot().wanted, "x");
    solo.remote(Generation(2), message);
    solo.answer_ops();
    let recovery = solo.snapshot().recovery.unwrap();
    assert_eq!((recovery.attempt, recovery.failed, recovery.rung), (2, 1, Rung::Rebuild));
    solo.pass(ms(2_800));
    assert_eq!(names(&solo.answer_ops()), [""; 0], "the remote's attempt is cut short");
    assert_eq!(solo.generation(), Generation(2));
}

#[test]
fn a_path_that_comes_at_the_end_of_an_attempt_has_a_second_for_its_media() {
    let late = || {
        let mut solo = Solo::connected(Config::new(LOW, HIGH, 7));
        solo.input(Input::MediaExpected(true));
        solo.transport(TransportState::Disconnected);
        solo.pass(ms(solo.timer("attempt").unwrap() - 100));
        solo.answer_ops();
        solo.transport(TransportState::Connected);
        solo
    };
    let mut solo = late();
    solo.pass(ms(990));
    assert_eq!(solo.snapshot().recovery.unwrap().attempt, 1);
    solo.input(Input::MediaReceived { generation: Generation(1) });
    assert!(solo.snapshot().recovery.is_none());
    let mut solo = late();
    solo.pass(ms(1_010));
    assert_eq!(solo.snapshot().recovery.unwrap().attempt, 2, "no longer");
}

#[test]
fn a_path_that_comes_at_the_end_of_a_pause_has_it_too() {
    let late = || {
        let (mut solo, _) = climb(false);
        solo.input(Input::MediaExpected(true));
        solo.pass(ms(solo.timer("backoff").unwrap().saturating_sub(50)));
        solo.answer_ops();
        solo.transport(TransportState::Connected);
        let generation = solo.generation();
        (solo, generation)
    };
    let (mut solo, generation) = late();
    solo.pass(ms(990));
    assert_eq!(solo.generation(), generation);
    solo.input(Input::MediaReceived { generation });
    assert!(solo.snapshot().recovery.is_none());
    let (mut solo, generation) = late();
    solo.pass(ms(1_010));
    assert_eq!(solo.generation(), generation.next(), "no longer");
}
