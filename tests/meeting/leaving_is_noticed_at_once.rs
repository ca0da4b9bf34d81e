//! A participant that is told to end says goodbye first, so the others need no timeout.

use std::time::{Duration, Instant};

use crate::support::sending;
use holdfast_testkit::{Bot, Programs};

/// Far below both timeouts: after 15 s a silent connection counts as dead, and someone who is away is kept for 60 s.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn leaving_is_noticed_at_once() {
    let programs = Programs::beside_tests();
    let mut ada = Bot::host(&programs, "Ada", &sending("pattern", "none"));
    let mut grace = Bot::join(&programs, &ada.link(), "Grace", &sending("pattern", "none"));
    grace.wait_until_received("Ada", 5, None);
    ada.wait_until_received("Grace", 5, None);

    let id = ada.id_of("Grace");
    let told = Instant::now();
    let (status, _) = grace.end();
    assert!(status.success(), "{status}");
    ada.wait_for_event("Grace leaves", |event| {
        (event["event"] == "left" && event["id"] == id.as_str()).then_some(())
    });
    assert!(told.elapsed() < AT_ONCE, "{:?}", told.elapsed());

    let (status, report) = ada.end();
    assert!(status.success(), "{status}");
    let states: Vec<_> = report.of("Grace").states.iter().map(|change| change.state.as_str()).collect();
    assert_eq!(states.last(), Some(&"left"));
    assert!(!states.contains(&"reconnecting"), "no one tries to reach a participant who left: {states:?}");
}
