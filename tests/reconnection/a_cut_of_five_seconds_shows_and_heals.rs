//! Five seconds without UDP show as a badge at both ends, and the connection heals by itself. Afterwards both ends know
//! about all switches in between, and no sound comes from a closed microphone.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{assert_media_state_is_right, pair, states};
use holdfast_testkit::net::Traffic;

#[test]
fn a_cut_of_five_seconds_shows_and_heals() {
    let Some(mut pair) = pair() else { return };
    pair.cut_for_five_seconds(Traffic::Udp);

    let (ada, bo) = pair.end();
    assert_media_state_is_right(&ada, &bo);
    for (report, other) in [(&ada, "Bo"), (&bo, "Ada")] {
        assert!(
            states(report.of(other)).contains(&"reconnecting"),
            "{other}: {:?}",
            states(report.of(other))
        );
    }
}
