//! Where incoming media goes: each connection has an [`Intake`] of its own, and all of them feed one [`Delivery`].
//!
//! Media does not pass through the peer's task: a negotiation in progress must not delay sound. If the receiver has no
//! room, media is dropped and counted.

use holdfast_terms::Generation;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use holdfast_negotiation::TrackMap;
use holdfast_peer_machine::splice::{Admission, AudioSplice, VideoSplice};
use holdfast_terms::{SourceTable, TrackSource};
use tokio::sync::{broadcast, mpsc};

use crate::assembler::Frame;
use crate::config::RESERVED_EVENTS;
use crate::event::{AudioPacket, PeerOutput, VideoFrame};
use crate::traffic::Traffic;

/// Keyframe wishes that may wait for a track. A reader that missed one asks for a keyframe.
const WISHES: usize = 8;

/// Delivers what one remote sends, over any number of connections, each piece once.
#[derive(Debug)]
pub(crate) struct Delivery {
    events: mpsc::Sender<PeerOutput>,
    traffic: Arc<Traffic>,
    splices: Mutex<Splices>,
}

#[derive(Debug, Default)]
struct Splices {
    sound: SourceTable<AudioSplice>,
    pictures: SourceTable<VideoSplice>,
}

impl Delivery {
    pub(crate) fn new(events: mpsc::Sender<PeerOutput>, traffic: Arc<Traffic>) -> Self {
        Self { events, traffic, splices: Mutex::default() }
    }

    fn splices(&self) -> MutexGuard<'_, Splices> {
        // A splice is valid after any panic; at worst a packet is heard twice.
        self.splices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, generation: Generation, source: TrackSource, event: PeerOutput) -> bool {
        let delivered = self.events.capacity() > RESERVED_EVENTS && self.events.try_send(event).is_ok();
        if delivered {
            self.traffic.carried_by(generation);
        } else {
            self.traffic.media_dropped(source);
        }
        delivered
    }
}

/// The receiving end of one connection.
#[derive(Debug)]
pub(crate) struct Intake {
    generation: Generation,
    delivery: Arc<Delivery>,
    /// Whether media came since the last call.
    heard: AtomicBool,
    /// What the remote sends, by mid.
    sources: RwLock<TrackMap>,
    /// The source of the last keyframe wish; `None` means all sources.
    wishes: broadcast::Sender<Option<TrackSource>>,
}

impl Intake {
    pub(crate) fn new(generation: Generation, delivery: Arc<Delivery>) -> Self {
        Self {
            generation,
            delivery,
            heard: AtomicBool::new(false),
            sources: RwLock::default(),
            wishes: broadcast::Sender::new(WISHES),
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    pub(crate) fn traffic(&self) -> &Arc<Traffic> {
        &self.delivery.traffic
    }

    /// Whether media came on this connection, used or not, since the last call.
    pub(crate) fn take_heard(&self) -> bool {
        self.heard.swap(false, Ordering::Relaxed)
    }

    /// Replaces the list of what the remote sends. Returns the list before.
    pub(crate) fn set_sources(&self, sources: TrackMap) -> TrackMap {
        std::mem::replace(&mut *self.sources.write().unwrap_or_else(PoisonError::into_inner), sources)
    }

    /// Asks for a keyframe on the incoming track of a source, or on every one with pictures.
    pub(crate) fn wish_keyframe(&self, source: Option<TrackSource>) {
        // This fails if there is no such track. Then there is nothing to ask for.
        let _ = self.wishes.send(source);
    }

    pub(crate) fn keyframe_wishes(&self) -> broadcast::Receiver<Option<TrackSource>> {
        self.wishes.subscribe()
    }

    /// A media packet came.
    pub(crate) fn note_packet(&self) {
        self.heard.store(true, Ordering::Relaxed);
    }

    pub(crate) fn audio(&self, packet: AudioPacket) {
        let source = packet.source;
        self.traffic().audio_received(source);
        // Held until it is delivered, so that two connections cannot overtake each other.
        let mut splices = self.delivery.splices();
        match splices.sound[source].admit(self.generation, packet.sequence, packet.timestamp) {
            Some(sequence) => {
                self.delivery.deliver(
                    self.generation,
                    source,
                    PeerOutput::Audio(AudioPacket { sequence, ..packet }),
                );
            }
            None => self.traffic().media_duplicate(source),
        }
    }

    /// Returns false if the frame was dropped; then nothing before the next keyframe can be shown.
    pub(crate) fn video(&self, mid: Option<&str>, frame: Frame) -> bool {
        let source = self.video_source(mid);
        let mut splices = self.delivery.splices();
        let splice = &mut splices.pictures[source];
        match splice.admit(self.generation, frame.timestamp, frame.keyframe) {
            Admission::Show => {}
            Admission::Duplicate => {
                self.traffic().media_duplicate(source);
                return true;
            }
            Admission::NeedsKeyframe => return false,
        }
        let delivered = self.delivery.deliver(
            self.generation,
            source,
            PeerOutput::Video(VideoFrame {
                data: frame.data,
                keyframe: frame.keyframe,
                timestamp: frame.timestamp,
                source,
            }),
        );
        if !delivered {
            splice.interrupt();
        }
        delivered
    }

    /// If a remote does not say what a section carries, we play it as a voice.
    pub(crate) fn audio_source(&self, mid: Option<&str>) -> TrackSource {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        match mid.and_then(|mid| sources.get(mid)) {
            Some(TrackSource::ScreenSound) => TrackSource::ScreenSound,
            _ => TrackSource::Microphone,
        }
    }

    /// If a remote does not say what a section carries, we show it as a person.
    pub(crate) fn video_source(&self, mid: Option<&str>) -> TrackSource {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        match mid.and_then(|mid| sources.get(mid)) {
            Some(TrackSource::Screen) => TrackSource::Screen,
            _ => TrackSource::Camera,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;

    use super::*;

    fn packet(source: TrackSource, sequence: u16) -> AudioPacket {
        AudioPacket {
            source,
            sequence,
            timestamp: 960 * u32::from(sequence),
            payload: Bytes::from_static(&[1]),
        }
    }

    #[test]
    fn voice_and_sound_of_a_screen_are_told_apart_and_do_not_mix() {
        let (sender, mut events) = mpsc::channel(RESERVED_EVENTS + 8);
        let delivery = Arc::new(Delivery::new(sender, Arc::default()));
        let old = Intake::new(Generation::FIRST, Arc::clone(&delivery));
        let intake = Intake::new(Generation::FIRST.next(), delivery);
        assert_eq!(intake.audio_source(Some("5")), TrackSource::Microphone, "a remote that says nothing");
        intake.set_sources(TrackMap::from([("5".into(), TrackSource::ScreenSound)]));
        let screen = intake.audio_source(Some("5"));
        assert_eq!(
            (screen, intake.audio_source(Some("0"))),
            (TrackSource::ScreenSound, TrackSource::Microphone)
        );
        // Both number their packets alone. So what came by an old connection makes a packet of a new one a duplicate only
        // if both are of the same source.
        old.audio(packet(TrackSource::Microphone, 7));
        intake.audio(packet(TrackSource::Microphone, 7));
        intake.audio(packet(screen, 7));
        let came: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        assert_eq!(
            came,
            [TrackSource::Microphone, screen].map(|source| PeerOutput::Audio(packet(source, 7)))
        );
    }
}
