//! Devices: how to choose them, see them before a meeting, and try them.
use super::*;

/// Number of our camera's feed in a meeting: feeds are numbered by the order of their sources, our own first.
const OWN_CAMERA: u32 = 1;

/// Pictures and sound that need no device.
const SYNTHETIC: &str = "holdfast --listen 127.0.0.1:0 --bind 127.0.0.1 --video pattern:120 --audio tone:440 \
                         --sink none --fps 10";

const WIDTH: std::ops::Range<usize> = 20..22;

impl TestApp {
    /// Waits for the next picture of a channel that `wanted` accepts, by its feed and its width. Acknowledges every
    /// picture.
    fn picture(&self, id: u32, wanted: impl Fn(u32, u16) -> bool) {
        loop {
            let (from, message) = self.messages.recv().unwrap();
            let InvokeResponseBody::Raw(bytes) = message else { continue };
            let number = |range: std::ops::Range<usize>| u32::from_le_bytes(bytes[range].try_into().unwrap());
            let (feed, seq) = (number(4..8), number(8..12));
            self.call("frame_credit", json!({ "feed": feed, "seq": seq })).unwrap();
            let width = u16::from_le_bytes(bytes[WIDTH].try_into().unwrap());
            if from == id && wanted(feed, width) {
                return;
            }
        }
    }

    fn look(&self, id: u32, camera: bool, microphone: bool) -> Result<Value, Value> {
        let wanted = json!({ "camera": camera, "microphone": microphone });
        self.call("preview", json!({ "wanted": wanted, "channel": channel(id) }))
    }

    fn has_preview(&self) -> bool {
        let call = self.app.state::<Call>().inner().clone();
        tauri::async_runtime::block_on(async move { call.has_preview().await })
    }
}

#[test]
fn a_preview_shows_and_measures_and_ends_when_told_or_with_its_page() {
    let app = TestApp::start_with(SYNTHETIC);
    app.call("frames_over_ipc", json!({ "channel": channel(5) })).unwrap();
    app.look(6, true, true).unwrap();
    app.picture(5, |feed, _| feed == 0);
    app.event(6, |event| event["type"] == "level" && event["level"].as_f64().unwrap() > 0.5);
    // A reloaded page asks again: the same devices, the new channel.
    app.look(7, true, true).unwrap();
    app.event(7, |event| event["type"] == "level");
    app.call("preview_end", json!({})).unwrap();
    assert!(!app.has_preview());
    assert_eq!(app.call("preview_end", json!({})), Ok(Value::Null));

    app.look(8, false, true).unwrap();
    let call = app.app.state::<Call>().inner().clone();
    tauri::async_runtime::block_on(call.end_preview_of("mini"));
    assert!(app.has_preview(), "of another window");
    tauri::async_runtime::block_on(call.end_preview_of("main"));
    assert!(!app.has_preview());
}

#[test]
fn a_preview_makes_way_for_the_meeting() {
    let app = TestApp::start_with(SYNTHETIC);
    app.call("frames_over_ipc", json!({ "channel": channel(5) })).unwrap();
    app.look(6, true, true).unwrap();
    app.picture(5, |feed, _| feed == 0);
    app.call("host", json!({ "name": "Ada", "microphone": true, "camera": true })).unwrap();
    assert!(!app.has_preview());
    assert_eq!(app.look(7, true, true).unwrap_err()["code"], "already_in_meeting");
    app.picture(5, |feed, _| feed == OWN_CAMERA);
    app.leave();
    app.look(8, false, true).unwrap();
    app.event(8, |event| event["type"] == "level");
}

#[test]
fn what_cannot_be_shown_is_told_with_its_reason() {
    let app = TestApp::start();
    app.look(6, true, false).unwrap();
    let event = app.event(6, |event| event["type"] == "failed");
    assert_eq!((&event["kind"], &event["code"]), (&json!("camera"), &json!("no_video_source")));
}

#[test]
fn a_chosen_device_is_remembered_and_told() {
    let app = TestApp::start();
    app.call("choose_device", json!({ "kind": "microphone", "id": "pulseaudio:usb" })).unwrap();
    app.call("choose_device", json!({ "kind": "camera", "id": "4" })).unwrap();
    app.call("choose_device", json!({ "kind": "camera", "id": null })).unwrap();
    app.call("choose_video_size", json!({ "size": "small" })).unwrap();
    for wrong in [json!({ "kind": "nose", "id": null }), json!({ "kind": "camera", "id": "" })] {
        assert!(app.call("choose_device", wrong).is_err());
    }
    assert!(app.call("choose_video_size", json!({ "size": "huge" })).is_err());
    let again = TestApp::start_in(app.data);
    let preferences = again.call("preferences", json!({})).unwrap();
    let devices = json!({ "camera": null, "microphone": "pulseaudio:usb", "speaker": null });
    assert_eq!((&preferences["devices"], &preferences["videoSize"]), (&devices, &json!("small")));
}

#[test]
fn a_chosen_size_is_sent_at_once() {
    let app = TestApp::start_with(SYNTHETIC);
    app.call("frames_over_ipc", json!({ "channel": channel(5) })).unwrap();
    app.call("host", json!({ "name": "Ada", "microphone": false, "camera": true })).unwrap();
    app.picture(5, |feed, width| feed == OWN_CAMERA && width == 1280);
    app.call("choose_video_size", json!({ "size": "small" })).unwrap();
    app.picture(5, |feed, width| feed == OWN_CAMERA && width == 640);
}

#[test]
fn a_speaker_can_be_tried_in_and_out_of_a_meeting() {
    let app = TestApp::start();
    assert_eq!(app.call("test_sound", json!({})), Ok(Value::Null));
    app.host("Ada");
    assert_eq!(app.call("test_sound", json!({})), Ok(Value::Null));
}
