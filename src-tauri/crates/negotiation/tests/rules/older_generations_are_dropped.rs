//! Messages of an older generation are dropped and counted; a newer one makes us rebuild to it.

use crate::solo::{HIGH, LOW, Solo, candidate, ms, names, results, screen};
use holdfast_negotiation::{
    Action, Config, DescriptionKind, Input, Message, PeerState, TaskResult, Tracks, TransportState,
};
use holdfast_terms::Generation;

#[test]
fn older_and_impossible_ones_change_nothing() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    assert_eq!(solo.generation(), Generation(2));
    let offer = solo.description(DescriptionKind::Offer, None, screen(), "old");
    solo.remote(Generation::FIRST, offer.clone());
    solo.remote(Generation::FIRST, Message::Candidate(candidate("old")));
    solo.remote(Generation(0), offer.clone());
    solo.remote(Generation(u32::MAX), offer);
    assert_eq!(solo.actions(), []);
    let counters = solo.snapshot().counters;
    assert_eq!((counters.older_generation, counters.impossible_generation), (3, 1));
}

#[test]
fn a_newer_offer_is_answered_on_a_new_connection_of_that_generation() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    let offer = solo.description(DescriptionKind::Offer, None, screen(), "new");
    solo.remote(Generation(5), offer);
    let actions = solo.answer_ops();
    assert_eq!(actions[0], Action::Rebuilt { generation: Generation(5) });
    assert!(matches!(
        actions[1],
        Action::CreateConnection { generation: Generation(5), relay_only: false, .. }
    ));
    assert!(names(&actions).contains(&"send answer"));
    assert!(!names(&actions).contains(&"create offer"), "the side that rebuilt makes the offer");
    solo.transport(TransportState::Connected);
    assert_eq!((solo.snapshot().state, solo.snapshot().recovery), (PeerState::Connected, None));
    assert_eq!(solo.snapshot().remote_tracks, screen());
}

#[test]
fn a_newer_candidate_that_overtakes_its_offer_is_kept() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.remote(Generation(2), Message::Candidate(candidate("early")));
    solo.answer_ops();
    assert_eq!((solo.generation(), solo.snapshot().candidates_waiting), (Generation(2), 1));
    solo.remote_offers(Tracks::default(), "new");
    assert!(names(&solo.answer_ops()).contains(&"add candidate"));
}

#[test]
fn what_was_under_way_is_superseded_by_the_rebuild() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote(Generation(2), Message::Candidate(candidate("new")));
    assert_eq!(results(&solo.answer_ops())[0].1, TaskResult::Superseded);
    // The change itself is not lost: the answer carries it, or it is offered afterwards.
    solo.remote_offers(Tracks::default(), "new");
    solo.answer_ops();
    assert_eq!(solo.snapshot().negotiated, Some(screen()));
}

#[test]
fn reports_of_a_connection_that_is_gone_are_ignored() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::RemoteRestarted);
    solo.answer_ops();
    for state in [TransportState::Connected, TransportState::Failed] {
        solo.input(Input::Transport { generation: Generation(1), state });
    }
    solo.input(Input::LocalCandidate { generation: Generation(1), candidate: candidate("old") });
    solo.input(Input::MediaReceived { generation: Generation(1) });
    solo.input(Input::ControlOpen { generation: Generation(1), open: true });
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().transport, TransportState::New);
    assert!(!solo.snapshot().control_open);
    assert_eq!(solo.snapshot().counters.late_reports, 5);
}

#[test]
fn a_crashed_side_is_led_to_the_generation_the_other_makes() {
    for crashed in 0..2 {
        let mut pair = crate::pair::Pair::connected(3);
        for _ in 0..3 {
            pair.input(1 - crashed, Input::AddressChanged);
            pair.pass(ms(2_000));
        }
        pair.crash(crashed, ms(100));
        pair.pass(ms(4_000));
        pair.assert_whole();
        assert_eq!(pair.snapshot(crashed).generation, Generation(5));
    }
}
