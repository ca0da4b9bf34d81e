//! What a peer tells its owner.

use bytes::Bytes;
use holdfast_negotiation::{Cause, PeerState};
use holdfast_protocol::{PeerMessage, TrackSource};

/// One Opus packet as it came, in the order it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioPacket {
    /// RTP sequence number; wraps.
    pub sequence: u16,
    /// 48 kHz; wraps.
    pub timestamp: u32,
    /// The Opus frame.
    pub payload: Bytes,
}

/// One whole VP8 frame. Frames come in order, and after a loss the first is a keyframe again.
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

/// What happened. Media is dropped (and counted) when the receiver is behind, everything else waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerEvent {
    /// Deliver this to the remote, sealed, through the signaling server.
    Signal {
        /// Generation to put on it.
        generation: u32,
        /// What to deliver.
        message: PeerMessage,
    },
    /// The connection's state, as people see it, changed.
    State(PeerState),
    /// The attempt to get the connection back that is under way: 1 for the first since it was lost, 0 when nothing is
    /// being repaired any more. Told a few times a second at most; attempts that follow each other faster are skipped.
    Attempt(u32),
    /// What is said over the control channel is carried (again): the moment to send the whole media state. Comes
    /// also when a rebuilt connection's channel opens.
    ControlOpen,
    /// What is said over the control channel is not carried any more; it goes through signaling until it is.
    ControlClosed,
    /// A message came over the control channel; never a description or a candidate.
    Control(PeerMessage),
    /// Sound came.
    Audio(AudioPacket),
    /// A picture came.
    Video(VideoFrame),
    /// The remote cannot show anything before a keyframe of ours.
    KeyframeRequested,
    /// The ways to get the connection (back) are exhausted; retries go on in the background.
    Failed {
        /// What the last straw was.
        reason: Cause,
    },
    /// The connection was replaced by a new one.
    Rebuilt {
        /// The new one's generation.
        generation: u32,
    },
}
