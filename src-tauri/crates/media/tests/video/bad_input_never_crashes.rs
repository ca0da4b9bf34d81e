//! Whatever arrives from a network, a file or a driver: an error or a picture, never a crash.

use std::sync::LazyLock;

use crate::support::{alike, scene};
use holdfast_media::video::{
    FrameConverter, FrameHeader, I420Frame, PixelFormat, Stop, Vp8Decoder, Vp8Encoder, Y4mSource, scale,
};
use proptest::prelude::*;

static STREAM: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut encoder = Vp8Encoder::new(128, 96, 30, 300).unwrap();
    (0..8)
        .filter_map(|index| encoder.encode(&scene(128, 96, index), index == 5).unwrap())
        .map(|frame| frame.data.to_vec())
        .collect()
});

static JPEG: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pixels = scene(64, 48, 0).y;
    let image = turbojpeg::Image {
        pixels: &pixels[..],
        width: 64,
        pitch: 64,
        height: 48,
        format: turbojpeg::PixelFormat::GRAY,
    };
    turbojpeg::compress(image, 80, turbojpeg::Subsamp::Gray).unwrap().to_vec()
});

/// Damage as networks and attackers do it: (where, as a share of the length; what).
fn damage(data: &mut Vec<u8>, changes: &[(f64, u8)], keep: f64) {
    for (place, value) in changes {
        let index = (place * data.len() as f64) as usize;
        if let Some(byte) = data.get_mut(index) {
            *byte ^= value;
        }
    }
    data.truncate((keep * data.len() as f64) as usize);
}

proptest! {
    #[test]
    fn any_bytes_can_be_given_to_the_decoder(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..5)) {
        let mut decoder = Vp8Decoder::new();
        for frame in frames {
            let _ = FrameHeader::parse(&frame);
            if let Ok(Some(picture)) = decoder.decode(&frame) {
                prop_assert!(picture.is_consistent());
            }
        }
    }

    #[test]
    fn damaged_frames_do_not_harm_the_decoder(
        changes in prop::collection::vec((0.0..1.0f64, 1..=255u8), 0..20),
        keep in 0.0..=1.0f64,
        order in prop::collection::vec(0..8usize, 1..12),
        damaged in 0..8usize,
    ) {
        let mut decoder = Vp8Decoder::new();
        for index in order {
            let Some(frame) = STREAM.get(index) else { continue };
            let mut frame = frame.clone();
            if index == damaged {
                damage(&mut frame, &changes, keep);
            }
            if let Ok(Some(picture)) = decoder.decode(&frame) {
                prop_assert!(picture.is_consistent());
            }
        }
        // A good keyframe puts everything right.
        let picture = decoder.decode(&STREAM[0]).unwrap().unwrap();
        prop_assert_eq!((picture.width, picture.height), (128, 96));
    }

    #[test]
    fn any_buffer_of_a_camera_is_converted_or_refused(
        data in prop::collection::vec(any::<u8>(), 0..5000),
        width in 0..70u32,
        height in 0..70u32,
    ) {
        let mut converter = FrameConverter::new();
        for format in [PixelFormat::Yuyv, PixelFormat::Nv12, PixelFormat::Mjpeg] {
            if let Ok(frame) = converter.convert(format, width, height, &data) {
                prop_assert!(frame.is_consistent());
            }
        }
    }

    #[test]
    fn damaged_jpeg_is_converted_or_refused(
        changes in prop::collection::vec((0.0..1.0f64, 1..=255u8), 0..10),
        keep in 0.0..=1.0f64,
    ) {
        let mut data = JPEG.clone();
        damage(&mut data, &changes, keep);
        let mut converter = FrameConverter::new();
        if let Ok(frame) = converter.convert(PixelFormat::Mjpeg, 64, 48, &data) {
            prop_assert!(frame.is_consistent());
        }
        prop_assert_eq!(converter.convert(PixelFormat::Mjpeg, 64, 48, &JPEG).map(|frame| frame.width), Ok(64));
    }

    #[test]
    fn any_frame_can_be_scaled_to_any_size(
        width in 0..200u32, height in 0..200u32, to_width in 0..200u32, to_height in 0..200u32, lie in 0..3u32,
    ) {
        let mut frame = I420Frame::filled(width, height, [80, 90, 100]);
        frame.width += lie;
        if let Some(scaled) = scale(&frame, to_width, to_height) {
            prop_assert!(scaled.is_consistent());
            // Averaging over many pixels loses a few levels.
            prop_assert!(alike([scaled.y[0], scaled.u[0], scaled.v[0]], [80, 90, 100]));
        }
    }

    #[test]
    fn any_file_is_opened_or_refused(
        header in prop::bool::ANY,
        body in prop::collection::vec(any::<u8>(), 0..300),
        frames in 0..4usize,
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut bytes = if header { b"YUV4MPEG2 W4 H4 F30:1\n".to_vec() } else { Vec::new() };
        for _ in 0..frames {
            bytes.extend_from_slice(b"FRAME\n");
            bytes.extend_from_slice(&[7; 24]);
        }
        bytes.extend_from_slice(&body);
        std::fs::write(file.path(), &bytes).unwrap();
        if let Err(error) = Y4mSource::open(file.path(), &Stop::new()) {
            prop_assert!(error.code().starts_with("video_file_"), "{}", error.code());
        }
    }
}
