//! Whoever cannot read what is small makes the page larger with the keys of every browser, and it stays so.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod support;

use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, eventually_async};
use support::waiting;

/// How many of the page's pixels the window is wide.
async fn width(window: &AppWindow) -> f64 {
    window.run("return window.innerWidth;").await.as_f64().unwrap()
}

async fn wait_for_zoom(window: &AppWindow, before: f64, factor: f64) {
    let zoomed = async || ((width(window).await - before / factor).abs() <= 2.0).then_some(());
    eventually_async(&format!("{factor} times as large"), PATIENCE, zoomed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_can_be_made_larger() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let app = AppWindow::open(&programs, &desktop, &AppOptions::new(&waiting("none", "none"))).await;
    let before = width(&app).await;
    let window = desktop.wait_for_window("Holdfast");
    window.press("ctrl+plus");
    wait_for_zoom(&app, before, 1.1).await;
    for _ in 0..8 {
        window.press("ctrl+plus");
    }
    wait_for_zoom(&app, before, 2.0).await;
    let inside = app.run("return document.documentElement.scrollWidth <= window.innerWidth;").await;
    assert_eq!(inside, true, "nothing is beyond the edge");

    app.reload().await;
    wait_for_zoom(&app, before, 2.0).await;
    window.press("ctrl+minus");
    wait_for_zoom(&app, before, 1.75).await;
    window.press("ctrl+0");
    wait_for_zoom(&app, before, 1.0).await;
    app.close().await;
}
