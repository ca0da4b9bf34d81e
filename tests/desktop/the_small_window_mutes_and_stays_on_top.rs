//! The small window is opened from a meeting. It shows who is there, stays above the main window even while a person
//! uses that one, and mutes. Each window shows what the other muted.
#![cfg(target_os = "linux")]

use crate::support::windows::{look_at, open_beside};
use crate::support::{hosting, sending, wait_for_answer};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

const NAME: &str = r#"return document.querySelector('[data-testid="mini-name"] bdi')?.textContent ?? null"#;

const MICROPHONE: &str =
    r#"return document.querySelector('[data-testid="mini-microphone"]')?.dataset.on ?? null"#;

async fn wait_for_microphone(window: &AppWindow, open: bool) {
    let what = if open { "open in the main window" } else { "muted in the main window" };
    window.wait_for_tiles(what, |tiles| tiles.iter().any(|tile| tile.own && tile.microphone == open)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_small_window_mutes_and_stays_on_top() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::with_free_windows(1400, 1000));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "tone:330"));
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));

    let large = desktop.wait_for_window("Holdfast");
    let (main, mini) = open_beside(&ada, "control-mini").await;
    let small = desktop.wait_for_window_above("Holdfast");
    large.bring_up();
    large.wait_until_active();
    assert!(small.is_topmost() && !large.is_topmost());

    look_at(&ada, &mini).await;
    wait_for_answer(&ada, NAME, "Bo").await;
    wait_for_answer(&ada, MICROPHONE, "true").await;
    ada.click("mini-microphone").await;
    wait_for_answer(&ada, MICROPHONE, "false").await;
    bo.wait_for_event("Ada's closed microphone", |event| {
        let about = event["event"] == "participant" && event["name"] == "Ada";
        (about && event["media"]["microphone"] == false).then_some(())
    });
    look_at(&ada, &main).await;
    wait_for_microphone(&ada, false).await;

    ada.click("control-microphone").await;
    wait_for_microphone(&ada, true).await;
    look_at(&ada, &mini).await;
    wait_for_answer(&ada, MICROPHONE, "true").await;
    ada.page().close_window().await.unwrap();
    look_at(&ada, &main).await;
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}
