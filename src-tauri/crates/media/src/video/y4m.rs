//! YUV4MPEG2 files, played in a loop.
//!
//! Reads 8-bit 4:2:0 progressive files, such as `ffmpeg -pix_fmt yuv420p out.y4m` writes. It checks the whole file on
//! opening, so that a damaged file is refused before a meeting depends on it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::error::VideoSourceError;
use super::frame::{I420Frame, chroma_size};
use super::pacing::{Pacer, Schedule, Stop};
use super::source::VideoSource;

const MAGIC: &[u8] = b"YUV4MPEG2";
/// Longest header line: real ones are below 100 bytes.
const MAX_LINE: u64 = 1024;
/// Largest side, as for captured pictures.
const MAX_SIDE: u32 = 4096;
/// Most frames in a file: more than ten hours at 30 fps. Bounds the index in memory.
const MAX_FRAMES: usize = 1 << 20;
/// Fastest rate a file may ask for.
const MAX_FPS: u32 = 240;

/// The pictures of a file, at the file's own rate, over and over.
#[derive(Debug)]
pub struct Y4mSource {
    file: BufReader<File>,
    header: Header,
    /// Where the pixels of each frame start.
    frames: Vec<u64>,
    pacer: Pacer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    width: u32,
    height: u32,
    fps: (u32, u32),
}

impl Header {
    const fn frame_size(self) -> u64 {
        self.width as u64 * self.height as u64 + 2 * chroma_size(self.width, self.height) as u64
    }
}

impl Y4mSource {
    /// Opens and checks a file.
    pub fn open(path: &Path, stop: &Stop) -> Result<Self, VideoSourceError> {
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            // A pipe cannot be looped. On Unix, opening a folder succeeds and only reading it fails.
            return Err(VideoSourceError::FileFormat("not a regular file"));
        }
        let mut file = BufReader::new(file);
        let header = parse_header(&read_line(&mut file)?.unwrap_or_default())?;
        let frames = index_frames(&mut file, header, metadata.len())?;
        let pacer = Pacer::new(Schedule::new(header.fps.0, header.fps.1), stop);
        Ok(Self { file, header, frames, pacer })
    }

    /// Width and height of the file's pictures.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    /// Number of pictures before the file starts again.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Always false: a file without pictures is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    fn read_frame(&mut self, index: u64) -> Result<I420Frame, VideoSourceError> {
        let position = index % self.frames.len() as u64;
        // The file was whole on opening. If it shrinks meanwhile, it counts as damaged.
        let damaged = |_| VideoSourceError::FileCorrupt { frame: position };
        let start = self.frames[position as usize];
        // `seek_relative` keeps the buffer when the next frame follows directly.
        let here = self.file.stream_position().map_err(damaged)?;
        self.file.seek_relative(start.wrapping_sub(here) as i64).map_err(damaged)?;
        let mut frame = I420Frame::filled(self.header.width, self.header.height, [0; 3]);
        for plane in [&mut frame.y, &mut frame.u, &mut frame.v] {
            self.file.read_exact(plane).map_err(damaged)?;
        }
        Ok(frame)
    }
}

impl VideoSource for Y4mSource {
    fn next_frame(&mut self) -> Result<I420Frame, VideoSourceError> {
        let beat = self.pacer.wait().ok_or(VideoSourceError::Stopped)?;
        Ok(I420Frame { captured_at: beat.due, ..self.read_frame(beat.index)? })
    }

    fn skipped(&self) -> u64 {
        self.pacer.missed()
    }
}

fn unreadable(error: io::Error) -> VideoSourceError {
    match error.kind() {
        io::ErrorKind::NotFound => VideoSourceError::FileMissing,
        kind => VideoSourceError::FileUnreadable(kind),
    }
}

/// A line without its newline; `None` at the end of the file.
fn read_line(file: &mut BufReader<File>) -> Result<Option<Vec<u8>>, VideoSourceError> {
    let mut line = Vec::new();
    file.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => Err(VideoSourceError::FileFormat("header line without end")),
    }
}

fn parse_header(line: &[u8]) -> Result<Header, VideoSourceError> {
    let rest = line.strip_prefix(MAGIC).ok_or(VideoSourceError::FileFormat("no YUV4MPEG2 signature"))?;
    let text = std::str::from_utf8(rest).map_err(|_| VideoSourceError::FileFormat("header is not text"))?;
    let (mut width, mut height, mut fps) = (0, 0, (30, 1));
    for parameter in text.split_ascii_whitespace() {
        let (key, value) = parameter.split_at_checked(1).unwrap_or((parameter, ""));
        match key {
            "W" => width = value.parse().unwrap_or(0),
            "H" => height = value.parse().unwrap_or(0),
            "F" => fps = parse_rate(value).ok_or(VideoSourceError::FileFormat("bad frame rate"))?,
            // 4:2:0 variants differ in where chroma samples sit, by less than a pixel.
            "C" if !matches!(value, "420" | "420jpeg" | "420mpeg2" | "420paldv") => {
                return Err(VideoSourceError::FileFormat("not 8-bit 4:2:0"));
            }
            "I" if !matches!(value, "p" | "?") => {
                return Err(VideoSourceError::FileFormat("interlaced"));
            }
            _ => {}
        }
    }
    let sides = 1..=MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(VideoSourceError::FileFormat("bad picture size"));
    }
    Ok(Header { width, height, fps })
}

fn parse_rate(text: &str) -> Option<(u32, u32)> {
    let (numerator, denominator) = text.split_once(':')?;
    let (numerator, denominator) = (numerator.parse::<u32>().ok()?, denominator.parse::<u32>().ok()?);
    // "0:0" means unknown.
    if (numerator, denominator) == (0, 0) {
        return Some((30, 1));
    }
    let sane = numerator > 0 && denominator > 0 && numerator.div_ceil(denominator) <= MAX_FPS;
    sane.then_some((numerator, denominator))
}

/// Finds every frame, reading only the frame headers.
fn index_frames(
    file: &mut BufReader<File>,
    header: Header,
    length: u64,
) -> Result<Vec<u64>, VideoSourceError> {
    let mut frames = Vec::new();
    loop {
        let corrupt = VideoSourceError::FileCorrupt { frame: frames.len() as u64 };
        let line = match read_line(file) {
            Ok(Some(line)) => line,
            Ok(None) if !frames.is_empty() => return Ok(frames),
            _ => return Err(corrupt),
        };
        if !(line == b"FRAME" || line.starts_with(b"FRAME ")) || frames.len() == MAX_FRAMES {
            return Err(corrupt);
        }
        let start = file.stream_position().map_err(unreadable)?;
        if length.saturating_sub(start) < header.frame_size() {
            return Err(corrupt);
        }
        frames.push(start);
        file.seek(SeekFrom::Start(start + header.frame_size())).map_err(unreadable)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_written_by_common_tools() {
        let header = |text: &str| parse_header(text.as_bytes());
        assert_eq!(
            header("YUV4MPEG2 W1280 H720 F30000:1001 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2"),
            Ok(Header { width: 1280, height: 720, fps: (30_000, 1001) })
        );
        assert_eq!(header("YUV4MPEG2 H90 W161"), Ok(Header { width: 161, height: 90, fps: (30, 1) }));
        for bad in [
            "RIFF W2 H2",
            "YUV4MPEG2",
            "YUV4MPEG2 W0 H5",
            "YUV4MPEG2 W99999 H5",
            "YUV4MPEG2 W16 H16 F0:1",
            "YUV4MPEG2 W16 H16 F9000:1",
            "YUV4MPEG2 W16 H16 C444",
            "YUV4MPEG2 W16 H16 C420p10",
            "YUV4MPEG2 W16 H16 It",
            "YUV4MPEG2 W16 H16 \u{e4}",
        ] {
            let outcome = header(bad);
            if bad.contains('\u{e4}') {
                assert!(outcome.is_ok(), "unknown parameters are ignored, whatever they are");
            } else {
                assert_eq!(outcome.map_err(|e| e.code()), Err("video_file_format"), "{bad}");
            }
        }
    }
}
