//! A process is stopped, as when the lid of a laptop closes. That shows as a badge, and the participant is back when
//! the process goes on.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{assert_media_state_is_right, pair};

#[test]
fn a_stopped_process_is_met_again() {
    let Some(mut pair) = pair() else { return };
    pair.bo.stop();
    pair.wait_for_ada("reconnecting");
    pair.bo.tell("microphone off");
    pair.bo.go_on();
    pair.wait_for_ada("connected");
    pair.wait_for_new_pictures();
    pair.wait_until_told_of_silence();

    let (ada, bo) = pair.end();
    assert_media_state_is_right(&ada, &bo);
}
