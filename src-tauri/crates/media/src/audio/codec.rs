//! Opus (RFC 6716) as this meeting uses it: 48 kHz mono voice with in-band forward error correction.
//!
//! Knows packets and samples, not when they arrive or leave.

use bytes::Bytes;
use opus::{Application, Bitrate, Channels, Decoder, Encoder};

use super::{AudioError, FRAME, SAMPLE_RATE};

/// The longest packet one Opus frame can need (RFC 6716, section 3.2.1).
pub const MAX_PACKET: usize = 1275;

/// The longest sound one packet can hold: 120 ms (RFC 6716, section 3.2.5).
pub(super) const MAX_PACKET_SAMPLES: usize = 5760;

/// Bits per second: full-band voice with room for the redundancy.
const BITRATE: i32 = 32_000;
/// The loss in percent that the redundancy is made for. Opus spends bits on it from the beginning, not only once losses
/// are reported.
const EXPECTED_LOSS: i32 = 10;
/// At 5, encoding costs 176 us per frame, at 9 it costs 225 us; at this bitrate the difference cannot be heard.
const COMPLEXITY: i32 = 5;

/// Encodes frames of 20 ms.
pub struct OpusEncoder {
    inner: Encoder,
    packet: [u8; MAX_PACKET],
}

impl OpusEncoder {
    /// An encoder with the settings every meeting uses.
    ///
    /// # Errors
    /// [`AudioError::Codec`] when libopus refuses, which means it is out of memory.
    pub fn new() -> Result<Self, AudioError> {
        let build = || -> opus::Result<Encoder> {
            let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
            encoder.set_bitrate(Bitrate::Bits(BITRATE))?;
            encoder.set_complexity(COMPLEXITY)?;
            encoder.set_inband_fec(true)?;
            encoder.set_packet_loss_perc(EXPECTED_LOSS)?;
            Ok(encoder)
        };
        let inner = build().map_err(|_| AudioError::Codec)?;
        Ok(Self { inner, packet: [0; MAX_PACKET] })
    }

    /// Encodes one frame.
    ///
    /// # Errors
    /// [`AudioError::Codec`] when libopus fails, or when `frame` is not [`FRAME`] samples long.
    pub fn encode(&mut self, frame: &[f32]) -> Result<Bytes, AudioError> {
        if frame.len() != FRAME {
            return Err(AudioError::Codec);
        }
        let length = self.inner.encode_float(frame, &mut self.packet).map_err(|_| AudioError::Codec)?;
        Ok(Bytes::copy_from_slice(&self.packet[..length]))
    }
}

/// Decodes packets of any duration. Each remote needs a decoder of its own, because packets depend on the ones before.
pub struct OpusDecoder {
    inner: Decoder,
}

impl OpusDecoder {
    /// A decoder that has heard nothing yet.
    ///
    /// # Errors
    /// [`AudioError::Codec`] when libopus refuses, which means it is out of memory.
    pub fn new() -> Result<Self, AudioError> {
        let inner = Decoder::new(SAMPLE_RATE, Channels::Mono).map_err(|_| AudioError::Codec)?;
        Ok(Self { inner })
    }

    /// Decodes `packet` to the end of `out`. Returns false if the packet is damaged; then `out` is unchanged.
    #[must_use]
    pub fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> bool {
        // libopus would take an empty packet as a request for concealment.
        !packet.is_empty() && self.append(packet, MAX_PACKET_SAMPLES, false, out)
    }

    /// The packet before `successor` is missing: rebuilds its `samples` from the redundancy in `successor`.
    #[must_use]
    pub fn recover(&mut self, successor: &[u8], samples: usize, out: &mut Vec<f32>) -> bool {
        !successor.is_empty() && self.append(successor, samples, true, out)
    }

    /// A packet is missing: continues the sound before it for `samples`, ever quieter.
    #[must_use]
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<f32>) -> bool {
        self.append(&[], samples, false, out)
    }

    fn append(&mut self, packet: &[u8], samples: usize, redundancy: bool, out: &mut Vec<f32>) -> bool {
        let start = out.len();
        out.resize(start + samples.min(MAX_PACKET_SAMPLES), 0.0);
        let decoded = self.inner.decode_float(packet, &mut out[start..], redundancy).ok();
        out.truncate(start + decoded.unwrap_or(0));
        decoded.is_some()
    }
}

/// How many samples at 48 kHz `packet` holds; `None` when it is no Opus packet.
#[must_use]
pub fn packet_samples(packet: &[u8]) -> Option<u32> {
    let samples = opus::packet::get_nb_samples(packet, SAMPLE_RATE).ok()?;
    opus::packet::parse(packet).ok()?;
    u32::try_from(samples).ok().filter(|&s| s > 0 && s as usize <= MAX_PACKET_SAMPLES)
}

/// Whether `packet` carries a second, coarse copy of the packet before it (RFC 6716, section 4.2.4).
#[must_use]
pub fn has_redundancy(packet: &[u8]) -> bool {
    let Ok(parsed) = opus::packet::parse(packet) else { return false };
    let Some(&first) = parsed.frames.first().and_then(|frame| frame.first()) else { return false };
    // The TOC byte: five bits of configuration, one for stereo. From 16 on it is CELT, which has no redundancy.
    let configuration = parsed.toc >> 3;
    let silk_frames = match configuration {
        0..=11 => [1, 1, 2, 3][usize::from(configuration & 3)],
        12..=15 => 1,
        _ => return false,
    };
    let middle = (first >> (7 - silk_frames)) & 1 == 1;
    let stereo = parsed.toc & 4 != 0;
    middle || (stereo && (first >> (6 - 2 * silk_frames)) & 1 == 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_frame_of_another_length_is_refused() {
        let mut encoder = OpusEncoder::new().unwrap();
        assert_eq!(encoder.encode(&[0.0; 480]).unwrap_err(), AudioError::Codec);
        assert_eq!(packet_samples(&encoder.encode(&[0.0; FRAME]).unwrap()), Some(960));
    }

    #[test]
    fn garbage_is_no_packet() {
        assert_eq!(packet_samples(&[]), None);
        // Code 3 with a frame count of zero, and code 2 with a length past the end.
        assert_eq!(packet_samples(&[0xff, 0x00]), None);
        assert_eq!(packet_samples(&[0x0a, 0xf0]), None);
        let mut out = vec![1.0];
        assert!(!OpusDecoder::new().unwrap().decode(&[0xff, 0x00], &mut out));
        assert_eq!(out, [1.0]);
    }
}
