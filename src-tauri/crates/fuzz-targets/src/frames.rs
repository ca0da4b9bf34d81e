//! The VP8 decoder. What it wraps is C and not instrumented: a crash inside libvpx shows, but is found by luck only.

use holdfast_media::video::{DecodeError, FrameHeader, Vp8Decoder};

use crate::payloads::pieces;

/// Frames decoded per input; the bound is for the fuzzer's speed only.
const FRAMES: usize = 12;

/// Frames one after the other, each behind its length in two bytes.
pub fn vp8_frames(data: &[u8]) {
    let mut decoder = Vp8Decoder::new();
    let mut started = false;
    for data in pieces(data).take(FRAMES) {
        let header = FrameHeader::parse(data);
        let decoded = decoder.decode(data);
        match decoded {
            Ok(picture) => {
                let Some(header) = header else { panic!("decoded without a header") };
                assert!(started || header.keyframe, "decoded without a keyframe");
                started = true;
                let Some(picture) = picture else { continue };
                assert!(picture.is_consistent());
                assert!(u64::from(picture.width) * u64::from(picture.height) <= 3840 * 2160);
                if let Some((width, height)) = header.size {
                    assert_eq!((picture.width, picture.height), (width.into(), height.into()));
                }
            }
            Err(DecodeError::Codec(code)) => panic!("no decoder: {code}"),
            Err(error) => assert!(!error.code().is_empty()),
        }
    }
}
