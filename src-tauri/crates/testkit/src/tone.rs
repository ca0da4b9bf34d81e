//! Mono sound in memory: generated, read from WAV, and measured for level and tone.
//!
//! Measures with the Goertzel algorithm, on purpose another method than the product's.

use std::{f64::consts::TAU, io, ops::Range, path::Path};

/// Mono sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Pcm {
    /// Samples per second.
    pub rate: u32,
    /// Samples, full scale at ±1.
    pub samples: Vec<f32>,
}

/// The frequencies that [`Pcm::dominant_hz`] searches.
const RANGE: Range<f64> = 60.0..4000.0;
/// A search uses at most this much sound; more would only take longer.
const SEARCHED_SECONDS: f64 = 0.5;

impl Pcm {
    /// A sine of `hz` lasting `seconds`; a full-scale one (`amplitude` 1) has -3 dBFS.
    #[must_use]
    pub fn tone(hz: f64, seconds: f64, amplitude: f64, rate: u32) -> Self {
        let count = (seconds * f64::from(rate)) as usize;
        let samples = (0..count).map(|n| (amplitude * (n as f64 * hz * TAU / f64::from(rate)).sin()) as f32);
        Self { rate, samples: samples.collect() }
    }

    /// Reads a WAV file, all channels averaged.
    ///
    /// # Errors
    /// When it is missing or no WAV file.
    pub fn read_wav(path: &Path) -> io::Result<Self> {
        let mut reader = hound::WavReader::open(path).map_err(io::Error::other)?;
        let spec = reader.spec();
        let interleaved: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>(),
            hound::SampleFormat::Int => {
                let scale = 1.0 / (1u64 << (spec.bits_per_sample - 1)) as f32;
                reader.samples::<i32>().map(|s| s.map(|s| s as f32 * scale)).collect::<Result<_, _>>()
            }
        }
        .map_err(io::Error::other)?;
        let channels = usize::from(spec.channels.max(1));
        let samples = interleaved.chunks_exact(channels).map(|c| c.iter().sum::<f32>() / channels as f32);
        Ok(Self { rate: spec.sample_rate, samples: samples.collect() })
    }

    /// Writes a WAV file, 16 bit, with the same sound on each of `channels`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_wav(&self, path: &Path, channels: u16) -> io::Result<()> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: self.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).map_err(io::Error::other)?;
        for sample in &self.samples {
            for _ in 0..channels {
                let sample = (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16;
                writer.write_sample(sample).map_err(io::Error::other)?;
            }
        }
        writer.finalize().map_err(io::Error::other)
    }

    /// How long it lasts.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// The part from `start` to `end`, in seconds, as far as it exists.
    #[must_use]
    pub fn part(&self, start: f64, end: f64) -> Self {
        let at = |seconds: f64| ((seconds * f64::from(self.rate)) as usize).min(self.samples.len());
        Self { rate: self.rate, samples: self.samples[at(start)..at(end).max(at(start))].to_vec() }
    }

    /// Level in dB relative to full scale; -100 for silence.
    #[must_use]
    pub fn dbfs(&self) -> f64 {
        let power = self.samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>();
        let mean = power / self.samples.len().max(1) as f64;
        if mean <= 1e-10 { -100.0 } else { 10.0 * mean.log10() }
    }

    /// Level of the tone of `hz` alone, in dBFS; -100 if it is not there. It separates the tones of a mix.
    #[must_use]
    pub fn level_of(&self, hz: f64) -> f64 {
        let power = goertzel(&self.samples, hz / f64::from(self.rate));
        if power <= 1e-10 { -100.0 } else { 10.0 * power.log10() }
    }

    /// The strongest tone in Hz, searched in the middle of the sound; 0 if there is almost nothing to hear.
    #[must_use]
    pub fn dominant_hz(&self) -> f64 {
        let middle = self.seconds() / 2.0;
        let part = self.part((middle - SEARCHED_SECONDS / 2.0).max(0.0), middle + SEARCHED_SECONDS / 2.0);
        if part.dbfs() < -70.0 {
            return 0.0;
        }
        // A Goertzel bin is as wide as one over the duration. Steps of a third of that miss no peak.
        let mut step = (1.0 / part.seconds().max(0.01) / 3.0).min(20.0);
        let strength = |hz: &f64| goertzel(&part.samples, hz / f64::from(part.rate));
        let strongest = |from: f64, to: f64, step: f64| {
            let count = ((to - from) / step) as usize + 1;
            (0..count).map(|n| from + n as f64 * step).max_by(|a, b| strength(a).total_cmp(&strength(b)))
        };
        let mut best = strongest(RANGE.start, RANGE.end, step).unwrap_or(0.0);
        while step > 0.1 {
            best = strongest(best - step, best + step, step / 4.0).unwrap_or(best);
            step /= 4.0;
        }
        best
    }

    /// The longest part quieter than `dbfs`, in seconds, in windows of 5 ms.
    #[must_use]
    pub fn longest_silence(&self, dbfs: f64) -> f64 {
        let window = (self.rate as usize / 200).max(1);
        let (mut run, mut longest) = (0usize, 0usize);
        for chunk in self.samples.chunks(window) {
            let quiet = Self { rate: self.rate, samples: chunk.to_vec() }.dbfs() < dbfs;
            run = if quiet { run + chunk.len() } else { 0 };
            longest = longest.max(run);
        }
        longest as f64 / f64::from(self.rate)
    }
}

/// Mean power of the sine of `frequency` (in cycles per sample) in `samples`, under a Hann window.
fn goertzel(samples: &[f32], frequency: f64) -> f64 {
    let count = samples.len();
    if count < 2 {
        return 0.0;
    }
    let turn = 2.0 * (TAU * frequency).cos();
    let (mut last, mut before, mut weight) = (0.0f64, 0.0f64, 0.0f64);
    let (mut cos, mut sin) = (1.0f64, 0.0f64);
    let (step_sin, step_cos) = (TAU / count as f64).sin_cos();
    for &sample in samples {
        let window = 0.5 - 0.5 * cos;
        (cos, sin) = (cos * step_cos - sin * step_sin, sin * step_cos + cos * step_sin);
        weight += window;
        (last, before) = (f64::from(sample) * window + turn * last - before, last);
    }
    let power = last * last + before * before - turn * last * before;
    2.0 * power.max(0.0) / (weight * weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_recognised_alone_and_in_a_mix() {
        let mut mix = Pcm::tone(440.0, 1.0, 0.25, 48_000);
        assert!((mix.dominant_hz() - 440.0).abs() < 0.5, "{}", mix.dominant_hz());
        assert!((mix.dbfs() + 15.05).abs() < 0.05);
        for (sample, other) in mix.samples.iter_mut().zip(Pcm::tone(660.0, 1.0, 0.05, 48_000).samples) {
            *sample += other;
        }
        assert!((mix.level_of(440.0) + 15.05).abs() < 0.1);
        assert!((mix.level_of(660.0) + 29.03).abs() < 0.1);
        assert!(mix.level_of(550.0) < -60.0);
        assert!((mix.dominant_hz() - 440.0).abs() < 0.5);
    }

    #[test]
    fn silence_has_no_tone_and_its_length_is_found() {
        let mut pcm = Pcm::tone(1000.0, 1.0, 0.5, 44_100);
        pcm.samples[10_000..20_000].fill(0.0);
        assert!((pcm.longest_silence(-50.0) - 10_000.0 / 44_100.0).abs() < 0.011);
        assert_eq!(pcm.part(0.25, 0.4).dominant_hz(), 0.0);
        assert_eq!(pcm.part(3.0, 2.0).dbfs(), -100.0);
    }
}
