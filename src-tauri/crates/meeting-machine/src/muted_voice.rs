//! Whether a person speaks while their microphone is closed. Pure: it gets the level of the capture, which is measured
//! in front of the gate and stays on this machine. Nothing is opened or sent because of it.

use std::time::Duration;

use holdfast_terms::Elapsed;

use crate::loudness::seeming;

/// Weight of one reading in the measure of recent speech. Its memory is about two seconds.
const MEMORY: f32 = 0.05;

/// Quieter sound is the noise of the room (-43 dBFS: a fan, a street) and does not count.
const ROOM: f32 = 0.2;

/// A reading counts at most this much: a slammed door is not more speech than speech.
const VOICE: f32 = 0.7;

/// This much corresponds to a second of speech: more than a cough or a few keys reach.
const SPOKEN: f32 = 0.25;

/// From this level on, to the ear, someone else is audible here. Our microphone may hear only their voice.
const AUDIBLE: f32 = 4.0 / 32.0;

/// Pause after the hint. A person who goes on speaking speaks to somebody in the room.
const AGAIN: Duration = Duration::from_secs(60);

/// Follows one closed microphone.
#[derive(Debug, Default)]
pub struct MutedVoice {
    lately: f32,
    said: Option<Elapsed>,
}

impl MutedVoice {
    /// Takes a reading. Returns whether to tell the person now that no one hears them. `closed`: level of the
    /// microphone in dBFS; `None` while it is open or no device runs. `others`: levels of what is played here.
    pub fn read(&mut self, closed: Option<f32>, others: &[f32], now: Elapsed) -> bool {
        let Some(dbfs) = closed else {
            self.lately = 0.0;
            return false;
        };
        if others.iter().any(|level| seeming(*level) > AUDIBLE) {
            // There is no echo cancellation, and sound from a loudspeaker is not our voice.
            self.lately *= 1.0 - MEMORY;
            return false;
        }
        let voice = Some(seeming(dbfs)).filter(|level| *level > ROOM).unwrap_or(0.0);
        self.lately += (voice.min(VOICE) - self.lately) * MEMORY;
        if self.lately < SPOKEN || self.said.is_some_and(|said| now < said + AGAIN) {
            return false;
        }
        self.lately = 0.0;
        self.said = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loudness::EVERY;

    /// How often the hint came in this many seconds of the same sound.
    fn said(
        voice: &mut MutedVoice,
        at: &mut u32,
        closed: Option<f32>,
        others: &[f32],
        seconds: u32,
    ) -> usize {
        (0..seconds * 10)
            .filter(|_| {
                *at += 1;
                voice.read(closed, others, EVERY * *at)
            })
            .count()
    }

    #[test]
    fn a_voice_is_noticed_and_said_once_in_a_while() {
        let (mut voice, mut at) = (MutedVoice::default(), 0);
        assert_eq!(said(&mut voice, &mut at, Some(-28.0), &[], 3), 1);
        assert_eq!(said(&mut voice, &mut at, Some(-28.0), &[], 56), 0, "it was said a moment ago");
        assert_eq!(said(&mut voice, &mut at, Some(-28.0), &[], 10), 1);
    }

    #[test]
    fn neither_a_room_nor_a_cough_is_a_voice() {
        let (mut voice, mut at) = (MutedVoice::default(), 0);
        assert_eq!(said(&mut voice, &mut at, Some(-44.0), &[], 300), 0);
        for _ in 0..20 {
            let loud = (0..5).filter(|_| {
                at += 1;
                voice.read(Some(-10.0), &[], EVERY * at)
            });
            assert_eq!(loud.count(), 0);
            assert_eq!(said(&mut voice, &mut at, Some(-70.0), &[], 2), 0);
        }
        assert_eq!(said(&mut voice, &mut at, Some(f32::NAN), &[], 60), 0);
    }

    #[test]
    fn an_open_microphone_needs_no_hint_and_leaves_none_behind() {
        let (mut voice, mut at) = (MutedVoice::default(), 0);
        assert_eq!(said(&mut voice, &mut at, None, &[], 60), 0);
        for _ in 0..30 {
            voice.read(Some(-28.0), &[], EVERY * at);
            voice.read(None, &[], EVERY * at);
        }
        assert_eq!(voice.lately, 0.0);
    }

    #[test]
    fn the_loudspeaker_is_not_taken_for_the_person() {
        let (mut voice, mut at) = (MutedVoice::default(), 0);
        assert_eq!(said(&mut voice, &mut at, Some(-28.0), &[-80.0, -25.0], 60), 0);
        assert_eq!(said(&mut voice, &mut at, Some(-28.0), &[-80.0, -60.0], 3), 1);
    }
}
