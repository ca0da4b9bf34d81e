//! Which cameras there are, and which format of a camera suits.

use nokhwa::utils::{CameraFormat, FrameFormat};

use super::source::VideoSettings;
use crate::Device;

/// The formats that this crate converts itself, cheapest first.
pub(crate) const FORMATS: [FrameFormat; 3] = [FrameFormat::NV12, FrameFormat::YUYV, FrameFormat::MJPEG];

/// The cameras that can be used, in the order of the system. Does not disturb one that is in use.
#[must_use]
pub fn cameras() -> Vec<Device> {
    platform::indices().into_iter().map(|(index, name)| Device { id: index.to_string(), name }).collect()
}

#[cfg(target_os = "linux")]
mod platform {
    use nokhwa::utils::FrameFormat;
    use v4l::video::Capture;

    use super::FORMATS;

    /// Index and name of every node that delivers pictures in a known format.
    ///
    /// Not nokhwa's `query`: it lists nodes that only carry metadata, and panics on names in /dev that
    /// begin with "video" and have no number.
    pub(super) fn indices() -> Vec<(u32, String)> {
        let Ok(entries) = std::fs::read_dir("/dev") else { return Vec::new() };
        let mut indices: Vec<u32> = entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix("video")?.parse().ok())
            .collect();
        indices.sort_unstable();
        indices.into_iter().filter(|index| is_usable(*index)).map(|index| (index, name(index))).collect()
    }

    fn is_usable(index: u32) -> bool {
        let Ok(device) = v4l::Device::new(index as usize) else { return false };
        let Ok(formats) = device.enum_formats() else { return false };
        formats.iter().any(|format| {
            FORMATS.iter().any(|known| {
                *known
                    == match &format.fourcc.repr {
                        b"NV12" => FrameFormat::NV12,
                        b"YUYV" => FrameFormat::YUYV,
                        b"MJPG" => FrameFormat::MJPEG,
                        _ => return false,
                    }
            })
        })
    }

    fn name(index: u32) -> String {
        std::fs::read_to_string(format!("/sys/class/video4linux/video{index}/name"))
            .ok()
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| format!("Camera {index}"))
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use nokhwa::utils::ApiBackend;

    /// Index and name of every camera the system lists.
    pub(super) fn indices() -> Vec<(u32, String)> {
        nokhwa::query(ApiBackend::Auto)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|info| Some((info.index().as_index().ok()?, info.human_name())))
            .collect()
    }
}

/// The usable formats of a camera, best for these settings first.
///
/// A fluent picture comes before a large one, and one no larger than needed before one that must be scaled down. Raw
/// formats come before JPEG, which costs CPU to decode.
pub(crate) fn by_suitability(available: &[CameraFormat], wanted: VideoSettings) -> Vec<CameraFormat> {
    let mut formats: Vec<CameraFormat> = available
        .iter()
        .filter(|format| {
            // Some drivers list intervals with a numerator other than 1, which nokhwa reads as a rate of millions.
            FORMATS.contains(&format.format())
                && (1..=240).contains(&format.frame_rate())
                && format.width() >= 16
                && format.height() >= 16
        })
        .copied()
        .collect();
    formats.sort_by_key(|format| {
        let (width, height) = (u64::from(format.width()), u64::from(format.height()));
        let (wanted_width, wanted_height) = (u64::from(wanted.width), u64::from(wanted.height));
        // 25 instead of 30 still looks fluent.
        let slow = (wanted.fps * 4 / 5).saturating_sub(format.frame_rate());
        let missing = (wanted_width * wanted_height)
            .saturating_sub(width.min(wanted_width) * height.min(wanted_height));
        let excess = (width * height).saturating_sub(wanted_width * wanted_height);
        let cost = FORMATS.iter().position(|known| *known == format.format());
        (slow, missing, excess, cost, format.frame_rate().abs_diff(wanted.fps))
    });
    formats.dedup();
    formats
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(available: &[(u32, u32, FrameFormat, u32)], wanted: VideoSettings) -> Option<CameraFormat> {
        let formats: Vec<_> = available
            .iter()
            .map(|(width, height, format, fps)| CameraFormat::new_from(*width, *height, *format, *fps))
            .collect();
        by_suitability(&formats, wanted).first().copied()
    }

    #[test]
    fn a_usual_webcam_gives_720p_as_jpeg_because_raw_is_too_slow_there() {
        use FrameFormat::{MJPEG, YUYV};
        let webcam = [
            (640, 480, YUYV, 30),
            (1280, 720, YUYV, 10),
            (640, 480, MJPEG, 30),
            (1280, 720, MJPEG, 30),
            (1920, 1080, MJPEG, 30),
        ];
        assert_eq!(
            best(&webcam, VideoSettings::default()),
            Some(CameraFormat::new_from(1280, 720, MJPEG, 30))
        );
        let small = VideoSettings { width: 640, height: 360, ..VideoSettings::default() };
        assert_eq!(best(&webcam, small), Some(CameraFormat::new_from(640, 480, YUYV, 30)));
    }

    #[test]
    fn raw_comes_before_jpeg_and_a_larger_picture_before_a_smaller_one() {
        use FrameFormat::{MJPEG, NV12, YUYV};
        let wanted = VideoSettings::default();
        let raw = [(1280, 720, MJPEG, 30), (1280, 720, YUYV, 30), (1280, 720, NV12, 30)];
        assert_eq!(best(&raw, wanted), Some(CameraFormat::new_from(1280, 720, NV12, 30)));
        let sizes = [(640, 480, YUYV, 30), (1920, 1080, YUYV, 30), (3840, 2160, YUYV, 30)];
        assert_eq!(best(&sizes, wanted), Some(CameraFormat::new_from(1920, 1080, YUYV, 30)));
        let slow = [(1280, 720, YUYV, 10), (640, 480, YUYV, 30)];
        assert_eq!(best(&slow, wanted), Some(CameraFormat::new_from(640, 480, YUYV, 30)));
    }

    #[test]
    fn formats_that_cannot_be_read_are_left_out() {
        let odd = [
            (1280, 720, FrameFormat::GRAY, 30),
            (1280, 720, FrameFormat::RAWRGB, 30),
            (1280, 720, FrameFormat::YUYV, 10_000_000),
            (0, 0, FrameFormat::YUYV, 30),
        ];
        assert_eq!(best(&odd, VideoSettings::default()), None);
    }
}
