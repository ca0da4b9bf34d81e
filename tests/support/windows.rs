//! The app's other windows beside the main one.

use fantoccini::wd::WindowHandle;
use holdfast_testkit::{AppWindow, PATIENCE, eventually_async};

/// Presses the button that opens a window. Returns the main window, which stays the current one, and the new one.
pub(crate) async fn open_beside(window: &AppWindow, test_id: &str) -> (WindowHandle, WindowHandle) {
    let main = window.page().window().await.unwrap();
    window.click(test_id).await;
    let opened = eventually_async("a window of its own", PATIENCE, async || {
        window.page().windows().await.ok()?.into_iter().find(|handle| *handle != main)
    })
    .await;
    (main, opened)
}

/// Makes this window the current one.
pub(crate) async fn look_at(window: &AppWindow, handle: &WindowHandle) {
    window.page().switch_to_window(handle.clone()).await.unwrap();
}
