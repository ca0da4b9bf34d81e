//! The window is closed in a call, and starting the app once more opens it again. All the time the other participant
//! sees and hears the person, and comes out of their speaker.
#![cfg(target_os = "linux")]

use crate::support::joining;
use crate::support::listening::{assert_heard, assert_unbroken, clock, listen_on, listening};
use crate::support::processes::start_again;
use holdfast_testkit::pulse::Pulse;
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_keeps_the_call() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let (data, sound) = (tempfile::tempdir().unwrap(), Pulse::start().unwrap());
    let mut bo = Bot::host(&programs, "Bo", &listening("pattern:20", "tone:330"));
    let link = bo.link();
    let mut arguments = joining(&link, "Ada", "pattern:120", "tone:440");
    arguments.extend(["--data-dir", data.path().to_str().unwrap()]);
    let mut options = AppOptions::new(&arguments);
    // Keeps the desktop's own bus, on which the second start finds the first app.
    options.environment.extend(sound.env().into_iter().filter(|(name, _)| name.starts_with("PULSE_")));
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let speaker = sound.client().record().unwrap();
    speaker.wait_for(0.5, |heard| heard.level_of(330.0) > -25.0).unwrap();
    let (before_closing, played_before) = (clock(&bo), speaker.so_far().seconds());

    // The same event as from the button in the frame; this window manager has no key for it.
    ada.run("window.__TAURI_INTERNALS__.invoke('close_window');").await;
    eventually_async("the window is gone", PATIENCE, async || {
        (ada.run("return document.hidden;").await == true).then_some(())
    })
    .await;
    let decoded = |line: &String| {
        let event: serde_json::Value = serde_json::from_str(line).ok()?;
        event["frames_decoded"].as_u64()
    };
    let before = bo.lines().iter().filter_map(decoded).max().unwrap_or_default();
    bo.wait_for_event("more pictures without a window", |event| {
        (event["frames_decoded"].as_u64()? > before + 20).then_some(())
    });

    start_again(&programs, &desktop, data.path(), None);
    let _seen = desktop.wait_for_window("Holdfast");
    ada.wait_for_pictures(2, 10).await;
    let after_opening = listen_on(&mut bo);
    assert_unbroken(speaker, played_before, after_opening - before_closing);
    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    let of_ada = report.of("Ada");
    assert_heard(of_ada, before_closing, after_opening);
    assert!(of_ada.gaps.is_empty(), "the picture went on: {:?}", of_ada.gaps);
    let states: Vec<_> = of_ada.states.iter().map(|change| change.state.as_str()).collect();
    assert!(!states.contains(&"reconnecting") && !states.contains(&"left"), "{states:?}");
    ada.close().await;
}
