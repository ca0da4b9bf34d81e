//! The page is a view: loading it again in a call disturbs neither the call nor what is known of it.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};
use support::{hosting, sending};

#[tokio::test(flavor = "multi_thread")]
async fn reloading_the_page_changes_nothing() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let mut options = AppOptions::new(&hosting("Ada", "pattern:120", "tone:440"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "tone:330"));
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    // A state that the page would not guess.
    ada.click("control-microphone").await;
    let before =
        ada.wait_for_tiles("muted", |tiles| tiles.iter().any(|tile| tile.own && !tile.microphone)).await;

    for _ in 0..3 {
        ada.reload().await;
        let after = ada.wait_for_pictures(2, 10).await;
        let facts = |tiles: &[holdfast_testkit::Tile]| {
            let fact = |tile: &holdfast_testkit::Tile| {
                (tile.participant.clone(), tile.name.clone(), tile.own, tile.microphone, tile.camera)
            };
            tiles.iter().map(fact).collect::<Vec<_>>()
        };
        assert_eq!(facts(&after), facts(&before));
    }

    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    let seen = report.of("Ada");
    assert!(seen.gaps.is_empty(), "the picture went on: {:?}", seen.gaps);
    assert_eq!(seen.media_state.unwrap().revision, 2, "one change, by a person");
    let states: Vec<_> = seen.states.iter().map(|change| change.state.as_str()).collect();
    assert_eq!(states.iter().filter(|state| **state == "connected").count(), 1, "{states:?}");
    assert!(!states.contains(&"reconnecting") && !states.contains(&"left"), "{states:?}");
    ada.close().await;
}
