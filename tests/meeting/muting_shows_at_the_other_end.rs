//! Microphone and camera are switched in the window and by the other participant. Each switch shows at the other end,
//! and a muted microphone cannot be heard.

use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs, Tile};

fn of<'a>(tiles: &'a [Tile], name: &str) -> Option<&'a Tile> {
    tiles.iter().find(|tile| tile.name == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn muting_shows_at_the_other_end() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let mut options = AppOptions::new(&hosting("Ada", "pattern:120", "tone:440"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "tone:330"));
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));

    // From the window to the other participant.
    ada.click("control-microphone").await;
    wait_for_media(&mut bo, "Ada", (false, true));
    wait_for_level(&mut bo, "Ada", false);
    ada.click("control-camera").await;
    wait_for_media(&mut bo, "Ada", (false, false));
    ada.click("control-microphone").await;
    wait_for_media(&mut bo, "Ada", (true, false));
    wait_for_level(&mut bo, "Ada", true);
    ada.click("control-camera").await;
    wait_for_media(&mut bo, "Ada", (true, true));

    // From the other participant to the window.
    bo.tell("microphone off");
    ada.wait_for_tiles("Bo is muted", |tiles| of(tiles, "Bo").is_some_and(|bo| !bo.microphone && bo.camera))
        .await;
    bo.tell("camera off");
    ada.wait_for_tiles("Bo has no camera", |tiles| of(tiles, "Bo").is_some_and(|bo| !bo.camera)).await;
    bo.tell("microphone on");
    bo.tell("camera on");
    let back = |tiles: &[Tile]| of(tiles, "Bo").is_some_and(|bo| bo.microphone && bo.camera);
    ada.wait_for_tiles("Bo is back", back).await;
    ada.wait_for_pictures(2, 5).await;

    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    let media = report.of("Ada").media_state.unwrap();
    assert!(media.microphone && media.camera);
    assert_eq!(media.revision.get(), 5, "four changes, each with a revision of its own");
    ada.close().await;
}

fn wait_for_media(bot: &mut Bot, name: &str, (microphone, camera): (bool, bool)) {
    let what = format!("{name} with microphone {microphone} and camera {camera}");
    bot.wait_for_event(&what, |event| {
        let about = event["event"] == "participant" && event["name"] == name;
        let media = &event["media"];
        (about && media["microphone"] == microphone && media["camera"] == camera).then_some(())
    });
}

/// Waits until the bot hears someone, or digital silence of them.
fn wait_for_level(bot: &mut Bot, name: &str, heard: bool) {
    let id = bot.id_of(name);
    bot.wait_for_event(if heard { "sound" } else { "silence" }, |event| {
        let about = event["event"] == "receiving" && event["id"] == id.as_str();
        (about && (event["dbfs"].as_f64()? > -60.0) == heard).then_some(())
    });
}
