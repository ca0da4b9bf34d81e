//! A desktop chooses from the menu of the tray: it mutes, which the icon shows, leaves, goes back into the meeting, and
//! ends the app.
#![cfg(target_os = "linux")]

use crate::support::tray::TrayMenu;
use crate::support::{joining, processes, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

/// The icon, once it differs from all of these.
async fn picture_other_than(tray: &TrayMenu, others: &[&[u8]]) -> Vec<u8> {
    eventually_async("another icon", PATIENCE, async || {
        tray.picture().await.filter(|picture| !others.contains(&picture.as_slice()))
    })
    .await
}

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
    // First the menu changes, then the icon, and then the menu again, for the next step.
    tray.wait_for("Unmute microphone").await;
    tray.choose("Stop camera").await;
    ada.wait_for_tiles("camera stopped by the tray", |tiles| own(tiles, false, false)).await;
    tray.wait_for("Start camera").await;
    let muted = tray.picture().await.unwrap();
    tray.choose("Unmute microphone").await;
    ada.wait_for_tiles("unmuted by the tray", |tiles| own(tiles, true, false)).await;
    let unmuted = picture_other_than(&tray, &[muted.as_slice()]).await;
    bo.wait_until_received("Ada", 0, Some(440.0));

    tray.choose("Leave meeting").await;
    ada.wait_for_tiles("no meeting", <[_]>::is_empty).await;
    picture_other_than(&tray, &[muted.as_slice(), unmuted.as_slice()]).await;
    let room = link.rsplit('/').next().unwrap().split('#').next().unwrap().to_owned();
    tray.choose(&room).await;
    ada.wait_for_pictures(2, 5).await;

    // Skips earlier lines, because an earlier goodbye does not count.
    bo.new_events();
    tray.quit().await;
    processes::wait_for_end(&ada);
    bo.wait_for_event("a goodbye", |event| (event["event"] == "left").then_some(()));
}
