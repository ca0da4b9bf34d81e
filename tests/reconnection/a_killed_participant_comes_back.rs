//! The process of a participant is killed, and a new one takes its place. The others see the same person again, and no
//! one has to do anything.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{pair, states};

#[test]
fn a_killed_participant_comes_back() {
    let Some(mut pair) = pair() else { return };
    pair.bo.kill();
    pair.wait_for_ada("reconnecting");
    pair.bo = pair.another_bo();
    pair.bo.wait_until_received("Ada", 5, Some(440.0));
    pair.wait_for_ada("connected");
    pair.wait_for_new_pictures();
    let (ada, bo) = pair.end();
    assert_eq!(ada.remotes.len(), 1, "Bo is one person: {:?}", states(ada.of("Bo")));
    assert_eq!(ada.of("Bo").media_state, bo.media_states.last().map(|change| change.media));
}
