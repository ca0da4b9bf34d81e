//! The binary message that carries one picture: 24 bytes, little endian, then the payload.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | format: 0 VP8, 1 I420 |
//! | 2 | 1 | flags: bit 0 keyframe, bit 1 undecodable |
//! | 3 | 1 | 0 |
//! | 4 | 4 | feed |
//! | 8 | 4 | sequence number within the feed, from 1 |
//! | 12 | 8 | timestamp in microseconds, growing within the feed |
//! | 20 | 2 | width in pixels |
//! | 22 | 2 | height in pixels |
//!
//! An undecodable frame has no payload. It stands for a picture that we could not decode for the page, so that its feed
//! can say so.

use super::credit::FrameFormat;

/// Version of the layout.
const VERSION: u8 = 1;

/// Flag of a frame that can be decoded without the ones before it.
const KEYFRAME: u8 = 0b01;

/// Flag of a frame that stands for a picture that could not be decoded.
const UNDECODABLE: u8 = 0b10;

/// Bytes before the payload.
pub(crate) const LENGTH: usize = 24;

/// What is known of a picture besides its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) format: FrameFormat,
    pub(crate) keyframe: bool,
    /// There is no picture: it could not be decoded. The message has no payload.
    pub(crate) undecodable: bool,
    pub(crate) feed: u32,
    pub(crate) seq: u32,
    /// Microseconds; the zero is arbitrary.
    pub(crate) timestamp_us: u64,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

impl Header {
    /// The whole message; the payload may come in parts (planes).
    pub(crate) fn message(&self, payload: &[&[u8]]) -> Vec<u8> {
        let length = LENGTH + payload.iter().map(|part| part.len()).sum::<usize>();
        let mut message = Vec::with_capacity(length);
        let format = match self.format {
            FrameFormat::Vp8 => 0,
            FrameFormat::I420 => 1,
        };
        let keyframe = if self.keyframe { KEYFRAME } else { 0 };
        let undecodable = if self.undecodable { UNDECODABLE } else { 0 };
        message.extend([VERSION, format, keyframe | undecodable, 0]);
        message.extend(self.feed.to_le_bytes());
        message.extend(self.seq.to_le_bytes());
        message.extend(self.timestamp_us.to_le_bytes());
        message.extend(self.width.to_le_bytes());
        message.extend(self.height.to_le_bytes());
        for part in payload {
            message.extend_from_slice(part);
        }
        message
    }
}

#[cfg(test)]
impl Header {
    /// Reads a message back, as the page does.
    pub(crate) fn read(message: &[u8]) -> Option<(Self, &[u8])> {
        let (header, payload) = message.split_at_checked(LENGTH)?;
        let format = match header[..2] {
            [VERSION, 0] => FrameFormat::Vp8,
            [VERSION, 1] => FrameFormat::I420,
            _ => return None,
        };
        let header = Self {
            format,
            keyframe: header[2] & KEYFRAME != 0,
            undecodable: header[2] & UNDECODABLE != 0,
            feed: u32::from_le_bytes(header[4..8].try_into().ok()?),
            seq: u32::from_le_bytes(header[8..12].try_into().ok()?),
            timestamp_us: u64::from_le_bytes(header[12..20].try_into().ok()?),
            width: u16::from_le_bytes(header[20..22].try_into().ok()?),
            height: u16::from_le_bytes(header[22..24].try_into().ok()?),
        };
        Some((header, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_where_the_page_reads_them() {
        let header = Header {
            format: FrameFormat::I420,
            keyframe: true,
            undecodable: false,
            feed: 0x0403_0201,
            seq: 0x0807_0605,
            timestamp_us: 0x100f_0e0d_0c0b_0a09,
            width: 0x1211,
            height: 0x1413,
        };
        let message = header.message(&[&[0xaa, 0xbb], &[0xcc]]);
        let expected: Vec<u8> = [1, 1, 1, 0].into_iter().chain(1..=0x14).chain([0xaa, 0xbb, 0xcc]).collect();
        assert_eq!(message, expected);
        assert_eq!(Header { undecodable: true, ..header }.message(&[])[2], 3);
        assert_eq!(Header::read(&message), Some((header, &[0xaa, 0xbb, 0xcc][..])));
    }
}
