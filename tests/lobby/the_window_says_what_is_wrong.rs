//! Bad links and servers as a person sees them: a code for programs, a sentence for people, and a window that is ready
//! for the next attempt.

use crate::support::{joining, sending};
use holdfast_protocol::{MeetingLink, Secret};
use holdfast_testkit::{
    AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async, free_port,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_what_is_wrong() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let mut host = Bot::host(&programs, "Ada", &sending("pattern:120", "tone:440"));
    let good = host.link();
    let mut wrong: MeetingLink = good.parse().unwrap();
    wrong.secret = Secret::from_bytes([9; 32]);
    let nowhere = format!("holdfast://join/127.0.0.1:{}/room#{}", free_port(), "A".repeat(43));

    for (link, code) in [
        ("holdfast://join/127.0.0.1/room#x", "link_port_missing"),
        (&nowhere, "unreachable"),
        (&wrong.to_string(), "wrong_secret"),
    ] {
        let window =
            AppWindow::open(&programs, &desktop, &AppOptions::new(&joining(link, "Bo", "pattern", "none")))
                .await;
        let errors = window.wait_for_errors(&[code]).await;
        let [(_, sentence)] = &errors[..] else { panic!("one thing is wrong: {errors:?}") };
        let secret = link.split_once('#').unwrap().1;
        assert!(sentence.len() > 20 && sentence.ends_with('.'), "a sentence: {sentence}");
        assert!(!sentence.contains(code) && !sentence.contains(secret), "for people: {sentence}");
        // The window is usable: it shows the home screen, and a meeting can be entered.
        let ready = "return document.querySelector('[data-testid=\"home-host\"]')?.disabled === false";
        eventually_async("home", PATIENCE, async || window.run(ready).await.as_bool().filter(|ready| *ready))
            .await;
        window.close().await;
    }

    // The people in the meeting saw none of it, and the good link still works.
    let window =
        AppWindow::open(&programs, &desktop, &AppOptions::new(&joining(&good, "Bo", "pattern", "none")))
            .await;
    window.wait_for_pictures(2, 5).await;
    host.wait_until_received("Bo", 5, None);
    let (_, report) = host.end();
    assert_eq!(report.remotes.len(), 1);
}
