//! On a desktop with a tray, closing the window in a call does not end the call. The person is told once. The other
//! participant sees and hears them all the time, and the menu of the tray shows the window with the meeting again.
#![cfg(target_os = "linux")]

use crate::support::listening::{assert_heard, clock, listen_on, listening};
use crate::support::notifications::Shown;
use crate::support::tray::{TrayHost, TrayMenu};
use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

const GOES_ON: &str =
    "The call goes on. Holdfast is in the tray; leave from there, or open the window again.";

/// As the button in its frame does it. A window that is only minimised still exists.
async fn close(ada: &AppWindow, desktop: &Desktop) {
    ada.run("window.__TAURI_INTERNALS__.invoke('close_window');").await;
    eventually_async("the desktop has no window of it", PATIENCE, async || {
        (!desktop.has_window("Holdfast")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_leaves_the_call_in_the_tray() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let (host, bus_of_host) = TrayHost::on(&desktop).await;
    let (shown, bus) = Shown::on(&desktop).await;
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let link = ada.link();
    host.wait_for_an_icon().await;
    // Otherwise the person would be told that Bo joined, too.
    eventually_async("somebody looks", PATIENCE, async || {
        (ada.run("return document.hasFocus();").await == true).then_some(())
    })
    .await;
    let mut bo = Bot::join(&programs, &link, "Bo", &listening("pattern:20", "tone:330"));
    let before = ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let tray = TrayMenu::of(&desktop).await;
    let before_closing = clock(&bo);

    close(&ada, &desktop).await;
    shown.wait_for(&[GOES_ON]).await;
    listen_on(&mut bo);
    assert!(!desktop.has_window("Holdfast"), "no person asked for it");
    tray.choose("Show Holdfast").await;
    let _seen = desktop.wait_for_window("Holdfast");
    let after = ada.wait_for_pictures(2, 10).await;
    let people = |tiles: &[holdfast_testkit::Tile]| {
        tiles.iter().map(|tile| (tile.participant.clone(), tile.microphone, tile.camera)).collect::<Vec<_>>()
    };
    assert_eq!(people(&after), people(&before));
    let after_showing = listen_on(&mut bo);
    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    let of_ada = report.of("Ada");
    assert_heard(of_ada, before_closing, after_showing);
    assert!(of_ada.gaps.is_empty(), "the picture went on: {:?}", of_ada.gaps);
    let states: Vec<_> = of_ada.states.iter().map(|change| change.state.as_str()).collect();
    assert!(!states.contains(&"reconnecting") && !states.contains(&"left"), "{states:?}");

    // The second time the person knows. A message about it would have come before Cy's.
    close(&ada, &desktop).await;
    let _cy = Bot::join(&programs, &link, "Cy", &sending("none", "tone:550"));
    shown.wait_for(&[GOES_ON, "Cy joined the meeting."]).await;
    tray.choose("Show Holdfast").await;
    let _seen = desktop.wait_for_window("Holdfast");
    ada.close().await;
    drop((bus, bus_of_host));
}
