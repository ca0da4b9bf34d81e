//! What several end-to-end tests share. Everything runs on loopback.

// No test program uses all of it.
#![allow(dead_code, clippy::unwrap_used)]

use holdfast_testkit::{AppWindow, PATIENCE, ReportRemote, eventually_async};
use serde_json::Value;

#[cfg(target_os = "linux")]
pub(crate) mod broken_network;
pub(crate) mod layout;
pub(crate) mod listening;
pub(crate) mod lobby;
#[cfg(target_os = "linux")]
pub(crate) mod notifications;
pub(crate) mod processes;
pub(crate) mod raw_client;
pub(crate) mod screen;
pub(crate) mod settings;
#[cfg(target_os = "linux")]
pub(crate) mod tray;
pub(crate) mod windows;
pub(crate) mod zoom;

/// A participant that costs a busy machine little.
pub(crate) const SMALL: [&str; 4] = ["--size", "320x180", "--fps", "15"];

/// Arguments for a bot: a picture of this hue, this tone, small.
pub(crate) fn sending<'a>(video: &'a str, audio: &'a str) -> Vec<&'a str> {
    [&["--video", video, "--audio", audio], &SMALL[..]].concat()
}

/// The app, straight into a meeting of its own, with synthetic sources.
pub(crate) fn hosting<'a>(name: &'a str, video: &'a str, audio: &'a str) -> Vec<&'a str> {
    let host = ["--host", "--listen", "127.0.0.1:0", "--bind", "127.0.0.1", "--print-link", "--name", name];
    [&host[..], &["--video", video, "--audio", audio, "--size", "640x360", "--fps", "15"]].concat()
}

/// The app, straight into the meeting of a link.
pub(crate) fn joining<'a>(link: &'a str, name: &'a str, video: &'a str, audio: &'a str) -> Vec<&'a str> {
    let join = [link, "--bind", "127.0.0.1", "--name", name];
    [&join[..], &["--video", video, "--audio", audio, "--size", "640x360", "--fps", "15"]].concat()
}

/// The app with synthetic sources, in no meeting.
pub(crate) fn waiting<'a>(video: &'a str, audio: &'a str) -> Vec<&'a str> {
    let sources = ["--bind", "127.0.0.1", "--video", video, "--audio", audio, "--sink", "none"];
    [&sources[..], &["--listen", "127.0.0.1:0", "--size", "640x360", "--fps", "15"]].concat()
}

/// Waits until a script in the current page answers like this.
pub(crate) async fn wait_for_answer(window: &AppWindow, script: &str, wanted: impl Into<Value>) {
    let (wanted, mut last) = (wanted.into(), None);
    eventually_async(&format!("the answer {wanted}"), PATIENCE, async || {
        let answer = window.run(script).await;
        let is_wanted = answer == wanted;
        // The answers on the way help to understand a failure.
        if last.as_ref() != Some(&answer) {
            println!("{answer}");
            last = Some(answer);
        }
        is_wanted.then_some(())
    })
    .await;
}

/// The invite of the meeting a window is in.
pub(crate) async fn invite(window: &AppWindow) -> Value {
    window.run("return document.querySelector('[data-testid=\"meeting-invite\"]').dataset.invite").await
}

/// Checks that a bot got small pictures and this tone from someone, without interruption.
#[track_caller]
pub(crate) fn assert_got(remote: &ReportRemote, hz: f32) {
    let name = &remote.name;
    assert!(remote.first_frame_ms.is_some(), "{name}: no picture");
    assert_eq!((remote.width, remote.height), (320, 180), "{name}");
    assert!(
        remote.frames_decoded > 0 && remote.frames_decoded <= remote.frames_received,
        "{name}: {remote:?}"
    );
    let heard = remote.audio_hz.unwrap_or(0.0);
    assert!((heard - hz).abs() <= hz * 0.02, "{name}: heard {heard} Hz instead of {hz}");
    let level = remote.audio_dbfs.unwrap_or(-100.0);
    assert!((-30.0..=0.0).contains(&level), "{name}: {level} dBFS");
    let media = remote.media_state.unwrap();
    assert!(media.microphone && media.camera && !media.screen && !media.hand, "{name}: {media:?}");
    assert!(remote.states.iter().any(|change| change.state == "connected"), "{name}: {:?}", remote.states);
    assert!(remote.bytes_in > 0 && remote.bytes_out > 0, "{name}: {remote:?}");
}
