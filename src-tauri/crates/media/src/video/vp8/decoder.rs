//! Decodes what a remote sends. That may be anything.

use std::ffi::c_int;
use std::mem::MaybeUninit;

use thiserror::Error;
use vpx_sys as vpx;

use super::header::FrameHeader;
use crate::video::frame::I420Frame;

/// Largest picture that it decodes, in pixels: 4K. A keyframe of ten bytes can claim 16383 by 16383, for which libvpx
/// would allocate a gigabyte.
const MAX_PIXELS: u32 = 3840 * 2160;
/// Largest frame that it decodes, in bytes. A 4K keyframe of any sensible quality is below a tenth of it.
const MAX_BYTES: usize = 16 << 20;

/// Why a frame was not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The frame needs a keyframe first, and none was decoded yet.
    #[error("a keyframe is needed first")]
    NeedKeyframe,
    /// The data is not a VP8 frame, or damaged. The stream can go on with the next keyframe.
    #[error("the frame is damaged")]
    Damaged,
    /// The frame or its picture is larger than the bounds of this decoder.
    #[error("the frame is too large")]
    TooLarge,
    /// libvpx could not be set up; the number is its error code.
    #[error("the VP8 decoder failed with code {0}")]
    Codec(u32),
}

impl DecodeError {
    /// The stable name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NeedKeyframe => "need_keyframe",
            Self::Damaged => "frame_damaged",
            Self::TooLarge => "frame_too_large",
            Self::Codec(_) => "decoder_failed",
        }
    }
}

/// A VP8 decoder for one stream.
pub struct Vp8Decoder {
    /// Made with the first keyframe, so that a decoder that is never used costs nothing.
    context: Option<Context>,
}

impl Vp8Decoder {
    /// A decoder that waits for a keyframe.
    #[must_use]
    pub const fn new() -> Self {
        Self { context: None }
    }

    /// Decodes one frame. `None` for a frame that is not meant to be shown.
    ///
    /// The picture's `captured_at` is zero: the frame does not say when it was taken. After an error, go on with the
    /// next keyframe; frames before it may decode but show garbage.
    pub fn decode(&mut self, data: &[u8]) -> Result<Option<I420Frame>, DecodeError> {
        if data.len() > MAX_BYTES {
            return Err(DecodeError::TooLarge);
        }
        let header = FrameHeader::parse(data).ok_or(DecodeError::Damaged)?;
        if let Some((width, height)) = header.size
            && u32::from(width) * u32::from(height) > MAX_PIXELS
        {
            return Err(DecodeError::TooLarge);
        }
        let context = match &mut self.context {
            Some(context) => context,
            none if header.keyframe => none.insert(Context::new()?),
            _ => return Err(DecodeError::NeedKeyframe),
        };
        let decoded = context.decode(data);
        if decoded.is_err() && header.keyframe {
            // A keyframe that failed half way leaves buffers of the new size without pictures.
            self.context = None;
        }
        decoded
    }
}

impl Default for Vp8Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Vp8Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vp8Decoder").field("started", &self.context.is_some()).finish()
    }
}

/// An initialised libvpx decoder. Boxed: libvpx keeps pointers into it.
struct Context(Box<vpx::vpx_codec_ctx_t>);

// SAFETY: a libvpx context with one thread has no thread affinity; it may be used from any thread,
// one at a time, which `&mut self` ensures.
unsafe impl Send for Context {}

impl Context {
    fn new() -> Result<Self, DecodeError> {
        let mut context = Box::new(MaybeUninit::<vpx::vpx_codec_ctx_t>::zeroed());
        let config = vpx::vpx_codec_dec_cfg { threads: 1, w: 0, h: 0 };
        // SAFETY: zeroed memory is what libvpx expects for a context; the interface pointer is static
        // and the version is the one of the headers the bindings were made from.
        let status = unsafe {
            vpx::vpx_codec_dec_init_ver(
                context.as_mut_ptr(),
                vpx::vpx_codec_vp8_dx(),
                &config,
                0,
                vpx::VPX_DECODER_ABI_VERSION as c_int,
            )
        };
        match status {
            // SAFETY: initialised by the call above, which succeeded.
            vpx::VPX_CODEC_OK => Ok(Self(unsafe { context.assume_init() })),
            error => Err(DecodeError::Codec(error as u32)),
        }
    }

    /// Decodes data that is not empty: libvpx takes empty data as a lost frame.
    fn decode(&mut self, data: &[u8]) -> Result<Option<I420Frame>, DecodeError> {
        let length = u32::try_from(data.len()).map_err(|_| DecodeError::TooLarge)?;
        // SAFETY: the context is initialised, and libvpx reads `length` bytes during the call only.
        let status =
            unsafe { vpx::vpx_codec_decode(&mut *self.0, data.as_ptr(), length, std::ptr::null_mut(), 0) };
        if status != vpx::VPX_CODEC_OK {
            return Err(DecodeError::Damaged);
        }
        let mut iterator = std::ptr::null();
        // SAFETY: the context is initialised and the iterator starts as null, as libvpx asks.
        let image = unsafe { vpx::vpx_codec_get_frame(&mut *self.0, &raw mut iterator) };
        // SAFETY: libvpx returns null or an image that is valid until the next call.
        let Some(image) = (unsafe { image.as_ref() }) else { return Ok(None) };
        copy_image(image).map(Some)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: initialised in `new` and destroyed only here.
        let _ = unsafe { vpx::vpx_codec_destroy(&mut *self.0) };
    }
}

fn copy_image(image: &vpx::vpx_image_t) -> Result<I420Frame, DecodeError> {
    let (width, height) = (image.d_w, image.d_h);
    if image.fmt != vpx::vpx_img_fmt::VPX_IMG_FMT_I420 || width == 0 || height == 0 {
        return Err(DecodeError::Damaged);
    }
    let plane = |index: usize, width: u32, height: u32| {
        let (start, stride) = (image.planes[index], image.stride[index]);
        let mut pixels = Vec::with_capacity(width as usize * height as usize);
        for row in 0..height as usize {
            // SAFETY: libvpx lays out each plane as rows of `stride` bytes, `height` of them, of which
            // the first `width` are pixels; the image is valid while the borrow of it lasts.
            let row = unsafe {
                std::slice::from_raw_parts(start.offset(row as isize * stride as isize), width as usize)
            };
            pixels.extend_from_slice(row);
        }
        pixels
    };
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    Ok(I420Frame {
        width,
        height,
        y: plane(0, width, height),
        u: plane(1, half_width, half_height),
        v: plane(2, half_width, half_height),
        captured_at: std::time::Duration::ZERO,
    })
}
