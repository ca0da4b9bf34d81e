//! From the media threads to one connection.
//!
//! [`Outbox::send`] never waits: what does not fit the queue is dropped and counted, and after a dropped video
//! batch nothing of that track is sent before its next keyframe, as nothing could be decoded anyway.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use holdfast_negotiation as negotiation;
use holdfast_protocol::TrackSource;
use tokio::sync::mpsc;

use crate::config::SEND_QUEUE;
use crate::connection::LocalTrack;
use crate::convert::source_to_wire;
use crate::packetizer::RtpBatch;
use crate::stats::Traffic;

type Tracks = Vec<(TrackSource, Arc<LocalTrack>)>;

/// The sending end of a peer; all clones are one.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Arc<RtpBatch>>,
    /// There is a connected connection to send on.
    open: AtomicBool,
    /// A batch was dropped; wait for a keyframe.
    camera_broken: AtomicBool,
    screen_broken: AtomicBool,
    traffic: Arc<Traffic>,
}

/// What the sending task writes to.
#[derive(Clone, Default)]
pub(crate) struct Outlets {
    tracks: Arc<Mutex<Tracks>>,
}

impl Outlets {
    pub(crate) fn set(&self, tracks: Vec<(negotiation::TrackSource, Arc<LocalTrack>)>) {
        let tracks = tracks.into_iter().map(|(source, track)| (source_to_wire(source), track)).collect();
        *self.lock() = tracks;
    }

    fn get(&self, source: TrackSource) -> Option<Arc<LocalTrack>> {
        self.lock().iter().find(|(of, _)| *of == source).map(|(_, track)| Arc::clone(track))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tracks> {
        // A list replaced in one step is valid after any panic.
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    /// The outbox and the queue [`run`] empties.
    pub(crate) fn new(traffic: Arc<Traffic>) -> (Self, mpsc::Receiver<Arc<RtpBatch>>) {
        let (queue, receiver) = mpsc::channel(SEND_QUEUE);
        let outbox = Self {
            queue,
            open: AtomicBool::new(false),
            camera_broken: AtomicBool::new(false),
            screen_broken: AtomicBool::new(false),
            traffic,
        };
        (outbox, receiver)
    }

    /// Starts sending, with a keyframe.
    pub(crate) fn open(&self) {
        self.camera_broken.store(true, Ordering::Relaxed);
        self.screen_broken.store(true, Ordering::Relaxed);
        self.open.store(true, Ordering::Release);
    }

    /// Drops whatever is handed in from now on.
    pub(crate) fn close(&self) {
        self.open.store(false, Ordering::Release);
    }

    /// Queues a batch, or drops it.
    pub(crate) fn send(&self, batch: Arc<RtpBatch>) {
        if !self.open.load(Ordering::Acquire) || batch.packets.is_empty() {
            return;
        }
        let broken = match batch.source {
            TrackSource::Microphone => None,
            TrackSource::Camera => Some(&self.camera_broken),
            TrackSource::Screen => Some(&self.screen_broken),
        };
        if let Some(broken) = broken
            && broken.load(Ordering::Relaxed)
            && !batch.keyframe
        {
            self.traffic.batch_skipped();
            return;
        }
        let fits = self.queue.try_send(batch).is_ok();
        if !fits {
            self.traffic.batch_dropped();
        }
        if let Some(broken) = broken {
            broken.store(!fits, Ordering::Relaxed);
            if !fits {
                self.traffic.want_own_keyframe();
            }
        }
    }
}

/// Writes what was queued until the outbox is gone.
pub(crate) async fn run(mut queue: mpsc::Receiver<Arc<RtpBatch>>, outlets: Outlets) {
    while let Some(batch) = queue.recv().await {
        if let Some(track) = outlets.get(batch.source) {
            track.write(&batch).await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::packetizer::Packetizer;

    fn camera(keyframe: bool) -> Arc<RtpBatch> {
        Arc::new(Packetizer::new(TrackSource::Camera).video(vec![u8::from(!keyframe); 10], 0))
    }

    fn voice() -> Arc<RtpBatch> {
        Arc::new(Packetizer::new(TrackSource::Microphone).audio(vec![1; 10], 0))
    }

    #[test]
    fn nothing_is_queued_before_there_is_a_connection() {
        let (outbox, mut queue) = Outbox::new(Arc::default());
        outbox.send(voice());
        assert!(queue.try_recv().is_err());
        outbox.open();
        outbox.send(voice());
        assert!(queue.try_recv().is_ok());
    }

    #[test]
    fn a_connection_begins_with_a_keyframe() {
        let (outbox, mut queue) = Outbox::new(Arc::default());
        outbox.open();
        outbox.send(camera(false));
        assert!(queue.try_recv().is_err());
        outbox.send(camera(true));
        outbox.send(camera(false));
        assert!(queue.try_recv().unwrap().keyframe);
        assert!(!queue.try_recv().unwrap().keyframe);
    }

    #[test]
    fn a_full_queue_drops_and_counts_and_goes_on_at_a_keyframe() {
        let traffic = Arc::<Traffic>::default();
        let (outbox, mut queue) = Outbox::new(Arc::clone(&traffic));
        outbox.open();
        outbox.send(camera(true));
        for _ in 1..SEND_QUEUE {
            outbox.send(voice());
        }
        outbox.send(camera(false));
        assert_eq!(traffic.totals().batches_dropped, 1);
        assert!(traffic.take_keyframe_request());
        while queue.try_recv().is_ok() {}
        outbox.send(camera(false));
        assert!(queue.try_recv().is_err(), "cannot be decoded after the dropped one");
        outbox.send(camera(true));
        assert!(queue.try_recv().is_ok());
    }
}
