//! From the media threads to the connections.
//!
//! [`Outbox::send`] never waits. Each connection has a queue and a task of its own, so that a connection with a bad
//! path delays no other. What does not fit into a queue is dropped and counted. After a dropped video batch, nothing of
//! that track is sent there before its next keyframe, because it could not be decoded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use holdfast_terms::{SourceTable, TrackSource};
use tokio::sync::mpsc;

use crate::config::SEND_QUEUE;
use crate::connection::LocalTrack;
use crate::packetizer::RtpBatch;
use crate::traffic::Traffic;

type Tracks = Vec<(TrackSource, Arc<LocalTrack>)>;

/// The sending end of a peer.
#[derive(Default)]
pub(crate) struct Outbox {
    outlets: RwLock<Vec<Arc<Outlet>>>,
}

/// The sending end of one connection; its task ends when it is dropped.
pub(crate) struct Outlet {
    queue: mpsc::Sender<Arc<RtpBatch>>,
    tracks: Arc<Mutex<Tracks>>,
    /// Whether the connection is up.
    open: AtomicBool,
    /// Sources that wait for a keyframe because a picture was dropped.
    broken: SourceTable<AtomicBool>,
    traffic: Arc<Traffic>,
}

impl Outbox {
    /// Adds the outlet of a new connection, closed at first. Needs a tokio runtime.
    pub(crate) fn add(&self, traffic: Arc<Traffic>) -> Arc<Outlet> {
        let (outlet, queue) = Outlet::new(traffic);
        tokio::spawn(write(queue, Arc::clone(&outlet.tracks)));
        let outlet = Arc::new(outlet);
        self.outlets.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&outlet));
        outlet
    }

    pub(crate) fn remove(&self, outlet: &Arc<Outlet>) {
        let mut outlets = self.outlets.write().unwrap_or_else(PoisonError::into_inner);
        outlets.retain(|other| !Arc::ptr_eq(other, outlet));
    }

    /// Queues a batch for every connection that is up.
    pub(crate) fn send(&self, batch: &Arc<RtpBatch>) {
        for outlet in self.outlets.read().unwrap_or_else(PoisonError::into_inner).iter() {
            outlet.send(batch);
        }
    }
}

impl Outlet {
    fn new(traffic: Arc<Traffic>) -> (Self, mpsc::Receiver<Arc<RtpBatch>>) {
        let (queue, receiver) = mpsc::channel(SEND_QUEUE);
        let outlet = Self {
            queue,
            tracks: Arc::default(),
            open: AtomicBool::new(false),
            broken: SourceTable::default(),
            traffic,
        };
        (outlet, receiver)
    }

    /// Sets the tracks to write to.
    pub(crate) fn set_tracks(&self, tracks: Tracks) {
        // The list is replaced in one step, so it is valid after any panic.
        *self.tracks.lock().unwrap_or_else(PoisonError::into_inner) = tracks;
    }

    /// Starts sending, with a keyframe. Also called after the path was down, because media sent meanwhile is lost.
    pub(crate) fn open(&self) {
        for broken in self.broken.values() {
            broken.store(true, Ordering::Relaxed);
        }
        self.open.store(true, Ordering::Release);
    }

    /// Stops sending: the other end is not there yet, or is gone.
    pub(crate) fn close(&self) {
        self.open.store(false, Ordering::Release);
    }

    fn send(&self, batch: &Arc<RtpBatch>) {
        if !self.open.load(Ordering::Acquire) || batch.packets.is_empty() {
            return;
        }
        // Each piece of sound can be decoded by itself.
        let broken = batch.source.is_video().then(|| &self.broken[batch.source]);
        if let Some(broken) = broken
            && broken.load(Ordering::Relaxed)
            && !batch.keyframe
        {
            self.traffic.batch_skipped(batch.source);
            return;
        }
        let fits = self.queue.try_send(Arc::clone(batch)).is_ok();
        if !fits {
            self.traffic.batch_dropped(batch.source);
        }
        if let Some(broken) = broken {
            broken.store(!fits, Ordering::Relaxed);
            if !fits {
                self.traffic.want_own_keyframe(batch.source);
            }
        }
    }
}

/// Writes queued batches until the outlet is gone.
async fn write(mut queue: mpsc::Receiver<Arc<RtpBatch>>, tracks: Arc<Mutex<Tracks>>) {
    while let Some(batch) = queue.recv().await {
        let track = {
            let tracks = tracks.lock().unwrap_or_else(PoisonError::into_inner);
            tracks.iter().find(|(of, _)| *of == batch.source).map(|(_, track)| Arc::clone(track))
        };
        if let Some(track) = track {
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
        let (outlet, mut queue) = Outlet::new(Arc::default());
        outlet.send(&voice());
        assert!(queue.try_recv().is_err());
        outlet.open();
        outlet.send(&voice());
        assert!(queue.try_recv().is_ok());
    }

    #[test]
    fn what_was_closed_goes_on_with_a_keyframe() {
        let (outlet, mut queue) = Outlet::new(Arc::default());
        outlet.open();
        outlet.send(&camera(true));
        outlet.close();
        outlet.send(&camera(false));
        outlet.send(&voice());
        assert!(queue.try_recv().is_ok() && queue.try_recv().is_err());
        outlet.open();
        outlet.send(&camera(false));
        outlet.send(&voice());
        assert_eq!(queue.try_recv().unwrap().source, TrackSource::Microphone);
        outlet.send(&camera(true));
        assert!(queue.try_recv().unwrap().keyframe);
    }

    #[test]
    fn a_connection_begins_with_a_keyframe() {
        let (outlet, mut queue) = Outlet::new(Arc::default());
        outlet.open();
        outlet.send(&camera(false));
        assert!(queue.try_recv().is_err());
        outlet.send(&camera(true));
        outlet.send(&camera(false));
        assert!(queue.try_recv().unwrap().keyframe);
        assert!(!queue.try_recv().unwrap().keyframe);
    }

    #[tokio::test]
    async fn a_second_connection_begins_with_a_keyframe_and_takes_nothing_from_the_first() {
        let outbox = Outbox::default();
        let traffic = Arc::<Traffic>::default();
        let first = outbox.add(Arc::clone(&traffic));
        first.open();
        outbox.send(&camera(true));
        let second = outbox.add(Arc::clone(&traffic));
        second.open();
        outbox.send(&camera(false));
        assert_eq!(traffic.totals().of(TrackSource::Camera).batches_skipped, 1, "on the second only");
        outbox.remove(&first);
        outbox.send(&camera(true));
        outbox.send(&camera(false));
        assert_eq!(traffic.totals().of(TrackSource::Camera).batches_skipped, 1);
    }

    #[test]
    fn a_full_queue_drops_and_counts_and_goes_on_at_a_keyframe() {
        let traffic = Arc::<Traffic>::default();
        let (outlet, mut queue) = Outlet::new(Arc::clone(&traffic));
        outlet.open();
        outlet.send(&camera(true));
        for _ in 1..SEND_QUEUE {
            outlet.send(&voice());
        }
        outlet.send(&camera(false));
        assert_eq!(traffic.totals().of(TrackSource::Camera).batches_dropped, 1);
        assert!(traffic.take_keyframes_wanted().eq([TrackSource::Camera]));
        while queue.try_recv().is_ok() {}
        outlet.send(&camera(false));
        assert!(queue.try_recv().is_err(), "cannot be decoded after the dropped one");
        outlet.send(&camera(true));
        assert!(queue.try_recv().is_ok());
    }
}
