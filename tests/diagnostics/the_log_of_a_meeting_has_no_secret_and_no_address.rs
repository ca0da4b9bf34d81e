//! The log of all programs during a whole meeting, at the most detailed level of our own crates, contains no secret of
//! the meeting, no session description and no address.

use crate::support::{hosting, sending};
use holdfast_protocol::MeetingLink;
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

const TALKATIVE: &str = "off,holdfast=trace";

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_meeting_has_no_secret_and_no_address() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", folder]);
    let options = AppOptions::new(&arguments).with("HOLDFAST_LOG", TALKATIVE);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let text = ada.link();
    let link: MeetingLink = text.parse().unwrap();
    let mut bo = Bot::join_with_log(&programs, &text, "Bo", &sending("pattern:20", "tone:330"), TALKATIVE);
    ada.wait_for_pictures(2, 10).await;
    bo.wait_until_received("Ada", 10, Some(440.0));
    ada.click("control-microphone").await;
    bo.tell("camera off");
    ada.wait_for_tiles("a change", |tiles| tiles.iter().any(|tile| tile.name == "Bo" && !tile.camera)).await;
    // A participant with a wrong secret, and the end.
    let mut wrong = link.clone();
    wrong.secret = holdfast_protocol::Secret::from_bytes([9; 32]);
    let refused = Bot::join_with_log(&programs, &wrong.to_string(), "No", &[], TALKATIVE);
    let (_, mut log) = refused.finish_without_report();
    let (status, _) = bo.end_and_keep(&mut log);
    assert!(status.success());
    ada.click("control-leave").await;
    let lines = ada.lines();
    ada.close().await;

    // The link is printed on request. Everything else that was printed is log.
    log.extend(lines.into_iter().filter(|line| !line.starts_with("holdfast://")));
    let file = std::fs::read_to_string(data.path().join("holdfast.log")).unwrap();
    assert!(file.contains("holdfast"), "there is a log to look at");
    log.extend(file.lines().map(str::to_owned));
    assert!(log.len() > 20, "{} lines are no whole meeting", log.len());

    let secrets = [link.secret.to_base64url(), wrong.secret.to_base64url()];
    for line in &log {
        for secret in &secrets {
            assert!(!line.contains(secret), "the secret: {line}");
        }
        for mark in
            ["v=0", "a=", "m=audio", "candidate:", "ufrag", "pwd", "fingerprint", "typ host", "BEGIN "]
        {
            assert!(!line.contains(mark), "a session description ({mark}): {line}");
        }
        let words = line.split(|c: char| !(c.is_alphanumeric() || "._:".contains(c)));
        for word in words {
            assert!(!is_address(word), "an address ({word}): {line}");
        }
    }
}

/// Whether a word is an IP address, alone or with a port. Times of day and paths of modules have colons too. An IPv6
/// address has two in a row, and only hexadecimal digits beside them.
fn is_address(word: &str) -> bool {
    let v4 = |word: &str| word.parse::<std::net::Ipv4Addr>().is_ok();
    let v6 = |word: &str| word.contains("::") && word.len() > 2 && word.parse::<std::net::Ipv6Addr>().is_ok();
    v4(word) || v6(word) || word.rsplit_once(':').is_some_and(|(host, _)| v4(host) || v6(host))
}

#[test]
fn addresses_are_recognised_and_times_are_not() {
    for word in ["127.0.0.1", "10.0.0.7:5000", "::1", "fe80::1", "2001:db8::1:443"] {
        assert!(is_address(word), "{word}");
    }
    for word in ["12:30:59", "0.1.0", "1.2", "::", "02:07:58.209612", "a", "holdfast_peer::actor"] {
        assert!(!is_address(word), "{word}");
    }
}
