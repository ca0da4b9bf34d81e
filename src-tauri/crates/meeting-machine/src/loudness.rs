//! How loud feeds are, and whom to show large because of it. Pure.

use std::collections::HashMap;
use std::time::Duration;

use holdfast_terms::{Elapsed, FeedId, ParticipantId, TrackSource};
use serde::Serialize;

/// How often levels are read: as often as the ring around a tile can follow a voice.
pub const EVERY: Duration = Duration::from_millis(100);

/// Sound below this is the noise of a room, not a voice: level 0.
const QUIET_DBFS: f32 = -50.0;

/// A voice at this level or above counts as the loudest: level 1.
const LOUD_DBFS: f32 = -14.0;

/// Steps between silence and the loudest. Finer steps would cause events that people cannot see.
const STEPS: f32 = 32.0;

/// The part of a level that is left after one reading, so that pauses between syllables do not make a ring flicker.
const FALL: f32 = 0.6;

/// Weight of one reading in the measure of recent speech. Its memory is about a second.
const MEMORY: f32 = 0.1;

/// A reading counts at most this much as recent speech: a bang is not more speech than speech.
const VOICE: f32 = 0.7;

/// A person who has spoken this much recently is worth showing: more than an open microphone in a noisy room (-45 dBFS)
/// or a slammed door reaches.
const SPOKEN: f32 = 0.25;

/// To replace someone who still speaks, a person must speak this much more.
const CLEARLY: f32 = 1.5;

/// A person who was just made large stays large for this long: a cough changes nothing.
const HOLD: Duration = Duration::from_secs(2);

/// How loud one feed is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
pub struct Level {
    /// Whose, and what of theirs.
    pub feed: FeedId,
    /// As loud as it sounds to the ear, above 0 to 1.
    pub level: f32,
}

/// The levels of one reading, in dB relative to full scale.
#[derive(Debug, Default)]
pub struct Reading {
    /// Our own level; `None` while the microphone is closed.
    pub me: Option<f32>,
    /// Every feed that is played.
    pub others: Vec<(FeedId, f32)>,
}

/// How loud everyone is.
#[derive(Clone, Debug, PartialEq)]
pub struct Loudness {
    /// Ourselves as the others hear us, 0 to 1; 0 while the microphone is closed.
    pub me: f32,
    /// The feeds that sound, in their order; every other feed is silent.
    pub levels: Vec<Level>,
    /// Who to show large: the person who has spoken recently, without frequent changes; never ourselves.
    pub active_speaker: Option<ParticipantId>,
}

#[derive(Debug, Default)]
struct Sound {
    level: f32,
    lately: f32,
}

/// Follows the levels of all feeds.
#[derive(Debug, Default)]
pub struct Levels {
    me: f32,
    sounds: HashMap<FeedId, Sound>,
    active: Option<ParticipantId>,
    active_since: Elapsed,
    told: Option<Loudness>,
}

impl Levels {
    /// Takes a reading. Returns what to tell, if it is news.
    pub fn read(&mut self, reading: Reading, now: Elapsed) -> Option<Loudness> {
        // A closed microphone is silent at once: a ring that stays would say that it was heard.
        self.me = reading.me.map_or(0.0, |dbfs| fallen(self.me, dbfs));
        self.sounds.retain(|feed, _| reading.others.iter().any(|(other, _)| other == feed));
        for (feed, dbfs) in reading.others {
            let sound = self.sounds.entry(feed).or_default();
            sound.level = fallen(sound.level, dbfs);
            sound.lately += (seeming(dbfs).min(VOICE) - sound.lately) * MEMORY;
        }
        self.choose(now);
        let mut levels: Vec<_> = self
            .sounds
            .iter()
            .map(|(feed, sound)| Level { feed: feed.clone(), level: stepped(sound.level) })
            .filter(|level| level.level > 0.0)
            .collect();
        levels.sort_by(|a, b| a.feed.cmp(&b.feed));
        let me = stepped(self.me);
        let loudness = Loudness { me, levels, active_speaker: self.active.clone() };
        if self.told.as_ref() == Some(&loudness) {
            return None;
        }
        self.told = Some(loudness.clone());
        Some(loudness)
    }

    fn choose(&mut self, now: Elapsed) {
        // Only a voice makes someone the speaker: a shared screen may play a film.
        let voices = self.sounds.iter().filter(|(feed, _)| feed.source == TrackSource::Microphone);
        let voices = voices.map(|(feed, sound)| (&feed.participant, sound));
        let is_active = |(id, _): &(&ParticipantId, &Sound)| Some(*id) == self.active.as_ref();
        let current = voices.clone().find(is_active).map(|(_, voice)| voice.lately);
        // In the order of ids, so that two who are equally loud do not alternate by chance.
        let loudest =
            voices.max_by(|(a, one), (b, other)| one.lately.total_cmp(&other.lately).then_with(|| b.cmp(a)));
        let Some((id, voice)) = loudest else {
            self.active = None;
            return;
        };
        let held = now < self.active_since + HOLD;
        let takes_over = match current {
            None => voice.lately >= SPOKEN,
            Some(lately) => !held && voice.lately >= SPOKEN && voice.lately > lately * CLEARLY,
        };
        if takes_over && self.active.as_ref() != Some(id) {
            self.active = Some(id.clone());
            self.active_since = now;
        } else if current.is_none() {
            self.active = None;
        }
    }
}

/// 0 to 1 as the ear hears it, which compares ratios.
#[must_use]
pub fn seeming(dbfs: f32) -> f32 {
    // A faulty decoder must not make someone the loudest for good.
    if !dbfs.is_finite() {
        return 0.0;
    }
    ((dbfs - QUIET_DBFS) / (LOUD_DBFS - QUIET_DBFS)).clamp(0.0, 1.0)
}

fn fallen(before: f32, dbfs: f32) -> f32 {
    seeming(dbfs).max(before * FALL)
}

fn stepped(level: f32) -> f32 {
    (level * STEPS).floor() / STEPS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn id(n: u8) -> ParticipantId {
        format!("{n:016x}").parse().unwrap()
    }

    fn voice(n: u8) -> FeedId {
        FeedId::new(id(n), TrackSource::Microphone)
    }

    /// Repeats the same reading for some seconds. Returns the active speaker at the end, and the changes.
    fn hold(
        levels: &mut Levels,
        at: &mut u32,
        others: &[(u8, f32)],
        seconds: u32,
    ) -> (Option<ParticipantId>, u32) {
        let mut changes = 0;
        for _ in 0..seconds * 10 {
            let before = levels.active.clone();
            let others = others.iter().map(|(n, dbfs)| (voice(*n), *dbfs)).collect();
            levels.read(Reading { me: None, others }, EVERY * *at);
            *at += 1;
            changes += u32::from(before != levels.active);
        }
        (levels.active.clone(), changes)
    }

    #[test]
    fn who_speaks_is_shown_and_stays_when_all_are_silent() {
        let (mut levels, mut at) = (Levels::default(), 0);
        assert_eq!(hold(&mut levels, &mut at, &[(2, -100.0), (3, -100.0)], 3), (None, 0));
        assert_eq!(hold(&mut levels, &mut at, &[(2, -100.0), (3, -25.0)], 2), (Some(id(3)), 1));
        assert_eq!(hold(&mut levels, &mut at, &[(2, -100.0), (3, -100.0)], 60), (Some(id(3)), 0));
        assert_eq!(hold(&mut levels, &mut at, &[(2, -100.0)], 1).0, None, "they left");
    }

    #[test]
    fn a_cough_does_not_take_the_place_of_a_speaker_and_a_voice_does() {
        let (mut levels, mut at) = (Levels::default(), 0);
        hold(&mut levels, &mut at, &[(2, -30.0), (3, -100.0)], 5);
        for n in 0..3 {
            let others = vec![(voice(2), -30.0), (voice(3), -14.0)];
            levels.read(Reading { me: None, others }, EVERY * (at + n));
        }
        at += 3;
        assert_eq!(levels.active, Some(id(2)), "0.3 s");
        assert_eq!(hold(&mut levels, &mut at, &[(2, -100.0), (3, -25.0)], 3), (Some(id(3)), 1));
    }

    #[test]
    fn neither_a_noisy_room_nor_a_slam_is_a_voice() {
        let (mut levels, mut at) = (Levels::default(), 0);
        hold(&mut levels, &mut at, &[(2, -25.0), (3, -45.0)], 5);
        assert_eq!(hold(&mut levels, &mut at, &[(2, -100.0), (3, -45.0)], 20), (Some(id(2)), 0));
        for n in 0..2 {
            levels.read(
                Reading { me: None, others: vec![(voice(2), -100.0), (voice(3), 0.0)] },
                EVERY * (at + n),
            );
        }
        at += 2;
        assert_eq!(hold(&mut levels, &mut at, &[(2, -100.0), (3, -100.0)], 2), (Some(id(2)), 0));
        assert_eq!(
            hold(&mut levels, &mut at, &[(2, -100.0), (3, -38.0)], 4),
            (Some(id(3)), 1),
            "a quiet voice"
        );
    }

    #[test]
    fn a_reading_that_is_no_number_is_silence() {
        let (mut levels, mut at) = (Levels::default(), 0);
        hold(&mut levels, &mut at, &[(2, f32::NAN), (3, f32::INFINITY)], 3);
        assert_eq!(levels.active, None);
        assert_eq!(hold(&mut levels, &mut at, &[(2, -25.0)], 2).0, Some(id(2)));
    }

    #[test]
    fn two_who_speak_at_once_do_not_take_turns() {
        let (mut levels, mut at) = (Levels::default(), 0);
        let (_, changes) = hold(&mut levels, &mut at, &[(2, -25.0), (3, -24.0)], 120);
        assert_eq!(changes, 1);
    }

    #[test]
    fn the_sound_of_a_screen_has_a_level_and_makes_no_one_the_speaker() {
        let mut levels = Levels::default();
        let screen = FeedId::new(id(2), TrackSource::ScreenSound);
        for n in 0..50 {
            let others = vec![(screen.clone(), -14.0), (voice(2), -100.0), (voice(3), -30.0)];
            levels.read(Reading { me: None, others }, EVERY * n);
        }
        let told = levels.told.unwrap();
        assert_eq!(told.active_speaker, Some(id(3)));
        let sounding: Vec<_> = told.levels.into_iter().map(|level| level.feed).collect();
        assert_eq!(sounding, [screen, voice(3)]);
    }

    #[test]
    fn what_does_not_change_is_not_told_again() {
        let mut levels = Levels::default();
        let silent = || Reading { me: Some(-80.0), others: vec![(voice(2), -70.0)] };
        assert!(levels.read(silent(), EVERY).is_some(), "once, so that a ring of before goes out");
        assert_eq!(levels.read(silent(), EVERY * 2), None);
    }

    #[test]
    fn a_closed_microphone_is_silent_at_once() {
        let mut levels = Levels::default();
        levels.read(Reading { me: Some(-14.0), others: Vec::new() }, EVERY);
        let loudness = levels.read(Reading::default(), EVERY * 2).unwrap();
        assert_eq!(loudness, Loudness { me: 0.0, levels: Vec::new(), active_speaker: None });
    }
}
