//! A person who closes the microphone by mistake and opens it at once is heard again.

use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

/// Faster than any answer of the core.
const PRESS_TWICE: &str = r#"
    const microphone = document.querySelector('[data-testid="control-microphone"]');
    microphone.click();
    microphone.click();
"#;

#[tokio::test(flavor = "multi_thread")]
async fn two_quick_presses_are_both_taken() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let mut options = AppOptions::new(&hosting("Ada", "none", "tone:440"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("none", "tone:330"));
    bo.wait_until_received("Ada", 0, Some(440.0));
    ada.wait_for_tiles("both", |tiles| tiles.len() == 2).await;

    ada.run(PRESS_TWICE).await;
    // Another change after it, so that there is an event to wait for.
    ada.click("control-hand").await;
    bo.wait_for_event("Ada's hand", |event| {
        (event["name"] == "Ada" && event["media"]["hand"] == true).then_some(())
    });
    ada.wait_for_tiles("open", |tiles| tiles.iter().any(|tile| tile.own && tile.microphone)).await;
    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    assert!(report.of("Ada").media_state.unwrap().microphone, "{:?}", report.of("Ada").media_states);
    ada.close().await;
}
