//! Two ends connect with one exchange, without a glare, and a change of tracks reaches the other end.

use std::time::Duration;

use crate::pair::Pair;
use holdfast_negotiation::{TrackSource, Tracks};
use holdfast_terms::Generation;

#[test]
fn a_join_costs_one_exchange_and_no_glare() {
    let pair = Pair::connected(1);
    for side in 0..2 {
        let counters = pair.snapshot(side).counters;
        assert_eq!((counters.negotiations, counters.glares, counters.rollbacks), (1, 0, 0));
        assert_eq!(pair.snapshot(side).generation, Generation(1));
    }
}

#[test]
fn either_end_may_add_and_take_away_a_screen() {
    for side in 0..2 {
        let mut pair = Pair::connected(1);
        let shared = Tracks::default().with(TrackSource::Screen, true);
        pair.want(side, shared);
        pair.pass(Duration::from_secs(1));
        pair.assert_whole();
        assert_eq!(pair.snapshot(1 - side).remote_tracks, shared);
        pair.want(side, Tracks::default());
        pair.pass(Duration::from_secs(1));
        pair.assert_whole();
        assert_eq!(pair.snapshot(1 - side).remote_tracks, Tracks::default());
    }
}

#[test]
fn both_ends_may_share_at_the_same_moment() {
    let mut pair = Pair::connected(1);
    let shared = Tracks::default().with(TrackSource::Screen, true);
    pair.want(0, shared);
    pair.want(1, shared);
    pair.pass(Duration::from_secs(3));
    pair.assert_whole();
    assert_eq!(pair.snapshot(0).counters.ignored_offers, 1);
    assert_eq!(pair.snapshot(1).counters.rollbacks, 1);
    assert_eq!(pair.snapshot(1).remote_tracks, shared);
}

#[test]
fn remotes_that_do_not_number_their_descriptions_are_understood() {
    for seed in 0..20 {
        let mut pair = Pair::new(seed);
        pair.numbered = false;
        pair.pass(Duration::from_secs(5));
        let shared = Tracks::default().with(TrackSource::Screen, true);
        pair.want(0, shared);
        pair.want(1, shared);
        pair.pass(Duration::from_secs(2));
        pair.path_up = false;
        pair.pass(Duration::from_secs(10));
        pair.path_up = true;
        pair.pass(Duration::from_secs(30));
        pair.assert_whole();
    }
}
