//! Two participants in processes of their own, over a real server and a real connection.

use crate::support::{assert_got, sending};
use holdfast_testkit::{Bot, Programs};

#[test]
fn two_participants_see_and_hear_each_other() {
    let programs = Programs::beside_tests();
    let mut ada = Bot::host(&programs, "Ada", &sending("pattern:120", "tone:440"));
    let mut grace = Bot::join(&programs, &ada.link(), "Grace", &sending("pattern:20", "tone:330"));
    grace.wait_until_received("Ada", 30, Some(440.0));
    ada.wait_until_received("Grace", 30, Some(330.0));

    let (status, report) = grace.end();
    assert!(status.success(), "{status}");
    assert_eq!(report.own.name, "Grace");
    assert_got(report.of("Ada"), 440.0);
    assert!(report.of("Ada").first_frame_ms.unwrap() >= report.joined_ms);

    let (status, report) = ada.end();
    assert!(status.success(), "{status}");
    assert_got(report.of("Grace"), 330.0);
    assert_eq!(report.of("Grace").states.last().unwrap().state, "left");
}
