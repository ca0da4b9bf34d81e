//! The app is killed in a call and started again, and one press leads back into the call. For the others it is the same
//! person, with microphone and camera as before. What was closed stays closed at every moment.

use std::path::Path;

use crate::support::{joining, processes, sending, waiting};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};
use serde_json::Value;

/// Above this level there is sound, in dB relative to full scale.
const SOUND: f64 = -70.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_microphone_is_muted_after_a_crash_and_was_never_heard() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut bo = Bot::host(&programs, "Bo", &sending("pattern:20", "tone:330"));
    let link = bo.link();
    let ada = enter(&programs, &desktop, data.path(), &link, &[]).await;
    bo.wait_until_received("Ada", 10, Some(440.0));
    let id = bo.id_of("Ada");
    ada.click("control-microphone").await;
    wait_for_silence(&mut bo, &id);
    let silent_from = bo.lines().len();

    processes::crash(&ada);
    drop(ada);
    let ada = come_back(&programs, &desktop, data.path(), (false, true)).await;
    let tiles = ada.wait_for_pictures(2, 10).await;
    let own = tiles.iter().find(|tile| tile.own).unwrap();
    assert!(!own.microphone && own.camera, "{own:?}");
    assert_eq!(own.participant, id);
    wait_for_media(&mut bo, &id, (false, true));
    wait_for_more_pictures(&mut bo, &id, silent_from);

    for line in &bo.lines()[silent_from..] {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        if event["event"] == "receiving" && event["id"] == id.as_str() {
            assert!(event["dbfs"].as_f64().is_none_or(|level| level < SOUND), "a sound: {line}");
        }
    }
    // The test would have heard an open microphone: once a person opens it, there is sound.
    ada.click("control-microphone").await;
    bo.wait_until_received("Ada", 1, Some(440.0));
    let (_, report) = bo.end();
    assert_eq!(report.remotes.len(), 1, "one person: {:?}", report.remotes);
    assert_eq!(report.of("Ada").id, id);
    ada.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_microphone_is_open_after_a_crash_and_the_camera_still_off() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut bo = Bot::host(&programs, "Bo", &sending("pattern:20", "tone:330"));
    let link = bo.link();
    let ada = enter(&programs, &desktop, data.path(), &link, &["--camera", "off"]).await;
    bo.wait_until_received("Ada", 0, Some(440.0));
    let id = bo.id_of("Ada");
    processes::crash(&ada);
    drop(ada);
    wait_for_silence(&mut bo, &id);

    let ada = come_back(&programs, &desktop, data.path(), (true, false)).await;
    bo.wait_until_received("Ada", 0, Some(440.0));
    wait_for_media(&mut bo, &id, (true, false));
    let tiles = ada.wait_for_tiles("Bo", |tiles| tiles.len() == 2).await;
    let own = tiles.iter().find(|tile| tile.own).unwrap();
    assert!(own.microphone && !own.camera, "{own:?}");
    let (_, report) = bo.end();
    assert_eq!(report.of("Ada").id, id);
    assert_eq!(report.of("Ada").frames_received, 0, "no picture was ever sent");
    ada.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_crashed_opens_the_same_meeting_again_and_the_others_come_by_themselves() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let host = ["--host", "--print-link", "--name", "Ada", "--data-dir", folder];
    let arguments = [&host[..], &waiting("pattern:120", "tone:440")].concat();
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let link = ada.link();
    let mut bo = Bot::join(&programs, &link, "Bo", &sending("pattern:20", "tone:330"));
    bo.wait_until_received("Ada", 10, Some(440.0));
    let before = ada.wait_for_pictures(2, 10).await;
    let id = bo.id_of("Ada");
    let seen = bo.lines().len();
    processes::crash(&ada);
    drop(ada);
    bo.wait_for_event("the loss of the server", |event| {
        (event["event"] == "signaling" && event["state"] == "reconnecting").then_some(())
    });

    let ada = come_back(&programs, &desktop, data.path(), (true, true)).await;
    let after = ada.wait_for_pictures(2, 10).await;
    let ids = |tiles: &[holdfast_testkit::Tile]| {
        let mut ids: Vec<_> = tiles.iter().map(|tile| tile.participant.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&after), ids(&before), "the same two people");
    wait_for_more_pictures(&mut bo, &id, seen);
    let invite =
        ada.run(r#"return document.querySelector('[data-testid="meeting-invite"]').dataset.invite"#).await;
    assert_eq!(invite, link.as_str());
    let (_, report) = bo.end();
    assert_eq!(report.remotes.len(), 1, "{:?}", report.remotes);
    ada.close().await;
}

async fn enter(programs: &Programs, desktop: &Desktop, data: &Path, link: &str, more: &[&str]) -> AppWindow {
    let mut arguments = joining(link, "Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", data.to_str().unwrap()]);
    arguments.extend(more);
    AppWindow::open(programs, desktop, &AppOptions::new(&arguments)).await
}

/// Starts the app again, checks what the button promises, and presses it.
async fn come_back(
    programs: &Programs,
    desktop: &Desktop,
    data: &Path,
    (microphone, camera): (bool, bool),
) -> AppWindow {
    const PROMISED: &str = r#"
        const devices = document.querySelector('[data-testid="rejoin-devices"]');
        return devices ? [devices.dataset.microphone === 'true', devices.dataset.camera === 'true'] : null;
    "#;
    let mut arguments = waiting("pattern:120", "tone:440");
    arguments.extend(["--data-dir", data.to_str().unwrap()]);
    let window = AppWindow::open(programs, desktop, &AppOptions::new(&arguments)).await;
    let promised: (bool, bool) = eventually_async("the way back", PATIENCE, async || {
        serde_json::from_value(window.run(PROMISED).await).ok()
    })
    .await;
    assert_eq!(promised, (microphone, camera));
    window.click("rejoin").await;
    window
}

fn about(event: &Value, kind: &str, id: &str) -> bool {
    event["event"] == kind && event["id"] == id
}

fn wait_for_silence(bot: &mut Bot, id: &str) {
    bot.wait_for_event("silence", |event| {
        (about(event, "receiving", id) && event["dbfs"].as_f64()? < SOUND).then_some(())
    });
}

/// Waits until someone is shown as connected with these devices. They may be so already.
fn wait_for_media(bot: &mut Bot, id: &str, (microphone, camera): (bool, bool)) {
    let holds = |bot: &Bot| {
        let last = bot.lines().iter().rev().find_map(|line| {
            serde_json::from_str::<Value>(line).ok().filter(|event| about(event, "participant", id))
        });
        last.is_some_and(|event| {
            let media = &event["media"];
            let wanted = media["microphone"] == microphone && media["camera"] == camera;
            event["state"] == "connected" && wanted
        })
    };
    while !holds(bot) {
        let what = format!("news that leads to microphone {microphone}, camera {camera}, connected");
        bot.wait_for_event(&what, |event| about(event, "participant", id).then_some(()));
    }
}

/// Waits until more pictures arrived than at line `from` of the bot's output, and then some more.
fn wait_for_more_pictures(bot: &mut Bot, id: &str, from: usize) {
    let decoded = |line: &String| -> Option<u64> {
        let event: Value = serde_json::from_str(line).ok()?;
        about(&event, "receiving", id).then(|| event["frames_decoded"].as_u64())?
    };
    let before = bot.lines()[..from].iter().rev().find_map(decoded).unwrap_or(0);
    bot.wait_for_event("new pictures", |event| {
        (about(event, "receiving", id) && event["frames_decoded"].as_u64()? > before + 10).then_some(())
    });
}
