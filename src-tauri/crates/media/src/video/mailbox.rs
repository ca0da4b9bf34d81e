//! A place for one picture between two threads, where a newer one replaces an older.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::VideoSourceError;
use super::frame::I420Frame;
use super::pacing::Stop;

/// How long a waiting taker may go without looking at its [`Stop`]. Pictures arrive more often than this, so it matters
/// only while a source hangs.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
struct State {
    frame: Option<I420Frame>,
    replaced: u64,
    ended: Option<VideoSourceError>,
    taker_gone: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The side that puts pictures in. Dropping it ends the stream, also when its thread panics.
#[derive(Debug)]
pub(crate) struct Putter(Arc<Shared>);

/// The side that takes pictures out.
#[derive(Debug)]
pub(crate) struct Taker(Arc<Shared>);

/// A connected pair.
pub(crate) fn mailbox() -> (Putter, Taker) {
    let shared = Arc::new(Shared::default());
    (Putter(Arc::clone(&shared)), Taker(shared))
}

impl Putter {
    /// Puts a picture in and replaces one that was not taken. False if the taker is gone.
    pub(crate) fn put(&self, frame: I420Frame) -> bool {
        let mut state = self.0.lock();
        if state.taker_gone {
            return false;
        }
        if state.frame.replace(frame).is_some() {
            state.replaced += 1;
        }
        self.0.changed.notify_all();
        true
    }

    /// Whether the taker is gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.0.lock().taker_gone
    }

    /// Ends the stream with this reason.
    pub(crate) fn end(self, reason: VideoSourceError) {
        self.0.lock().ended.get_or_insert(reason);
    }
}

impl Drop for Putter {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended.get_or_insert_with(|| VideoSourceError::CameraFailed("capture thread ended".into()));
        self.0.changed.notify_all();
    }
}

impl Taker {
    /// Waits for a picture, at most `patience`.
    pub(crate) fn take(&self, stop: &Stop, patience: Duration) -> Result<I420Frame, VideoSourceError> {
        let deadline = Instant::now() + patience;
        let mut state = self.0.lock();
        loop {
            if stop.is_set() {
                return Err(VideoSourceError::Stopped);
            }
            if let Some(frame) = state.frame.take() {
                return Ok(frame);
            }
            if let Some(reason) = &state.ended {
                return Err(reason.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(VideoSourceError::CameraStalled);
            }
            let wait = left.min(LOOK_EVERY);
            state = self.0.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Pictures that were replaced before they were taken.
    pub(crate) fn replaced(&self) -> u64 {
        self.0.lock().replaced
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        self.0.lock().taker_gone = true;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn frame(at: u64) -> I420Frame {
        let mut frame = I420Frame::filled(16, 16, [16, 128, 128]);
        frame.captured_at = Duration::from_millis(at);
        frame
    }

    #[test]
    fn the_newest_picture_wins_and_the_loss_is_counted() {
        let (putter, taker) = mailbox();
        for at in 0..3 {
            assert!(putter.put(frame(at)));
        }
        assert_eq!(taker.take(&Stop::new(), PATIENCE).unwrap(), frame(2));
        assert_eq!(taker.replaced(), 2);
    }

    #[test]
    fn the_reason_for_the_end_arrives_after_the_last_picture() {
        let (putter, taker) = mailbox();
        putter.put(frame(0));
        putter.end(VideoSourceError::CameraLost);
        assert!(taker.take(&Stop::new(), PATIENCE).is_ok());
        assert_eq!(taker.take(&Stop::new(), PATIENCE), Err(VideoSourceError::CameraLost));
    }

    #[test]
    fn a_panicking_putter_ends_the_stream() {
        let (putter, taker) = mailbox();
        let thread = std::thread::spawn(move || {
            let _putter = putter;
            std::panic::resume_unwind(Box::new("as a driver binding might"));
        });
        assert!(matches!(taker.take(&Stop::new(), PATIENCE), Err(VideoSourceError::CameraFailed(_))));
        assert!(thread.join().is_err());
    }

    #[test]
    fn a_taker_gives_up_on_silence_and_on_stop() {
        let (putter, taker) = mailbox();
        assert_eq!(taker.take(&Stop::new(), Duration::ZERO), Err(VideoSourceError::CameraStalled));
        let stop = Stop::new();
        stop.set();
        assert_eq!(taker.take(&stop, PATIENCE), Err(VideoSourceError::Stopped));
        drop(taker);
        assert!(!putter.put(frame(0)));
        assert!(putter.is_abandoned());
    }
}
