//! Bad links and servers: each has a typed error, and the people in the meeting do not notice.

use crate::support::raw_client::RawClient;
use crate::support::sending;
use holdfast_protocol::{MeetingLink, limits};
use holdfast_testkit::{Bot, Programs, free_port};

/// Runs a bot that cannot take part, and returns its exit status and what it says on standard error.
fn refused(link: &str) -> (Option<i32>, String) {
    let (status, lines) = Bot::join(&Programs::beside_tests(), link, "Guest", &[]).finish_without_report();
    (status.code(), lines.join("\n"))
}

#[test]
fn a_malformed_link_is_named_for_what_is_wrong_with_it() {
    let secret = "A".repeat(43);
    for (link, reason) in [
        ("https://example.com".to_owned(), "does not begin with holdfast://"),
        (format!("holdfast://join/127.0.0.1/room#{secret}"), "has no port"),
        (format!("holdfast://join/127.0.0.1:1/ROOM#{secret}"), "the room in the link"),
        ("holdfast://join/127.0.0.1:1/room".to_owned(), "after # is missing"),
        ("holdfast://join/127.0.0.1:1/room#shorter1".to_owned(), "is not complete"),
    ] {
        let (status, said) = refused(&link);
        assert_eq!(status, Some(2), "{link}: {said}");
        assert!(said.contains(reason), "{link}: {said}");
        assert!(!said.contains(&secret), "a secret has no place in what a program says: {said}");
    }
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    let link = format!("holdfast://join/127.0.0.1:{}/room#{}", free_port(), "A".repeat(43));
    let (status, said) = refused(&link);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("error: unreachable:"), "{said}");
}

#[test]
fn a_wrong_secret_is_refused_and_does_not_disturb_the_others() {
    let programs = Programs::beside_tests();
    let mut ada = Bot::host(&programs, "Ada", &sending("pattern:120", "tone:440"));
    let link = ada.link();
    let mut grace = Bot::join(&programs, &link, "Grace", &sending("pattern:20", "tone:330"));
    grace.wait_until_received("Ada", 5, None);

    let mut wrong: MeetingLink = link.parse().unwrap();
    wrong.secret = holdfast_protocol::Secret::from_bytes([7; 32]);
    let (status, said) = refused(&wrong.to_string());
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("error: wrong_secret:"), "{said}");

    ada.wait_until_received("Grace", 30, Some(330.0));
    for bot in [grace, ada] {
        let (status, report) = bot.end();
        assert!(status.success());
        assert_eq!(report.remotes.len(), 1, "the refused one was never seen");
        assert!(report.remotes[0].gaps.is_empty(), "{:?}", report.remotes[0].gaps);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_lets_no_one_else_in() {
    let programs = Programs::beside_tests();
    let host = Bot::host(&programs, "Ada", &["--video", "none"]);
    let text = host.link();
    let link: MeetingLink = text.parse().unwrap();
    let mut others = Vec::new();
    for n in 1..limits::ROOM_PARTICIPANTS as u64 {
        let mut client = RawClient::connect(&link).await;
        client.join(&link, n).await;
        others.push(client);
    }
    let (status, said) = refused(&text);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("error: room_full:"), "{said}");
}
