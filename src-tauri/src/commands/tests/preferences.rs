//! What a person chose, and finds again later.
use std::fs;

use super::*;

impl TestApp {
    fn choose(&self, change: Value) -> Result<Value, Value> {
        self.call("change_preferences", json!({ "change": change }))
    }

    /// The preferences that a page hears first.
    fn told(&self, id: u32) -> Value {
        self.call("subscribe", json!({ "channel": channel(id) })).unwrap();
        self.event(id, |event| event["type"] == "preferences")["preferences"].clone()
    }
}

#[test]
fn the_name_is_remembered() {
    let app = TestApp::start();
    assert_eq!(app.call("preferences", json!({})).unwrap()["name"], "");
    app.call("set_name", json!({ "name": " Ada " })).unwrap();
    assert_eq!(app.call("preferences", json!({})).unwrap()["name"], "Ada");
    assert_eq!(app.failure("set_name", json!({ "name": "" })), "name_empty");
    assert!(app.data.path().join("preferences.json").exists());
}

#[test]
fn choices_are_told_to_the_page_and_found_by_the_next_start() {
    let app = TestApp::start();
    assert_eq!(app.told(1)["shortcuts"]["mute"], "CommandOrControl+Shift+M");
    let chosen = app.choose(json!({ "appearance": "dark", "camera": false, "layout": "speaker" })).unwrap();
    assert_eq!(
        (&chosen["appearance"], &chosen["camera"], &chosen["microphone"]),
        (&json!("dark"), &json!(false), &json!(true))
    );
    let event = app.event(1, |event| event["type"] == "preferences");
    assert_eq!(event["preferences"], chosen);
    let again = TestApp::start_in(app.data);
    assert_eq!(again.told(1), chosen);
}

#[test]
fn what_cannot_be_chosen_is_refused_with_a_reason_and_changes_nothing() {
    let app = TestApp::start();
    let before = app.call("preferences", json!({})).unwrap();
    let server = |url: &str| json!({ "url": url, "username": "", "credential": "" });
    for (change, code) in [
        (json!({ "appearance": "sepia" }), "preference_invalid"),
        (json!({ "nothing": 1, "camera": false }), "preference_invalid"),
        (json!({ "name": "x".repeat(65) }), "name_too_long"),
        (json!({ "servers": { "ice": [server("http://example.org")] } }), "ice_url"),
        (json!({ "servers": { "ice": [server("turn:example.org")] } }), "ice_credentials"),
        (json!({ "servers": { "ice": vec![server("stun:a"); 9] } }), "ice_too_many"),
        (json!({ "signalingServer": "nowhere" }), "signaling_server"),
        (json!({ "shortcuts": { "mute": "M", "pushToTalk": null } }), "shortcut_invalid"),
        (json!({ "shortcuts": { "mute": "F9", "pushToTalk": "F9" } }), "shortcut_twice"),
    ] {
        assert_eq!(app.failure("change_preferences", json!({ "change": change })), code);
    }
    assert_eq!(app.call("preferences", json!({})).unwrap(), before);
    assert!(!app.data.path().join("preferences.json").exists());
}

#[test]
fn a_corrupt_file_is_said_once() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("preferences.json"), "{\"name\":").unwrap();
    let app = TestApp::start_in(data);
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    app.event(1, |event| event["type"] == "preferencesReset");
    let again = TestApp::start_in(app.data);
    again.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    again.choose(json!({ "hideSelf": true })).unwrap();
    let event = again
        .event(1, |event| event["type"] == "preferencesReset" || event["preferences"]["hideSelf"] == true);
    assert_eq!(event["type"], "preferences", "not said again");
}

#[test]
fn a_choice_that_cannot_be_saved_applies_to_this_run_and_is_reported() {
    let app = TestApp::start();
    // Like a full disk: a file cannot be made below a file.
    let folder = app.data.path().to_owned();
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    assert_eq!(app.choose(json!({ "language": "de" })).unwrap_err()["code"], "preferences_not_saved");
    assert_eq!(app.call("preferences", json!({})).unwrap()["language"], "de");
    fs::remove_file(&folder).unwrap();
    app.choose(json!({ "language": "de" })).unwrap();
    assert!(fs::read_to_string(folder.join("preferences.json")).unwrap().contains("\"de\""));
}

#[test]
fn a_meeting_is_hosted_on_the_server_that_was_chosen() {
    let (server, app) = (TestApp::start(), TestApp::start());
    // The other app's embedded server, used like any other server.
    let other = server.host("Ada")["invite"].as_str().unwrap().to_owned();
    let address = other.strip_prefix("holdfast://join/").unwrap().split('/').next().unwrap().to_owned();
    app.choose(json!({ "signalingServer": address })).unwrap();
    let ours = app.host("Grace")["invite"].as_str().unwrap().to_owned();
    assert!(ours.starts_with(&format!("holdfast://join/{address}/")) && ours != other, "{ours}");
}
