//! What a peer tells its owner.

use bytes::Bytes;
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::TrackSource;

/// One Opus packet, in the order it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioPacket {
    /// Microphone or the sound of a screen.
    pub source: TrackSource,
    /// RTP sequence number; wraps.
    pub sequence: u16,
    /// 48 kHz; wraps.
    pub timestamp: u32,
    /// The Opus frame.
    pub payload: Bytes,
}

/// One complete VP8 frame. Frames come in order, and the first after a loss is a keyframe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFrame {
    /// The VP8 frame.
    pub data: Bytes,
    /// A decoder can start here.
    pub keyframe: bool,
    /// 90 kHz; wraps.
    pub timestamp: u32,
    /// Camera or screen.
    pub source: TrackSource,
}

/// What a peer gives its owner. If the receiver is slow, media is dropped and counted, and everything else waits for
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerOutput {
    /// Something happened.
    Event(PeerEvent),
    /// Sound came.
    Audio(AudioPacket),
    /// A picture came.
    Video(VideoFrame),
}
