//! The settings file is from a newer version. The parts that this version knows apply, no notice is shown, and a change
//! leaves the rest as it was.
#![cfg(target_os = "linux")]

use std::fs;

use crate::support::settings::{FILE, assert_known_as, said_at_home};
use crate::support::{wait_for_answer, waiting};
use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, eventually_async};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_a_newer_version_are_used_as_far_as_they_are_known() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join(FILE);
    let mut newer =
        json!({ "name": "Ada", "appearance": "sepia", "hideSelf": true, "theme": { "accent": 7 } });
    fs::write(&file, newer.to_string()).unwrap();
    let mut arguments = waiting("none", "none");
    arguments.extend(["--data-dir", data.path().to_str().unwrap()]);
    let window = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let said = said_at_home(&window, &programs, &desktop, data.path()).await;
    assert!(said.is_empty(), "{said:?}");
    assert_known_as(&window, "Ada").await;

    window.click("home-settings").await;
    window.click("settings-part-view").await;
    let hidden = "return document.querySelector('[data-testid=settings-hide-self]')?.ariaChecked ?? null;";
    wait_for_answer(&window, hidden, "true").await;
    window.click("settings-mirror-self").await;
    newer["mirrorSelf"] = false.into();
    eventually_async("the change and all the rest on the disk", PATIENCE, async || {
        let saved: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        newer.as_object().unwrap().iter().all(|(name, value)| saved[name] == *value).then_some(())
    })
    .await;
    let others = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(
        !others.into_iter().any(|name| name.to_string_lossy().contains("broken")),
        "nothing was put aside"
    );
    window.close().await;
}
