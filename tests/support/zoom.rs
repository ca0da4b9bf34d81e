//! How large a window shows everything.

use holdfast_testkit::{AppWindow, PATIENCE, eventually_async};

/// How many of the page's pixels the window is wide.
pub(crate) async fn width(window: &AppWindow) -> f64 {
    window.run("return window.innerWidth;").await.as_f64().unwrap()
}

/// Waits until everything is so many times as large as when the window was so wide.
pub(crate) async fn wait_for_zoom(window: &AppWindow, before: f64, factor: f64) {
    let zoomed = async || ((width(window).await - before / factor).abs() <= 2.0).then_some(());
    eventually_async(&format!("{factor} times as large"), PATIENCE, zoomed).await;
}
