//! One remote's voice: takes what the jitter buffer offers, decodes it, and fills frames of exactly 20 ms.
//!
//! Owns the decoder and the samples decoded ahead. Does not know of other remotes, volumes or devices.

use super::{
    AudioError, FRAME, OpusDecoder,
    jitter::{JitterBuffer, Sound, Stretch},
    lock,
    stretch::{lengthen, shorten},
};
use std::{sync::Mutex, time::Duration};

/// A voice that comes back fades in over 5 ms, so that it does not click.
const RISE: usize = 240;
/// A voice that stops in full sound fades out over 10 ms.
const FALL: usize = 480;
/// How many pieces one frame may consist of: 20 ms of the shortest packets (2.5 ms), cut short, and a few to spare.
const MOST_PIECES: u32 = 32;

/// Decodes one remote.
pub struct Voice {
    decoder: OpusDecoder,
    ahead: Vec<f32>,
    piece: Vec<f32>,
    /// Current gain of the fades, 0 to 1.
    gain: f32,
}

impl Voice {
    /// A voice that has said nothing yet.
    ///
    /// # Errors
    /// [`AudioError::Codec`] when no decoder can be made.
    pub fn new() -> Result<Self, AudioError> {
        Ok(Self { decoder: OpusDecoder::new()?, ahead: Vec::new(), piece: Vec::new(), gain: 0.0 })
    }

    /// Fills the next 20 ms. The lock on `buffer` is held only to take packets, not while decoding.
    pub fn pull(&mut self, buffer: &Mutex<JitterBuffer>, now: Duration, out: &mut [f32; FRAME]) {
        for _ in 0..MOST_PIECES {
            if self.ahead.len() >= FRAME {
                break;
            }
            let (sound, stretch) = lock(buffer).next(now);
            self.piece.clear();
            self.fill(&sound, stretch);
            self.ahead.append(&mut self.piece);
        }
        self.ahead.resize(self.ahead.len().max(FRAME), 0.0);
        out.copy_from_slice(&self.ahead[..FRAME]);
        self.ahead.drain(..FRAME);
    }

    /// Samples decoded and not yet heard.
    #[must_use]
    pub fn ahead(&self) -> usize {
        self.ahead.len()
    }

    /// Puts `sound` into `piece`.
    fn fill(&mut self, sound: &Sound, stretch: Stretch) {
        match *sound {
            Sound::Packet(ref packet) => {
                if !self.decoder.decode(packet, &mut self.piece) {
                    return self.replace(FRAME, 0.0);
                }
                match stretch {
                    Stretch::Shorten { urgent } => _ = shorten(&mut self.piece, urgent),
                    Stretch::Lengthen => _ = lengthen(&mut self.piece),
                    Stretch::Keep => {}
                }
                self.fade(1.0, RISE);
            }
            Sound::Recover { ref successor, samples } => {
                if !self.decoder.recover(successor, samples, &mut self.piece) {
                    return self.replace(samples, 1.0);
                }
                self.fade(1.0, RISE);
            }
            Sound::Conceal { samples, run } => {
                // One missing piece keeps its level, the fifth ends in silence.
                self.replace(samples, (1.25 - 0.25 * run as f32).clamp(0.0, 1.0))
            }
            Sound::Silence { samples } if self.gain == 0.0 => {
                self.piece.resize(samples, 0.0);
            }
            Sound::Silence { samples } => self.replace(samples, 0.0),
        }
    }

    /// Continues the previous sound for `samples`, ending at `gain`.
    fn replace(&mut self, samples: usize, gain: f32) {
        if !self.decoder.conceal(samples, &mut self.piece) {
            self.piece.resize(samples, 0.0);
        }
        let gain = gain.min(self.gain);
        self.fade(gain, if gain == 0.0 { FALL } else { self.piece.len() });
    }

    /// Moves the gain to `goal` over the first `over` samples of the piece and keeps it for the rest.
    fn fade(&mut self, goal: f32, over: usize) {
        if self.gain == 1.0 && goal == 1.0 {
            return;
        }
        let over = over.min(self.piece.len()).max(1);
        let step = (goal - self.gain) / over as f32;
        let start = self.gain;
        for (n, sample) in self.piece.iter_mut().enumerate() {
            *sample *= if n < over { start + step * (n + 1) as f32 } else { goal };
        }
        self.gain = goal;
    }
}
