//! Why there is no picture.

use thiserror::Error;

use super::vp8::EncodeError;

/// What can go wrong with a source of pictures, when it is opened or later.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VideoSourceError {
    /// The source asked for is "none".
    #[error("no video source was chosen")]
    NoSource,
    /// The size or rate asked for is outside what can be captured and encoded.
    #[error("video settings are out of range")]
    InvalidSettings,
    /// No usable camera is connected.
    #[error("no camera is connected")]
    NoCamera,
    /// Cameras are there, but not the one that was chosen.
    #[error("the chosen camera is not connected")]
    CameraNotFound,
    /// Another program has the camera.
    #[error("the camera is in use by another program")]
    CameraBusy,
    /// The system does not let this program use the camera.
    #[error("access to the camera was denied")]
    CameraDenied,
    /// The camera offers no picture format this program can read.
    #[error("the camera offers no usable picture format")]
    CameraFormat,
    /// The camera went away while it was in use.
    #[error("the camera was disconnected")]
    CameraLost,
    /// The camera is there but delivers nothing.
    #[error("the camera stopped delivering pictures")]
    CameraStalled,
    /// The camera failed in another way; the text is for the log.
    #[error("the camera failed: {0}")]
    CameraFailed(String),
    /// The file does not exist.
    #[error("the video file does not exist")]
    FileMissing,
    /// The file exists but cannot be read.
    #[error("the video file cannot be read: {0}")]
    FileUnreadable(std::io::ErrorKind),
    /// The file is not a Y4M file, or one of a kind this program does not read.
    #[error("the video file is not readable as Y4M: {0}")]
    FileFormat(&'static str),
    /// The file starts as Y4M but its frames are damaged or cut off.
    #[error("the video file is damaged at frame {frame}")]
    FileCorrupt {
        /// Index of the first frame that cannot be read.
        frame: u64,
    },
    /// The encoder refused the picture.
    #[error(transparent)]
    Encoder(#[from] EncodeError),
    /// The system could not start a thread for the capture.
    #[error("the system refused to start a thread")]
    NoThread,
    /// The capture was asked to stop while it waited for a picture. Never reported to a person.
    #[error("the capture was stopped")]
    Stopped,
}

impl VideoSourceError {
    /// The stable name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSource => "no_video_source",
            Self::InvalidSettings => "invalid_video_settings",
            Self::NoCamera => "no_camera",
            Self::CameraNotFound => "camera_not_found",
            Self::CameraBusy => "camera_busy",
            Self::CameraDenied => "camera_denied",
            Self::CameraFormat => "camera_format",
            Self::CameraLost => "camera_lost",
            Self::CameraStalled => "camera_stalled",
            Self::CameraFailed(_) => "camera_failed",
            Self::FileMissing => "video_file_missing",
            Self::FileUnreadable(_) => "video_file_unreadable",
            Self::FileFormat(_) => "video_file_format",
            Self::FileCorrupt { .. } => "video_file_corrupt",
            Self::Encoder(error) => error.code(),
            Self::NoThread => "no_thread",
            Self::Stopped => "stopped",
        }
    }
}
