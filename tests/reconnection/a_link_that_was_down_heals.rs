//! A link goes down with everything on it. That shows as a badge, and heals when the link is up again.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{assert_media_state_is_right, pair};
use holdfast_testkit::net::LinkEnd;

#[test]
fn a_link_that_was_down_heals() {
    let Some(mut pair) = pair() else { return };
    pair.host.take_link_down(LinkEnd::Host).unwrap();
    pair.wait_for_badges();
    pair.bo.tell("microphone off");
    pair.host.bring_link_up(LinkEnd::Host).unwrap();
    pair.wait_until_healed();
    pair.wait_until_told_of_silence();

    let (ada, bo) = pair.end();
    assert_media_state_is_right(&ada, &bo);
}
