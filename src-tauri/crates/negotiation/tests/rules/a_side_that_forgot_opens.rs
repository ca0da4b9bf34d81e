//! A side that begins with a later generation makes the first offer, polite or not, and the remote follows.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms, names};
use holdfast_negotiation::{Config, DescriptionKind, Input, limits};
use holdfast_terms::Generation;

fn again(local: &str, remote: &str, first_generation: Generation) -> Solo {
    let mut config = Config::new(local, remote, 1);
    config.first_generation = first_generation;
    Solo::new(config)
}

#[test]
fn it_offers_at_once_in_its_generation_whether_polite_or_not() {
    for (local, remote) in [(LOW, HIGH), (HIGH, LOW)] {
        let mut solo = again(local, remote, Generation(7));
        solo.input(Input::Start);
        assert_eq!(names(&solo.answer_ops()), ["create connection", "state", "create offer", "send offer"]);
        assert_eq!(solo.generation(), Generation(7));
    }
}

#[test]
fn an_offer_of_that_or_a_later_generation_that_came_before_is_answered_instead() {
    for generation in [Generation(7), Generation(9)] {
        let mut solo = again(HIGH, LOW, Generation(7));
        let offer = solo.description(DescriptionKind::Offer, None, solo.snapshot().wanted, "x");
        solo.remote(generation, offer);
        solo.input(Input::Start);
        let order = names(&solo.answer_ops());
        assert!(order.contains(&"send answer") && !order.contains(&"create offer"), "{order:?}");
        assert_eq!(solo.generation(), generation);
    }
}

#[test]
fn an_offer_of_an_older_generation_that_came_before_is_not() {
    let mut solo = again(HIGH, LOW, Generation(7));
    let offer = solo.description(DescriptionKind::Offer, None, solo.snapshot().wanted, "x");
    solo.remote(Generation(3), offer);
    solo.input(Input::Start);
    let order = names(&solo.answer_ops());
    assert!(order.contains(&"send offer") && !order.contains(&"send answer"), "{order:?}");
    assert_eq!(solo.generation(), Generation(7));
}

#[test]
fn impossible_generations_are_brought_into_range() {
    for (given, used) in
        [(Generation::NONE, Generation::FIRST), (Generation(u32::MAX), limits::GENERATION_MAX)]
    {
        let mut solo = again(LOW, HIGH, given);
        solo.input(Input::Start);
        assert_eq!(solo.generation(), used);
    }
}

#[test]
fn the_remote_follows_without_being_told_that_anything_happened() {
    for seed in 0..20 {
        for side in 0..2 {
            let mut pair = Pair::connected(seed);
            pair.crash_remembering(side);
            pair.pass(ms(3_000));
            pair.assert_whole();
            assert_eq!(pair.snapshot(0).generation, Generation(2));
        }
    }
}
