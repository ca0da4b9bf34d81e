//! Two people behind firewalls that let no UDP pass see and hear each other through a relay that accepts only TLS.
#![cfg(target_os = "linux")]

use crate::support::assert_got;
use crate::support::broken_network::pair_relayed_over_tls;

#[test]
fn a_relay_that_is_reached_over_tls_alone_carries_a_meeting() {
    let Some(pair) = pair_relayed_over_tls() else { return };
    let relay = pair.lines_of_relay();
    let (ada, bo) = pair.end();
    assert_got(ada.of("Bo"), 330.0);
    assert_got(bo.of("Ada"), 440.0);
    let opened: Vec<_> = relay.iter().filter(|line| line.contains(": new, realm=")).collect();
    assert!(opened.len() >= 2, "a relayed address for each: {opened:?}");
    assert!(opened.iter().all(|line| line.contains("method=TLSv1.3")), "{opened:?}");
}
