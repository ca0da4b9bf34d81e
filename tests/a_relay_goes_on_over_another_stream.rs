//! A relay that is reached over TCP only: once the stream to it is stuck, the same relayed address goes on over another
//! stream, and nothing is heard that was said before the microphone was closed.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use holdfast_testkit::net::Traffic;
use support::broken_network::{assert_media_state_is_right, relayed_pair};

#[test]
fn a_relay_goes_on_over_another_stream() {
    let Some(mut pair) = relayed_pair() else { return };
    let (block, cut) = (pair.host.block(Traffic::Everything).unwrap(), Instant::now());
    pair.wait_for_badges();
    pair.bo.tell("microphone off");
    std::thread::sleep(Duration::from_secs(5).saturating_sub(cut.elapsed()));
    block.lift().unwrap();
    pair.wait_until_healed();
    pair.wait_until_told_of_silence();

    let taken_along = |line: &String| line.contains("a relay goes on over another stream");
    assert!(pair.bo.lines().iter().any(taken_along), "the stream that was stuck was waited for");
    let (ada, bo) = pair.end();
    assert_media_state_is_right(&ada, &bo);
}
