//! What every source of pictures has in common, and how to choose one.

use std::path::PathBuf;

use super::camera::CameraSource;
use super::error::VideoSourceError;
use super::frame::I420Frame;
use super::pacing::Stop;
use super::pattern::PatternSource;
use super::y4m::Y4mSource;

/// Smallest side a picture may have: one macroblock of VP8.
const MIN_SIDE: u32 = 16;
/// Largest side: 4K. VP8 allows 16383, but no machine here could encode that in time.
const MAX_SIDE: u32 = 4096;
/// Fastest rate: the most that meetings use.
const MAX_FPS: u32 = 60;

/// Something that delivers pictures one after the other, at its own pace.
pub trait VideoSource: Send {
    /// Waits for the next picture. A source opened with a [`Stop`] returns [`VideoSourceError::Stopped`] soon after the
    /// flag is set. Any other error ends the source.
    fn next_frame(&mut self) -> Result<I420Frame, VideoSourceError>;

    /// Pictures the source had but skipped, because the taker was too slow.
    fn skipped(&self) -> u64 {
        0
    }
}

/// Where pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoSourceSpec {
    /// A camera: the one with this id from [`cameras`](super::cameras), or the first usable one.
    Camera {
        /// `None` means the first usable camera.
        id: Option<String>,
    },
    /// A YUV4MPEG2 file, played in a loop at its own rate.
    File(PathBuf),
    /// The test pattern on a background of this hue, in degrees.
    Pattern {
        /// 0 to 359; larger values wrap.
        hue: u16,
    },
    /// No pictures.
    None,
}

/// The wanted picture. Larger pictures of a source are scaled down to fit and keep their proportions. A smaller one is
/// sent as it is, because enlarging costs bandwidth and shows nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoSettings {
    /// Largest width in pixels.
    pub width: u32,
    /// Largest height in pixels.
    pub height: u32,
    /// Frames per second at most.
    pub fps: u32,
    /// Target bit rate of the encoder in kbit/s.
    pub bitrate_kbps: u32,
}

impl Default for VideoSettings {
    fn default() -> Self {
        Self { width: 1280, height: 720, fps: 30, bitrate_kbps: 1500 }
    }
}

impl VideoSettings {
    /// Pictures of this size and rate at the bit rate they need: 1500 kbit/s at 720p, 500 at 360p, 125 at 180p, since
    /// smaller pictures need more bits per pixel.
    #[must_use]
    pub fn sized(width: u32, height: u32, fps: u32) -> Self {
        const FULL_KBPS: u64 = 1500;
        const FULL_PIXELS: u64 = 1280 * 720;
        let pixels = u64::from(width) * u64::from(height);
        let kbps = (pixels * FULL_KBPS * 4 / (FULL_PIXELS * 3)).clamp(100, FULL_KBPS);
        Self { width, height, fps, bitrate_kbps: u32::try_from(kbps).unwrap_or(u32::MAX) }
    }

    /// These settings with sides rounded down to even numbers, or an error if they cannot be used.
    pub(crate) fn checked(self) -> Result<Self, VideoSourceError> {
        let sides = MIN_SIDE..=MAX_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) || !(1..=MAX_FPS).contains(&self.fps)
        {
            return Err(VideoSourceError::InvalidSettings);
        }
        Ok(Self { width: self.width & !1, height: self.height & !1, ..self })
    }
}

impl VideoSourceSpec {
    /// Opens the source. Blocks until the source works, for a camera up to some seconds.
    pub fn open(
        &self,
        settings: VideoSettings,
        stop: &Stop,
    ) -> Result<Box<dyn VideoSource>, VideoSourceError> {
        let settings = settings.checked()?;
        Ok(match self {
            Self::Camera { id } => Box::new(CameraSource::open(id.as_deref(), settings, stop)?),
            Self::File(path) => Box::new(Y4mSource::open(path, stop)?),
            Self::Pattern { hue } => Box::new(PatternSource::new(*hue, settings, stop)),
            Self::None => return Err(VideoSourceError::NoSource),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_rate_follows_the_size() {
        let kbps = |width, height| VideoSettings::sized(width, height, 30).bitrate_kbps;
        assert_eq!([kbps(1280, 720), kbps(960, 540), kbps(640, 360), kbps(320, 180)], [1500, 1125, 500, 125]);
        assert_eq!([kbps(3840, 2160), kbps(16, 16)], [1500, 100]);
    }

    #[test]
    fn settings_out_of_range_are_refused_and_odd_sides_rounded() {
        let good = VideoSettings::default();
        for bad in [
            VideoSettings { width: 8, ..good },
            VideoSettings { height: 5000, ..good },
            VideoSettings { fps: 0, ..good },
            VideoSettings { fps: 61, ..good },
        ] {
            assert_eq!(bad.checked(), Err(VideoSourceError::InvalidSettings), "{bad:?}");
        }
        let odd = VideoSettings { width: 321, height: 181, ..good };
        assert_eq!(odd.checked().map(|s| (s.width, s.height)), Ok((320, 180)));
    }
}
