//! Every order of everything, within small bounds: whatever arrives when, is lost or comes twice, and whatever is
//! wanted meanwhile, two machines end stable with the same tracks, and every way comes to an end.
//!
//! The bounds here are visited in seconds. The larger ones take up to a minute each and are run on demand:
//! `cargo test -p holdfast-negotiation --test rules every_interleaving_settles -- --ignored --nocapture`

use crate::explored::{Bounds, explorer::explore};

const CONNECTED: Bounds = Bounds {
    changes: [0, 0],
    addresses: [0, 0],
    lost: 0,
    repeated: 0,
    early: 0,
    candidates: false,
    connected: true,
    free: false,
};

/// Prints how many states there are; fewer than `at_least` would mean that something is not tried any more.
fn settles(at_least: usize, bounds: Bounds) {
    match explore(&bounds) {
        Ok(explored) => {
            println!("{explored:?} within {bounds:?}");
            assert!(explored.states >= at_least, "{explored:?}");
        }
        Err(counterexample) => panic!("{counterexample:?}\nwithin {bounds:?}"),
    }
}

#[test]
fn of_three_changes_each_one_lost_and_one_repeated_message() {
    settles(700_000, Bounds { changes: [3, 3], lost: 1, repeated: 1, ..CONNECTED });
}

#[test]
fn of_two_changes_each_of_any_track_and_one_lost_message() {
    settles(100_000, Bounds { changes: [2, 2], lost: 1, free: true, ..CONNECTED });
}

#[test]
fn of_a_timer_that_fires_too_early() {
    settles(400_000, Bounds { changes: [1, 1], lost: 1, repeated: 1, early: 1, free: true, ..CONNECTED });
}

#[test]
fn of_candidates_among_the_descriptions() {
    settles(
        250_000,
        Bounds { changes: [1, 1], lost: 1, repeated: 1, candidates: true, free: true, ..CONNECTED },
    );
}

#[test]
fn of_the_first_connection() {
    settles(12_000, Bounds { changes: [1, 1], lost: 1, repeated: 1, connected: false, ..CONNECTED });
}

#[test]
fn of_new_connections_beside_old_ones() {
    settles(100_000, Bounds { addresses: [2, 1], lost: 1, ..CONNECTED });
}

#[test]
#[ignore = "up to a minute"]
fn of_three_changes_each_of_any_track() {
    settles(550_000, Bounds { changes: [3, 3], free: true, ..CONNECTED });
}

#[test]
#[ignore = "up to a minute"]
fn of_new_connections_and_changes() {
    settles(1_200_000, Bounds { changes: [1, 1], addresses: [1, 1], free: true, ..CONNECTED });
}

#[test]
#[ignore = "up to a minute"]
fn of_candidates_and_a_timer_that_fires_too_early() {
    settles(1_600_000, Bounds { changes: [1, 1], early: 1, candidates: true, free: true, ..CONNECTED });
}
