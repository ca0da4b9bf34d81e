//! The button in the bar copies the invite. The usual keys paste it into another window of the app, and that leads into
//! the meeting.
#![cfg(target_os = "linux")]

use crate::support::lobby::{enter, wait_until_ready};
use crate::support::{hosting, wait_for_answer, waiting};
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

/// Keeps the pasted text before anything in the page takes it.
const LISTEN: &str = r#"
    const keep = (event) => (window.pasted = event.clipboardData.getData('text'));
    window.addEventListener('paste', keep, { capture: true });
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_that_was_copied_leads_into_the_meeting() {
    // One desktop, because both need its clipboard; two folders, because these are two people.
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let options = |arguments: &[&str], folder: &tempfile::TempDir| {
        AppOptions::new(&[arguments, &["--data-dir", folder.path().to_str().unwrap()]].concat())
    };
    let arguments = [&hosting("Ada", "none", "none")[..], &["--sink", "none"]].concat();
    let ada = AppWindow::open(&programs, &desktop, &options(&arguments, &folders[0])).await;
    ada.wait_for_tiles("in the meeting", |tiles| tiles.len() == 1).await;
    ada.click("control-copy").await;
    // The text for screen readers stays longer than the visible one.
    let said =
        "return document.querySelector('[data-testid=announcement]').textContent.includes('Invite copied');";
    wait_for_answer(&ada, said, true).await;

    let grace = AppWindow::open(&programs, &desktop, &options(&waiting("none", "none"), &folders[1])).await;
    wait_until_ready(&grace, "home-host").await;
    wait_for_answer(&grace, "return document.hasFocus();", true).await;
    grace.run(LISTEN).await;
    desktop.xdotool(&["key", "ctrl+v"]);
    wait_for_answer(&grace, "return window.pasted ?? null;", ada.link()).await;
    enter(&grace, "Grace").await;
    for window in [&ada, &grace] {
        window
            .wait_for_tiles("both", |tiles| {
                tiles.len() == 2 && tiles.iter().all(|tile| tile.state == "connected")
            })
            .await;
    }
    ada.close().await;
    grace.close().await;
}
