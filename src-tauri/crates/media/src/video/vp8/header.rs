//! What the first ten bytes of a VP8 frame say about it (RFC 6386, section 9.1).

/// The uncompressed start of a VP8 frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Decodable without any frame before it.
    pub keyframe: bool,
    /// Whether the frame is meant to be shown.
    pub shown: bool,
    /// Width and height in pixels; only keyframes carry them.
    pub size: Option<(u16, u16)>,
}

impl FrameHeader {
    /// Reads the header; `None` if these bytes cannot be the start of a VP8 frame.
    #[must_use]
    pub fn parse(data: &[u8]) -> Option<Self> {
        let &[tag, ..] = data.first_chunk::<3>()?;
        // Bit 0 is zero for keyframes, bits 1-3 are the version (0 to 3), bit 4 says whether to show it.
        let (keyframe, version, shown) = (tag & 1 == 0, tag >> 1 & 7, tag >> 4 & 1 == 1);
        if version > 3 {
            return None;
        }
        if !keyframe {
            return Some(Self { keyframe, shown, size: None });
        }
        let &[_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = data.first_chunk::<10>()? else { return None };
        // The upper two bits of each side are a hint to the renderer about scaling.
        let side = |low, high| u16::from_le_bytes([low, high]) & 0x3fff;
        let (width, height) = (side(w0, w1), side(h0, h1));
        (width > 0 && height > 0).then_some(Self { keyframe, shown, size: Some((width, height)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyframes_carry_their_size_and_others_do_not() {
        // First bytes of a 1280x720 keyframe and of the frame after it.
        let keyframe = [0x50, 0x2d, 0x02, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02];
        assert_eq!(
            FrameHeader::parse(&keyframe),
            Some(FrameHeader { keyframe: true, shown: true, size: Some((1280, 720)) })
        );
        assert_eq!(
            FrameHeader::parse(&[0x31, 0x02, 0x00, 0xff]),
            Some(FrameHeader { keyframe: false, shown: true, size: None })
        );
    }

    #[test]
    fn what_is_not_vp8_is_refused() {
        for bad in [
            &[][..],
            &[0x50, 0x2d],
            &[0x50, 0x2d, 0x02, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0],
            &[0x50, 0x2d, 0x02, 0x9d, 0x01, 0x2b, 0x00, 0x05, 0xd0, 0x02],
            &[0x50, 0x2d, 0x02, 0x9d, 0x01, 0x2a, 0x00, 0x00, 0xd0, 0x02],
            &[0x0f, 0x00, 0x00],
        ] {
            assert_eq!(FrameHeader::parse(bad), None, "{bad:x?}");
        }
    }
}
