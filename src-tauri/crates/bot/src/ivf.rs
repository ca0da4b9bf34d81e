//! IVF: the simplest container for VP8; libvpx and ffmpeg read it.
//!
//! Knows only the bytes of the container. Recording starts at the first keyframe, because pictures before it cannot be
//! decoded.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// Ticks per second of the timestamps: the RTP clock of video.
const CLOCK: u32 = 90_000;
const HEADER_BYTES: u16 = 32;
/// Position of the number of frames in the header.
const COUNT_AT: u64 = 24;

/// A file that is being recorded. Finishing or dropping it completes its header.
pub(crate) struct IvfWriter<W: Write + Seek = BufWriter<File>> {
    out: W,
    frames: u32,
    /// Presentation time so far, and the RTP timestamp it belongs to.
    time: Option<(u64, u32)>,
}

impl IvfWriter {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self::new(BufWriter::new(File::create(path)?)))
    }
}

impl<W: Write + Seek> IvfWriter<W> {
    fn new(out: W) -> Self {
        Self { out, frames: 0, time: None }
    }

    /// Adds one encoded picture; `size` is the size of the last keyframe.
    pub(crate) fn write(
        &mut self,
        data: &[u8],
        keyframe: bool,
        timestamp: u32,
        size: (u16, u16),
    ) -> io::Result<()> {
        let time = match self.time {
            None if !keyframe => return Ok(()),
            None => {
                self.header(size)?;
                0
            }
            // RTP timestamps wrap. A picture that comes out of order steps back; that counts as no step.
            Some((time, last)) => match timestamp.wrapping_sub(last) {
                step if step < 1 << 31 => time + u64::from(step),
                _ => time,
            },
        };
        self.time = Some((time, timestamp));
        let length = u32::try_from(data.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&time.to_le_bytes())?;
        self.out.write_all(data)?;
        self.frames = self.frames.saturating_add(1);
        Ok(())
    }

    fn header(&mut self, (width, height): (u16, u16)) -> io::Result<()> {
        self.out.write_all(b"DKIF\0\0")?;
        self.out.write_all(&HEADER_BYTES.to_le_bytes())?;
        self.out.write_all(b"VP80")?;
        self.out.write_all(&width.to_le_bytes())?;
        self.out.write_all(&height.to_le_bytes())?;
        self.out.write_all(&CLOCK.to_le_bytes())?;
        self.out.write_all(&1u32.to_le_bytes())?;
        // The number of frames, filled in at the end, and four unused bytes.
        self.out.write_all(&[0; 8])
    }

    /// Writes what is known only at the end.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.time.is_some() {
            self.out.seek(SeekFrom::Start(COUNT_AT))?;
            self.out.write_all(&self.frames.to_le_bytes())?;
            self.out.seek(SeekFrom::End(0))?;
        }
        self.out.flush()
    }
}

impl<W: Write + Seek> Drop for IvfWriter<W> {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::warn!(kind = ?error.kind(), "recording not completed");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_recording_starts_at_a_keyframe_and_knows_its_length() {
        let mut file = Cursor::new(Vec::new());
        let mut writer = IvfWriter::new(&mut file);
        writer.write(b"before", false, 10, (0, 0)).unwrap();
        writer.write(b"key", true, u32::MAX - 2_999, (320, 180)).unwrap();
        writer.write(b"next", false, 0, (320, 180)).unwrap();
        drop(writer);
        let bytes = file.into_inner();
        assert_eq!(&bytes[..4], b"DKIF");
        assert_eq!(&bytes[8..12], b"VP80");
        assert_eq!(bytes[12..16], [64, 1, 180, 0]);
        assert_eq!(bytes[24..28], [2, 0, 0, 0]);
        assert_eq!(bytes[32..47], *b"\x03\0\0\0\0\0\0\0\0\0\0\0key");
        // 3000 ticks later, across the wrap.
        assert_eq!(bytes[47..59], *b"\x04\0\0\0\xb8\x0b\0\0\0\0\0\0");
        assert_eq!(bytes.len(), 63);
    }

    #[test]
    fn without_a_keyframe_the_file_stays_empty() {
        let mut file = Cursor::new(Vec::new());
        let mut writer = IvfWriter::new(&mut file);
        writer.write(b"delta", false, 10, (0, 0)).unwrap();
        drop(writer);
        assert!(file.into_inner().is_empty());
    }
}
