//! The VP8 payload descriptor of RFC 7741, section 4.2.
//!
//! Knows how one RTP payload says which part of which frame it carries. Knows nothing of packet order, loss or time. Of
//! the bitstream it reads only the one bit that marks a keyframe.

/// Bytes of the descriptor from [`write_descriptor`]: the mandatory byte, the extension byte and a 15-bit picture id.
pub(crate) const DESCRIPTOR_LEN: usize = 4;

/// Picture ids count frames modulo this (15 bits).
pub(crate) const PICTURE_ID_MASK: u16 = 0x7fff;

const EXTENDED: u8 = 0x80;
const START_OF_PARTITION: u8 = 0x10;
const PARTITION_INDEX: u8 = 0x0f;
const HAS_PICTURE_ID: u8 = 0x80;
const HAS_TL0_INDEX: u8 = 0x40;
const HAS_TEMPORAL_ID_OR_KEY_INDEX: u8 = 0x30;
const LONG_PICTURE_ID: u8 = 0x80;
/// "P" in the first byte of a VP8 frame (RFC 6386, 9.1): 0 marks a keyframe.
const INTERFRAME: u8 = 0x01;

/// What one payload says about the frame it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Descriptor {
    /// Where the VP8 data begins in the payload.
    pub(crate) offset: usize,
    /// Whether the payload has the first bytes of a frame.
    pub(crate) starts_frame: bool,
    /// Whether the payload has the first bytes of a keyframe.
    pub(crate) starts_keyframe: bool,
}

/// Reads the descriptor; `None` if the payload is shorter than it announces.
pub(crate) fn parse_descriptor(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut offset = 1;
    if first & EXTENDED != 0 {
        let extension = *payload.get(offset)?;
        offset += 1;
        if extension & HAS_PICTURE_ID != 0 {
            let id = *payload.get(offset)?;
            offset += if id & LONG_PICTURE_ID != 0 { 2 } else { 1 };
        }
        if extension & HAS_TL0_INDEX != 0 {
            offset += 1;
        }
        if extension & HAS_TEMPORAL_ID_OR_KEY_INDEX != 0 {
            offset += 1;
        }
    }
    let data = *payload.get(offset)?;
    // Only partition 0 begins a frame; later partitions begin inside it.
    let starts_frame = first & START_OF_PARTITION != 0 && first & PARTITION_INDEX == 0;
    Some(Descriptor { offset, starts_frame, starts_keyframe: starts_frame && data & INTERFRAME == 0 })
}

/// The descriptor for a packet of a frame sent as one partition.
pub(crate) fn write_descriptor(starts_frame: bool, picture_id: u16) -> [u8; DESCRIPTOR_LEN] {
    let [high, low] = (picture_id & PICTURE_ID_MASK).to_be_bytes();
    [
        EXTENDED | if starts_frame { START_OF_PARTITION } else { 0 },
        HAS_PICTURE_ID,
        LONG_PICTURE_ID | high,
        low,
    ]
}

/// Whether an encoded frame is a keyframe.
pub(crate) fn is_keyframe(frame: &[u8]) -> bool {
    frame.first().is_some_and(|byte| byte & INTERFRAME == 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let mut payload = write_descriptor(true, 0x1234).to_vec();
        payload.push(0x10);
        assert_eq!(
            parse_descriptor(&payload),
            Some(Descriptor { offset: DESCRIPTOR_LEN, starts_frame: true, starts_keyframe: true })
        );
        let mut payload = write_descriptor(false, 1).to_vec();
        payload.push(0x10);
        let descriptor = parse_descriptor(&payload).unwrap();
        assert!(!descriptor.starts_frame && !descriptor.starts_keyframe);
    }

    #[test]
    fn every_optional_field_is_skipped() {
        // X, S; I L T K; long picture id; TL0PICIDX; TID|KEYIDX; an interframe.
        let payload = [0x90, 0xf0, 0x81, 0x02, 0x03, 0x04, 0x01];
        let descriptor = parse_descriptor(&payload).unwrap();
        assert_eq!(descriptor.offset, 6);
        assert!(descriptor.starts_frame && !descriptor.starts_keyframe);
        // Short picture id only, as some browsers send.
        assert_eq!(parse_descriptor(&[0x90, 0x80, 0x05, 0x00]).unwrap().offset, 3);
    }

    #[test]
    fn a_later_partition_does_not_start_a_frame() {
        let descriptor = parse_descriptor(&[START_OF_PARTITION | 1, 0x00]).unwrap();
        assert!(!descriptor.starts_frame && !descriptor.starts_keyframe);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_within_bounds(payload: Vec<u8>) {
            if let Some(descriptor) = parse_descriptor(&payload) {
                prop_assert!(descriptor.offset < payload.len());
            }
        }
    }
}
