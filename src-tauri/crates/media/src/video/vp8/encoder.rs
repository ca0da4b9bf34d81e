//! Encoding for a meeting: real time, constant bit rate, no frame depends on the future.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use vpx_sys as vpx;

use crate::video::frame::I420Frame;

/// RTP clock of video (RFC 7741, section 4.1).
const CLOCK_HZ: u32 = 90_000;
/// Range of bit rates of the encoder. Below it, the rate control does not work; above it, uplinks are too slow.
const BITRATE_KBPS: std::ops::RangeInclusive<u32> = 30..=20_000;
/// Largest side VP8 can express.
const MAX_SIDE: u32 = 16_383;

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedFrame {
    /// The VP8 frame.
    pub data: Bytes,
    /// Decodable without any frame before it.
    pub keyframe: bool,
    /// When the picture was taken, on the 90 kHz clock of RTP; wraps.
    pub timestamp: u32,
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
}

/// Why a picture was not encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The picture is empty, too large for VP8, or its planes do not match its size.
    #[error("the picture cannot be encoded as VP8")]
    Picture,
    /// libvpx refused; the number is its error code.
    #[error("the VP8 encoder failed with code {0}")]
    Codec(u32),
}

impl EncodeError {
    /// The stable name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Picture => "encoder_picture",
            Self::Codec(_) => "encoder_failed",
        }
    }
}

/// A VP8 encoder for one stream. Pictures may change size on the way; the stream goes on with a keyframe.
pub struct Vp8Encoder {
    context: Context,
    fps: u32,
    /// Presentation time of the last picture; libvpx refuses one that does not grow.
    last_pts: Option<i64>,
    /// A keyframe was asked for and not delivered yet. libvpx does not drop the picture that will become one, but does
    /// not promise that, and a receiver waits for it.
    keyframe_due: bool,
}

impl Vp8Encoder {
    /// An encoder for pictures of this size at about this rate.
    pub fn new(width: u32, height: u32, fps: u32, bitrate_kbps: u32) -> Result<Self, EncodeError> {
        let context = Context::new(configure(width, height, bitrate_kbps)?)?;
        Ok(Self { context, fps: fps.max(1), last_pts: None, keyframe_due: true })
    }

    /// Encodes one picture. `None` when the rate control dropped it to stay within the bit rate.
    pub fn encode(
        &mut self,
        frame: &I420Frame,
        force_keyframe: bool,
    ) -> Result<Option<EncodedFrame>, EncodeError> {
        if !frame.is_consistent() || frame.y.is_empty() {
            return Err(EncodeError::Picture);
        }
        let config = &self.context.config;
        if (config.g_w, config.g_h) != (frame.width, frame.height) {
            // libvpx can shrink a running encoder but not enlarge it. A new encoder costs a keyframe, but so does every
            // change of size.
            let config = configure(frame.width, frame.height, config.rc_target_bitrate)?;
            self.context = Context::new(config)?;
            self.keyframe_due = true;
        }
        self.keyframe_due |= force_keyframe;
        let clock = clock_at(frame.captured_at);
        let pts = self.last_pts.map_or(clock, |last| clock.max(last + 1));
        self.last_pts = Some(pts);
        let flags = if self.keyframe_due { vpx::VPX_EFLAG_FORCE_KF } else { 0 };
        let packet = self.context.encode(frame, pts, u64::from(CLOCK_HZ / self.fps), flags.into())?;
        Ok(packet.map(|(data, keyframe)| {
            self.keyframe_due &= !keyframe;
            EncodedFrame {
                data,
                keyframe,
                timestamp: pts as u32,
                // `configure` has checked that both fit.
                width: frame.width as u16,
                height: frame.height as u16,
            }
        }))
    }

    /// Changes the target bit rate from the next picture on, without a keyframe.
    pub fn set_bitrate(&mut self, bitrate_kbps: u32) -> Result<(), EncodeError> {
        self.context.set_bitrate(clamp_bitrate(bitrate_kbps))
    }
}

impl std::fmt::Debug for Vp8Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vp8Encoder")
            .field("width", &self.context.config.g_w)
            .field("height", &self.context.config.g_h)
            .field("bitrate_kbps", &self.context.config.rc_target_bitrate)
            .finish_non_exhaustive()
    }
}

fn clock_at(time: Duration) -> i64 {
    (time.as_micros() * u128::from(CLOCK_HZ) / 1_000_000) as i64
}

fn clamp_bitrate(kbps: u32) -> u32 {
    kbps.clamp(*BITRATE_KBPS.start(), *BITRATE_KBPS.end())
}

fn check(status: vpx::vpx_codec_err_t) -> Result<(), EncodeError> {
    match status {
        vpx::VPX_CODEC_OK => Ok(()),
        error => Err(EncodeError::Codec(error as u32)),
    }
}

fn configure(width: u32, height: u32, bitrate_kbps: u32) -> Result<vpx::vpx_codec_enc_cfg_t, EncodeError> {
    if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
        return Err(EncodeError::Picture);
    }
    // Zeroed first: some libvpx enums have no valid default other than zero, and libvpx leaves padding untouched.
    let mut config = MaybeUninit::<vpx::vpx_codec_enc_cfg_t>::zeroed();
    // SAFETY: libvpx fills the structure for the VP8 interface, which it always knows.
    check(unsafe { vpx::vpx_codec_enc_config_default(vpx::vpx_codec_vp8_cx(), config.as_mut_ptr(), 0) })?;
    // SAFETY: filled by the call above, which succeeded.
    let mut config = unsafe { config.assume_init() };
    config.g_w = width;
    config.g_h = height;
    config.g_timebase = vpx::vpx_rational { num: 1, den: CLOCK_HZ as c_int };
    // One thread: two or four threads took several times the CPU for the same pictures.
    config.g_threads = 1;
    config.g_lag_in_frames = 0;
    // A lost frame blurs the following ones instead of stopping the decoder.
    config.g_error_resilient = vpx::VPX_ERROR_RESILIENT_DEFAULT;
    config.g_pass = vpx::vpx_enc_pass::VPX_RC_ONE_PASS;
    config.rc_end_usage = vpx::vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = clamp_bitrate(bitrate_kbps);
    config.rc_min_quantizer = 2;
    config.rc_max_quantizer = 56;
    config.rc_undershoot_pct = 100;
    config.rc_overshoot_pct = 15;
    // Milliseconds of stream the rate control may be ahead or behind.
    config.rc_buf_sz = 1000;
    config.rc_buf_initial_sz = 500;
    config.rc_buf_optimal_sz = 600;
    // Drops pictures when the buffer falls below this percentage.
    config.rc_dropframe_thresh = 30;
    // Keyframes only on request: they are large, and receivers ask when they need one.
    config.kf_mode = vpx::vpx_kf_mode::VPX_KF_AUTO;
    config.kf_max_dist = 100_000;
    Ok(config)
}

/// An initialised libvpx encoder and its present configuration.
struct Context {
    /// Boxed: libvpx keeps pointers into it.
    codec: Box<vpx::vpx_codec_ctx_t>,
    config: vpx::vpx_codec_enc_cfg_t,
}

// SAFETY: a libvpx context with one thread has no thread affinity; it may be used from any thread,
// one at a time, which `&mut self` ensures. The pointers in the configuration are null: they belong
// to two-pass encoding.
unsafe impl Send for Context {}

impl Context {
    fn new(config: vpx::vpx_codec_enc_cfg_t) -> Result<Self, EncodeError> {
        let mut codec = Box::new(MaybeUninit::<vpx::vpx_codec_ctx_t>::zeroed());
        // SAFETY: zeroed memory is what libvpx expects for a context; the interface pointer is static
        // and the version is the one of the headers the bindings were made from.
        check(unsafe {
            vpx::vpx_codec_enc_init_ver(
                codec.as_mut_ptr(),
                vpx::vpx_codec_vp8_cx(),
                &raw const config,
                0,
                vpx::VPX_ENCODER_ABI_VERSION as c_int,
            )
        })?;
        // SAFETY: initialised by the call above, which succeeded.
        let mut context = Self { codec: unsafe { codec.assume_init() }, config };
        use vpx::vp8e_enc_control_id as id;
        // Negative: the encoder keeps this speed instead of adapting to the clock.
        context.control(id::VP8E_SET_CPUUSED, -8)?;
        // Blocks that changed less than this are not encoded.
        context.control(id::VP8E_SET_STATIC_THRESHOLD, 1)?;
        // A keyframe may take this percentage of an average frame's bits.
        context.control(id::VP8E_SET_MAX_INTRA_BITRATE_PCT, 300)?;
        Ok(context)
    }

    fn control(&mut self, id: vpx::vp8e_enc_control_id, value: c_int) -> Result<(), EncodeError> {
        // SAFETY: the context is initialised, and every control used above takes one int.
        check(unsafe { vpx::vpx_codec_control_(&mut *self.codec, id as c_int, value) })
    }

    fn set_bitrate(&mut self, kbps: u32) -> Result<(), EncodeError> {
        let config = vpx::vpx_codec_enc_cfg_t { rc_target_bitrate: kbps, ..self.config };
        // SAFETY: the context is initialised, with this same configuration except for the bit rate.
        check(unsafe { vpx::vpx_codec_enc_config_set(&mut *self.codec, &raw const config) })?;
        self.config = config;
        Ok(())
    }

    /// Encodes a consistent frame of the configured size. Returns the packet and whether it is a keyframe.
    fn encode(
        &mut self,
        frame: &I420Frame,
        pts: i64,
        duration: u64,
        flags: i64,
    ) -> Result<Option<(Bytes, bool)>, EncodeError> {
        let mut image = wrap(frame)?;
        // SAFETY: the context is initialised; the image points into `frame`, which outlives the call,
        // and libvpx copies the pixels before it returns.
        check(unsafe {
            vpx::vpx_codec_encode(
                &mut *self.codec,
                &raw mut image,
                pts,
                duration as _,
                flags as _,
                vpx::VPX_DL_REALTIME.into(),
            )
        })?;
        let mut encoded = None;
        let mut iterator = std::ptr::null();
        loop {
            // SAFETY: the context is initialised and the iterator started as null, as libvpx asks.
            let packet = unsafe { vpx::vpx_codec_get_cx_data(&mut *self.codec, &raw mut iterator) };
            // SAFETY: libvpx returns null or a packet that is valid until the next encode call.
            let Some(packet) = (unsafe { packet.as_ref() }) else { return Ok(encoded) };
            if packet.kind == vpx::vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                // SAFETY: the kind says that the union holds a frame.
                let packet = unsafe { packet.data.frame };
                // SAFETY: libvpx gives `sz` readable bytes at `buf` until the next call.
                let data = unsafe { std::slice::from_raw_parts(packet.buf.cast::<u8>(), packet.sz as usize) };
                encoded = Some((Bytes::copy_from_slice(data), packet.flags & vpx::VPX_FRAME_IS_KEY != 0));
            }
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: initialised in `new` and destroyed only here.
        let _ = unsafe { vpx::vpx_codec_destroy(&mut *self.codec) };
    }
}

/// A libvpx image that borrows the frame's planes. It may only be read, and must not outlive the frame.
fn wrap(frame: &I420Frame) -> Result<vpx::vpx_image_t, EncodeError> {
    let mut image = MaybeUninit::<vpx::vpx_image_t>::zeroed();
    // SAFETY: libvpx fills in the structure and only stores the data pointer, here that of the luma
    // plane; the other planes are put right below before anyone reads them.
    let wrapped = unsafe {
        vpx::vpx_img_wrap(
            image.as_mut_ptr(),
            vpx::vpx_img_fmt::VPX_IMG_FMT_I420,
            frame.width,
            frame.height,
            1,
            frame.y.as_ptr().cast_mut(),
        )
    };
    if wrapped.is_null() {
        return Err(EncodeError::Picture);
    }
    // SAFETY: not null, so `vpx_img_wrap` filled the structure.
    let mut image = unsafe { image.assume_init() };
    for (index, plane) in [&frame.y, &frame.u, &frame.v].into_iter().enumerate() {
        image.planes[index] = plane.as_ptr().cast_mut();
    }
    let half = frame.chroma_width() as c_int;
    image.stride = [frame.width as c_int, half, half, 0];
    Ok(image)
}
