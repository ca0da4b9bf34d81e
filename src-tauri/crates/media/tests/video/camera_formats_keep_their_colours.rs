//! What cameras deliver keeps its colours on the way to I420, in every format and subsampling.

use crate::support::{alike, pattern_frame, pixel, psnr};
use holdfast_media::video::{ConvertError, FrameConverter, I420Frame, PixelFormat, scale};
use turbojpeg::{Image, PixelFormat as Rgb, Subsamp};

/// Red on the left, blue on the right, in RGB and as the limited-range YUV it must become.
const LEFT: ([u8; 3], [u8; 3]) = ([255, 0, 0], [81, 90, 240]);
const RIGHT: ([u8; 3], [u8; 3]) = ([0, 0, 255], [41, 240, 110]);

fn check_halves(frame: &I420Frame, what: &str) {
    assert!(frame.is_consistent(), "{what}");
    for (x, expected) in [(frame.width / 4, LEFT.1), (frame.width * 3 / 4, RIGHT.1)] {
        let found = pixel(frame, x, frame.height / 2);
        assert!(alike(found, expected), "{what} at {x}: {found:?} instead of {expected:?}");
    }
}

fn halves<const N: usize>(width: usize, height: usize, left: [u8; N], right: [u8; N], per: usize) -> Vec<u8> {
    let row: Vec<u8> =
        (0..width / per).flat_map(|x| if x < width / per / 2 { left } else { right }).collect();
    row.repeat(height)
}

#[test]
fn yuyv_keeps_its_colours() {
    let ([y0, u0, v0], [y1, u1, v1]) = (LEFT.1, RIGHT.1);
    let mut data = halves(64, 48, [y0, u0, y0, v0], [y1, u1, y1, v1], 2);
    // Drivers hand over whole buffers.
    data.extend_from_slice(&[0; 1000]);
    let frame = FrameConverter::new().convert(PixelFormat::Yuyv, 64, 48, &data).unwrap();
    check_halves(&frame, "YUYV");
    let short = FrameConverter::new().convert(PixelFormat::Yuyv, 64, 48, &data[..64 * 48 * 2 - 1]);
    assert_eq!(short, Err(ConvertError::TooShort));
}

#[test]
fn nv12_keeps_its_colours() {
    let ([y0, u0, v0], [y1, u1, v1]) = (LEFT.1, RIGHT.1);
    let mut data = halves(64, 48, [y0], [y1], 1);
    data.extend(halves(64, 24, [u0, v0], [u1, v1], 2));
    let frame = FrameConverter::new().convert(PixelFormat::Nv12, 64, 48, &data).unwrap();
    check_halves(&frame, "NV12");
    data.pop();
    let short = FrameConverter::new().convert(PixelFormat::Nv12, 64, 48, &data);
    assert_eq!(short, Err(ConvertError::TooShort));
}

#[test]
fn jpeg_keeps_its_colours_in_every_subsampling() {
    let mut converter = FrameConverter::new();
    for (width, height) in [(64, 48), (66, 50), (63, 47)] {
        let pixels = halves(width, height, LEFT.0, RIGHT.0, 1);
        // `halves` makes whole pixels only, so an odd row is as long as it should be.
        let image = || Image { pixels: &pixels[..], width, pitch: width * 3, height, format: Rgb::RGB };
        for subsamp in [Subsamp::Sub2x2, Subsamp::Sub2x1, Subsamp::None] {
            let jpeg = turbojpeg::compress(image(), 95, subsamp).unwrap();
            let frame = converter.convert(PixelFormat::Mjpeg, 0, 0, &jpeg).unwrap();
            assert_eq!((frame.width as usize, frame.height as usize), (width, height));
            check_halves(&frame, &format!("{subsamp:?} {width}x{height}"));
        }
        let grey = turbojpeg::compress(image(), 95, Subsamp::Gray).unwrap();
        let frame = converter.convert(PixelFormat::Mjpeg, 0, 0, &grey).unwrap();
        assert_eq!(pixel(&frame, 10, 10)[1..], [128, 128]);
        let odd = turbojpeg::compress(image(), 95, Subsamp::Sub4x1).unwrap();
        assert_eq!(converter.convert(PixelFormat::Mjpeg, 0, 0, &odd), Err(ConvertError::JpegKind));
    }
}

#[test]
fn white_and_black_of_a_jpeg_stay_in_video_range() {
    for (level, expected) in [(0, 16), (255, 235)] {
        let pixels = vec![level; 32 * 32 * 3];
        let image = Image { pixels: &pixels[..], width: 32, pitch: 96, height: 32, format: Rgb::RGB };
        let jpeg = turbojpeg::compress(image, 95, Subsamp::Sub2x1).unwrap();
        let frame = FrameConverter::new().convert(PixelFormat::Mjpeg, 32, 32, &jpeg).unwrap();
        assert!(alike(pixel(&frame, 16, 16), [expected, 128, 128]), "{:?}", pixel(&frame, 16, 16));
    }
}

#[test]
fn stray_bytes_in_a_jpeg_as_webcams_leave_them_do_not_cost_the_picture() {
    let pixels = halves(64, 48, LEFT.0, RIGHT.0, 1);
    let image = Image { pixels: &pixels[..], width: 64, pitch: 192, height: 48, format: Rgb::RGB };
    let mut jpeg = turbojpeg::compress(image, 95, Subsamp::Sub2x1).unwrap().to_vec();
    let end = jpeg.len() - 2;
    assert_eq!(jpeg[end..], [0xff, 0xd9]);
    jpeg.splice(end..end, [0x12, 0x34, 0x56]);
    let frame = FrameConverter::new().convert(PixelFormat::Mjpeg, 64, 48, &jpeg).unwrap();
    check_halves(&frame, "with stray bytes");
}

#[test]
fn scaling_keeps_picture_and_time() {
    let large = pattern_frame(1280, 720, 300, 77);
    let small = scale(&large, 640, 360).unwrap();
    assert_eq!(small.captured_at, large.captured_at);
    assert_eq!(holdfast_media::video::pattern::read_counter(&small), Some(77));
    assert!(psnr(&small, &pattern_frame(640, 360, 300, 77)) > 25.0);
    assert!(scale(&large, 0, 10).is_none());
}
