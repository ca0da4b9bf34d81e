//! A relay is reached over TCP only. When the stream to it is stuck, the same relayed address goes on over another
//! stream, and no sound from before the microphone was closed is heard.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{assert_media_state_is_right, relayed_pair};
use holdfast_testkit::net::Traffic;

#[test]
fn a_relay_goes_on_over_another_stream() {
    let Some(mut pair) = relayed_pair() else { return };
    // Without the signaling server, no restart can be negotiated: that would be another way back, and sometimes a
    // quicker one.
    pair.server.kill();
    pair.cut_for_five_seconds(Traffic::Everything);

    let taken_along = |line: &String| line.contains("a relay goes on over another stream");
    assert!(pair.bo.lines().iter().any(taken_along), "the stream that was stuck was waited for");
    let (ada, bo) = pair.end();
    assert_media_state_is_right(&ada, &bo);
}
