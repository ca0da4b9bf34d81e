//! The commands as the page calls them, on Tauri's mock runtime and real meetings on loopback.
#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::sync::mpsc;

use bytes::Bytes;
use clap::Parser as _;
use holdfast_meeting::{FeedFrame, FeedNumber};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponseBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager as _, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

use crate::call::Call;
use crate::frames::FrameHub;
use crate::{Arguments, Setup, configure};

/// An app without devices, on loopback only.
struct TestApp {
    app: App<MockRuntime>,
    page: WebviewWindow<MockRuntime>,
    /// What came through channels: channel id, message.
    messages: mpsc::Receiver<(u32, InvokeResponseBody)>,
    data: TempDir,
}

impl TestApp {
    fn start() -> Self {
        Self::start_in(TempDir::new().unwrap())
    }

    /// An app with the files of an earlier run in its folder.
    fn start_in(data: TempDir) -> Self {
        let arguments =
            "holdfast --listen 127.0.0.1:0 --bind 127.0.0.1 --video none --audio none --sink none";
        Self::start_in_with(data, arguments)
    }

    fn start_with(arguments: &str) -> Self {
        Self::start_in_with(TempDir::new().unwrap(), arguments)
    }

    fn start_in_with(data: TempDir, arguments: &str) -> Self {
        let arguments = Arguments::parse_from(arguments.split_whitespace());
        let setup = Setup { arguments, data_folder: data.path().to_owned() };
        let (sender, messages) = mpsc::channel();
        let app = configure(mock_builder(), &setup)
            .channel_interceptor(move |_, callback, _, message| {
                let _ = sender.send((callback.0, message.clone()));
                true
            })
            .build(mock_context(noop_assets()))
            .unwrap();
        let page = WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default()).build().unwrap();
        Self { app, page, messages, data }
    }

    fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        call(&self.page, command, arguments)
    }

    /// The code a command fails with.
    fn failure(&self, command: &str, arguments: Value) -> String {
        self.call(command, arguments).unwrap_err()["code"].as_str().unwrap().to_owned()
    }

    /// Leaves, and waits until everything of the call is gone, its server included.
    fn leave(&self) {
        self.call("leave", json!({})).unwrap();
        let call = self.app.state::<Call>().inner().clone();
        tauri::async_runtime::block_on(call.left());
    }

    fn host(&self, name: &str) -> Value {
        self.call("host", json!({ "name": name, "microphone": true, "camera": false })).unwrap()
    }

    /// The next JSON message of a channel that satisfies the predicate; others are skipped.
    fn event(&self, channel: u32, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (id, message) = self.messages.recv().unwrap();
            if let InvokeResponseBody::Json(text) = message
                && id == channel
            {
                let event = serde_json::from_str(&text).unwrap();
                if wanted(&event) {
                    return event;
                }
            }
        }
    }
}

fn call(page: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: if cfg!(windows) { "http://tauri.localhost" } else { "tauri://localhost" }.parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.to_string(),
    };
    get_ipc_response(page, request).map(|body| body.deserialize().unwrap())
}

fn channel(id: u32) -> String {
    format!("__CHANNEL__:{id}")
}

mod capabilities;
mod demo;
mod devices;
mod diagnostics;
mod last_call;
mod links;
mod preferences;
mod recent;
mod windows;

#[test]
fn without_a_meeting_there_is_nothing_to_switch() {
    let app = TestApp::start();
    assert_eq!(app.call("snapshot", json!({})), Ok(Value::Null));
    for command in ["set_microphone", "set_camera", "set_hand"] {
        assert_eq!(app.failure(command, json!({ "on": true })), "not_in_meeting");
    }
    assert_eq!(app.failure("copy_invite", json!({})), "not_in_meeting");
    assert_eq!(app.failure("request_keyframe", json!({ "feed": 1 })), "not_in_meeting");
    let absent = "00000000000000aa";
    assert_eq!(app.failure("retry", json!({ "participant": absent })), "not_in_meeting");
    let listening = json!({ "participant": absent, "listening": { "volume": 50, "muted": false } });
    assert_eq!(app.failure("set_listening", listening), "not_in_meeting");
    assert_eq!(app.failure("rejoin", json!({})), "no_last_call");
    assert_eq!(app.call("leave", json!({})), Ok(Value::Null));
}

#[test]
fn a_name_or_link_that_cannot_be_used_is_refused_before_anything_starts() {
    let app = TestApp::start();
    let entry = |name: &str| json!({ "name": name, "microphone": true, "camera": true });
    assert_eq!(app.failure("host", entry(" \t")), "name_empty");
    let too_long = app.call("host", entry(&"ä".repeat(65))).unwrap_err();
    assert_eq!(too_long, json!({ "code": "name_too_long", "detail": { "max": 64 } }));
    let cases = [
        ("", "link_empty"),
        ("https://example.com", "link_scheme"),
        ("holdfast://join/127.0.0.1/room#x", "link_port_missing"),
        ("holdfast://join/127.0.0.1:1/room", "link_secret_missing"),
    ];
    for (link, code) in cases {
        let arguments = json!({ "link": link, "name": "Ada", "microphone": true, "camera": true });
        assert_eq!(app.failure("join", arguments), code);
    }
    app.host("still works");
}

#[test]
fn a_hosted_meeting_is_entered_switched_and_left() {
    let app = TestApp::start();
    let snapshot = app.host("  Ada ");
    assert_eq!(snapshot["self"]["name"], "Ada");
    assert_eq!(snapshot["self"]["media"]["microphone"], true);
    let invite = snapshot["invite"].as_str().unwrap().to_owned();
    assert!(invite.starts_with("holdfast://join/127.0.0.1:"), "{invite}");

    let again = json!({ "name": "Ada", "microphone": true, "camera": true });
    assert_eq!(app.failure("host", again), "already_in_meeting");

    app.call("subscribe", json!({ "channel": channel(7) })).unwrap();
    let first = app.event(7, |_| true);
    assert_eq!((&first["type"], &first["snapshot"]["invite"]), (&json!("snapshot"), &json!(invite)));
    app.call("set_microphone", json!({ "on": false })).unwrap();
    app.event(7, |event| event["type"] == "self" && event["self"]["media"]["microphone"] == false);

    // A page that was reloaded gets the current state of the meeting.
    app.call("subscribe", json!({ "channel": channel(8) })).unwrap();
    let reloaded = app.event(8, |_| true);
    assert_eq!(reloaded["snapshot"]["self"]["media"]["microphone"], false);
    assert_eq!(app.call("snapshot", json!({})).unwrap(), reloaded["snapshot"]);

    app.leave();
    app.event(8, |event| *event == json!({ "type": "ended", "code": null }));
    assert_eq!(app.call("snapshot", json!({})), Ok(Value::Null));

    let second = app.host("Ada");
    assert_ne!(second["invite"], json!(invite), "a new room and secret each time");
}

#[test]
fn two_apps_meet() {
    let (host, guest) = (TestApp::start(), TestApp::start());
    host.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    let invite = host.host("Ada")["invite"].clone();
    host.event(1, |event| event["type"] == "snapshot");
    let entry = json!({ "link": invite, "name": "Grace", "microphone": false, "camera": false });
    let snapshot = guest.call("join", entry).unwrap();
    assert_eq!(snapshot["participants"][0]["name"], "Ada");
    host.event(1, |event| {
        event["participant"]["name"] == "Grace" && event["participant"]["state"] == "connected"
    });
    guest.leave();
    host.event(1, |event| event["type"] == "participantLeft");
}

#[test]
fn a_server_that_is_not_there_is_an_error_and_the_app_goes_on() {
    let app = TestApp::start();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let link = format!("holdfast://join/127.0.0.1:{port}/room#{}", "A".repeat(43));
    let entry = json!({ "link": link, "name": "Ada", "microphone": true, "camera": true });
    assert_eq!(app.failure("join", entry), "unreachable");
    app.host("Ada");
}

#[test]
fn joining_can_be_called_off() {
    let app = TestApp::start();
    // Takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let link = format!("holdfast://join/127.0.0.1:{port}/room#{}", "A".repeat(43));
    let entry = json!({ "link": link, "name": "Ada", "microphone": true, "camera": true });
    let page = app.page.clone();
    let joining = std::thread::spawn(move || call(&page, "join", entry));
    let (_connection, _) = silent.accept().unwrap();
    assert_eq!(
        app.failure("host", json!({ "name": "Ada", "microphone": true, "camera": true })),
        "already_in_meeting"
    );
    app.leave();
    assert_eq!(joining.join().unwrap().unwrap_err()["code"], "cancelled");
    app.host("Ada");
}

#[test]
fn a_failed_start_from_the_command_line_is_told_to_the_first_page() {
    let app = TestApp::start();
    let arguments = Arguments::parse_from(["holdfast", "no link", "--name", "Ada"]);
    let call = app.app.state::<Call>().inner().clone();
    // As at the start, before the page is there.
    crate::start::enter(app.app.handle(), &arguments);
    let (reported, waiting) = mpsc::channel();
    tauri::async_runtime::spawn(async move {
        while !call.has_kept_event().await {
            tokio::task::yield_now().await;
        }
        let _ = reported.send(());
    });
    waiting.recv().unwrap();
    app.call("subscribe", json!({ "channel": channel(3) })).unwrap();
    app.event(3, |event| *event == json!({ "type": "ended", "code": "link_scheme" }));
}

#[test]
fn the_frame_socket_is_on_loopback_with_a_new_token_each_time() {
    let app = TestApp::start();
    let first = app.call("frame_socket", json!({})).unwrap();
    let second = app.call("frame_socket", json!({})).unwrap();
    assert!(first["url"].as_str().unwrap().starts_with("ws://127.0.0.1:"), "{first}");
    assert_eq!(first["url"], second["url"]);
    assert_ne!(first["token"], second["token"]);
}

#[test]
fn frames_come_over_ipc_too() {
    let app = TestApp::start();
    app.call("frames_over_ipc", json!({ "channel": channel(5) })).unwrap();
    let hub = app.app.state::<FrameHub>().inner().clone();
    // The session runs once it asks for this.
    app.call("frame_format", json!({ "feed": 1, "format": "vp8" })).unwrap();
    assert_eq!(tauri::async_runtime::block_on(hub.keyframe_wanted()), Some(1));
    for number in 0..20 {
        let data = Bytes::from(vec![number; 4]);
        let keyframe = number == 0;
        hub.publish(FeedFrame { feed: FeedNumber(1), keyframe, timestamp: 0, width: 2, height: 2, data });
    }
    // Frames are handled in order: once this one arrives, the others were handled.
    let last = Bytes::from(vec![99; 4]);
    hub.publish(FeedFrame {
        feed: FeedNumber(2),
        keyframe: true,
        timestamp: 0,
        width: 2,
        height: 2,
        data: last,
    });
    for number in (0..8).chain([99]) {
        let (id, message) = app.messages.recv().unwrap();
        let InvokeResponseBody::Raw(bytes) = message else { panic!("{message:?}") };
        assert_eq!((id, bytes.len(), bytes[24]), (5, 28, number));
    }
    // Without credit nothing more comes; with it, a keyframe is requested.
    app.call("frame_credit", json!({ "feed": 1, "seq": 8 })).unwrap();
    assert_eq!(tauri::async_runtime::block_on(hub.keyframe_wanted()), Some(1));
    assert!(app.messages.try_recv().is_err());
}

#[test]
fn devices_are_listed_by_kind() {
    let devices = TestApp::start().call("devices", json!({})).unwrap();
    for kind in ["cameras", "microphones", "speakers"] {
        assert!(devices[kind].is_array(), "{devices}");
    }
}

#[test]
fn arguments_of_the_wrong_shape_are_refused_and_nothing_else_happens() {
    let app = TestApp::start();
    for (command, arguments) in [
        ("host", json!({})),
        ("host", json!({ "name": 7, "microphone": true, "camera": true })),
        ("frame_credit", json!({ "feed": -1, "seq": 1 })),
        ("frame_format", json!({ "feed": 1, "format": "jpeg" })),
        ("subscribe", json!({ "channel": "nonsense" })),
        ("retry", json!({ "participant": "<b>" })),
        ("set_listening", json!({ "participant": "00000000000000aa", "listening": { "volume": -1 } })),
        ("no_such_command", json!({})),
    ] {
        assert!(app.call(command, arguments).is_err(), "{command}");
    }
    app.host("Ada");
}
