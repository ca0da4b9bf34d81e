//! A camera, through nokhwa, on a thread of its own.
//!
//! On Linux, `frame` of nokhwa has no timeout. So every wait for the thread that calls it has one: pictures come
//! through a mailbox, and a thread that hangs is left running.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
};
use nokhwa::{Camera, NokhwaError};

use super::camera_list::{FORMATS, by_suitability, cameras};
use super::convert::{FrameConverter, PixelFormat};
use super::error::VideoSourceError;
use super::frame::I420Frame;
use super::mailbox::{Putter, Taker, mailbox};
use super::pacing::Stop;
use super::source::{VideoSettings, VideoSource};

/// Longest wait for a camera to open. Some negotiate formats for seconds.
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// Longest wait for a picture. Slow webcams take two or three seconds for the first.
const PICTURE_WITHIN: Duration = Duration::from_secs(5);
/// Longest wait for the camera to close, so that it is free when it is opened again at once. A
/// working camera needs one frame interval.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// How many formats it tries before it gives up: cameras sometimes list formats that they then refuse.
const FORMAT_ATTEMPTS: usize = 6;
/// After this many damaged pictures in a row the camera counts as broken. Single ones are usual with JPEG.
const DAMAGED_IN_A_ROW: u32 = 30;

/// A camera's pictures.
#[derive(Debug)]
pub struct CameraSource {
    taker: Option<Taker>,
    /// Disconnects when the camera's thread has ended and the camera is closed.
    closed: Receiver<()>,
    stop: Stop,
}

impl CameraSource {
    /// Opens the camera with this id, or the first one, in the format that suits the settings best.
    pub fn open(id: Option<&str>, settings: VideoSettings, stop: &Stop) -> Result<Self, VideoSourceError> {
        let usable = cameras();
        let device = match id {
            _ if usable.is_empty() => return Err(VideoSourceError::NoCamera),
            None => usable.into_iter().next(),
            Some(id) => usable.into_iter().find(|device| device.id == id),
        };
        let index =
            device.and_then(|device| device.id.parse().ok()).ok_or(VideoSourceError::CameraNotFound)?;

        let (putter, taker) = mailbox();
        let (opened_tx, opened) = mpsc::sync_channel(1);
        let (closed_tx, closed) = mpsc::channel::<()>();
        std::thread::Builder::new()
            .name("camera".into())
            .spawn(move || {
                // The thread owns it and drops it last. That tells the source that the camera is closed.
                let _closed = closed_tx;
                run(index, settings, putter, &opened_tx);
            })
            .map_err(|_| VideoSourceError::NoThread)?;
        let source = Self { taker: Some(taker), closed, stop: stop.clone() };
        match opened.recv_timeout(OPEN_WITHIN) {
            Ok(outcome) => outcome.map(|()| source),
            Err(RecvTimeoutError::Timeout) => Err(VideoSourceError::CameraStalled),
            // The binding panicked.
            Err(RecvTimeoutError::Disconnected) => {
                Err(VideoSourceError::CameraFailed("camera thread ended while opening".into()))
            }
        }
    }
}

impl VideoSource for CameraSource {
    fn next_frame(&mut self) -> Result<I420Frame, VideoSourceError> {
        let taker = self.taker.as_ref().ok_or(VideoSourceError::Stopped)?;
        taker.take(&self.stop, PICTURE_WITHIN)
    }

    fn skipped(&self) -> u64 {
        self.taker.as_ref().map_or(0, Taker::replaced)
    }
}

impl Drop for CameraSource {
    fn drop(&mut self) {
        // The thread sees this after the picture it waits for.
        self.taker = None;
        if self.closed.recv_timeout(CLOSE_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the camera does not respond; its thread is left behind");
        }
    }
}

/// The camera's thread.
fn run(
    index: u32,
    settings: VideoSettings,
    putter: Putter,
    opened: &mpsc::SyncSender<Result<(), VideoSourceError>>,
) {
    let mut camera = match open_camera(index, settings) {
        Ok(camera) => camera,
        Err(error) => {
            let _ = opened.send(Err(error));
            return;
        }
    };
    let format = camera.camera_format();
    tracing::info!(width = format.width(), height = format.height(), fps = format.frame_rate(),
        format = %format.format(), "camera opened");
    if opened.send(Ok(())).is_err() {
        return;
    }
    let end = deliver(&mut camera, format, &putter);
    // Closed before the end is reported, so that a listener can open a camera at once.
    drop(camera);
    if let Some(error) = end {
        putter.end(error);
    }
}

/// Converts pictures until the taker is gone (`None`) or the camera fails.
fn deliver(camera: &mut Camera, format: CameraFormat, putter: &Putter) -> Option<VideoSourceError> {
    let Some(pixels) = pixel_format(format.format()) else { return Some(VideoSourceError::CameraFormat) };
    let mut converter = FrameConverter::new();
    let mut damaged = 0;
    let started = Instant::now();
    while !putter.is_abandoned() {
        let data = match camera.frame_raw() {
            Ok(data) => data,
            Err(error) => return Some(read_error(&error)),
        };
        let captured_at = started.elapsed();
        match converter.convert(pixels, format.width(), format.height(), &data) {
            Ok(frame) => {
                damaged = 0;
                putter.put(I420Frame { captured_at, ..frame });
            }
            Err(error) => {
                damaged += 1;
                tracing::debug!(code = error.code(), %error, damaged, "camera picture not readable");
                if damaged >= DAMAGED_IN_A_ROW {
                    return Some(VideoSourceError::CameraFailed(error.to_string()));
                }
            }
        }
    }
    None
}

fn open_camera(index: u32, settings: VideoSettings) -> Result<Camera, VideoSourceError> {
    let open = |kind| {
        Camera::with_backend(
            CameraIndex::Index(index),
            RequestedFormat::with_formats(kind, &FORMATS),
            ApiBackend::Auto,
        )
    };
    // Opens in any format first, because only an open camera tells which formats it has.
    let mut camera = open(RequestedFormatType::None).map_err(|error| open_error(&error))?;
    let available = camera.compatible_camera_formats().unwrap_or_default();
    for format in by_suitability(&available, settings).into_iter().take(FORMAT_ATTEMPTS) {
        let request = RequestedFormat::with_formats(RequestedFormatType::Exact(format), &FORMATS);
        match camera.set_camera_requset(request) {
            Ok(_) => break,
            Err(error) => tracing::debug!(%format, %error, "camera refused a format it lists"),
        }
    }
    // If all were refused, the format with which it was opened still applies.
    camera.refresh_camera_format().map_err(|error| open_error(&error))?;
    if pixel_format(camera.frame_format()).is_none() {
        return Err(VideoSourceError::CameraFormat);
    }
    camera.open_stream().map_err(|error| open_error(&error))?;
    Ok(camera)
}

const fn pixel_format(format: FrameFormat) -> Option<PixelFormat> {
    match format {
        FrameFormat::YUYV => Some(PixelFormat::Yuyv),
        FrameFormat::NV12 => Some(PixelFormat::Nv12),
        FrameFormat::MJPEG => Some(PixelFormat::Mjpeg),
        _ => None,
    }
}

/// The error of the system, as far as nokhwa passes it on: as text, with the number in it on Unix.
fn os_error(error: &NokhwaError) -> Option<i32> {
    let text = error.to_string();
    let (_, number) = text.rsplit_once("(os error ")?;
    number.split_once(')')?.0.parse().ok()
}

fn open_error(error: &NokhwaError) -> VideoSourceError {
    match os_error(error) {
        Some(libc::EBUSY) => VideoSourceError::CameraBusy,
        Some(libc::EACCES | libc::EPERM) => VideoSourceError::CameraDenied,
        Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => VideoSourceError::CameraNotFound,
        _ if matches!(error, NokhwaError::GetPropertyError { property, .. } if property == "CameraFormat") => {
            VideoSourceError::CameraFormat
        }
        _ => VideoSourceError::CameraFailed(error.to_string()),
    }
}

fn read_error(error: &NokhwaError) -> VideoSourceError {
    match os_error(error) {
        Some(libc::ENODEV | libc::ENXIO | libc::EIO | libc::EBADF) => VideoSourceError::CameraLost,
        _ => VideoSourceError::CameraFailed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(number: i32) -> String {
        format!("V4L2 Error: {}", std::io::Error::from_raw_os_error(number))
    }

    #[test]
    fn what_the_system_says_becomes_a_reason_a_person_can_act_on() {
        let open = |number| open_error(&NokhwaError::OpenDeviceError("9".into(), os(number)));
        assert_eq!(open(libc::EBUSY), VideoSourceError::CameraBusy);
        assert_eq!(open(libc::EACCES), VideoSourceError::CameraDenied);
        assert_eq!(open(libc::ENOENT), VideoSourceError::CameraNotFound);
        assert_eq!(open(libc::EINVAL).code(), "camera_failed");
        assert_eq!(read_error(&NokhwaError::ReadFrameError(os(libc::ENODEV))), VideoSourceError::CameraLost);
        let format = NokhwaError::GetPropertyError { property: "CameraFormat".into(), error: String::new() };
        assert_eq!(open_error(&format), VideoSourceError::CameraFormat);
    }
}
