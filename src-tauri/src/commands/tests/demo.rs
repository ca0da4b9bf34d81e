//! A meeting with synthetic people.
use super::*;

#[test]
fn three_people_come_and_go_with_it_and_nothing_is_remembered() {
    let app = TestApp::start();
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    let entry = json!({ "name": "Ada", "microphone": false, "camera": false });
    let snapshot = app.call("demo", entry.clone()).unwrap();
    assert!(snapshot["invite"].as_str().unwrap().starts_with("holdfast://join/127.0.0.1:"));
    let mut connected = std::collections::BTreeSet::new();
    let mut spoke = false;
    while connected.len() < 3 || !spoke {
        let event = app.event(1, |event| event["type"] == "participant");
        let person = &event["participant"];
        spoke |= person["media"]["microphone"] == true;
        if person["state"] == "connected" {
            connected.insert(person["name"].as_str().unwrap().to_owned());
        }
    }
    assert!(!app.data.path().join("call.json").exists() && !app.data.path().join("recent.json").exists());
    app.leave();
    app.event(1, |event| event["type"] == "ended");
    app.call("demo", entry).unwrap();
}
