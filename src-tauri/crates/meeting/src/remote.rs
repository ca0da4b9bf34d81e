//! One remote participant's connection inside the actor: media goes straight on, everything else to the actor.

use std::sync::Arc;

use holdfast_media::audio::RemoteAudio;
use holdfast_peer::{Peer, PeerEvent};
use holdfast_protocol::{ParticipantId, TrackSource};
use tokio::sync::mpsc;

use crate::frames::{FrameHub, FrameSize, TileFrame};

/// Which connection an event is from. Events of a connection that was replaced are told apart by the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteKey {
    pub(crate) id: ParticipantId,
    pub(crate) instance: u64,
}

/// What the actor hears from a remote.
pub(crate) enum RemoteEvent {
    /// Anything but media.
    Peer(PeerEvent),
    /// The first picture came through.
    FirstFrame,
}

/// A connection the actor owns.
pub(crate) struct Remote {
    pub(crate) peer: Peer,
    pub(crate) instance: u64,
}

/// Forwards what a connection delivers until it ends. Media does not pass through the actor, so a busy actor delays
/// no sound.
pub(crate) async fn pump(
    key: RemoteKey,
    tile: u32,
    mut events: mpsc::Receiver<PeerEvent>,
    audio: Option<Arc<RemoteAudio>>,
    frames: FrameHub,
    actor: mpsc::Sender<(RemoteKey, RemoteEvent)>,
) {
    let mut size = FrameSize::default();
    let mut seen_video = false;
    while let Some(event) = events.recv().await {
        let forward = match event {
            PeerEvent::Audio(packet) => {
                if let Some(audio) = &audio {
                    audio.push(packet.sequence, packet.timestamp, &packet.payload);
                }
                continue;
            }
            PeerEvent::Video(frame) if frame.source == TrackSource::Camera => {
                let (width, height) = size.observe(frame.keyframe, &frame.data);
                frames.publish(TileFrame {
                    tile,
                    keyframe: frame.keyframe,
                    timestamp: frame.timestamp,
                    width,
                    height,
                    data: frame.data,
                });
                if std::mem::replace(&mut seen_video, true) {
                    continue;
                }
                RemoteEvent::FirstFrame
            }
            // Shared screens get tiles of their own when screen share exists.
            PeerEvent::Video(_) => continue,
            other => RemoteEvent::Peer(other),
        };
        if actor.send((key.clone(), forward)).await.is_err() {
            return;
        }
    }
}
