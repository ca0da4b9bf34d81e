//! From what cameras deliver to planar YUV, and from one size to another.
//!
//! The pixel loops are libyuv's and libjpeg-turbo's; this file knows the buffer sizes they need.

use thiserror::Error;
use turbojpeg::{Decompressor, Subsamp, YuvImage};

use super::frame::{I420Frame, chroma_size};

/// Largest picture that a camera may deliver, in pixels: 8K. It bounds memory when a JPEG header lies.
const MAX_PIXELS: usize = 7680 * 4320;

/// How a camera packs its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    /// Packed 4:2:2: Y U Y V.
    Yuyv,
    /// Planar Y, then interleaved U and V, 4:2:0.
    Nv12,
    /// One JPEG image per picture.
    Mjpeg,
}

/// Why a picture could not be converted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// Fewer bytes than the size needs.
    #[error("the picture is cut off")]
    TooShort,
    /// More pixels than any camera has, or none.
    #[error("the picture size is out of range")]
    Size,
    /// The JPEG data is damaged; the text is for the log.
    #[error("the JPEG data is damaged: {0}")]
    Jpeg(String),
    /// A JPEG of a kind that cameras do not make.
    #[error("the JPEG is of an unsupported kind")]
    JpegKind,
}

impl ConvertError {
    /// The stable name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "picture_too_short",
            Self::Size => "picture_size",
            Self::Jpeg(_) => "jpeg_damaged",
            Self::JpegKind => "jpeg_kind",
        }
    }
}

/// Turns camera pictures into [`I420Frame`]s, and reuses what it can from picture to picture.
#[derive(Debug, Default)]
pub struct FrameConverter {
    jpeg: Option<Decompressor>,
    planes: Vec<u8>,
}

impl FrameConverter {
    /// A converter for pictures of any size and format.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Converts one picture. `data` may be longer than the picture, because drivers hand over whole buffers.
    pub fn convert(
        &mut self,
        format: PixelFormat,
        width: u32,
        height: u32,
        data: &[u8],
    ) -> Result<I420Frame, ConvertError> {
        match format {
            PixelFormat::Yuyv => from_yuyv(width, height, data),
            PixelFormat::Nv12 => from_nv12(width, height, data),
            PixelFormat::Mjpeg => self.decode_jpeg(data).inspect_err(|_| {
                // After some errors the decompressor takes no further image, good or bad.
                self.jpeg = None;
            }),
        }
    }

    fn decode_jpeg(&mut self, data: &[u8]) -> Result<I420Frame, ConvertError> {
        let failed = |error: turbojpeg::Error| ConvertError::Jpeg(error.to_string());
        let jpeg = match &mut self.jpeg {
            Some(jpeg) => jpeg,
            none => none.insert(Decompressor::new().map_err(failed)?),
        };
        let header = jpeg.read_header(data).map_err(failed)?;
        check_size(header.width, header.height)?;
        if matches!(header.subsamp, Subsamp::Unknown) || header.is_lossless {
            return Err(ConvertError::JpegKind);
        }
        let layout = YuvImage {
            pixels: (),
            width: header.width,
            height: header.height,
            align: 1,
            subsamp: header.subsamp,
        };
        let (luma_width, luma_height) = layout.y_size();
        let (chroma_width, chroma_height) = match header.subsamp {
            Subsamp::Gray => (0, 0),
            _ => layout.uv_size(),
        };
        let (luma, chroma) = (luma_width * luma_height, chroma_width * chroma_height);
        self.planes.resize(luma + 2 * chroma, 0);
        let output = YuvImage {
            pixels: &mut self.planes[..],
            width: header.width,
            height: header.height,
            align: 1,
            subsamp: header.subsamp,
        };
        match jpeg.decompress_to_yuv(data, output) {
            Ok(()) => {}
            // Many webcams leave stray bytes between markers. The library counts that as an error although the picture
            // is complete, and its binding does not tell warnings apart.
            Err(error) if error.to_string().contains("extraneous bytes") => {}
            Err(error) => return Err(failed(error)),
        }
        let (y, chroma_planes) = self.planes.split_at(luma);
        let (u, v) = chroma_planes.split_at(chroma);
        let source = Planes { y, luma_stride: luma_width, u, v, chroma_stride: chroma_width };
        let mut frame = source.into_i420(header.width as u32, header.height as u32, header.subsamp)?;
        to_limited_range(&mut frame);
        Ok(frame)
    }
}

/// Three planes with their row lengths.
struct Planes<'a> {
    y: &'a [u8],
    luma_stride: usize,
    u: &'a [u8],
    v: &'a [u8],
    chroma_stride: usize,
}

impl Planes<'_> {
    fn into_i420(self, width: u32, height: u32, subsamp: Subsamp) -> Result<I420Frame, ConvertError> {
        let mut frame = I420Frame::filled(width, height, [0, 128, 128]);
        let (half_width, half_height) = (frame.chroma_width() as usize, frame.chroma_height() as usize);
        let convert = match subsamp {
            Subsamp::Sub2x2 | Subsamp::Gray => {
                copy_rows(self.y, self.luma_stride, &mut frame.y, width as usize, height as usize);
                if matches!(subsamp, Subsamp::Sub2x2) {
                    copy_rows(self.u, self.chroma_stride, &mut frame.u, half_width, half_height);
                    copy_rows(self.v, self.chroma_stride, &mut frame.v, half_width, half_height);
                }
                return Ok(frame);
            }
            Subsamp::Sub2x1 => yuv_sys::rs_I422ToI420,
            Subsamp::None => yuv_sys::rs_I444ToI420,
            _ => return Err(ConvertError::JpegKind),
        };
        let chroma_columns = if matches!(subsamp, Subsamp::None) { width as usize } else { half_width };
        let enough = self.y.len() >= self.luma_stride * height as usize
            && self.u.len() >= self.chroma_stride * height as usize
            && self.v.len() >= self.chroma_stride * height as usize
            && self.luma_stride >= width as usize
            && self.chroma_stride >= chroma_columns;
        if !enough {
            return Err(ConvertError::TooShort);
        }
        // SAFETY: the source planes hold `height` rows of their strides, checked above, and the rows
        // are at least as long as the format needs; the destination planes were allocated for the size.
        let status = unsafe {
            convert(
                self.y.as_ptr(),
                self.luma_stride as i32,
                self.u.as_ptr(),
                self.chroma_stride as i32,
                self.v.as_ptr(),
                self.chroma_stride as i32,
                frame.y.as_mut_ptr(),
                width as i32,
                frame.u.as_mut_ptr(),
                half_width as i32,
                frame.v.as_mut_ptr(),
                half_width as i32,
                width as i32,
                height as i32,
            )
        };
        if status == 0 { Ok(frame) } else { Err(ConvertError::Size) }
    }
}

fn from_yuyv(width: u32, height: u32, data: &[u8]) -> Result<I420Frame, ConvertError> {
    check_size(width as usize, height as usize)?;
    // Rows hold whole pairs of pixels.
    let stride = width.div_ceil(2) as usize * 4;
    if data.len() < stride * height as usize {
        return Err(ConvertError::TooShort);
    }
    let mut frame = I420Frame::filled(width, height, [0; 3]);
    let half = frame.chroma_width() as i32;
    // SAFETY: `data` holds `height` rows of `stride` bytes, checked above; the destination planes
    // were allocated for the size, and sizes fit in i32 because of `MAX_PIXELS`.
    let status = unsafe {
        yuv_sys::rs_YUY2ToI420(
            data.as_ptr(),
            stride as i32,
            frame.y.as_mut_ptr(),
            width as i32,
            frame.u.as_mut_ptr(),
            half,
            frame.v.as_mut_ptr(),
            half,
            width as i32,
            height as i32,
        )
    };
    if status == 0 { Ok(frame) } else { Err(ConvertError::Size) }
}

fn from_nv12(width: u32, height: u32, data: &[u8]) -> Result<I420Frame, ConvertError> {
    check_size(width as usize, height as usize)?;
    let luma = width as usize * height as usize;
    let chroma_stride = width.div_ceil(2) as usize * 2;
    if data.len() < luma + chroma_stride * height.div_ceil(2) as usize {
        return Err(ConvertError::TooShort);
    }
    let mut frame = I420Frame::filled(width, height, [0; 3]);
    let half = frame.chroma_width() as i32;
    let (y, uv) = data.split_at(luma);
    // SAFETY: `y` holds the luma rows and `uv` the interleaved chroma rows, checked above; the
    // destination planes were allocated for the size.
    let status = unsafe {
        yuv_sys::rs_NV12ToI420(
            y.as_ptr(),
            width as i32,
            uv.as_ptr(),
            chroma_stride as i32,
            frame.y.as_mut_ptr(),
            width as i32,
            frame.u.as_mut_ptr(),
            half,
            frame.v.as_mut_ptr(),
            half,
            width as i32,
            height as i32,
        )
    };
    if status == 0 { Ok(frame) } else { Err(ConvertError::Size) }
}

fn check_size(width: usize, height: usize) -> Result<(), ConvertError> {
    match width.checked_mul(height) {
        Some(1..=MAX_PIXELS) => Ok(()),
        _ => Err(ConvertError::Size),
    }
}

fn copy_rows(source: &[u8], stride: usize, target: &mut [u8], width: usize, height: usize) {
    for (from, to) in source.chunks_exact(stride.max(1)).zip(target.chunks_exact_mut(width)).take(height) {
        to.copy_from_slice(&from[..width]);
    }
}

/// JPEG uses all 256 levels, video 16 to 235 (chroma 16 to 240). Without this, blacks and whites of
/// MJPEG cameras would be cut off at the receiver.
fn to_limited_range(frame: &mut I420Frame) {
    for level in &mut frame.y {
        *level = 16 + ((u16::from(*level) * 220) >> 8) as u8;
    }
    for level in frame.u.iter_mut().chain(&mut frame.v) {
        *level = (128 + (((i16::from(*level) - 128) * 224) >> 8)) as u8;
    }
}

/// The largest size with even sides that fits in the box, keeps the proportions and enlarges nothing.
#[must_use]
pub fn fit_within(width: u32, height: u32, box_width: u32, box_height: u32) -> (u32, u32) {
    let even = |side: u64| ((side as u32) & !1).max(2);
    if width <= box_width && height <= box_height {
        return (even(width.into()), even(height.into()));
    }
    let (w, h) = (u64::from(width), u64::from(height));
    let (bw, bh) = (u64::from(box_width), u64::from(box_height));
    if w * bh > h * bw { (even(bw), even(h * bw / w)) } else { (even(w * bh / h), even(bh)) }
}

/// The picture at another size. `None` when the frame or the size is not usable.
#[must_use]
pub fn scale(frame: &I420Frame, width: u32, height: u32) -> Option<I420Frame> {
    check_size(width as usize, height as usize).ok()?;
    check_size(frame.width as usize, frame.height as usize).ok()?;
    if !frame.is_consistent() {
        return None;
    }
    let mut scaled = I420Frame {
        width,
        height,
        y: vec![0; width as usize * height as usize],
        u: vec![0; chroma_size(width, height)],
        v: vec![0; chroma_size(width, height)],
        captured_at: frame.captured_at,
    };
    let (source_half, half) = (frame.chroma_width() as i32, scaled.chroma_width() as i32);
    // SAFETY: both frames' planes are as long as their sizes say: the source was checked, the target
    // was allocated for the size. Sizes fit in i32 because of `MAX_PIXELS`.
    let status = unsafe {
        yuv_sys::rs_I420Scale(
            frame.y.as_ptr(),
            frame.width as i32,
            frame.u.as_ptr(),
            source_half,
            frame.v.as_ptr(),
            source_half,
            frame.width as i32,
            frame.height as i32,
            scaled.y.as_mut_ptr(),
            width as i32,
            scaled.u.as_mut_ptr(),
            half,
            scaled.v.as_mut_ptr(),
            half,
            width as i32,
            height as i32,
            yuv_sys::FilterMode_kFilterBox,
        )
    };
    (status == 0).then_some(scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_fitted_without_distorting_or_enlarging() {
        assert_eq!(fit_within(1280, 720, 1280, 720), (1280, 720));
        assert_eq!(fit_within(1920, 1080, 1280, 720), (1280, 720));
        assert_eq!(fit_within(640, 480, 1280, 720), (640, 480));
        assert_eq!(fit_within(1600, 1200, 1280, 720), (960, 720));
        assert_eq!(fit_within(1080, 1920, 1280, 720), (404, 720));
        assert_eq!(fit_within(641, 361, 1280, 720), (640, 360));
        assert_eq!(fit_within(4096, 1, 16, 16), (16, 2));
    }

    #[test]
    fn full_range_ends_map_to_limited_range_ends() {
        let mut frame = I420Frame::filled(2, 2, [0, 0, 255]);
        frame.y = vec![0, 255, 128, 64];
        to_limited_range(&mut frame);
        assert_eq!(frame.y, [16, 235, 126, 71]);
        assert_eq!((frame.u[0], frame.v[0]), (16, 239));
        let mut grey = I420Frame::filled(2, 2, [0, 128, 128]);
        to_limited_range(&mut grey);
        assert_eq!((grey.u[0], grey.v[0]), (128, 128));
    }
}
