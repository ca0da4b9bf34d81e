//! How loud a piece of sound is and which tone dominates it.

/// The level reported for digital silence: lower than sixteen bits can express.
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

/// The same, from a mean square.
pub(super) fn power_dbfs(power: f32) -> f32 {
    if power <= 1e-10 { SILENCE_DBFS } else { 10.0 * power.log10() }
}

/// The highest tone it looks for: its period is still several samples long.
const HIGHEST_HZ: f32 = 4000.0;
/// The lowest tone it looks for: lower than the lowest voice.
const LOWEST_HZ: f32 = 60.0;
/// Below this level there is no tone worth reporting.
const AUDIBLE_DBFS: f32 = -70.0;
/// This many samples are averaged into one.
const THIN: usize = 3;
/// How similar two periods must be for the sound to count as periodic.
const PERIODIC: f32 = 0.3;

/// Frequency of the strongest periodicity in `samples`, in Hz; 0 if there is none or the sound is silent.
///
/// Normalised autocorrelation: the first peak nearly as high as the highest gives the period, and its furthest multiple
/// within the range refines it, so that tones with few samples per period come out exact too.
#[must_use]
pub fn dominant_hz(samples: &[f32], rate: u32) -> f32 {
    // A third of 48 kHz still has four samples in the shortest period, and costs a ninth.
    let thinned: Vec<f32> = samples.chunks_exact(THIN).map(|s| s.iter().sum::<f32>() / THIN as f32).collect();
    let (samples, rate) = (thinned.as_slice(), rate / THIN as u32);
    let shortest = ((rate as f32 / HIGHEST_HZ) as usize).max(2);
    let longest = (rate as f32 / LOWEST_HZ) as usize;
    if samples.len() < 3 * longest || dbfs(samples) < AUDIBLE_DBFS {
        return 0.0;
    }
    // A multiple of eight, because `product` works in groups of eight.
    let window = (samples.len() - longest - 1) / 8 * 8;
    let energies = energies(samples, window, longest + 1);
    let correlation: Vec<f32> = energies
        .iter()
        .enumerate()
        .map(|(lag, energy)| {
            product(&samples[..window], &samples[lag..lag + window])
                / (energies[0] * energy).sqrt().max(1e-12)
        })
        .collect();
    let is_peak =
        |lag: usize| correlation[lag] >= correlation[lag - 1] && correlation[lag] >= correlation[lag + 1];

    // The curve falls from lag zero. Periods begin after the first dip.
    let Some(dip) = (1..longest).find(|&lag| correlation[lag] < correlation[lag + 1]) else { return 0.0 };
    let peaks: Vec<usize> = (dip.max(shortest)..=longest).filter(|&lag| is_peak(lag)).collect();
    let highest = peaks.iter().map(|&lag| interpolate(&correlation, lag).1).fold(0.0, f32::max);
    if highest < PERIODIC {
        return 0.0;
    }
    let Some(&first) = peaks.iter().find(|&&lag| interpolate(&correlation, lag).1 >= 0.9 * highest) else {
        return 0.0;
    };

    // Walks from one multiple of the period to the next; each step knows the period more exactly.
    let (mut period, _) = interpolate(&correlation, first);
    let mut multiple = 2.0;
    loop {
        let expected = period * multiple;
        let nearest = expected.round() as usize;
        if nearest + 1 > longest {
            break;
        }
        let Some(peak) = (nearest.saturating_sub(2).max(1)..=(nearest + 2).min(longest))
            .filter(|&lag| is_peak(lag) && interpolate(&correlation, lag).1 >= 0.8 * highest)
            .max_by(|&a, &b| correlation[a].total_cmp(&correlation[b]))
        else {
            break;
        };
        period = interpolate(&correlation, peak).0 / multiple;
        multiple += 1.0;
    }
    rate as f32 / period
}

/// Energy of the window that begins at each lag up to `longest`.
fn energies(samples: &[f32], window: usize, longest: usize) -> Vec<f32> {
    let square = |n: usize| f64::from(samples[n]) * f64::from(samples[n]);
    let mut energy = (0..window).map(square).sum::<f64>();
    let mut energies = vec![energy as f32];
    for lag in 1..=longest {
        energy += square(lag + window - 1) - square(lag - 1);
        energies.push(energy.max(0.0) as f32);
    }
    energies
}

/// Scalar product, in eight separate sums, because the compiler may not reorder a single sum into vectors.
fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// The position and height of the top of the parabola through a peak and its neighbours.
fn interpolate(curve: &[f32], peak: usize) -> (f32, f32) {
    let (left, middle, right) = (curve[peak - 1], curve[peak], curve[peak + 1]);
    let bend = left - 2.0 * middle + right;
    let offset = if bend.abs() < 1e-12 { 0.0 } else { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) };
    (peak as f32 + offset, middle - 0.25 * (left - right) * offset)
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
        for hz in [80.0, 110.0, 220.0, 440.0, 523.25, 880.0, 997.0, 1500.0, 2500.0, 3500.0, 3555.5] {
            let found = dominant_hz(&sine(hz, 0.25), 48_000);
            assert!((found - hz).abs() / hz < 0.005, "{hz} Hz was taken for {found} Hz");
        }
    }

    #[test]
    #[ignore = "a measurement"]
    fn how_long_it_takes() {
        let sound = sine(440.0, 0.25);
        let begin = std::time::Instant::now();
        let found: f32 = (0..100).map(|_| dominant_hz(&sound, 48_000)).sum();
        println!("{:?} each for {} Hz", begin.elapsed() / 100, found / 100.0);
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
