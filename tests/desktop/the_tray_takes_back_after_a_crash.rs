//! The app is killed in a call and started again. The tray offers the way back. The person takes it. The others see the
//! same person, with the microphone closed as before.
#![cfg(target_os = "linux")]

use crate::support::listening::listen_on;
use crate::support::tray::TrayMenu;
use crate::support::{joining, processes, sending, waiting};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};
use serde_json::Value;

/// Above this level there is sound, in dB relative to full scale.
const SOUND: f64 = -70.0;

fn level(event: &Value, id: &str) -> Option<f64> {
    (event["event"] == "receiving" && event["id"] == id).then(|| event["dbfs"].as_f64())?
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_takes_back_after_a_crash() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let folder = ["--data-dir", data.path().to_str().unwrap()];
    let mut bo = Bot::host(&programs, "Bo", &sending("pattern:20", "tone:330"));
    let link = bo.link();
    let join = [&joining(&link, "Ada", "pattern:120", "tone:440")[..], &["--sink", "none"], &folder].concat();
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&join)).await;
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let id = bo.id_of("Ada");
    ada.click("control-microphone").await;
    bo.wait_for_event("silence", |event| (level(event, &id)? < SOUND).then_some(()));
    let silent_from = bo.lines().len();
    processes::crash(&ada);
    drop(ada);

    let start = [&waiting("pattern:120", "tone:440")[..], &folder].concat();
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&start)).await;
    let room = link.rsplit('/').next().unwrap().split('#').next().unwrap();
    TrayMenu::of(&desktop).await.choose(&format!("Back to {room}")).await;
    let tiles = ada.wait_for_pictures(2, 10).await;
    let own = tiles.iter().find(|tile| tile.own).unwrap();
    assert!(!own.microphone && own.camera, "{own:?}");
    assert_eq!(own.participant, id);
    listen_on(&mut bo);
    for line in &bo.lines()[silent_from..] {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        assert!(level(&event, &id).is_none_or(|level| level < SOUND), "a sound: {line}");
    }

    // The test would have heard an open microphone: once a person opens it, there is sound.
    ada.click("control-microphone").await;
    bo.wait_until_received("Ada", 1, Some(440.0));
    let (_, report) = bo.end();
    assert_eq!(report.remotes.len(), 1, "one person: {:?}", report.remotes);
    ada.close().await;
}
