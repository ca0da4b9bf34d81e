//! Several windows: each gets events for itself.
use super::*;

impl TestApp {
    fn open(&self, label: &str) -> WebviewWindow<MockRuntime> {
        WebviewWindowBuilder::new(&self.app, label, tauri::WebviewUrl::default()).build().unwrap()
    }
}

#[test]
fn each_window_hears_of_the_meeting_and_a_reload_replaces_only_its_own() {
    let app = TestApp::start();
    let mini = app.open("mini");
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    call(&mini, "subscribe", json!({ "channel": channel(2) })).unwrap();
    app.host("Ada");
    for id in [1, 2] {
        app.event(id, |event| event["type"] == "snapshot");
    }
    call(&mini, "subscribe", json!({ "channel": channel(3) })).unwrap();
    call(&mini, "set_microphone", json!({ "on": false })).unwrap();
    for id in [1, 3] {
        app.event(id, |event| event["self"]["media"]["microphone"] == false);
    }
}

#[test]
fn frames_over_ipc_go_to_the_window_that_asked() {
    let app = TestApp::start();
    let mini = app.open("mini");
    app.call("frames_over_ipc", json!({ "channel": channel(5) })).unwrap();
    call(&mini, "frames_over_ipc", json!({ "channel": channel(6) })).unwrap();
    let hub = app.app.state::<FrameHub>().inner().clone();
    // Each session runs once it asks for this.
    app.call("frame_format", json!({ "feed": 1, "format": "vp8" })).unwrap();
    assert_eq!(tauri::async_runtime::block_on(hub.keyframe_wanted()), Some(1));
    call(&mini, "frame_format", json!({ "feed": 1, "format": "vp8" })).unwrap();
    assert_eq!(tauri::async_runtime::block_on(hub.keyframe_wanted()), Some(1));
    let data = Bytes::from_static(&[7; 4]);
    hub.publish(FeedFrame { feed: FeedNumber(1), keyframe: true, timestamp: 0, width: 2, height: 2, data });
    let mut reached: Vec<_> = (0..2).map(|_| app.messages.recv().unwrap().0).collect();
    reached.sort_unstable();
    assert_eq!(reached, [5, 6]);
}

#[test]
fn there_are_no_windows_but_those_of_the_configuration() {
    let app = TestApp::start();
    for window in ["other", "../main", ""] {
        assert!(app.call("open_window", json!({ "window": window })).is_err(), "{window}");
    }
}

#[test]
fn a_page_is_told_whether_its_window_fills_the_screen_also_after_a_reload() {
    let app = TestApp::start();
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    assert_eq!(app.event(1, |event| event["type"] == "fullScreen")["on"], false);
    app.call("set_full_screen", json!({ "on": true })).unwrap();
    assert_eq!(app.event(1, |event| event["type"] == "fullScreen")["on"], true);
    app.call("subscribe", json!({ "channel": channel(2) })).unwrap();
    assert_eq!(app.event(2, |event| event["type"] == "fullScreen")["on"], true);
}

#[test]
fn the_page_is_shown_larger_and_smaller_within_reason() {
    let app = TestApp::start();
    for factor in [1.25, 0.5, 2.0, 1e9, -1.0] {
        app.call("set_zoom", json!({ "factor": factor })).unwrap();
    }
    assert!(app.call("set_zoom", json!({ "factor": "2" })).is_err());
    assert!(app.call("set_zoom", json!({ "factor": null })).is_err());
}
