//! How loud a piece of sound is and which tone dominates it.

/// The level reported for digital silence: below anything sixteen bits can carry.
pub const SILENCE_DBFS: f32 = -100.0;

/// Level of `samples` in dB relative to full scale: 0 dB is a square wave at ±1, a full-scale sine is -3 dB.
/// Never below [`SILENCE_DBFS`].
#[must_use]
pub fn dbfs(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return SILENCE_DBFS;
    }
    let power = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>() / samples.len() as f64;
    power_dbfs(power as f32)
}

/// The same from a mean square.
pub(super) fn power_dbfs(power: f32) -> f32 {
    if power <= 1e-10 { SILENCE_DBFS } else { 10.0 * power.log10() }
}

/// The highest tone looked for: its period is still several samples long.
const HIGHEST_HZ: f32 = 4000.0;
/// The lowest tone looked for: below the lowest voice.
const LOWEST_HZ: f32 = 60.0;
/// Under this level there is no tone to speak of.
const AUDIBLE_DBFS: f32 = -70.0;
/// How alike two periods must be for the sound to count as periodic at all.
const PERIODIC: f32 = 0.3;

/// Frequency of the strongest periodicity in `samples`, in Hz; 0 when silent or without one.
///
/// Normalised autocorrelation: the first peak nearly as high as the highest gives the period, and its furthest
/// multiple within the range refines it, so that tones of a few samples per period come out exact too.
#[must_use]
pub fn dominant_hz(samples: &[f32], rate: u32) -> f32 {
    let shortest = ((rate as f32 / HIGHEST_HZ) as usize).max(2);
    let longest = (rate as f32 / LOWEST_HZ) as usize;
    if samples.len() < 3 * longest || dbfs(samples) < AUDIBLE_DBFS {
        return 0.0;
    }
    let window = samples.len() - longest - 1;
    let correlation: Vec<f32> = (0..=longest + 1).map(|lag| similarity(samples, window, lag)).collect();
    let is_peak =
        |lag: usize| correlation[lag] >= correlation[lag - 1] && correlation[lag] >= correlation[lag + 1];

    // From the start the curve falls off lag zero; the first dip is where periods begin.
    let Some(dip) = (1..longest).find(|&lag| correlation[lag] < correlation[lag + 1]) else { return 0.0 };
    let peaks: Vec<usize> = (dip.max(shortest)..=longest).filter(|&lag| is_peak(lag)).collect();
    let highest = peaks.iter().map(|&lag| correlation[lag]).fold(0.0, f32::max);
    if highest < PERIODIC {
        return 0.0;
    }
    let Some(&first) = peaks.iter().find(|&&lag| correlation[lag] >= 0.9 * highest) else { return 0.0 };

    // Walk from one multiple of the period to the next; each step knows the period better than the last.
    let mut period = interpolate(&correlation, first);
    let mut multiple = 2.0;
    loop {
        let expected = period * multiple;
        let nearest = expected.round() as usize;
        if nearest + 1 > longest {
            break;
        }
        let Some(peak) = (nearest.saturating_sub(2).max(1)..=(nearest + 2).min(longest))
            .filter(|&lag| is_peak(lag) && correlation[lag] >= 0.8 * highest)
            .max_by(|&a, &b| correlation[a].total_cmp(&correlation[b]))
        else {
            break;
        };
        period = interpolate(&correlation, peak) / multiple;
        multiple += 1.0;
    }
    rate as f32 / period
}

/// Cosine similarity of the window with itself `lag` samples later.
fn similarity(samples: &[f32], window: usize, lag: usize) -> f32 {
    let (mut cross, mut here, mut there) = (0.0f32, 1e-12f32, 1e-12f32);
    for (a, b) in samples[..window].iter().zip(&samples[lag..lag + window]) {
        cross += a * b;
        here += a * a;
        there += b * b;
    }
    cross / (here * there).sqrt()
}

/// Where the parabola through a peak and its neighbours has its top.
fn interpolate(curve: &[f32], peak: usize) -> f32 {
    let (left, middle, right) = (curve[peak - 1], curve[peak], curve[peak + 1]);
    let bend = left - 2.0 * middle + right;
    let offset = if bend.abs() < 1e-12 { 0.0 } else { 0.5 * (left - right) / bend };
    peak as f32 + offset.clamp(-0.5, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f32, amplitude: f32) -> Vec<f32> {
        (0..4800).map(|n| amplitude * (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin()).collect()
    }

    #[test]
    fn a_full_scale_sine_is_three_decibels_under_full_scale() {
        assert!((dbfs(&sine(440.0, 1.0)) + 3.01).abs() < 0.05);
        assert!((dbfs(&sine(440.0, 0.1)) + 23.01).abs() < 0.05);
        assert_eq!(dbfs(&[0.0; 960]), SILENCE_DBFS);
        assert_eq!(dbfs(&[]), SILENCE_DBFS);
    }

    #[test]
    fn tones_over_the_whole_voice_range_are_named_within_half_a_percent() {
        for hz in [80.0, 110.0, 220.0, 440.0, 523.25, 880.0, 997.0, 1500.0, 2500.0, 3500.0] {
            let found = dominant_hz(&sine(hz, 0.25), 48_000);
            assert!((found - hz).abs() / hz < 0.005, "{hz} Hz was taken for {found} Hz");
        }
    }

    #[test]
    fn silence_and_noise_have_no_tone() {
        assert_eq!(dominant_hz(&[0.0; 4800], 48_000), 0.0);
        let mut state = 1u32;
        let noise: Vec<f32> = (0..4800)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect();
        assert_eq!(dominant_hz(&noise, 48_000), 0.0);
    }
}
