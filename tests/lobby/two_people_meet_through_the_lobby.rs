//! The usual way into a meeting: a new meeting, the lobby with the own picture, and an invite to another person. That
//! person pastes the invite, looks at their own picture, and joins muted.

use crate::support::lobby::{call_oneself, enter, wait_until_ready};
use crate::support::waiting;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, eventually_async};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_meet_through_the_lobby() {
    let programs = Programs::beside_tests();
    let (left, right) = (Desktop::start(1280, 800), Desktop::start(1280, 800));
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let options = |video, audio, folder: &tempfile::TempDir| {
        let mut options = AppOptions::new(&waiting(video, audio));
        let folder = folder.path().display().to_string();
        options.arguments.extend(["--print-link".into(), "--data-dir".into(), folder]);
        options
    };
    let ada = AppWindow::open(&programs, &left, &options("pattern:120", "tone:440", &folders[0])).await;
    ada.click("home-host").await;
    looks_at_themselves(&ada).await;
    enter(&ada, "Ada").await;
    ada.wait_for_pictures(1, 5).await;
    let link = ada.link();

    let grace = AppWindow::open(&programs, &right, &options("pattern:300", "tone:587", &folders[1])).await;
    wait_until_ready(&grace, "home-host").await;
    let paste = format!(
        "const data = new DataTransfer();
         data.setData('text', 'Come! {link}');
         window.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}));"
    );
    grace.run(&paste).await;
    looks_at_themselves(&grace).await;
    call_oneself(&grace, "Grace").await;
    grace.click("lobby-microphone").await;
    grace.click("lobby-enter").await;

    for window in [&ada, &grace] {
        window.wait_for_pictures(2, 5).await;
        let muted = |tiles: &[holdfast_testkit::Tile]| {
            tiles.iter().all(|tile| tile.microphone != tile.name.starts_with("Grace"))
        };
        window.wait_for_tiles("Grace came in muted", muted).await;
    }
    ada.close().await;
    grace.close().await;
}

/// The lobby shows moving pictures and a meter that moves.
async fn looks_at_themselves(window: &AppWindow) {
    const READ: &str = r#"
        const lobby = document.querySelector('[data-testid="lobby"]');
        const picture = lobby?.querySelector('[data-frames]');
        const meter = lobby?.querySelector('[role="meter"]');
        return [Number(picture?.dataset.frames ?? 0), Number(meter?.ariaValueNow ?? 0)];
    "#;
    eventually_async("a picture and a level in the lobby", PATIENCE, async || {
        let read = window.run(READ).await;
        let above = |index: usize, least: f64| read[index].as_f64().is_some_and(|value| value > least);
        (above(0, 5.0) && above(1, 0.0)).then_some(())
    })
    .await;
}
