//! The keys known from browsers make the page larger, for people who cannot read small text. The page keeps the size.
#![cfg(target_os = "linux")]

use crate::support::waiting;
use crate::support::zoom::{wait_for_zoom, width};
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

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
    assert_eq!(inside, true, "everything is inside the edges");

    app.reload().await;
    wait_for_zoom(&app, before, 2.0).await;
    window.press("ctrl+minus");
    wait_for_zoom(&app, before, 1.75).await;
    window.press("ctrl+0");
    wait_for_zoom(&app, before, 1.0).await;
    app.close().await;
}
