//! From a source to encoded frames, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::convert::{fit_within, scale};
use super::error::VideoSourceError;
use super::frame::I420Frame;
use super::pacing::{RateLimit, Stop};
use super::source::{VideoSettings, VideoSource, VideoSourceSpec};
use super::vp8::{EncodeError, EncodedFrame, Vp8Encoder};

/// Receives every encoded frame on the capture thread. It must not block.
pub type FrameSink = Box<dyn FnMut(EncodedFrame) + Send>;

/// Receives the error that ended the capture, on the capture thread, at most once.
pub type ErrorCallback = Box<dyn FnMut(VideoSourceError) + Send>;

/// What happened to the pictures so far. Every picture of the source is in exactly one of `skipped`, `thinned`,
/// `refused` and `encoded`, except the one in work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VideoCaptureStats {
    /// Lost because encoding was slower than the source, so newer ones replaced them.
    pub skipped: u64,
    /// Left out because the source is faster than the rate asked for.
    pub thinned: u64,
    /// Left out by the encoder to keep to the bit rate.
    pub refused: u64,
    /// Encoded and handed on.
    pub encoded: u64,
    /// Keyframes among the encoded.
    pub keyframes: u64,
    /// Bytes handed on.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct Shared {
    stop: Stop,
    keyframe: AtomicBool,
    bitrate_kbps: AtomicU32,
    skipped: AtomicU64,
    thinned: AtomicU64,
    refused: AtomicU64,
    encoded: AtomicU64,
    keyframes: AtomicU64,
    bytes: AtomicU64,
}

/// A running capture. Dropping it stops it and waits for its thread.
///
/// The wait is short even if a camera hangs: the camera has a thread of its own, which is left behind after a second.
#[derive(Debug)]
pub struct VideoCapture {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl VideoCapture {
    /// Opens the source and starts to encode. Blocks while the source opens, for a camera up to some seconds. A source
    /// that cannot be opened is reported here and not through `on_error`.
    pub fn start(
        spec: VideoSourceSpec,
        settings: VideoSettings,
        sink: FrameSink,
        on_error: ErrorCallback,
    ) -> Result<Self, VideoSourceError> {
        let settings = settings.checked()?;
        let stop = Stop::new();
        let source = spec.open(settings, &stop)?;
        Self::start_with(source, stop, settings, sink, on_error)
    }

    /// Starts to encode a source that is already open. `stop` is the flag with which the source was opened; dropping
    /// the capture sets it.
    pub fn start_with(
        source: Box<dyn VideoSource>,
        stop: Stop,
        settings: VideoSettings,
        sink: FrameSink,
        mut on_error: ErrorCallback,
    ) -> Result<Self, VideoSourceError> {
        let settings = settings.checked()?;
        let shared = Arc::new(Shared {
            stop,
            bitrate_kbps: AtomicU32::new(settings.bitrate_kbps),
            ..Shared::default()
        });
        let mut run = Run {
            source,
            settings,
            sink,
            encoder: None,
            limit: RateLimit::new(settings.fps),
            bitrate_kbps: settings.bitrate_kbps,
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::Builder::new().name("video-capture".into()).spawn(move || {
            let end = loop {
                if let Err(error) = run.step() {
                    break error;
                }
            };
            if !run.shared.stop.is_set() && end != VideoSourceError::Stopped {
                tracing::warn!(code = end.code(), error = %end, "video capture ended");
                on_error(end);
            }
        });
        let thread = thread.map_err(|_| VideoSourceError::NoThread)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Makes the next encoded frame a keyframe.
    pub fn request_keyframe(&self) {
        self.shared.keyframe.store(true, Ordering::Relaxed);
    }

    /// Changes the target bit rate, in kbit/s.
    pub fn set_bitrate(&self, kbps: u32) {
        self.shared.bitrate_kbps.store(kbps, Ordering::Relaxed);
    }

    /// What happened to the pictures so far.
    #[must_use]
    pub fn stats(&self) -> VideoCaptureStats {
        let shared = &self.shared;
        VideoCaptureStats {
            skipped: shared.skipped.load(Ordering::Relaxed),
            thinned: shared.thinned.load(Ordering::Relaxed),
            refused: shared.refused.load(Ordering::Relaxed),
            encoded: shared.encoded.load(Ordering::Relaxed),
            keyframes: shared.keyframes.load(Ordering::Relaxed),
            bytes: shared.bytes.load(Ordering::Relaxed),
        }
    }
}

impl Drop for VideoCapture {
    fn drop(&mut self) {
        self.shared.stop.set();
        let Some(thread) = self.thread.take() else { return };
        // A callback may own the capture and drop it, but a thread cannot wait for itself.
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the video capture thread panicked");
        }
    }
}

/// What the capture thread owns.
struct Run {
    source: Box<dyn VideoSource>,
    settings: VideoSettings,
    sink: FrameSink,
    encoder: Option<Vp8Encoder>,
    limit: RateLimit,
    bitrate_kbps: u32,
    shared: Arc<Shared>,
}

impl Run {
    /// Waits for one picture and handles it.
    fn step(&mut self) -> Result<(), VideoSourceError> {
        if self.shared.stop.is_set() {
            return Err(VideoSourceError::Stopped);
        }
        let frame = self.source.next_frame()?;
        self.shared.skipped.store(self.source.skipped(), Ordering::Relaxed);
        if !self.limit.admit(frame.captured_at) {
            self.shared.thinned.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let frame = self.fitted(frame)?;
        let keyframe = self.shared.keyframe.swap(false, Ordering::Relaxed);
        let Some(encoded) = self.encoder_for(&frame)?.encode(&frame, keyframe)? else {
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        self.shared.encoded.fetch_add(1, Ordering::Relaxed);
        self.shared.keyframes.fetch_add(encoded.keyframe.into(), Ordering::Relaxed);
        self.shared.bytes.fetch_add(encoded.data.len() as u64, Ordering::Relaxed);
        (self.sink)(encoded);
        Ok(())
    }

    fn fitted(&self, frame: I420Frame) -> Result<I420Frame, VideoSourceError> {
        let size = fit_within(frame.width, frame.height, self.settings.width, self.settings.height);
        if size == (frame.width, frame.height) {
            return Ok(frame);
        }
        scale(&frame, size.0, size.1).ok_or(VideoSourceError::Encoder(EncodeError::Picture))
    }

    fn encoder_for(&mut self, frame: &I420Frame) -> Result<&mut Vp8Encoder, EncodeError> {
        let wanted = self.shared.bitrate_kbps.load(Ordering::Relaxed);
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(Vp8Encoder::new(frame.width, frame.height, self.settings.fps, wanted)?),
        };
        if wanted != self.bitrate_kbps {
            encoder.set_bitrate(wanted)?;
            self.bitrate_kbps = wanted;
        }
        Ok(encoder)
    }
}
