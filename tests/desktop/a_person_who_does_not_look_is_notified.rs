//! When a person joins while the window is out of sight, the desktop says so. It also says, once, that a call goes on
//! without its window.
#![cfg(target_os = "linux")]

use crate::support::notifications::Shown;
use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

/// There is no tray here.
const GOES_ON: &str = "The call goes on. Open the window again to leave it.";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_does_not_look_is_notified() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let (shown, bus) = Shown::on(&desktop).await;

    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "none", "tone:330");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let link = ada.link();
    let in_the_window = async |looking: bool| {
        let looks = async || (ada.run("return document.hasFocus();").await == looking).then_some(());
        eventually_async(if looking { "looking" } else { "not looking" }, PATIENCE, looks).await;
    };
    in_the_window(true).await;
    let _bo = Bot::join(&programs, &link, "Bo", &sending("none", "tone:440"));
    ada.wait_for_tiles("Bo is there", |tiles| tiles.len() == 2).await;

    // Bo joined while the window was visible. His message would have come before Cy's.
    desktop.wait_for_window("Holdfast").minimise();
    in_the_window(false).await;
    let _cy = Bot::join(&programs, &link, "Cy", &sending("none", "tone:440"));
    shown.wait_for(&["Cy joined the meeting."]).await;

    // As the window manager's button does it, twice: the second time the person knows.
    ada.run("window.__TAURI_INTERNALS__.invoke('close_window');").await;
    shown.wait_for(&["Cy joined the meeting.", GOES_ON]).await;
    ada.run("window.__TAURI_INTERNALS__.invoke('close_window');").await;
    let _di = Bot::join(&programs, &link, "Di", &sending("none", "tone:440"));
    shown.wait_for(&["Cy joined the meeting.", GOES_ON, "Di joined the meeting."]).await;
    ada.close().await;
    drop(bus);
}
