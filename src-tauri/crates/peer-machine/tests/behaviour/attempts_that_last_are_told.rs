//! The owner hears of attempts to get the connection back, at most a few times a second.

use holdfast_peer_machine::{HEARD_INTERVAL, PeerEvent};

use crate::pair::{Pair, SECOND};

#[test]
fn attempts_count_up_while_the_path_is_away_and_end_at_zero() {
    let mut pair = Pair::connected();
    pair.path_up = false;
    pair.drive(30 * SECOND);
    pair.path_up = true;
    pair.drive(30 * SECOND);
    let attempts = pair.ends[0].events.iter().filter_map(|(at, event)| match event {
        PeerEvent::Attempt(attempt) => Some((*at, *attempt)),
        _ => None,
    });
    let attempts = attempts.collect::<Vec<_>>();
    assert!(attempts.windows(2).all(|two| two[1].0 >= two[0].0 + HEARD_INTERVAL), "{attempts:?}");
    assert_eq!(attempts.first().map(|(_, attempt)| *attempt), Some(1));
    assert_eq!(attempts.last().map(|(_, attempt)| *attempt), Some(0));
}
