//! One uncompressed picture.

use std::time::Duration;

/// A picture in planar YUV 4:2:0, BT.601 limited range, planes tightly packed.
///
/// The chroma planes are `(width + 1) / 2` by `(height + 1) / 2`.
#[derive(Clone, PartialEq, Eq)]
pub struct I420Frame {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Luma, `width * height` bytes.
    pub y: Vec<u8>,
    /// Blue difference, quarter size.
    pub u: Vec<u8>,
    /// Red difference, quarter size.
    pub v: Vec<u8>,
    /// When the picture was taken, since an epoch that its source chooses.
    pub captured_at: Duration,
}

impl I420Frame {
    /// A frame of one colour, given as Y, U, V.
    #[must_use]
    pub fn filled(width: u32, height: u32, [y, u, v]: [u8; 3]) -> Self {
        let chroma = chroma_size(width, height);
        Self {
            width,
            height,
            y: vec![y; width as usize * height as usize],
            u: vec![u; chroma],
            v: vec![v; chroma],
            captured_at: Duration::ZERO,
        }
    }

    /// Width of a chroma row.
    #[must_use]
    pub const fn chroma_width(&self) -> u32 {
        self.width.div_ceil(2)
    }

    /// Number of chroma rows.
    #[must_use]
    pub const fn chroma_height(&self) -> u32 {
        self.height.div_ceil(2)
    }

    /// Whether the planes are as long as the size says. Everything that passes a frame to C checks this,
    /// because the fields are public.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let chroma = chroma_size(self.width, self.height);
        self.y.len() == self.width as usize * self.height as usize
            && self.u.len() == chroma
            && self.v.len() == chroma
    }
}

impl std::fmt::Debug for I420Frame {
    // Without the pixels: in a log or a failed assertion they would be a megabyte of numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("I420Frame")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("captured_at", &self.captured_at)
            .finish_non_exhaustive()
    }
}

/// Bytes in one chroma plane of a picture of this size.
pub(crate) const fn chroma_size(width: u32, height: u32) -> usize {
    width.div_ceil(2) as usize * height.div_ceil(2) as usize
}
