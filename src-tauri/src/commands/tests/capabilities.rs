//! What each window may call, compared between the files and the handler.
use std::collections::BTreeSet;
use std::fs;

use super::*;

/// The commands of `generate_handler!`.
fn commands() -> BTreeSet<String> {
    let source = include_str!("../../lib.rs");
    let list = source.split("generate_handler![").nth(1).unwrap().split(']').next().unwrap();
    let names = list.split(',').map(str::trim).filter(|path| !path.is_empty());
    names.map(|path| path.rsplit("::").next().unwrap().to_owned()).collect()
}

/// What the window's page may call.
fn allowed(window: &str) -> BTreeSet<String> {
    let path = format!("{}/src-tauri/capabilities/{window}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(file["windows"], json!([window]));
    let permissions = file["permissions"].as_array().unwrap().iter();
    permissions.map(|name| name.as_str().unwrap().strip_prefix("allow-").unwrap().replace('-', "_")).collect()
}

#[test]
fn every_command_may_be_called_by_some_window_and_nothing_else_by_any() {
    let all: BTreeSet<_> = ["main", "mini", "debug"].into_iter().flat_map(allowed).collect();
    assert_eq!(all, commands());
}

#[test]
fn the_small_window_does_only_what_it_shows() {
    let mini = allowed("mini");
    for refused in
        ["change_preferences", "host", "join", "copy_invite", "join_recent", "set_camera", "test_server"]
    {
        assert!(!mini.contains(refused), "{refused}");
    }
    assert!(mini.is_subset(&allowed("main")));
}

#[test]
fn the_debug_panel_enters_no_meeting_and_opens_no_microphone() {
    let debug = allowed("debug");
    for refused in
        ["host", "join", "rejoin", "join_recent", "set_microphone", "set_camera", "change_preferences"]
    {
        assert!(!debug.contains(refused), "{refused}");
    }
}
