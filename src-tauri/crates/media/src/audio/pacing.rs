//! Threads that can be stopped with a bounded wait, and a frame every 20 ms without the clock of a device.

use super::{AudioError, FRAME_DURATION, lock};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

/// How long we wait for a stopping thread. A thread that hangs in a dead sound server is left behind.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks a thread to end, and lets the thread wait for that request.
#[derive(Clone, Default)]
pub(super) struct EndSignal(Arc<AtomicBool>);

impl EndSignal {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Waits until `deadline`, or shorter if asked to stop or if `enough` returns true at a wake-up.
    pub(super) fn wait_until(&self, deadline: Instant, mut enough: impl FnMut() -> bool) {
        while !self.is_set() && !enough() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }
}

/// A thread that ends when this is dropped.
pub(super) struct Worker {
    stop: EndSignal,
    /// The lock only lets a worker be shared.
    ended: Mutex<mpsc::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn spawn(
        name: &str,
        body: impl FnOnce(&EndSignal) + Send + 'static,
    ) -> Result<Self, AudioError> {
        let stop = EndSignal::default();
        let (alive, ended) = mpsc::channel();
        let theirs = stop.clone();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _alive: mpsc::Sender<()> = alive;
                body(&theirs);
            })
            .map_err(|_| AudioError::NoThread)?;
        Ok(Self { stop, ended: Mutex::new(ended), thread: Some(thread) })
    }

    pub(super) fn thread(&self) -> Option<&Thread> {
        self.thread.as_ref().map(JoinHandle::thread)
    }

    /// Waits until the thread has ended by itself; false if that takes too long.
    pub(super) fn wait(&self) -> bool {
        lock(&self.ended).recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Disconnected)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.0.store(true, Ordering::Release);
        let Some(thread) = self.thread.take() else { return };
        thread.thread().unpark();
        // The thread's own callback dropped it, so it ends once that returns.
        if thread.thread().id() == thread::current().id() {
            return;
        }
        if self.wait() {
            _ = thread.join();
        } else {
            tracing::warn!(thread = thread.thread().name(), "audio thread does not end, left behind");
        }
    }
}

/// Due every 20 ms, exactly so on average.
#[derive(Default)]
pub(super) struct Pacer {
    next: Option<Instant>,
}

impl Pacer {
    /// If more frames than this are due, they are skipped: the machine slept, and catching up would be noise.
    const MOST_BEHIND: Duration = Duration::from_millis(200);

    /// Waits until the next frame is due; returns how many frames were skipped before it.
    pub(super) fn wait(&mut self, stop: &EndSignal) -> u32 {
        let due = self.next.unwrap_or_else(Instant::now);
        stop.wait_until(due, || false);
        let behind = Instant::now().saturating_duration_since(due);
        let skipped = if behind > Self::MOST_BEHIND {
            u32::try_from(behind.as_nanos() / FRAME_DURATION.as_nanos()).unwrap_or(u32::MAX)
        } else {
            0
        };
        self.next = Some(due + FRAME_DURATION * skipped + FRAME_DURATION);
        skipped
    }

    /// The next frame is due one frame from now, because another clock has set the pace until here.
    pub(super) fn restart(&mut self) {
        self.next = Some(Instant::now() + FRAME_DURATION);
    }
}
