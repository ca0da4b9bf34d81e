//! Sources that need no device. They make frames as fast as the caller asks; the capture sets the pace.

use super::{AudioError, FRAME, SAMPLE_RATE};

/// Makes frames of 20 ms, mono, 48 kHz.
pub trait FrameSource: Send {
    /// Fills the next frame.
    ///
    /// # Errors
    /// The reason why the source ended. It is not asked again.
    fn next_frame(&mut self, frame: &mut [f32; FRAME]) -> Result<(), AudioError>;
}

/// Amplitude of the tone: -15 dBFS, as loud as a voice, with room to be mixed.
const AMPLITUDE: f64 = 0.25;

/// A sine, to recognise a participant by its tone.
pub struct Tone {
    phase: f64,
    step: f64,
}

impl Tone {
    /// A tone of `hz`, clamped to between 20 Hz and 20 kHz.
    #[must_use]
    pub fn new(hz: f32) -> Self {
        let hz = if hz.is_finite() { hz.clamp(20.0, 20_000.0) } else { 440.0 };
        Self { phase: 0.0, step: f64::from(hz) / f64::from(SAMPLE_RATE) }
    }
}

impl FrameSource for Tone {
    fn next_frame(&mut self, frame: &mut [f32; FRAME]) -> Result<(), AudioError> {
        for sample in frame {
            *sample = (AMPLITUDE * (self.phase * std::f64::consts::TAU).sin()) as f32;
            self.phase = (self.phase + self.step).fract();
        }
        Ok(())
    }
}
