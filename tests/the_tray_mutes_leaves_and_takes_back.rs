//! The menu in the tray, chosen from as a desktop does: muting, leaving, and back into the meeting of before.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod support;

use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};
use support::tray::TrayMenu;
use support::{joining, sending};

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_mutes_leaves_and_takes_back() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut bo = Bot::host(&programs, "Bo", &sending("pattern:20", "tone:330"));
    let link = bo.link();
    let mut arguments = joining(&link, "Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    ada.wait_for_pictures(2, 5).await;
    let tray = TrayMenu::of(&desktop).await;

    let own = |tiles: &[holdfast_testkit::Tile], microphone: bool, camera: bool| {
        tiles.iter().any(|tile| tile.own && tile.microphone == microphone && tile.camera == camera)
    };
    tray.choose("Mute microphone").await;
    ada.wait_for_tiles("muted by the tray", |tiles| own(tiles, false, true)).await;
    tray.choose("Stop camera").await;
    ada.wait_for_tiles("camera stopped by the tray", |tiles| own(tiles, false, false)).await;
    tray.choose("Unmute microphone").await;
    ada.wait_for_tiles("unmuted by the tray", |tiles| own(tiles, true, false)).await;
    bo.wait_until_received("Ada", 0, Some(440.0));

    tray.choose("Leave meeting").await;
    ada.wait_for_tiles("no meeting", <[_]>::is_empty).await;
    let room = link.rsplit('/').next().unwrap().split('#').next().unwrap().to_owned();
    tray.choose(&room).await;
    ada.wait_for_pictures(2, 5).await;
    ada.close().await;
}
