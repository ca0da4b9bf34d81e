//! The signaling server is killed and comes back with no memory. No participant loses a picture or a state.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{assert_media_state_is_right, assert_never_left_connected, pair};
use holdfast_testkit::Bot;

#[test]
fn a_killed_signaling_server_does_not_disturb_a_meeting() {
    let Some(mut pair) = pair() else { return };
    pair.server.kill();
    for bot in [&mut pair.ada, &mut pair.bo] {
        wait_for_signaling(bot, "reconnecting");
    }
    pair.bo.tell("microphone off");
    pair.wait_until_told_of_silence();
    pair.server.start_again();
    for bot in [&mut pair.ada, &mut pair.bo] {
        wait_for_signaling(bot, "connected");
    }
    pair.wait_for_new_pictures();

    let (ada, bo) = pair.end();
    assert_media_state_is_right(&ada, &bo);
    assert_never_left_connected(ada.of("Bo"));
    assert_eq!(ada.remotes.len(), 1, "Bo is the same as before");
}

fn wait_for_signaling(bot: &mut Bot, state: &str) {
    bot.wait_for_event(&format!("signaling {state}"), |event| {
        (event["event"] == "signaling" && event["state"] == state).then_some(())
    });
}
