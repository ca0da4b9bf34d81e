//! The zoom of a window.

use holdfast_testkit::{AppWindow, PATIENCE, eventually_async};

/// The width of the window in the page's pixels.
pub(crate) async fn width(window: &AppWindow) -> f64 {
    window.run("return window.innerWidth;").await.as_f64().unwrap()
}

/// Waits until everything is `factor` times as large as when the window had this width.
pub(crate) async fn wait_for_zoom(window: &AppWindow, before: f64, factor: f64) {
    let zoomed = async || ((width(window).await - before / factor).abs() <= 2.0).then_some(());
    eventually_async(&format!("{factor} times as large"), PATIENCE, zoomed).await;
}
