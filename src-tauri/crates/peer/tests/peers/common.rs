//! Two peers wired back to back: what one signals, the other is told. Everything on 127.0.0.1.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use holdfast_delivery::{CHANNELS, Channels};
use holdfast_peer::{Packetizer, Peer, PeerConfig, PeerEvent, PeerOutput, PeerState};
use holdfast_protocol::{DescriptionKind, Generation, ParticipantId, PeerMessage, TrackSource};
use tokio::sync::mpsc;

/// Nothing here takes a tenth of it; only a test that fails waits this long.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// What passes between the two, one message at a time; what it returns is delivered.
pub(crate) type Wire = Box<dyn FnMut(Generation, PeerMessage) -> Vec<(Generation, PeerMessage)> + Send>;

pub(crate) fn straight() -> Wire {
    Box::new(|generation, message| vec![(generation, message)])
}

pub(crate) fn is_candidate(message: &PeerMessage) -> bool {
    matches!(message, PeerMessage::Candidate { .. })
}

pub(crate) fn is_offer(message: &PeerMessage) -> bool {
    matches!(message, PeerMessage::Description { kind: DescriptionKind::Offer, .. })
}

/// One end of the pair.
pub(crate) struct End {
    pub(crate) peer: Peer,
    events: mpsc::UnboundedReceiver<PeerOutput>,
    seen: VecDeque<PeerOutput>,
    /// The encoder is asked for a keyframe.
    keyframe: Arc<AtomicBool>,
}

/// The first has the smaller id: it is impolite and offers first.
pub(crate) fn pair(forward: Wire, back: Wire) -> (End, End) {
    pair_with(CHANNELS, forward, back)
}

/// The same with channels of the test's own.
pub(crate) fn pair_with(channels: Channels, forward: Wire, back: Wire) -> (End, End) {
    let (a, a_events) = spawn(1, 2, channels);
    let (b, b_events) = spawn(2, 1, channels);
    let a_end = listen(a.clone(), a_events, b.clone(), forward);
    let b_end = listen(b, b_events, a, back);
    (a_end, b_end)
}

fn spawn(local: u64, remote: u64, channels: Channels) -> (Peer, mpsc::Receiver<PeerOutput>) {
    let (sender, events) = mpsc::channel(256);
    let config = PeerConfig {
        local: ParticipantId::from_random(local),
        remote: ParticipantId::from_random(remote),
        bind: vec![[127, 0, 0, 1].into()],
        ice_servers: Vec::new(),
        channels,
        seed: local,
        first_generation: Generation::FIRST,
    };
    (Peer::spawn(config, sender), events)
}

fn listen(peer: Peer, mut events: mpsc::Receiver<PeerOutput>, other: Peer, mut wire: Wire) -> End {
    let (sender, receiver) = mpsc::unbounded_channel();
    let keyframe = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&keyframe);
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if matches!(event, PeerOutput::Event(PeerEvent::KeyframeRequested(_))) {
                asked.store(true, Ordering::Relaxed);
            }
            if let PeerOutput::Event(PeerEvent::Signal { generation, message }) = event {
                for (generation, message) in wire(generation, message) {
                    other.signal(generation, message);
                }
            } else if sender.send(event).is_err() {
                return;
            }
        }
    });
    End { peer, events: receiver, seen: VecDeque::new(), keyframe }
}

impl End {
    /// Waits for an event; what comes before it is kept for later waits.
    pub(crate) async fn wait<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&PeerOutput) -> Option<T>,
    ) -> T {
        for at in 0..self.seen.len() {
            if let Some(found) = wanted(&self.seen[at]) {
                self.seen.remove(at);
                return found;
            }
        }
        let found = tokio::time::timeout(LONG, async {
            loop {
                let event = self.events.recv().await.unwrap_or_else(|| panic!("ended without {what}"));
                if let Some(found) = wanted(&event) {
                    return found;
                }
                self.seen.push_back(event);
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("waited too long for {what}; {:?}", self.peer.snapshot().negotiation),
        }
    }

    pub(crate) async fn state(&mut self, state: PeerState) {
        self.wait(&format!("{state:?}"), |event| {
            (*event == PeerOutput::Event(PeerEvent::State(state))).then_some(())
        })
        .await;
    }

    pub(crate) async fn connected(&mut self) {
        self.state(PeerState::Connected).await;
        self.wait("control channel", |event| {
            (*event == PeerOutput::Event(PeerEvent::ControlOpen)).then_some(())
        })
        .await;
    }

    /// Waits for a new connection that took the place of another, seen or unseen.
    pub(crate) async fn rebuilt(&mut self) -> Generation {
        let generation = self
            .wait("rebuild", |event| match event {
                PeerOutput::Event(PeerEvent::Rebuilt { generation }) => Some(*generation),
                _ => None,
            })
            .await;
        self.wait("control channel", |event| {
            (*event == PeerOutput::Event(PeerEvent::ControlOpen)).then_some(())
        })
        .await;
        generation
    }

    /// Waits until the snapshot says so. What it waits for happens without an event.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&holdfast_peer::PeerSnapshot) -> bool) {
        let found = tokio::time::timeout(LONG, async {
            while !wanted(&self.peer.snapshot()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(found.await.is_ok(), "waited too long for {what}; {:?}", self.peer.snapshot());
    }

    /// Looks at every event in turn until `done`, asked after each.
    pub(crate) async fn each_until(
        &mut self,
        what: &str,
        mut look: impl FnMut(&PeerOutput),
        mut done: impl FnMut(&Peer) -> bool,
    ) {
        let all = tokio::time::timeout(LONG, async {
            loop {
                let event = match self.seen.pop_front() {
                    Some(event) => event,
                    None => self.events.recv().await.unwrap_or_else(|| panic!("ended without {what}")),
                };
                look(&event);
                if done(&self.peer) {
                    return;
                }
            }
        });
        let in_time = all.await.is_ok();
        assert!(in_time, "waited too long for {what}; {:?}", self.peer.snapshot().negotiation);
    }

    /// Waits until no event can come any more.
    pub(crate) async fn ended(&mut self) {
        tokio::time::timeout(LONG, async { while self.events.recv().await.is_some() {} }).await.unwrap();
    }

    /// Forgets media seen so far.
    pub(crate) fn forget_media(&mut self) {
        self.seen.retain(|event| !matches!(event, PeerOutput::Audio(_) | PeerOutput::Video(_)));
        while let Ok(event) = self.events.try_recv() {
            if !matches!(event, PeerOutput::Audio(_) | PeerOutput::Video(_)) {
                self.seen.push_back(event);
            }
        }
    }

    /// Sends sound and picture like a participant until dropped: 50 packets and 50 frames a second, a keyframe
    /// when asked for (and at first).
    pub(crate) fn stream(&self, video: &[TrackSource]) -> Streaming {
        let peer = self.peer.clone();
        let video = video.to_vec();
        let asked = Arc::clone(&self.keyframe);
        let task = tokio::spawn(async move {
            let mut voice = Packetizer::new(TrackSource::Microphone);
            let mut pictures: Vec<Packetizer> = video.into_iter().map(Packetizer::new).collect();
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            for step in 0u32.. {
                pace.tick().await;
                peer.send(Arc::new(voice.audio(sound(step), step.wrapping_mul(960))));
                // Like an encoder that knows no keyframe interval.
                let keyframe = step == 0 || asked.swap(false, Ordering::Relaxed);
                for picture in &mut pictures {
                    let frame = frame(keyframe, step);
                    peer.send(Arc::new(picture.video(frame, step.wrapping_mul(1800))));
                }
            }
        });
        Streaming(task)
    }
}

pub(crate) struct Streaming(tokio::task::JoinHandle<()>);

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A voice packet whose bytes tell its number.
pub(crate) fn sound(step: u32) -> Vec<u8> {
    [step.to_be_bytes().as_slice(), &[0x55; 60]].concat()
}

/// Something with a VP8 frame's first bit, long enough for several packets.
pub(crate) fn frame(keyframe: bool, step: u32) -> Vec<u8> {
    let len = if keyframe { 12_000 } else { 2_500 };
    let mut data = vec![0x33; len];
    data[0] = u8::from(!keyframe);
    data[1..5].copy_from_slice(&step.to_be_bytes());
    data
}

/// The next frame of `source` that `end` shows; checks that it came through whole.
pub(crate) async fn shown(end: &mut End, source: TrackSource) -> u32 {
    let data = end
        .wait(&format!("{source:?} frame"), |event| match event {
            PeerOutput::Video(video) if video.source == source => Some((video.data.clone(), video.keyframe)),
            _ => None,
        })
        .await;
    let (data, keyframe) = data;
    let step = u32::from_be_bytes(data[1..5].try_into().unwrap());
    assert_eq!(data, frame(keyframe, step));
    step
}

/// The number of the next voice packet `end` hears; checks that it came through whole.
pub(crate) async fn heard(end: &mut End) -> u32 {
    let payload = end
        .wait("sound", |event| match event {
            PeerOutput::Audio(packet) => Some(packet.payload.clone()),
            _ => None,
        })
        .await;
    let step = u32::from_be_bytes(payload[..4].try_into().unwrap());
    assert_eq!(payload, sound(step));
    step
}
