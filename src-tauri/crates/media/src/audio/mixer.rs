//! Adds up voices, each at its own volume, without ever exceeding full scale.

use super::FRAME;

/// The highest volume of a remote: twice the amplitude, +6 dB.
pub(super) const LOUDEST: f32 = 2.0;

/// One voice's place in the mix. It remembers its volume, so that a change does not click.
#[derive(Debug, Clone)]
pub(super) struct Track {
    gain: f32,
}

impl Default for Track {
    fn default() -> Self {
        Self { gain: 1.0 }
    }
}

/// Mixes frames of 20 ms.
#[derive(Debug)]
pub(super) struct Mixer {
    sum: [f32; FRAME],
    clip: opus::SoftClip,
}

impl Default for Mixer {
    fn default() -> Self {
        Self::new()
    }
}

impl Mixer {
    /// An empty mix.
    #[must_use]
    pub(super) fn new() -> Self {
        Self { sum: [0.0; FRAME], clip: opus::SoftClip::new(opus::Channels::Mono) }
    }

    /// Adds `frame` at `volume` (1 is unchanged, 2 is the most). The volume moves there over this frame.
    pub(super) fn add(&mut self, track: &mut Track, frame: &[f32; FRAME], volume: f32) {
        let goal = if volume.is_finite() { volume.clamp(0.0, LOUDEST) } else { 1.0 };
        let step = (goal - track.gain) / FRAME as f32;
        for (n, (sum, sample)) in self.sum.iter_mut().zip(frame).enumerate() {
            *sum += sample * (track.gain + step * (n + 1) as f32);
        }
        track.gain = goal;
    }

    /// The mix of everything added since the last call, within ±1. Quieter sound is unchanged.
    pub(super) fn finish(&mut self) -> [f32; FRAME] {
        let mut frame = std::mem::replace(&mut self.sum, [0.0; FRAME]);
        self.clip.apply(&mut frame);
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_loud_voices_stay_within_full_scale_and_one_quiet_voice_is_untouched() {
        let mut mixer = Mixer::new();
        let mut tracks = vec![Track::default(); 16];
        for track in &mut tracks {
            mixer.add(track, &[0.9; FRAME], 2.0);
        }
        assert!(mixer.finish().iter().all(|s| s.abs() <= 1.0));
        let quiet: [f32; FRAME] = std::array::from_fn(|n| (n as f32 / 10.0).sin() * 0.2);
        let mut mixer = Mixer::new();
        mixer.add(&mut tracks[0].clone(), &[0.0; FRAME], 1.0);
        mixer.finish();
        mixer.add(&mut Track::default(), &quiet, 1.0);
        assert_eq!(mixer.finish(), quiet);
        assert_eq!(mixer.finish(), [0.0; FRAME]);
    }

    #[test]
    fn a_change_of_volume_arrives_without_a_step() {
        let mut mixer = Mixer::new();
        let mut track = Track::default();
        mixer.add(&mut track, &[0.5; FRAME], 0.0);
        let falling = mixer.finish();
        assert!(falling.windows(2).all(|w| (w[1] - w[0]).abs() < 0.001));
        assert_eq!(falling[FRAME - 1], 0.0);
        mixer.add(&mut track, &[0.5; FRAME], f32::NAN);
        assert!(mixer.finish().iter().all(|s| s.is_finite()));
    }
}
