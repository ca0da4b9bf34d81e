//! Converts between 48 kHz and the rate of a file or a device.

use super::{AudioError, FRAME, SAMPLE_RATE};
use rubato::{
    Async, Fft, FixedAsync, FixedSync, SincInterpolationParameters, WindowFunction,
    audioadapter_buffers::direct::InterleavedSlice,
};

/// Rates that exist. Any other rate in a header means damage.
pub(super) const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Length of the filter for unusual rates; 128 keeps a voice clean and costs a few microseconds per frame.
const SINC_LENGTH: usize = 128;

/// Converts mono sound so that one of its sides is exactly one 20 ms frame at 48 kHz.
pub(super) struct Resampler {
    /// `None` when both rates are the same.
    inner: Option<Box<dyn rubato::Resampler<f32>>>,
}

impl Resampler {
    /// From `rate` to frames at 48 kHz.
    pub(super) fn to_frames(rate: u32) -> Result<Self, AudioError> {
        Self::new(rate, SAMPLE_RATE, FixedSync::Output, FixedAsync::Output)
    }

    /// From frames at 48 kHz to `rate`.
    pub(super) fn from_frames(rate: u32) -> Result<Self, AudioError> {
        Self::new(SAMPLE_RATE, rate, FixedSync::Input, FixedAsync::Input)
    }

    fn new(from: u32, to: u32, sync: FixedSync, asynchronous: FixedAsync) -> Result<Self, AudioError> {
        if !RATES.contains(&from) || !RATES.contains(&to) {
            return Err(AudioError::FileUnsupported);
        }
        if from == to {
            return Ok(Self { inner: None });
        }
        // The FFT works in blocks whose length depends on the common divisor of both rates: short blocks for the usual
        // rates, up to a second for unusual ones, where a sinc filter has no such delay.
        let usual = (FRAME as u32).is_multiple_of(SAMPLE_RATE / divisor(from, to));
        let inner: Box<dyn rubato::Resampler<f32>> = if usual {
            Box::new(
                Fft::new(from as usize, to as usize, FRAME, 1, sync)
                    .map_err(|_| AudioError::FileUnsupported)?,
            )
        } else {
            let filter = SincInterpolationParameters::new(SINC_LENGTH, WindowFunction::BlackmanHarris2);
            let ratio = f64::from(to) / f64::from(from);
            Box::new(
                Async::new_sinc(ratio, 1.0, &filter, FRAME, 1, asynchronous)
                    .map_err(|_| AudioError::FileUnsupported)?,
            )
        };
        Ok(Self { inner: Some(inner) })
    }

    /// How many samples the next call of [`Self::process`] takes.
    pub(super) fn takes(&self) -> usize {
        self.inner.as_ref().map_or(FRAME, |inner| inner.input_frames_next())
    }

    /// The most it ever takes.
    pub(super) fn takes_at_most(&self) -> usize {
        self.inner.as_ref().map_or(FRAME, |inner| inner.input_frames_max())
    }

    /// The most it ever gives.
    pub(super) fn gives_at_most(&self) -> usize {
        self.inner.as_ref().map_or(FRAME, |inner| inner.output_frames_max())
    }

    /// Forgets the sound still inside the filter.
    pub(super) fn reset(&mut self) {
        if let Some(inner) = &mut self.inner {
            inner.reset();
        }
    }

    /// Converts [`Self::takes`] samples. Returns how many it wrote to `out`, which must hold [`Self::gives_at_most`].
    /// If either side has too few samples, it writes none.
    pub(super) fn process(&mut self, input: &[f32], out: &mut [f32]) -> usize {
        let Some(inner) = &mut self.inner else {
            let length = input.len().min(out.len());
            out[..length].copy_from_slice(&input[..length]);
            return length;
        };
        let room = out.len();
        let (Ok(from), Ok(mut to)) =
            (InterleavedSlice::new(input, 1, input.len()), InterleavedSlice::new_mut(out, 1, room))
        else {
            return 0;
        };
        inner.process_into_buffer(&from, &mut to, None).map_or(0, |(_, written)| written)
    }
}

fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { divisor(b, a % b) }
}
