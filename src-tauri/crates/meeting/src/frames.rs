//! Pictures on their way to the screen: encoded, by feed, newest first.

use bytes::Bytes;
use holdfast_meeting_machine::FeedNumber;
use tokio::sync::broadcast;

/// How many frames a slow reader may lag behind before it loses the oldest: a second of eight feeds at 30 frames/s. A
/// reader that lost frames asks for a keyframe.
pub const FRAME_BACKLOG: usize = 256;

/// One encoded picture of one feed.
#[derive(Clone, Debug)]
pub struct FeedFrame {
    /// The feed; see [`crate::FeedView::number`].
    pub feed: FeedNumber,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// RTP time, 90 kHz, wrapping.
    pub timestamp: u32,
    /// Width in pixels; 0 until the first keyframe.
    pub width: u16,
    /// Height in pixels; 0 until the first keyframe.
    pub height: u16,
    /// One VP8 frame (RFC 6386).
    pub data: Bytes,
}

/// Where frames are published.
#[derive(Clone)]
pub(crate) struct FeedFrames {
    sender: broadcast::Sender<FeedFrame>,
}

impl FeedFrames {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::Sender::new(FRAME_BACKLOG) }
    }

    pub(crate) fn publish(&self, frame: FeedFrame) {
        // Having no reader is normal: the window may be closed.
        let _ = self.sender.send(frame);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<FeedFrame> {
        self.sender.subscribe()
    }
}

/// Remembers the size of a feed at its last keyframe, because only keyframes carry one.
#[derive(Debug, Default)]
pub(crate) struct FrameSize {
    last: (u16, u16),
}

impl FrameSize {
    /// The size that applies to this frame.
    pub(crate) fn observe(&mut self, keyframe: bool, data: &[u8]) -> (u16, u16) {
        if keyframe && let Some(size) = keyframe_size(data) {
            self.last = size;
        }
        self.last
    }
}

/// Width and height from the header of a VP8 keyframe (RFC 6386 section 9.1).
fn keyframe_size(data: &[u8]) -> Option<(u16, u16)> {
    const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];
    const SIZE_BITS: u16 = 0x3fff;
    let header = data.get(3..10)?;
    if header[..3] != START_CODE {
        return None;
    }
    let width = u16::from_le_bytes([header[3], header[4]]) & SIZE_BITS;
    let height = u16::from_le_bytes([header[5], header[6]]) & SIZE_BITS;
    Some((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyframe_tells_its_size_and_the_frames_after_it_keep_it() {
        let key = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x45, 0xd0, 0x82, 0, 0];
        let mut size = FrameSize::default();
        assert_eq!(size.observe(false, &[1, 2, 3]), (0, 0));
        assert_eq!(size.observe(true, &key), (1280, 720));
        assert_eq!(size.observe(false, &[1]), (1280, 720));
    }

    #[test]
    fn a_truncated_or_foreign_keyframe_changes_nothing() {
        let mut size = FrameSize::default();
        for data in [&[][..], &[0; 9], &[0; 40]] {
            assert_eq!(size.observe(true, data), (0, 0));
        }
    }
}
