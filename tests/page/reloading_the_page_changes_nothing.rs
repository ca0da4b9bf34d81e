//! The page only shows the call. Reloading it in a call changes nothing about the call, and all the time the other
//! participant sees and hears the person.

use crate::support::hosting;
use crate::support::listening::{assert_heard, clock, listen_on, listening};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs, Tile};

/// Reloads the page, and checks that it shows the same people with the same devices, in motion.
async fn reload(window: &AppWindow, before: &[Tile]) {
    let facts = |tiles: &[Tile]| {
        let fact = |tile: &Tile| {
            (tile.participant.clone(), tile.name.clone(), tile.own, tile.microphone, tile.camera)
        };
        tiles.iter().map(fact).collect::<Vec<_>>()
    };
    window.reload().await;
    let after = window.wait_for_pictures(2, 10).await;
    assert_eq!(facts(&after), facts(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn reloading_the_page_changes_nothing() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let mut options = AppOptions::new(&hosting("Ada", "pattern:120", "tone:440"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &listening("pattern:20", "tone:330"));
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let before = ada.tiles().await;
    let before_reloading = clock(&bo);
    for _ in 0..2 {
        reload(&ada, &before).await;
    }
    let after_reloading = listen_on(&mut bo);

    // A state that the page could not guess.
    ada.click("control-microphone").await;
    let before =
        ada.wait_for_tiles("muted", |tiles| tiles.iter().any(|tile| tile.own && !tile.microphone)).await;
    for _ in 0..2 {
        reload(&ada, &before).await;
    }

    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    let seen = report.of("Ada");
    assert_heard(seen, before_reloading, after_reloading);
    assert!(seen.gaps.is_empty(), "the picture went on: {:?}", seen.gaps);
    assert_eq!(seen.media_state.unwrap().revision.get(), 2, "one change, by a person");
    let states: Vec<_> = seen.states.iter().map(|change| change.state.as_str()).collect();
    assert_eq!(states.iter().filter(|state| **state == "connected").count(), 1, "{states:?}");
    assert!(!states.contains(&"reconnecting") && !states.contains(&"left"), "{states:?}");
    ada.close().await;
}
