//! Media files a person may point at: the readers take paths, so each input becomes a file first.

use std::cell::RefCell;
use std::io::{Seek, Write};
use std::path::Path;

use holdfast_media::audio::{FRAME, FrameSource, WavLoop};
use holdfast_media::video::{Stop, VideoSource, Y4mSource};
use tempfile::NamedTempFile;

thread_local! {
    /// One per thread, used over and over.
    static FILE: RefCell<Option<NamedTempFile>> = const { RefCell::new(None) };
}

fn with_file(data: &[u8], check: impl FnOnce(&Path)) {
    FILE.with_borrow_mut(|file| {
        if file.is_none() {
            *file = NamedTempFile::new().ok();
        }
        let Some(file) = file else { panic!("no temporary file") };
        let written = file.as_file().set_len(0).and_then(|()| {
            file.as_file_mut().rewind()?;
            file.as_file_mut().write_all(data)
        });
        assert!(written.is_ok(), "the temporary file cannot be written: {written:?}");
        check(file.path());
    });
}

/// A WAV file to speak from.
pub fn wav_file(data: &[u8]) {
    with_file(data, |path| match WavLoop::open(path) {
        Ok(mut source) => {
            let mut frame = [f32::NAN; FRAME];
            for _ in 0..3 {
                if let Err(error) = source.next_frame(&mut frame) {
                    assert!(!error.code().is_empty());
                    return;
                }
                assert!(frame.iter().all(|sample| sample.is_finite()), "the encoder must not see this");
            }
        }
        Err(error) => assert!(!error.code().is_empty()),
    });
}

/// A Y4M file to show.
pub fn y4m_file(data: &[u8]) {
    with_file(data, |path| match Y4mSource::open(path, &Stop::new()) {
        Ok(mut source) => {
            assert!(!source.is_empty());
            // The first picture is due at once; the next would be waited for.
            match source.next_frame() {
                Ok(frame) => {
                    assert!(frame.is_consistent());
                    assert_eq!((frame.width, frame.height), source.size());
                }
                Err(error) => panic!("accepted when it was opened, unreadable after: {error}"),
            }
        }
        Err(error) => assert!(!error.code().is_empty()),
    });
}
