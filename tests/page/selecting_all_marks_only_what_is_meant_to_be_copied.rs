//! "Select all" does not mark the words of the app, but marks all text in a field.
#![cfg(target_os = "linux")]

use crate::support::{wait_for_answer, waiting};
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

/// The marked text outside of fields, and the last key that was heard, as a sign that keys arrive.
const MARKED: &str = r#"return getSelection().toString();"#;
const LISTEN: &str =
    r#"window.heard = ""; addEventListener("keyup", ({ key }) => { window.heard += key; });"#;
const SHOWN: &str = r#"return document.querySelector('[data-testid="home-join-link"]') !== null;"#;
const HEARD: &str = r#"return window.heard.includes("a");"#;

#[tokio::test(flavor = "multi_thread")]
async fn selecting_all_marks_only_what_is_meant_to_be_copied() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let app = AppWindow::open(&programs, &desktop, &AppOptions::new(&waiting("none", "none"))).await;
    let window = desktop.wait_for_window("Holdfast");
    wait_for_answer(&app, SHOWN, true).await;
    app.run(LISTEN).await;
    app.run("document.activeElement?.blur();").await;
    window.press("ctrl+a");
    wait_for_answer(&app, HEARD, true).await;
    assert_eq!(app.run(MARKED).await, "");

    app.click("home-join-link").await;
    window.press("x");
    window.press("y");
    window.press("ctrl+a");
    let field = r#"const field = document.querySelector('[data-testid="home-join-link"]');
        return field.value.slice(field.selectionStart, field.selectionEnd);"#;
    wait_for_answer(&app, field, "xy").await;
    app.close().await;
}
