//! The settings file, and what a window says about it.

use std::path::Path;

use holdfast_testkit::{AppWindow, Desktop, Programs};

use super::lobby::wait_until_ready;
use super::processes::start_again;
use super::wait_for_answer;

/// Name of the file in the data folder.
pub(crate) const FILE: &str = "preferences.json";

/// What the home screen says, once everything has come: a link that is handed over comes last.
pub(crate) async fn said_at_home(
    window: &AppWindow,
    programs: &Programs,
    desktop: &Desktop,
    data: &Path,
) -> Vec<(String, String)> {
    wait_until_ready(window, "home-host").await;
    let link = format!("holdfast://join/127.0.0.1:9/room#{}", "A".repeat(43));
    start_again(programs, desktop, data, Some(&link));
    window.click("lobby-back").await;
    wait_until_ready(window, "home-host").await;
    window.errors().await
}

/// Checks that the lobby already knows this name.
pub(crate) async fn assert_known_as(window: &AppWindow, name: &str) {
    window.click("home-host").await;
    let known = "return document.querySelector('[data-testid=lobby-name]')?.value ?? null;";
    wait_for_answer(window, known, name).await;
    window.click("lobby-back").await;
}
