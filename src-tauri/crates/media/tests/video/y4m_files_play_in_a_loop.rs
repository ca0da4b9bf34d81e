//! Y4M files play in a loop, and files that cannot be played say why.

use std::io::Write as _;
use std::time::Duration;

use crate::support::{pattern_frame, write_y4m};
use holdfast_media::video::{
    Stop, VideoSettings, VideoSource as _, VideoSourceError, VideoSourceSpec, Y4mSource, pattern,
};

#[test]
fn a_file_plays_in_a_loop_at_its_own_rate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pattern.y4m");
    let frames: Vec<_> = (0..4).map(|index| pattern_frame(66, 50, 10, index)).collect();
    write_y4m(&path, 100, &frames).unwrap();
    let mut source = Y4mSource::open(&path, &Stop::new()).unwrap();
    assert_eq!((source.size(), source.len()), ((66, 50), 4));
    let mut last = None;
    for _ in 0..10 {
        let frame = source.next_frame().unwrap();
        assert!(last < Some(frame.captured_at));
        last = Some(frame.captured_at);
        // On a slow machine pictures are skipped, so the time says which one this must be.
        let index = (frame.captured_at.as_micros() + 5000) / 10_000;
        assert_eq!(frame.captured_at, Duration::from_millis(10) * index as u32);
        assert_eq!(pattern::read_counter(&frame), Some((index % 4) as u16));
    }
}

#[test]
fn a_stopped_file_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.y4m");
    write_y4m(&path, 1, &[pattern_frame(64, 48, 10, 0)]).unwrap();
    let stop = Stop::new();
    let mut source = Y4mSource::open(&path, &stop).unwrap();
    source.next_frame().unwrap();
    stop.set();
    assert_eq!(source.next_frame(), Err(VideoSourceError::Stopped));
}

#[test]
fn a_file_that_cannot_be_played_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.y4m");
    let frames: Vec<_> = (0..3).map(|index| pattern_frame(64, 48, 10, index)).collect();
    write_y4m(&good, 30, &frames).unwrap();
    let bytes = std::fs::read(&good).unwrap();
    let outcome = |content: &[u8]| {
        let path = folder.path().join("bad.y4m");
        std::fs::write(&path, content).unwrap();
        Y4mSource::open(&path, &Stop::new()).map(|source| source.len())
    };
    assert_eq!(outcome(&bytes), Ok(3));

    let cut = VideoSourceError::FileCorrupt { frame: 2 };
    assert_eq!(outcome(&bytes[..bytes.len() - 1]), Err(cut.clone()), "cut off in the last frame");
    assert_eq!(outcome(&[&bytes[..], b"FRA"].concat()), Err(VideoSourceError::FileCorrupt { frame: 3 }));
    assert_eq!(outcome(&[&bytes[..], b"\n"].concat()), Err(VideoSourceError::FileCorrupt { frame: 3 }));
    let mut overwritten = bytes.clone();
    let last_frame = bytes.len() - 64 * 48 * 3 / 2 - 6;
    overwritten[last_frame] = b'X';
    assert_eq!(outcome(&overwritten), Err(cut));
    let header_end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    assert_eq!(outcome(&bytes[..header_end]), Err(VideoSourceError::FileCorrupt { frame: 0 }), "no frames");

    assert_eq!(outcome(b"").unwrap_err().code(), "video_file_format");
    assert_eq!(outcome(b"\x1a\x45\xdf\xa3 a WebM file\n").unwrap_err().code(), "video_file_format");
    assert_eq!(outcome(&[b'Y'; 5000]).unwrap_err().code(), "video_file_format");
    assert_eq!(outcome(b"YUV4MPEG2 W64 H48 C444\nFRAME\n").unwrap_err().code(), "video_file_format");

    let missing = folder.path().join("missing.y4m");
    assert_eq!(Y4mSource::open(&missing, &Stop::new()).unwrap_err(), VideoSourceError::FileMissing);
    let not_a_file = Y4mSource::open(folder.path(), &Stop::new()).unwrap_err();
    assert!(matches!(not_a_file.code(), "video_file_format" | "video_file_unreadable"), "{not_a_file:?}");
}

#[test]
fn a_file_that_shrinks_while_it_plays_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shrinking.y4m");
    let frames: Vec<_> = (0..200).map(|index| pattern_frame(64, 48, 10, index)).collect();
    write_y4m(&path, 240, &frames).unwrap();
    let mut source = Y4mSource::open(&path, &Stop::new()).unwrap();
    source.next_frame().unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(100).unwrap();
    file.flush().unwrap();
    let error = std::iter::repeat_with(|| source.next_frame()).take(200).find_map(Result::err).unwrap();
    assert_eq!(error.code(), "video_file_corrupt");
}

#[test]
fn sources_that_cannot_be_opened_say_why() {
    let open = |spec: VideoSourceSpec, settings| spec.open(settings, &Stop::new()).map(|_| ()).unwrap_err();
    let settings = VideoSettings::default();
    assert_eq!(open(VideoSourceSpec::None, settings), VideoSourceError::NoSource);
    assert_eq!(open(VideoSourceSpec::File("/nowhere/a.y4m".into()), settings), VideoSourceError::FileMissing);
    let too_fast = VideoSettings { fps: 1000, ..settings };
    assert_eq!(open(VideoSourceSpec::Pattern { hue: 0 }, too_fast), VideoSourceError::InvalidSettings);
}
