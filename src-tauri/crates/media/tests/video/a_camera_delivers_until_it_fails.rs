//! A camera, through nokhwa and V4L2, from the list of devices to decoded pictures, and when it fails.
//!
//! Each scenario runs in a process of its own under the preloaded camera: this file starts itself again
//! with the scenario's name in the environment.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, alike, pixel};
use holdfast_media::Device;
use holdfast_media::video::{
    EncodedFrame, I420Frame, VideoCapture, VideoSettings, VideoSourceError, VideoSourceSpec, Vp8Decoder,
    cameras,
};
use holdfast_testkit::camera::{self, CameraFault, CameraShim};
use holdfast_testkit::one_test;

const SCENARIO: &str = "HOLDFAST_CAMERA_SCENARIO";

struct Started {
    capture: VideoCapture,
    frames: Receiver<EncodedFrame>,
    errors: Receiver<VideoSourceError>,
}

fn start(id: Option<&str>, settings: VideoSettings) -> Result<Started, VideoSourceError> {
    let ((frame_tx, frames), (error_tx, errors)) = (channel(), channel());
    let capture = VideoCapture::start(
        VideoSourceSpec::Camera { id: id.map(str::to_owned) },
        settings,
        Box::new(move |frame| drop(frame_tx.send(frame))),
        Box::new(move |error| drop(error_tx.send(error))),
    )?;
    Ok(Started { capture, frames, errors })
}

/// Runs a scenario under the camera; fails if it fails or does not end.
fn under_camera(scenario: &str, fault: Option<CameraFault>) {
    let mut command = one_test(module_path!(), "scenario");
    command.env(SCENARIO, scenario);
    CameraShim::build().unwrap().under(&mut command);
    if let Some(fault) = fault {
        fault.set(&mut command);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A hanging scenario is a failure this file looks for, so it cannot be left to the test runner.
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let hung = child.try_wait().unwrap().is_none();
    if hung {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!hung, "the scenario {scenario} hangs:\n{text}");
    assert!(output.status.success() && text.contains("scenario reached its end"), "{scenario}:\n{text}");
}

#[test]
fn the_picture_arrives_in_its_colours_and_moves() {
    under_camera("picture", None);
}

#[test]
fn a_smaller_picture_is_taken_in_the_camera_format_that_suits() {
    under_camera("smaller", None);
}

#[test]
fn a_camera_can_be_turned_off_and_on_at_once() {
    under_camera("off_and_on", None);
}

#[test]
fn a_camera_that_is_taken_is_busy() {
    under_camera("busy", None);
}

#[test]
fn unplugging_is_reported_once_and_ends_the_capture() {
    under_camera("unplugged", Some(CameraFault::GoneAfter(20)));
}

#[test]
fn a_capture_stops_although_the_camera_hangs() {
    under_camera("hangs", Some(CameraFault::HangAfter(60)));
}

#[test]
fn a_camera_that_goes_silent_is_reported() {
    under_camera("silent", Some(CameraFault::HangAfter(10)));
}

#[test]
fn without_a_camera_there_is_an_error_and_no_device() {
    if cameras().is_empty() {
        let error = start(None, VideoSettings::default()).map(|_| ()).unwrap_err();
        assert_eq!(error, VideoSourceError::NoCamera);
        assert_eq!(error.code(), "no_camera");
    } else {
        let error = start(Some("nonsense"), VideoSettings::default()).map(|_| ()).unwrap_err();
        assert_eq!(error, VideoSourceError::CameraNotFound);
    }
}

#[test]
#[ignore = "runs in the processes the other tests start"]
fn scenario() {
    match std::env::var(SCENARIO).as_deref() {
        Ok("picture") => picture(),
        Ok("smaller") => smaller(),
        Ok("off_and_on") => off_and_on(),
        Ok("busy") => busy(),
        Ok("unplugged") => unplugged(),
        Ok("hangs") => hangs(),
        Ok("silent") => silent(),
        _ => return,
    }
    println!("scenario reached its end");
}

fn test_camera() -> Device {
    Device { id: camera::ID.into(), name: camera::NAME.into() }
}

/// Where the bar begins: the first column, at half height, that is the bar's colour.
fn bar_position(frame: &I420Frame) -> Option<u32> {
    (0..frame.width).find(|x| pixel(frame, *x, frame.height / 2)[0] > 180)
}

/// Checks both halves at columns the bar does not cover, and returns where the bar is.
fn check_picture(frame: &I420Frame) -> Option<u32> {
    let bar = bar_position(frame);
    let near_bar = |x: u32| {
        let margin = 16;
        bar.is_some_and(|bar| (bar.saturating_sub(margin)..bar + camera::BAR_WIDTH + margin).contains(&x))
    };
    for (columns, expected) in [([100, 400], camera::LEFT), ([800, 1100], camera::RIGHT)] {
        for x in columns.map(|x| x * frame.width / camera::SIZE.0).into_iter().filter(|x| !near_bar(*x)) {
            let found = pixel(frame, x, frame.height / 3);
            assert!(alike(found, expected), "at {x}: {found:?} instead of {expected:?}, bar at {bar:?}");
        }
    }
    bar
}

fn picture() {
    assert!(cameras().contains(&test_camera()), "{:?}", cameras());
    assert!(cameras().iter().all(|device| device.id != "10"), "a metadata node is no camera");
    let started = start(Some(camera::ID), VideoSettings::default()).unwrap();
    let mut decoder = Vp8Decoder::new();
    let mut bars = BTreeSet::new();
    for _ in 0..20 {
        let encoded = started.frames.recv_timeout(PATIENCE).unwrap();
        assert_eq!((u32::from(encoded.width), u32::from(encoded.height)), camera::SIZE);
        let frame = decoder.decode(&encoded.data).unwrap().unwrap();
        bars.extend(check_picture(&frame));
    }
    assert!(bars.len() >= 10, "the bar moves: {bars:?}");
    assert!(cameras().contains(&test_camera()), "a camera in use is still listed");
    started.frames.recv_timeout(PATIENCE).unwrap();
    drop(started.capture);
    assert_eq!(started.errors.iter().count(), 0);
}

fn smaller() {
    let settings = VideoSettings { width: 640, height: 480, fps: 10, bitrate_kbps: 500 };
    let started = start(None, settings).unwrap();
    let first = started.frames.recv_timeout(PATIENCE).unwrap();
    assert_eq!((first.width, first.height), (640, 480), "not 720p scaled to 640x360");
    check_picture(&Vp8Decoder::new().decode(&first.data).unwrap().unwrap());
    let next = || started.frames.recv_timeout(PATIENCE).unwrap().timestamp;
    let last = (0..5).fold(first.timestamp, |_, _| next());
    // Ten a second are let through, each at most a quarter interval early, of the camera's thirty.
    assert!(last - first.timestamp >= 5 * 9000 - 9000 / 4);
}

fn off_and_on() {
    for _ in 0..5 {
        let started = start(None, VideoSettings::default()).unwrap();
        assert!(started.frames.recv_timeout(PATIENCE).unwrap().keyframe);
        started.frames.recv_timeout(PATIENCE).unwrap();
    }
}

fn busy() {
    let first = start(None, VideoSettings::default()).unwrap();
    first.frames.recv_timeout(PATIENCE).unwrap();
    let second = start(None, VideoSettings::default()).map(|_| ()).unwrap_err();
    assert_eq!(second, VideoSourceError::CameraBusy);
    for _ in 0..5 {
        first.frames.recv_timeout(PATIENCE).unwrap();
    }
    drop(first);
    start(None, VideoSettings::default()).unwrap().frames.recv_timeout(PATIENCE).unwrap();
}

fn unplugged() {
    let started = start(None, VideoSettings::default()).unwrap();
    let errors: Vec<_> = started.errors.iter().collect();
    assert_eq!(errors, [VideoSourceError::CameraLost]);
    let frames = started.frames.iter().count();
    assert!((1..=20).contains(&frames), "{frames}");
    assert!(cameras().iter().all(|device| device.id != camera::ID));
    assert!(start(Some(camera::ID), VideoSettings::default()).is_err());
}

fn hangs() {
    let started = start(None, VideoSettings::default()).unwrap();
    // Until the camera has delivered its last; what the encoder was too slow for is not missed.
    while started.frames.recv_timeout(Duration::from_millis(500)).is_ok() {}
    drop(started.capture);
    assert_eq!(started.errors.iter().count(), 0, "stopping is not an error");
}

fn silent() {
    let started = start(None, VideoSettings::default()).unwrap();
    let errors: Vec<_> = started.errors.iter().collect();
    assert_eq!(errors, [VideoSourceError::CameraStalled]);
}
