//! A client that sends nonsense to the server gets an error and is disconnected. A meeting on the same server goes on.

use crate::support::raw_client::RawClient;
use crate::support::sending;
use holdfast_protocol::{MeetingLink, limits};
use holdfast_testkit::{Bot, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn hostile_frames_do_not_disturb_a_meeting() {
    let programs = Programs::beside_tests();
    let mut ada = Bot::host(&programs, "Ada", &sending("pattern:120", "tone:440"));
    let text = ada.link();
    let mut grace = Bot::join(&programs, &text, "Grace", &sending("pattern:20", "tone:330"));
    grace.wait_until_received("Ada", 5, None);
    let link: MeetingLink = text.parse().unwrap();

    let too_large =
        format!("{{\"type\":\"ping\",\"nonce\":1,\"x\":\"{}\"}}", "x".repeat(limits::FRAME_BYTES));
    for (frame, expected) in [
        (r#"{"type":"hello","version":99,"client":"test"}"#, "unsupported_version"),
        (r#"{"type":"dance"}"#, "unknown_type"),
        ("not json", "malformed"),
        (r#"{"type":"hello","version":"one"}"#, "malformed"),
        ("[[[[[[[[[[", "malformed"),
        (&too_large, "frame_too_large"),
    ] {
        let mut client = RawClient::connect(&link).await;
        client.send(frame).await;
        let code = client.next_error().await;
        assert_eq!(code, expected, "{:.60}", frame);
    }
    // After a proper hello and join, too.
    for (n, frame, expected) in [
        (101, r#"{"type":"dance"}"#, "unknown_type"),
        (102, r#"{"type":"relay","seq":1,"to":"nobody","generation":1,"payload":""}"#, "malformed"),
        (103, &too_large, "frame_too_large"),
    ] {
        let mut client = RawClient::connect(&link).await;
        client.join(&link, n).await;
        client.send(frame).await;
        assert_eq!(client.next_error().await, expected, "{:.60}", frame);
    }

    ada.wait_until_received("Grace", 60, Some(330.0));
    grace.wait_until_received("Ada", 60, Some(440.0));
    for (bot, other) in [(grace, "Ada"), (ada, "Grace")] {
        let (_, report) = bot.end();
        let remote = report.of(other);
        assert!(remote.gaps.is_empty(), "{:?}", remote.gaps);
        let states: Vec<_> = remote.states.iter().map(|change| change.state.as_str()).collect();
        assert!(!states.contains(&"reconnecting"), "{states:?}");
    }
}
