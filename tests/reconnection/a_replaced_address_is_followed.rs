//! The address of a participant is silently replaced by one of another network. The meeting goes on.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{assert_media_state_is_right, pair};

#[test]
fn a_replaced_address_is_followed() {
    let Some(mut pair) = pair() else { return };
    pair.host.replace_address().unwrap();
    pair.bo.tell("microphone off");
    pair.wait_for_new_pictures();
    pair.wait_until_told_of_silence();

    let (ada, bo) = pair.end();
    assert_media_state_is_right(&ada, &bo);
    assert_eq!(ada.remotes.len(), 1, "Bo is the same as before");
    // The app noticed the change itself. After a mere silence, a restart would come before the new connection.
    let made = bo.of("Ada").connection.unwrap();
    assert!(made.rebuilds >= Some(1) && made.ice_restarts == Some(0), "{made:?}");
}
