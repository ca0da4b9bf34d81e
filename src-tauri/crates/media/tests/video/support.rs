//! What the video tests share: pictures to encode, and measures to compare them by.

use std::path::Path;
use std::time::Duration;

use holdfast_media::video::{I420Frame, Stop, VideoSettings, pattern};

/// How long a test waits for something that always comes before it calls it lost.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A picture with texture that moves, so that an encoder has something to do.
pub(crate) fn scene(width: u32, height: u32, index: u32) -> I420Frame {
    let mut frame = I420Frame::filled(width, height, [0, 110, 140]);
    for row in 0..height {
        for column in 0..width {
            let (x, y) = (column + 3 * index, row + index);
            let coarse = ((x / 16) ^ (y / 16)).wrapping_mul(2_654_435_761) >> 25;
            let fine = (x.wrapping_mul(73_856_093) ^ y.wrapping_mul(19_349_663)) >> 29;
            frame.y[(row * width + column) as usize] = (40 + coarse + fine) as u8;
        }
    }
    frame.captured_at = frame_time(index);
    frame
}

/// When the picture with this index is taken, at 30 a second.
pub(crate) fn frame_time(index: u32) -> Duration {
    Duration::from_secs(1) * index / 30
}

/// A picture of the test pattern.
pub(crate) fn pattern_frame(width: u32, height: u32, hue: u16, index: u32) -> I420Frame {
    let settings = VideoSettings { width, height, ..VideoSettings::default() };
    let frame = pattern::PatternSource::new(hue, settings, &Stop::new()).frame(index.into());
    I420Frame { captured_at: frame_time(index), ..frame }
}

/// Peak signal-to-noise ratio of the luma in dB: above 30 looks alike, above 40 the same.
pub(crate) fn psnr(a: &I420Frame, b: &I420Frame) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let error: u64 = a.y.iter().zip(&b.y).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    10.0 * (255.0 * 255.0 * a.y.len() as f64 / (error.max(1) as f64)).log10()
}

/// Y, U, V at a point.
pub(crate) fn pixel(frame: &I420Frame, x: u32, y: u32) -> [u8; 3] {
    let chroma = ((y / 2) * frame.chroma_width() + x / 2) as usize;
    [frame.y[(y * frame.width + x) as usize], frame.u[chroma], frame.v[chroma]]
}

/// Whether two colours differ by no more than what encoding does to flat areas.
pub(crate) fn alike(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 10)
}

/// Writes frames as a Y4M file at this rate.
pub(crate) fn write_y4m(path: &Path, fps: u32, frames: &[I420Frame]) -> std::io::Result<()> {
    let (width, height) = (frames[0].width, frames[0].height);
    let mut bytes = format!("YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n").into_bytes();
    for frame in frames {
        bytes.extend_from_slice(b"FRAME\n");
        for plane in [&frame.y, &frame.u, &frame.v] {
            bytes.extend_from_slice(plane);
        }
    }
    std::fs::write(path, bytes)
}
