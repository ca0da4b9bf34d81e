//! Full screen by key and by menu, as the window manager sees it. Escape ends it, and the next start does not remember
//! it.
#![cfg(target_os = "linux")]

use std::process::Command;

use crate::support::hosting;
use fantoccini::key::Key;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, eventually_async};

/// Whether X says that the main window fills the screen.
fn fills(desktop: &Desktop) -> bool {
    let mut command = Command::new("xprop");
    command.args(["-name", "Holdfast", "_NET_WM_STATE"]).env("DISPLAY", desktop.display());
    let told = String::from_utf8(command.output().unwrap().stdout).unwrap();
    told.contains("_NET_WM_STATE_FULLSCREEN")
}

async fn wait_until_it_fills(desktop: &Desktop, wanted: bool) {
    let what = if wanted { "the screen is filled" } else { "the window is one of many" };
    eventually_async(what, PATIENCE, async || (fills(desktop) == wanted).then_some(())).await;
}

/// Presses a key on the page's element with the focus.
async fn press(window: &AppWindow, key: Key) {
    let focused = window.page().active_element().await.unwrap();
    focused.send_keys(&char::from(key).to_string()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_fills_the_screen_and_comes_back() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "none", "none");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    ada.wait_for_tiles("in the meeting", |tiles| tiles.len() == 1).await;
    ada.click("control-fullScreen").await;
    wait_until_it_fills(&desktop, true).await;
    // A page that was reloaded knows the state of its window. Open dialogs close first.
    ada.reload().await;
    ada.wait_for_tiles("in the meeting again", |tiles| tiles.len() == 1).await;
    ada.click("control-people").await;
    press(&ada, Key::Escape).await;
    eventually_async("the panel is closed", PATIENCE, async || {
        (ada.run("return document.querySelector('[data-testid=\"panel\"]') === null;").await == true)
            .then_some(())
    })
    .await;
    assert!(fills(&desktop));
    press(&ada, Key::Escape).await;
    wait_until_it_fills(&desktop, false).await;
    press(&ada, Key::F11).await;
    wait_until_it_fills(&desktop, true).await;
    press(&ada, Key::F11).await;
    wait_until_it_fills(&desktop, false).await;
    ada.close().await;
}
