//! Plays a little faster or slower without changing the pitch, by leaving out or repeating one pitch period.
//!
//! Works on one decoded frame: looks for the lag at which the sound repeats itself best and cross-fades over it. Where
//! nothing repeats (the start of a consonant), it changes nothing, and the caller tries again with the next frame.

/// Shortest period: 400 Hz. Higher voices are cut by several of their periods at once.
const SHORTEST: usize = 120;
/// Longest period: two of them must fit into a frame of 20 ms.
const LONGEST: usize = 480;
/// Coarse search on every fourth sample: voices have nothing to match above 6 kHz.
const COARSE: usize = 4;
/// How similar the two periods must be.
const GOOD_MATCH: f32 = 0.9;
/// What it accepts when the delay is far too long.
const FAIR_MATCH: f32 = 0.5;
/// Mean square under which any cut is inaudible: -60 dBFS.
const QUIET: f32 = 1e-6;

/// Leaves one period out of `frame`; true when it became shorter. `urgent` accepts a worse match.
pub(super) fn shorten(frame: &mut Vec<f32>, urgent: bool) -> bool {
    let needed = if urgent { FAIR_MATCH } else { GOOD_MATCH };
    let Some(lag) = period(frame, needed) else { return false };
    for n in 0..lag {
        let weight = n as f32 / lag as f32;
        frame[n] += (frame[n + lag] - frame[n]) * weight;
    }
    frame.drain(lag..2 * lag);
    true
}

/// Plays one period of `frame` twice; true when it became longer.
pub(super) fn lengthen(frame: &mut Vec<f32>) -> bool {
    let Some(lag) = period(frame, GOOD_MATCH) else { return false };
    let repeated: Vec<f32> = (0..lag)
        .map(|n| {
            let weight = n as f32 / lag as f32;
            frame[n + lag] + (frame[n] - frame[n + lag]) * weight
        })
        .collect();
    frame.splice(lag..lag, repeated);
    true
}

/// The lag at which the beginning of `frame` repeats itself best, if it does.
fn period(frame: &[f32], needed: f32) -> Option<usize> {
    let longest = LONGEST.min(frame.len() / 2);
    if longest <= SHORTEST {
        return None;
    }
    let power = frame.iter().map(|s| s * s).sum::<f32>() / frame.len() as f32;
    if power < QUIET {
        return Some(longest);
    }
    let best_of = |lags: &mut dyn Iterator<Item = usize>, step: usize| {
        lags.map(|lag| (lag, likeness(frame, lag, step))).max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let (coarse, _) = best_of(&mut (SHORTEST..=longest).step_by(COARSE), COARSE)?;
    let around = coarse.saturating_sub(COARSE).max(SHORTEST)..=(coarse + COARSE).min(longest);
    let (lag, likeness) = best_of(&mut around.into_iter(), 1)?;
    (likeness >= needed).then_some(lag)
}

fn likeness(frame: &[f32], lag: usize, step: usize) -> f32 {
    let (mut cross, mut here, mut there) = (0.0f32, 1e-9f32, 1e-9f32);
    for n in (0..lag).step_by(step) {
        let (a, b) = (frame[n], frame[n + lag]);
        cross += a * b;
        here += a * a;
        there += b * b;
    }
    cross / (here * there).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{FRAME, dominant_hz};

    fn sine(hz: f32, from: usize) -> Vec<f32> {
        (from..from + FRAME).map(|n| 0.5 * (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin()).collect()
    }

    #[test]
    fn a_stretched_tone_keeps_its_pitch_and_has_no_steps() {
        for hz in [110.0, 440.0, 1234.5] {
            for faster in [true, false] {
                let mut sound = Vec::new();
                for n in 0..20 {
                    let mut frame = sine(hz, n * FRAME);
                    let changed = if faster { shorten(&mut frame, false) } else { lengthen(&mut frame) };
                    assert!(changed, "{hz} Hz was not stretched");
                    assert_eq!(frame.len() < FRAME, faster);
                    sound.extend(frame);
                }
                let found = dominant_hz(&sound[2000..8000], 48_000);
                assert!((found - hz).abs() / hz < 0.02, "{hz} Hz became {found} Hz");
                let steepest = sound.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
                assert!(steepest < 1.3 * 0.5 * hz * std::f32::consts::TAU / 48_000.0, "step of {steepest}");
            }
        }
    }

    #[test]
    fn silence_is_cut_and_noise_is_left_alone() {
        let mut silence = vec![0.0; FRAME];
        assert!(shorten(&mut silence, false));
        assert_eq!(silence.len(), FRAME - LONGEST);
        let mut state = 7u32;
        let mut noise: Vec<f32> = (0..FRAME)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect();
        assert!(!shorten(&mut noise, false) && !lengthen(&mut noise));
        assert!(!shorten(&mut vec![0.1; 100], true));
    }
}
