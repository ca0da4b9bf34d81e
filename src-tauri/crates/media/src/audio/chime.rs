//! The sound that people use to try a speaker.

use super::SAMPLE_RATE;

/// Two soft tones, a fourth apart: they sound like neither an alarm nor a voice.
const TONES: [(f64, f64); 2] = [(587.33, 0.0), (783.99, 0.16)];
/// How long it rings, in seconds.
const SECONDS: f64 = 0.9;
/// Each tone rises over this time, so that it does not click, in seconds.
const RISE: f64 = 0.012;
/// Time in which a tone falls to a third, in seconds.
const DECAY: f64 = 0.16;
/// The last part fades to silence, in seconds.
const END: f64 = 0.1;
/// Loudness of one tone: about as loud as a calm voice.
const AMPLITUDE: f64 = 0.14;
/// The octave above, quieter, so that small speakers are heard, too.
const OVERTONE: f64 = 0.25;

/// A short, soft chime: mono, 48 kHz.
#[must_use]
pub fn chime() -> Vec<f32> {
    let rate = f64::from(SAMPLE_RATE);
    let count = (SECONDS * rate) as usize;
    (0..count)
        .map(|n| {
            let at = n as f64 / rate;
            let end = ((SECONDS - at) / END).min(1.0);
            let sound: f64 = TONES.iter().map(|&(hz, start)| tone(hz, at - start)).sum();
            (sound * end) as f32
        })
        .collect()
}

/// One tone, struck at second 0.
fn tone(hz: f64, at: f64) -> f64 {
    if at < 0.0 {
        return 0.0;
    }
    let envelope = (at / RISE).min(1.0) * (-at / DECAY).exp();
    let wave = |hz: f64| (at * hz * std::f64::consts::TAU).sin();
    AMPLITUDE * envelope * (wave(hz) + OVERTONE * wave(2.0 * hz))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dbfs;

    #[test]
    fn the_chime_is_short_soft_and_does_not_click() {
        let chime = chime();
        assert!(chime.len() <= SAMPLE_RATE as usize);
        let loudest = chime.iter().fold(0.0f32, |loudest, sample| loudest.max(sample.abs()));
        assert!((0.05..0.4).contains(&loudest), "{loudest}");
        assert!((-40.0..-15.0).contains(&dbfs(&chime)), "{} dBFS", dbfs(&chime));
        assert!(chime[0].abs() < 0.001 && chime[chime.len() - 1].abs() < 0.001);
        // A click is a step. This is the steepest change in the tones themselves.
        let steepest = chime.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.04, "{steepest}");
    }
}
