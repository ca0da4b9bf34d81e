//! What a track shows or plays.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a track shows or plays. The order is that of the tracks on every connection: microphone, camera, screen, and
/// the sound that belongs to the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum TrackSource {
    /// Voice.
    Microphone,
    /// The person.
    Camera,
    /// A shared screen.
    Screen,
    /// The sound of the computer whose screen is shared.
    ScreenSound,
}

/// What a media section carries (the media types of SDP, RFC 8866 section 8.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

impl TrackSource {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenSound];

    /// Sound or pictures.
    #[must_use]
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Microphone | Self::ScreenSound => MediaKind::Audio,
            Self::Camera | Self::Screen => MediaKind::Video,
        }
    }

    /// Whether it has pictures.
    #[must_use]
    pub const fn is_video(self) -> bool {
        matches!(self.kind(), MediaKind::Video)
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::ScreenSound => "screen_sound",
        }
    }

    /// Its place in a table by source.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Microphone => 0,
            Self::Camera => 1,
            Self::Screen => 2,
            Self::ScreenSound => 3,
        }
    }
}

impl fmt::Display for TrackSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_written_by_its_name() {
        for source in TrackSource::ALL {
            let json = serde_json::to_string(&source).ok();
            assert_eq!(json, Some(format!("\"{source}\"")));
        }
        assert!(serde_json::from_str::<TrackSource>("\"whiteboard\"").is_err());
    }

    #[test]
    fn all_sources_stand_in_the_order_of_the_tracks() {
        let places: Vec<_> = TrackSource::ALL.iter().map(|source| source.index()).collect();
        assert_eq!(places, [0, 1, 2, 3]);
        assert!(TrackSource::ALL.is_sorted());
    }

    #[test]
    fn screens_and_cameras_have_pictures_and_the_others_have_sound() {
        let video: Vec<_> = TrackSource::ALL.into_iter().filter(|source| source.is_video()).collect();
        assert_eq!(video, [TrackSource::Camera, TrackSource::Screen]);
    }
}
