//! Pictures: where they come from, pixel formats, VP8.
//!
//! Knows cameras, files, the test pattern, scaling, and how to encode and decode one stream.
//! Does not know RTP, peers or windows: [`VideoCapture`] hands encoded frames to a callback, and
//! the receiver of frames hands them to a [`Vp8Decoder`].

mod camera;
mod camera_list;
mod capture;
mod convert;
mod error;
mod frame;
mod mailbox;
mod pacing;
pub mod pattern;
mod source;
mod vp8;
mod y4m;

pub use camera::CameraSource;
pub use camera_list::cameras;
pub use capture::{ErrorCallback, FrameSink, VideoCapture, VideoCaptureStats};
pub use convert::{ConvertError, FrameConverter, PixelFormat, fit_within, scale};
pub use error::VideoSourceError;
pub use frame::I420Frame;
pub use pacing::Stop;
pub use pattern::PatternSource;
pub use source::{VideoSettings, VideoSource, VideoSourceSpec};
pub use vp8::{DecodeError, EncodeError, EncodedFrame, FrameHeader, Vp8Decoder, Vp8Encoder};
pub use y4m::Y4mSource;
