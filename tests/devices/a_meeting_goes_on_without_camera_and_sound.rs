//! No camera, no microphone, no speaker: the person is told, the others see the true state, and everything else works.

use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_goes_on_without_camera_and_sound() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    // There is no sound server on this desktop, and no camera on it.
    let options = AppOptions::new(&hosting("Ada", "camera", "microphone"));
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "tone:330"));

    ada.wait_for_errors(&["camera_unavailable", "microphone_unavailable", "speaker_unavailable"]).await;

    let tiles = ada
        .wait_for_tiles("Bo's picture", |tiles| {
            tiles.iter().any(|tile| tile.name == "Bo" && tile.frames >= 10)
        })
        .await;
    let own = tiles.iter().find(|tile| tile.own).unwrap();
    assert!(!own.microphone && !own.camera, "the page shows what is true: {own:?}");

    bo.wait_for_event("the truth about Ada", |event| {
        let about =
            event["event"] == "participant" && event["name"] == "Ada" && event["state"] == "connected";
        let media = &event["media"];
        (about && media["microphone"] == false && media["camera"] == false).then_some(())
    });
    let (status, _) = bo.end();
    assert!(status.success(), "everything that was promised came: {status}");
    ada.close().await;
}
