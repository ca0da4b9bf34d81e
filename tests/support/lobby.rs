//! The home screen and the lobby, used as people use them.

use holdfast_testkit::{AppWindow, PATIENCE, eventually_async};

use super::wait_for_answer;

/// Waits until the element with this `data-testid` is there and can be pressed.
pub(crate) async fn wait_until_ready(window: &AppWindow, test_id: &str) {
    let find = format!("return document.querySelector('[data-testid=\"{test_id}\"]')?.disabled === false");
    eventually_async(test_id, PATIENCE, async || (window.run(&find).await == true).then_some(())).await;
}

/// Types a name into the lobby.
pub(crate) async fn call_oneself(window: &AppWindow, name: &str) {
    wait_until_ready(window, "lobby-name").await;
    let script = format!(
        "const field = document.querySelector('[data-testid=\"lobby-name\"]');
         field.value = '{name}';
         field.dispatchEvent(new Event('input', {{ bubbles: true }}));
         return field.value;"
    );
    wait_for_answer(window, &script, name).await;
}

/// From the lobby into the meeting.
pub(crate) async fn enter(window: &AppWindow, name: &str) {
    call_oneself(window, name).await;
    window.click("lobby-enter").await;
}

/// From the meeting to the home screen.
pub(crate) async fn leave(window: &AppWindow) {
    window.click("control-leave").await;
    wait_until_ready(window, "home-host").await;
}
