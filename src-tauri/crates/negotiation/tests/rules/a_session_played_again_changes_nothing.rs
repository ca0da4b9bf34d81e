//! Everything the remote ever said, said again in any order: it is dropped and counted.

use crate::solo::{HIGH, LOW, Solo, candidate, ms, screen, sent};
use holdfast_negotiation::{Action, Config, DescriptionKind, Input, Message, Tracks, limits};
use holdfast_terms::Generation;

/// A connection over two generations with exchanges both ways, and all the remote said.
fn lived(local: &str, remote: &str) -> (Solo, Vec<(Generation, Message)>) {
    let mut solo = Solo::connected(Config::new(local, remote, 1));
    let mut said = Vec::new();
    for generation in [Generation::FIRST, Generation(2)] {
        if generation > Generation::FIRST {
            solo.input(Input::AddressChanged);
        } else {
            solo.input(Input::Wanted(screen()));
            solo.pass(ms(150));
        }
        let number = sent(&solo.answer_ops())[0].number;
        for message in [
            solo.description(DescriptionKind::Answer, number, Tracks::default(), "first"),
            Message::Candidate(candidate("a")),
            solo.description(DescriptionKind::Offer, None, screen(), "first"),
            Message::Candidate(candidate("b")),
        ] {
            solo.remote(generation, message.clone());
            solo.answer_ops();
            said.push((generation, message));
        }
    }
    solo.transport(holdfast_negotiation::TransportState::Connected);
    solo.answer_ops();
    (solo, said)
}

#[test]
fn once_or_a_thousand_times() {
    for (local, remote) in [(LOW, HIGH), (HIGH, LOW)] {
        let (mut solo, said) = lived(local, remote);
        let before = solo.snapshot();
        assert_eq!((before.generation, before.recovery.as_ref()), (Generation(2), None));
        let mut added = 0;
        for round in 0..1_000 {
            for at in 0..said.len() {
                let (generation, message) = said[(at * 5 + round) % said.len()].clone();
                solo.remote(generation, message);
                for action in solo.answer_ops() {
                    // A candidate cannot be told from one that is found again; there is an end to them.
                    assert!(matches!(action, Action::AddRemoteCandidate { .. }), "{action:?}");
                    added += 1;
                }
            }
        }
        assert!(added < limits::CANDIDATES_PER_DESCRIPTION, "{added}");
        let mut after = solo.snapshot();
        let counters = after.counters.clone();
        assert_eq!(counters.older_generation, 4_000);
        assert_eq!(counters.repeated_descriptions + counters.late_answers, 2_000);
        assert_eq!(counters.candidates_dropped + added, 2_000);
        after.counters = before.counters.clone();
        assert_eq!(after, before);
    }
}
