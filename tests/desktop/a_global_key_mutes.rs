//! Keys that work while any app has the keyboard: one mutes, and one lets the person talk while they hold it.
#![cfg(target_os = "linux")]

use crate::support::hosting;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs, Tile};

#[tokio::test(flavor = "multi_thread")]
async fn a_global_key_mutes() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let chosen = r#"{ "shortcuts": { "mute": "Control+Shift+M", "pushToTalk": "F9" } }"#;
    std::fs::write(data.path().join("preferences.json"), chosen).unwrap();
    let mut options = AppOptions::new(&hosting("Ada", "none", "tone:440"));
    let folder = data.path().to_str().unwrap().to_owned();
    options.arguments.extend(["--sink".into(), "none".into(), "--data-dir".into(), folder]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let open =
        |wanted: bool| move |tiles: &[Tile]| tiles.iter().any(|tile| tile.own && tile.microphone == wanted);
    ada.wait_for_tiles("in the meeting", open(true)).await;
    // No window has the keyboard, only the root window.
    desktop.wait_for_window("Holdfast").minimise();

    desktop.xdotool(&["key", "ctrl+shift+m"]);
    ada.wait_for_tiles("muted", open(false)).await;
    desktop.xdotool(&["keydown", "F9"]);
    ada.wait_for_tiles("talking", open(true)).await;
    desktop.xdotool(&["keyup", "F9"]);
    ada.wait_for_tiles("not talking", open(false)).await;
    desktop.xdotool(&["key", "ctrl+shift+m"]);
    ada.wait_for_tiles("open again", open(true)).await;
    ada.close().await;
}
