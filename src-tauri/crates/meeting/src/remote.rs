//! One remote participant's connection inside the actor: media goes straight on, everything else to the actor.

use std::sync::Arc;

use holdfast_media::audio::RemoteAudio;
use holdfast_peer::PeerEvent;
use holdfast_protocol::TrackSource;
use tokio::sync::mpsc;

use crate::frames::{FrameHub, FrameSize, TileFrame};
use crate::machine::{ConnectionKey, Input};

/// Forwards what a connection delivers until it ends. Media does not pass through the actor, so a busy actor delays
/// no sound.
pub(crate) async fn pump(
    key: ConnectionKey,
    tile: u32,
    mut events: mpsc::Receiver<PeerEvent>,
    audio: Option<Arc<RemoteAudio>>,
    frames: FrameHub,
    actor: mpsc::Sender<Input>,
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
                Input::FirstFrame(key.clone())
            }
            // Shared screens get tiles of their own when screen share exists.
            PeerEvent::Video(_) => continue,
            event => Input::Peer { key: key.clone(), event },
        };
        if actor.send(forward).await.is_err() {
            return;
        }
    }
}
