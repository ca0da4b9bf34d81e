//! Where one connection's incoming media goes.
//!
//! Media does not pass through the peer's task: a negotiation in progress must not delay sound. What the
//! receiver has no room for is dropped and counted.

use std::sync::{Arc, PoisonError, RwLock};

use holdfast_negotiation::{TrackMap, TrackSource};
use tokio::sync::{mpsc, watch};

use crate::assembler::Frame;
use crate::config::RESERVED_EVENTS;
use crate::convert::source_to_wire;
use crate::event::{AudioPacket, PeerEvent, VideoFrame};
use crate::stats::Traffic;

/// The receiving end of one connection.
#[derive(Debug)]
pub(crate) struct Intake {
    events: mpsc::Sender<PeerEvent>,
    traffic: Arc<Traffic>,
    /// What the remote sends, by mid.
    sources: RwLock<TrackMap>,
    wishes: watch::Sender<()>,
}

impl Intake {
    pub(crate) fn new(events: mpsc::Sender<PeerEvent>, traffic: Arc<Traffic>) -> Self {
        Self { events, traffic, sources: RwLock::default(), wishes: watch::Sender::new(()) }
    }

    pub(crate) fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// Replaces what the remote is known to send; gives back what was known before.
    pub(crate) fn set_sources(&self, sources: TrackMap) -> TrackMap {
        std::mem::replace(&mut *self.sources.write().unwrap_or_else(PoisonError::into_inner), sources)
    }

    /// Asks for a keyframe on every incoming video track.
    pub(crate) fn wish_keyframe(&self) {
        self.wishes.send_replace(());
    }

    pub(crate) fn keyframe_wishes(&self) -> watch::Receiver<()> {
        self.wishes.subscribe()
    }

    pub(crate) fn audio(&self, packet: AudioPacket) {
        self.traffic.audio_received();
        self.deliver(PeerEvent::Audio(packet));
    }

    /// False if the frame was dropped, so nothing before the next keyframe can be shown.
    pub(crate) fn video(&self, mid: Option<&str>, frame: Frame) -> bool {
        self.deliver(PeerEvent::Video(VideoFrame {
            data: frame.data,
            keyframe: frame.keyframe,
            timestamp: frame.timestamp,
            source: source_to_wire(self.video_source(mid)),
        }))
    }

    /// A remote that does not say what a section carries shows a person.
    fn video_source(&self, mid: Option<&str>) -> TrackSource {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        match mid.and_then(|mid| sources.get(mid)) {
            Some(TrackSource::Screen) => TrackSource::Screen,
            _ => TrackSource::Camera,
        }
    }

    fn deliver(&self, event: PeerEvent) -> bool {
        self.traffic.media_heard();
        let delivered = self.events.capacity() > RESERVED_EVENTS && self.events.try_send(event).is_ok();
        if !delivered {
            self.traffic.media_dropped();
        }
        delivered
    }
}
