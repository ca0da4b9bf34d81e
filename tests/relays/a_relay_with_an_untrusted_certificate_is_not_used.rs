//! Another server answers at the address of a relay, with a certificate that is not trusted. The app sends it nothing,
//! no meeting goes through it, and the log says why.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{Trust, pair_before_a_relay_over_tls, states};
use holdfast_testkit::{Bot, PATIENCE, eventually};

/// How often each must be refused: the relay is tried again as long as there is no other way.
const TRIES: usize = 3;

fn wait_until_refused(bot: &Bot) {
    let why = |line: &&String| line.contains("no way to the TURN server") && line.contains("Certificate");
    eventually("the reason in the log", PATIENCE, || {
        (bot.lines().iter().filter(why).count() >= TRIES).then_some(())
    });
}

#[test]
fn a_relay_with_an_untrusted_certificate_is_not_used() {
    let Some(pair) = pair_before_a_relay_over_tls(Trust::Another) else { return };
    wait_until_refused(&pair.ada);
    wait_until_refused(&pair.bo);
    let relay = pair.lines_of_relay();
    assert!(relay.iter().any(|line| line.contains("tls connected to")), "it was tried");
    assert!(!relay.iter().any(|line| line.contains("incoming packet")), "no client sent it anything");
    let (ada, bo) = pair.end();
    for (remote, bytes) in [(ada.of("Bo"), ada.of("Bo").bytes_in), (bo.of("Ada"), bo.of("Ada").bytes_in)] {
        assert!(!states(remote).contains(&"connected"), "{:?}", remote.states);
        assert_eq!((remote.frames_received, bytes), (0, 0), "{}", remote.name);
    }
}
