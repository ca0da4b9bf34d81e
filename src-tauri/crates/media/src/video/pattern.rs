//! The test pattern: a coloured background, a white box that moves, and a frame counter.
//!
//! The picture has a grid of [`COLUMNS`] by [`ROWS`], so it can still be read after scaling. Row 1 holds the counter: a
//! white and a black cell, by which a reader recognises the pattern, then 16 bits from the highest, white for one. The
//! box moves in rows 3 to 9. Only this file knows the layout, so it also contains the code that reads it back.

use super::error::VideoSourceError;
use super::frame::I420Frame;
use super::pacing::{Pacer, Schedule, Stop};
use super::source::{VideoSettings, VideoSource};

/// Grid columns.
pub const COLUMNS: u32 = 20;
/// Grid rows.
pub const ROWS: u32 = 10;

const COUNTER_ROW: u32 = 1;
const COUNTER_COLUMN: u32 = 1;
const COUNTER_BITS: u32 = 16;
const BOX_COLUMNS: u32 = 3;
const BOX_ROWS: u32 = 3;
/// First row the box may touch.
const BOX_TOP: u32 = 3;

/// The number of frames in which the box crosses the picture and comes back. It differs for the two directions, so that
/// the path does not repeat soon.
const ACROSS: u64 = 120;
const DOWN: u64 = 172;

/// BT.601 limited-range white and black.
const WHITE: [u8; 3] = [235, 128, 128];
const BLACK: [u8; 3] = [16, 128, 128];

/// Luma above which a counter cell is a one, and below which it is a zero; in between it is unreadable.
const CLEARLY_WHITE: u32 = 160;
const CLEARLY_BLACK: u32 = 90;

/// The background of a hue as R, G, B.
#[must_use]
pub fn background_rgb(hue: u16) -> [u8; 3] {
    // HSV with full saturation, but not full value, so that white can be seen on each hue.
    const VALUE: u32 = 204;
    let hue = u32::from(hue) % 360;
    let rising = u8::try_from(VALUE * (hue % 60) / 60).unwrap_or(u8::MAX);
    let (top, falling) = (VALUE as u8, VALUE as u8 - rising);
    match hue / 60 {
        0 => [top, rising, 0],
        1 => [falling, top, 0],
        2 => [0, top, rising],
        3 => [0, falling, top],
        4 => [rising, 0, top],
        _ => [top, 0, falling],
    }
}

/// The background of a hue as Y, U, V (BT.601 limited range).
#[must_use]
pub fn background_yuv(hue: u16) -> [u8; 3] {
    let [r, g, b] = background_rgb(hue).map(f32::from);
    [
        16.0 + 0.256_79 * r + 0.504_13 * g + 0.097_91 * b,
        128.0 - 0.148_22 * r - 0.290_99 * g + 0.439_22 * b,
        128.0 + 0.439_22 * r - 0.367_79 * g - 0.071_43 * b,
    ]
    .map(|value| value.round().clamp(0.0, 255.0) as u8)
}

/// The frame counter shown in a picture of the pattern, if it can be read. It wraps at 65536.
#[must_use]
pub fn read_counter(frame: &I420Frame) -> Option<u16> {
    if !frame.is_consistent() {
        return None;
    }
    let bit = |index: u32| {
        let cell = Rect::cells(frame, COUNTER_COLUMN + index, COUNTER_ROW, 1, 1);
        match cell.middle_luma(frame)? {
            level if level >= CLEARLY_WHITE => Some(true),
            level if level <= CLEARLY_BLACK => Some(false),
            _ => None,
        }
    };
    if !bit(0)? || bit(1)? {
        return None;
    }
    (0..COUNTER_BITS).try_fold(0, |value: u16, index| Some(value << 1 | u16::from(bit(index + 2)?)))
}

/// The pattern's pictures, one per frame interval.
#[derive(Debug)]
pub struct PatternSource {
    background: I420Frame,
    pacer: Pacer,
}

impl PatternSource {
    /// A pattern of the settings' size and rate.
    #[must_use]
    pub fn new(hue: u16, settings: VideoSettings, stop: &Stop) -> Self {
        let mut background = I420Frame::filled(settings.width, settings.height, background_yuv(hue));
        Rect::cells(&background, COUNTER_COLUMN, COUNTER_ROW, 1, 1).fill(&mut background, WHITE);
        Rect::cells(&background, COUNTER_COLUMN + 1, COUNTER_ROW, 1, 1).fill(&mut background, BLACK);
        Self { background, pacer: Pacer::new(Schedule::new(settings.fps, 1), stop) }
    }

    /// The picture with this index, without waiting for it.
    #[must_use]
    pub fn frame(&self, index: u64) -> I420Frame {
        let mut frame = self.background.clone();
        for bit in 0..COUNTER_BITS {
            let colour = if index >> (COUNTER_BITS - 1 - bit) & 1 == 1 { WHITE } else { BLACK };
            Rect::cells(&frame, COUNTER_COLUMN + 2 + bit, COUNTER_ROW, 1, 1).fill(&mut frame, colour);
        }
        box_at(&frame, index).fill(&mut frame, WHITE);
        frame
    }
}

impl VideoSource for PatternSource {
    fn next_frame(&mut self) -> Result<I420Frame, VideoSourceError> {
        let beat = self.pacer.wait().ok_or(VideoSourceError::Stopped)?;
        Ok(I420Frame { captured_at: beat.due, ..self.frame(beat.index) })
    }

    fn skipped(&self) -> u64 {
        self.pacer.missed()
    }
}

/// A rectangle in pixels with even edges, so that it covers whole chroma samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rect {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Rect {
    /// Grid cells of a picture.
    fn cells(frame: &I420Frame, column: u32, row: u32, columns: u32, rows: u32) -> Self {
        let (left, right) =
            (edge(column, frame.width, COLUMNS), edge(column + columns, frame.width, COLUMNS));
        let (top, bottom) = (edge(row, frame.height, ROWS), edge(row + rows, frame.height, ROWS));
        Self { left, top, width: right - left, height: bottom - top }
    }

    fn fill(self, frame: &mut I420Frame, [y, u, v]: [u8; 3]) {
        fill_plane(&mut frame.y, frame.width, self, y);
        let half =
            Self { left: self.left / 2, top: self.top / 2, width: self.width / 2, height: self.height / 2 };
        let chroma_width = frame.width.div_ceil(2);
        fill_plane(&mut frame.u, chroma_width, half, u);
        fill_plane(&mut frame.v, chroma_width, half, v);
    }

    /// Mean luma of the middle half, which neighbours do not affect.
    fn middle_luma(self, frame: &I420Frame) -> Option<u32> {
        let (left, top) = (self.left + self.width / 4, self.top + self.height / 4);
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut sum = 0;
        for row in top..top + height {
            let start = (row * frame.width + left) as usize;
            let pixels = frame.y.get(start..start + width as usize)?;
            sum += pixels.iter().map(|p| u32::from(*p)).sum::<u32>();
        }
        Some(sum / (width * height))
    }
}

const fn edge(cell: u32, length: u32, cells: u32) -> u32 {
    (cell * length / cells) & !1
}

fn fill_plane(plane: &mut [u8], stride: u32, rect: Rect, value: u8) {
    for row in plane.chunks_exact_mut(stride as usize).skip(rect.top as usize).take(rect.height as usize) {
        if let Some(pixels) = row.get_mut(rect.left as usize..(rect.left + rect.width) as usize) {
            pixels.fill(value);
        }
    }
}

fn box_at(frame: &I420Frame, index: u64) -> Rect {
    let size = Rect::cells(frame, 0, BOX_TOP, BOX_COLUMNS, BOX_ROWS);
    let lowest = edge(ROWS - BOX_ROWS, frame.height, ROWS);
    Rect {
        left: to_and_fro(index, ACROSS, frame.width - size.width),
        top: size.top + to_and_fro(index, DOWN, lowest.saturating_sub(size.top)),
        ..size
    }
}

/// A position that goes from 0 to `range` and back every `period` frames, on even pixels.
fn to_and_fro(index: u64, period: u64, range: u32) -> u32 {
    let phase = (index % period) as u32;
    let half = (period / 2) as u32;
    let there = if phase < half { phase } else { 2 * half - phase };
    (range * there / half) & !1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pattern(width: u32, height: u32) -> PatternSource {
        PatternSource::new(120, VideoSettings { width, height, fps: 50, bitrate_kbps: 500 }, &Stop::new())
    }

    #[test]
    fn the_counter_reads_back_at_every_size() {
        for (width, height) in [(1280, 720), (640, 480), (320, 180), (160, 90), (98, 66), (64, 48)] {
            let pattern = pattern(width, height);
            for index in [0, 1, 2, 0x5555, 0xaaaa, 0xffff, 0x1_0007] {
                let frame = pattern.frame(index);
                assert!(frame.is_consistent());
                assert_eq!(read_counter(&frame), Some(index as u16), "{width}x{height} frame {index}");
            }
        }
    }

    #[test]
    fn tiny_pictures_do_not_break_the_layout() {
        for (width, height) in [(16, 16), (18, 4096), (4096, 16)] {
            let pattern = pattern(width, height);
            for index in 0..400 {
                assert!(pattern.frame(index).is_consistent());
            }
        }
    }

    #[test]
    fn other_pictures_have_no_counter() {
        for colour in [WHITE, BLACK, background_yuv(0)] {
            assert_eq!(read_counter(&I420Frame::filled(320, 180, colour)), None);
        }
        let broken = I420Frame { width: 4000, ..I420Frame::filled(320, 180, WHITE) };
        assert_eq!(read_counter(&broken), None);
    }

    #[test]
    fn the_background_has_the_hue_and_every_frame_differs_from_the_last() {
        let pattern = pattern(320, 180);
        let mut last = pattern.frame(0);
        for index in 1..500 {
            let frame = pattern.frame(index);
            assert_ne!(frame, last);
            // Bottom left corner cell of row 0: always background.
            assert_eq!([frame.y[0], frame.u[0], frame.v[0]], background_yuv(120));
            last = frame;
        }
    }

    #[test]
    fn hues_are_where_they_belong() {
        assert_eq!(background_rgb(0), [204, 0, 0]);
        assert_eq!(background_rgb(120), [0, 204, 0]);
        assert_eq!(background_rgb(240), [0, 0, 204]);
        assert_eq!(background_rgb(60), [204, 204, 0]);
        assert_eq!(background_rgb(360 + 300), [204, 0, 204]);
        // Computed from the matrix of BT.601, so that this test does not repeat the code.
        assert_eq!(background_yuv(0), [68, 98, 218]);
        assert_eq!(background_yuv(120), [119, 69, 53]);
        assert_eq!(background_yuv(240), [36, 218, 113]);
    }

    #[test]
    fn pictures_carry_the_time_they_are_due() {
        let mut pattern = pattern(64, 48);
        let mut last = None;
        for _ in 0..3 {
            let Ok(frame) = pattern.next_frame() else { unreachable!("the pattern was not stopped") };
            let number = u32::from(read_counter(&frame).unwrap_or(u16::MAX));
            assert_eq!(frame.captured_at, Duration::from_millis(20) * number);
            assert!(last < Some(frame.captured_at));
            last = Some(frame.captured_at);
        }
    }
}
