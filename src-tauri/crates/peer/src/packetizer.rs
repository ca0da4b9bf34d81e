//! Cuts encoded media into RTP payloads, once for all receivers.
//!
//! Knows payload formats (Opus: RFC 7587, VP8: RFC 7741) and how large a packet may be. Does not know the receivers:
//! sequence number, SSRC and payload type differ per peer and are set there. Every payload of a frame is a slice of one
//! buffer, so giving a batch to another peer copies nothing.

use bytes::{BufMut, Bytes, BytesMut};
use holdfast_protocol::TrackSource;

use crate::vp8;

/// Most VP8 bytes in one packet.
///
/// With descriptor, RTP header, one header extension block and the SRTP tag, this stays under 1200 bytes of UDP
/// payload. Every path for WebRTC should carry that size.
pub const MAX_FRAGMENT: usize = 1150;

/// Largest encoded frame to send. A 720p keyframe at our bitrates is below 200 KB. Larger input is a mistake of the
/// caller and becomes an empty batch.
pub const MAX_FRAME: usize = 2 * 1024 * 1024;

/// One RTP payload with the header fields that are the same for every receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtpPayload {
    /// Media clock: 48 kHz for audio, 90 kHz for video.
    pub timestamp: u32,
    /// Last packet of a video frame; first packet of a talk spurt for audio.
    pub marker: bool,
    /// Payload, descriptor included.
    pub payload: Bytes,
}

/// The packets of one video frame or of one audio frame, in sending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtpBatch {
    /// Which of our tracks this belongs to.
    pub source: TrackSource,
    /// A decoder can start here. Always true for audio.
    pub keyframe: bool,
    /// What to send; empty for input that cannot be sent.
    pub packets: Vec<RtpPayload>,
}

/// Cuts the frames of one track into packets.
#[derive(Debug)]
pub struct Packetizer {
    source: TrackSource,
    picture_id: u16,
    silent: bool,
}

impl Packetizer {
    /// A packetizer for one of our tracks.
    pub fn new(source: TrackSource) -> Self {
        Self { source, picture_id: 0, silent: true }
    }

    /// Says that nothing was sent for a while. The next audio packet is then marked as the start of a talk spurt (RFC
    /// 3551, 4.1), and jitter buffers may adapt there.
    pub fn pause(&mut self) {
        self.silent = true;
    }

    /// One Opus frame. `timestamp` counts samples at 48 kHz.
    pub fn audio(&mut self, data: impl Into<Bytes>, timestamp: u32) -> RtpBatch {
        let payload = data.into();
        let marker = std::mem::take(&mut self.silent);
        let packets = if payload.is_empty() || payload.len() > MAX_FRAGMENT {
            Vec::new()
        } else {
            vec![RtpPayload { timestamp, marker, payload }]
        };
        RtpBatch { source: self.source, keyframe: true, packets }
    }

    /// One VP8 frame. `timestamp` counts at 90 kHz.
    pub fn video(&mut self, data: impl Into<Bytes>, timestamp: u32) -> RtpBatch {
        let frame = data.into();
        let mut batch =
            RtpBatch { source: self.source, keyframe: vp8::is_keyframe(&frame), packets: Vec::new() };
        if frame.is_empty() || frame.len() > MAX_FRAME {
            return batch;
        }
        self.picture_id = (self.picture_id + 1) & vp8::PICTURE_ID_MASK;
        // Pieces of equal size: a tiny last packet would cost as much on the way as a full one.
        let pieces = frame.len().div_ceil(MAX_FRAGMENT);
        let piece_len = frame.len().div_ceil(pieces);
        let mut buffer = BytesMut::with_capacity(frame.len() + pieces * vp8::DESCRIPTOR_LEN);
        batch.packets.reserve_exact(pieces);
        let mut rest = frame.chunks(piece_len).peekable();
        let mut starts_frame = true;
        while let Some(piece) = rest.next() {
            buffer.put_slice(&vp8::write_descriptor(starts_frame, self.picture_id));
            buffer.put_slice(piece);
            batch.packets.push(RtpPayload {
                timestamp,
                marker: rest.peek().is_none(),
                payload: buffer.split().freeze(),
            });
            starts_frame = false;
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_frame_is_one_marked_packet() {
        let batch = Packetizer::new(TrackSource::Camera).video(vec![0u8; 10], 7);
        assert!(batch.keyframe);
        assert_eq!(batch.packets.len(), 1);
        let packet = batch.packets.first().unwrap();
        assert!(packet.marker);
        assert_eq!(packet.timestamp, 7);
        assert!(vp8::parse_descriptor(&packet.payload).unwrap().starts_keyframe);
    }

    #[test]
    fn only_the_first_audio_packet_after_a_pause_is_marked() {
        let mut packetizer = Packetizer::new(TrackSource::Microphone);
        let marks: Vec<bool> = (0..3)
            .map(|n| packetizer.audio(vec![1u8; 40], n * 960).packets.first().unwrap().marker)
            .collect();
        assert_eq!(marks, [true, false, false]);
        packetizer.pause();
        assert!(packetizer.audio(vec![1u8; 40], 0).packets.first().unwrap().marker);
    }

    #[test]
    fn what_cannot_be_sent_becomes_no_packets() {
        let mut packetizer = Packetizer::new(TrackSource::Camera);
        assert!(packetizer.video(Bytes::new(), 0).packets.is_empty());
        assert!(packetizer.video(vec![0; MAX_FRAME + 1], 0).packets.is_empty());
        assert!(packetizer.audio(vec![0; MAX_FRAGMENT + 1], 0).packets.is_empty());
    }

    proptest! {
        #[test]
        fn the_pieces_make_the_frame_and_fit(len in 1usize..20_000, first: u8) {
            let mut frame = vec![0xabu8; len];
            *frame.first_mut().unwrap() = first;
            let batch = Packetizer::new(TrackSource::Camera).video(frame.clone(), 1);
            let mut joined = Vec::new();
            for (index, packet) in batch.packets.iter().enumerate() {
                prop_assert!(packet.payload.len() <= MAX_FRAGMENT + vp8::DESCRIPTOR_LEN);
                prop_assert_eq!(packet.marker, index + 1 == batch.packets.len());
                let descriptor = vp8::parse_descriptor(&packet.payload).unwrap();
                prop_assert_eq!(descriptor.starts_frame, index == 0);
                joined.extend_from_slice(packet.payload.get(descriptor.offset..).unwrap());
            }
            prop_assert_eq!(joined, frame);
        }
    }
}
