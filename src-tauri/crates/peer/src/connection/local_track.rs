//! One of our tracks on one connection. Here packets get the numbers that differ for each remote.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};

use holdfast_terms::{MediaKind, TrackSource};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_VP8};
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;

use super::setup::OPUS_FMTP;
use crate::packetizer::RtpBatch;

/// Payload types are 7 bits (RFC 3550, 5.1).
const NOT_NEGOTIATED: u8 = u8::MAX;

/// A track and the RTP numbers of its packets.
pub(crate) struct LocalTrack {
    track: Arc<TrackLocalStaticRTP>,
    mime_type: &'static str,
    ssrc: u32,
    payload_type: AtomicU8,
    /// Counted per connection, not per batch: a batch that was not sent must not leave a hole that the remote would ask
    /// us to fill.
    sequence: AtomicU16,
}

impl LocalTrack {
    pub(super) fn new(source: TrackSource) -> Self {
        let (kind, codec) = match source.kind() {
            MediaKind::Audio => (RtpCodecKind::Audio, codec(MIME_TYPE_OPUS, 48_000, 2, OPUS_FMTP)),
            MediaKind::Video => (RtpCodecKind::Video, codec(MIME_TYPE_VP8, 90_000, 0, "")),
        };
        let mime_type = if kind == RtpCodecKind::Audio { MIME_TYPE_OPUS } else { MIME_TYPE_VP8 };
        let ssrc: u32 = rand::random_range(1..u32::MAX);
        let name = source.as_str();
        let of_screen = matches!(source, TrackSource::Screen | TrackSource::ScreenSound);
        let track = MediaStreamTrack::new(
            // Screen and person are different streams (RFC 8830), so that a browser does not synchronise them.
            if of_screen { "screen" } else { "person" }.to_owned(),
            format!("{name}-{ssrc:08x}"),
            name.to_owned(),
            kind,
            vec![RTCRtpEncodingParameters {
                rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
                active: true,
                codec,
                ..Default::default()
            }],
        );
        Self {
            track: Arc::new(TrackLocalStaticRTP::new(track)),
            mime_type,
            ssrc,
            payload_type: AtomicU8::new(NOT_NEGOTIATED),
            sequence: AtomicU16::new(rand::random()),
        }
    }

    pub(super) fn handle(&self) -> Arc<dyn TrackLocal> {
        Arc::clone(&self.track) as Arc<dyn TrackLocal>
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Makes the connection's loop look for data to send. An empty RTCP packet is the only message to the loop without
    /// another effect: the library keeps it for its own use and drops it before the wire.
    pub(super) async fn wake_connection(&self) {
        // If it fails, the connection is gone, and there is nothing to wake.
        let _ = self.track.write_rtcp(Vec::new()).await;
    }

    /// Takes the payload type from the completed exchange. The first in the list may belong to another codec, so it is
    /// matched by name.
    pub(super) fn bind(&self, codecs: &[RTCRtpCodecParameters]) {
        let ours = codecs.iter().find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(self.mime_type));
        let payload_type = ours.map_or(NOT_NEGOTIATED, |codec| codec.payload_type);
        self.payload_type.store(payload_type, Ordering::Relaxed);
    }

    /// Sends a batch. Waits while the connection's queue is full. Returns false if the track is not negotiated or the
    /// connection is gone.
    pub(crate) async fn write(&self, batch: &RtpBatch) -> bool {
        let payload_type = self.payload_type.load(Ordering::Relaxed);
        if payload_type == NOT_NEGOTIATED {
            return false;
        }
        for packet in &batch.packets {
            let packet = rtp::Packet {
                header: rtp::Header {
                    version: 2,
                    marker: packet.marker,
                    payload_type,
                    sequence_number: self.sequence.fetch_add(1, Ordering::Relaxed),
                    timestamp: packet.timestamp,
                    ssrc: self.ssrc,
                    ..Default::default()
                },
                // Shares the batch's buffer.
                payload: packet.payload.clone(),
            };
            if self.track.write_rtp(packet).await.is_err() {
                return false;
            }
        }
        true
    }
}

fn codec(mime_type: &str, clock_rate: u32, channels: u16, fmtp: &str) -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: mime_type.to_owned(),
        clock_rate,
        channels,
        sdp_fmtp_line: fmtp.to_owned(),
        rtcp_feedback: Vec::new(),
    }
}
