//! The disk with the app's data is really full. A sentence says that a choice cannot be saved, and what was saved
//! before stays complete. When there is room again, the next choice saves it too.
#![cfg(target_os = "linux")]

use std::fs;

use crate::support::waiting;
use holdfast_testkit::{
    AppOptions, AppWindow, Capability, Desktop, PATIENCE, Programs, SmallDisk, capable, eventually_async,
};
use serde_json::Value;

/// Room for what the page stores there by itself.
const DISK_BYTES: u32 = 16 * 1024 * 1024;

const FILE: &str = "preferences.json";

async fn choose_on(disk: SmallDisk<'_>) {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = disk.path().join("data");
    fs::create_dir(&data).unwrap();
    let before = r#"{"name":"Ada","mirrorSelf":true}"#;
    fs::write(data.join(FILE), before).unwrap();
    let mut arguments = waiting("none", "none");
    arguments.extend(["--data-dir", data.to_str().unwrap()]);
    let window = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    window.click("home-settings").await;
    window.click("settings-part-view").await;

    disk.fill();
    window.click("settings-mirror-self").await;
    let errors = window.wait_for_errors(&["preferences_not_saved"]).await;
    let [(_, sentence)] = &errors[..] else { panic!("one thing is wrong: {errors:?}") };
    assert!(sentence.contains("free space"), "{sentence}");
    assert_eq!(fs::read_to_string(data.join(FILE)).unwrap(), before);
    let left = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = left.filter(|name| name.starts_with("preferences")).collect();
    assert_eq!(left, [FILE], "no half-written file is left");

    disk.make_room();
    window.click("settings-hide-self").await;
    eventually_async("both choices on the disk", PATIENCE, async || {
        let saved: Value = serde_json::from_slice(&fs::read(data.join(FILE)).unwrap()).unwrap();
        let both = saved["mirrorSelf"] == false && saved["hideSelf"] == true && saved["name"] == "Ada";
        both.then_some(())
    })
    .await;
    window.close().await;
}

#[test]
fn a_full_disk_loses_no_settings() {
    let entered = SmallDisk::enter(DISK_BYTES, |disk| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(choose_on(disk));
    });
    capable(Capability::Mounts, entered);
}
