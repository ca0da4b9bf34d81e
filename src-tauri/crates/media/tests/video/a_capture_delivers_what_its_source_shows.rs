//! A capture delivers a stream that decodes to its source, obeys, ends cleanly and reports once.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::ThreadId;

use crate::support::{PATIENCE, alike, frame_time, pattern_frame, pixel, write_y4m};
use holdfast_media::video::{
    EncodedFrame, I420Frame, Stop, VideoCapture, VideoSettings, VideoSource, VideoSourceError,
    VideoSourceSpec, Vp8Decoder, pattern,
};

const SMALL: VideoSettings = VideoSettings { width: 320, height: 180, fps: 60, bitrate_kbps: 500 };

struct Started {
    capture: VideoCapture,
    frames: Receiver<EncodedFrame>,
    errors: Receiver<VideoSourceError>,
}

fn start(spec: VideoSourceSpec, settings: VideoSettings) -> Result<Started, VideoSourceError> {
    let ((frame_tx, frames), (error_tx, errors)) = (channel(), channel());
    let capture = VideoCapture::start(
        spec,
        settings,
        Box::new(move |frame| drop(frame_tx.send(frame))),
        Box::new(move |error| drop(error_tx.send(error))),
    )?;
    Ok(Started { capture, frames, errors })
}

#[test]
fn the_pattern_arrives_moving_and_in_its_colour() {
    let started = start(VideoSourceSpec::Pattern { hue: 280 }, SMALL).unwrap();
    let mut decoder = Vp8Decoder::new();
    let (mut last_counter, mut last_timestamp) = (None, None);
    for _ in 0..30 {
        let encoded = started.frames.recv_timeout(PATIENCE).unwrap();
        assert_eq!((encoded.width, encoded.height), (320, 180));
        let frame = decoder.decode(&encoded.data).unwrap().unwrap();
        let counter = pattern::read_counter(&frame);
        assert!(counter.is_some() && counter > last_counter, "{counter:?} after {last_counter:?}");
        assert!(last_timestamp < Some(encoded.timestamp));
        // The time of a picture is that of its number: 1500 ticks of the clock each at 60 fps.
        assert_eq!(encoded.timestamp.div_ceil(1500), u32::from(counter.unwrap()));
        assert!(alike(pixel(&frame, 4, 172), pattern::background_yuv(280)));
        (last_counter, last_timestamp) = (counter, Some(encoded.timestamp));
    }
    let stats = started.capture.stats();
    assert!(stats.encoded >= 30 && stats.bytes > 0 && stats.keyframes == 1, "{stats:?}");
    drop(started.capture);
    assert!(started.frames.iter().all(|frame| !frame.keyframe), "the channel ends: the thread is gone");
    assert_eq!(started.errors.iter().count(), 0, "stopping is not an error");
}

#[test]
fn a_keyframe_and_a_bit_rate_can_be_asked_for_while_it_runs() {
    let started = start(VideoSourceSpec::Pattern { hue: 0 }, SMALL).unwrap();
    assert!(started.frames.recv_timeout(PATIENCE).unwrap().keyframe);
    assert!(!started.frames.recv_timeout(PATIENCE).unwrap().keyframe);
    started.capture.set_bitrate(100);
    started.capture.request_keyframe();
    assert!(std::iter::repeat_with(|| started.frames.recv_timeout(PATIENCE).unwrap()).any(|f| f.keyframe));
    let next: Vec<_> = (0..5).map(|_| started.frames.recv_timeout(PATIENCE).unwrap().keyframe).collect();
    assert_eq!(next, [false; 5], "one request, one keyframe");
}

#[test]
fn a_large_file_is_scaled_to_fit_and_a_small_one_is_not_enlarged() {
    let folder = tempfile::tempdir().unwrap();
    for (size, sent) in [((640, 360), (320, 180)), ((640, 480), (240, 180)), ((160, 120), (160, 120))] {
        let path = folder.path().join("file.y4m");
        let frames: Vec<_> = (0..3).map(|index| pattern_frame(size.0, size.1, 60, index)).collect();
        write_y4m(&path, 60, &frames).unwrap();
        let started = start(VideoSourceSpec::File(path), SMALL).unwrap();
        let encoded = started.frames.recv_timeout(PATIENCE).unwrap();
        assert_eq!((encoded.width, encoded.height), sent);
        let frame = Vp8Decoder::new().decode(&encoded.data).unwrap().unwrap();
        assert_eq!(pattern::read_counter(&frame), Some(0), "{size:?}");
    }
}

#[test]
fn what_cannot_be_opened_is_refused_at_the_start() {
    let outcome = |spec, settings| start(spec, settings).map(|_| ()).unwrap_err().code();
    assert_eq!(outcome(VideoSourceSpec::File("/nowhere.y4m".into()), SMALL), "video_file_missing");
    assert_eq!(outcome(VideoSourceSpec::None, SMALL), "no_video_source");
    let bad = VideoSettings { width: 0, ..SMALL };
    assert_eq!(outcome(VideoSourceSpec::Pattern { hue: 0 }, bad), "invalid_video_settings");
}

/// A source of pictures at given times, which then fails.
struct Script {
    times: std::vec::IntoIter<u32>,
    end: VideoSourceError,
}

impl VideoSource for Script {
    fn next_frame(&mut self) -> Result<I420Frame, VideoSourceError> {
        let index = self.times.next().ok_or_else(|| self.end.clone())?;
        let frame = pattern_frame(64, 48, 0, index);
        Ok(I420Frame { captured_at: frame_time(index), ..frame })
    }
}

fn run_script(times: Vec<u32>, fps: u32) -> (Vec<EncodedFrame>, Vec<VideoSourceError>, u64) {
    let ((frame_tx, frames), (error_tx, errors)) = (channel(), channel());
    let source = Script { times: times.into_iter(), end: VideoSourceError::CameraLost };
    let capture = VideoCapture::start_with(
        Box::new(source),
        Stop::new(),
        VideoSettings { fps, ..SMALL },
        Box::new(move |frame| drop(frame_tx.send(frame))),
        Box::new(move |error| drop(error_tx.send(error))),
    )
    .unwrap();
    let errors = errors.iter().collect();
    let thinned = capture.stats().thinned;
    (frames.iter().collect(), errors, thinned)
}

#[test]
fn a_source_that_fails_is_reported_once_and_ends_the_capture() {
    let (frames, errors, _) = run_script(vec![0, 1, 2], 30);
    assert_eq!(frames.len(), 3);
    assert_eq!(errors, [VideoSourceError::CameraLost]);
}

#[test]
fn a_source_faster_than_wanted_is_thinned_evenly() {
    let (frames, _, thinned) = run_script((0..60).collect(), 15);
    assert_eq!(thinned, 30);
    let steps: Vec<_> = frames.windows(2).map(|pair| pair[1].timestamp - pair[0].timestamp).collect();
    assert!(steps.iter().all(|step| (5_990..=6_010).contains(step)), "{steps:?}");
}

#[test]
fn a_capture_may_be_dropped_by_its_own_callback() {
    let slot = std::sync::Arc::new(std::sync::Mutex::new(None::<VideoCapture>));
    let (done_tx, done) = channel::<ThreadId>();
    let for_sink = std::sync::Arc::clone(&slot);
    let capture = VideoCapture::start(
        VideoSourceSpec::Pattern { hue: 0 },
        SMALL,
        Box::new(move |_| {
            if for_sink.lock().unwrap().take().is_some() {
                done_tx.send(std::thread::current().id()).unwrap();
            }
        }),
        Box::new(|_| {}),
    )
    .unwrap();
    *slot.lock().unwrap() = Some(capture);
    assert_ne!(done.recv_timeout(PATIENCE).unwrap(), std::thread::current().id());
    assert_eq!(done.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected), "the thread ended");
}
