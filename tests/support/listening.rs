//! What was heard of a participant over a time, by a bot or at a speaker.

use holdfast_testkit::pulse::Recording;
use holdfast_testkit::{Bot, PATIENCE, ReportRemote, eventually};
use serde_json::Value;

use super::sending;

/// Below this level there is silence, in dB relative to full scale. Each look covers the last 100 ms.
const SILENCE_DBFS: i16 = -60;

/// A silence of this length is a gap, as with pictures. A shorter one may be a busy machine.
const GAP_MS: u64 = 500;

/// Packets come fifty times a second. On the busiest machine at least one does in this time.
const PACKET_WITHIN_MS: u64 = 1_000;

/// Arguments for a bot: what to send, and to record when each sound arrived.
pub(crate) fn listening<'a>(video: &'a str, audio: &'a str) -> Vec<&'a str> {
    [&sending(video, audio)[..], &["--arrivals"]].concat()
}

/// The bot's clock as of its last event, in milliseconds.
pub(crate) fn clock(bot: &Bot) -> u64 {
    let at = |line: &String| serde_json::from_str::<Value>(line).ok()?["at_ms"].as_u64();
    bot.lines().iter().rev().find_map(at).unwrap()
}

/// Waits until the bot has listened for longer than a packet may take, and returns its clock then.
#[track_caller]
pub(crate) fn listen_on(bot: &mut Bot) -> u64 {
    let until = clock(bot) + 2 * PACKET_WITHIN_MS;
    bot.wait_for_event("listening on", |event| event["at_ms"].as_u64().filter(|at| *at > until))
}

/// Checks that a participant was heard between two times of the bot's clock: without a gap, and packets kept coming.
#[track_caller]
pub(crate) fn assert_heard(remote: &ReportRemote, from_ms: u64, until_ms: u64) {
    let name = &remote.name;
    let sound = &remote.arrivals.as_ref().unwrap().sound;
    let looks: Vec<_> = sound.iter().copied().filter(|look| (from_ms..=until_ms).contains(&look.0)).collect();
    let (first, last) = (looks.first().unwrap(), looks.last().unwrap());
    assert!(last.0 > first.0 + PACKET_WITHIN_MS, "{name}: looked at only from {first:?} to {last:?}");
    let mut silent_since = None;
    for look in &looks {
        silent_since = (look.2 < SILENCE_DBFS).then(|| silent_since.unwrap_or(look.0));
        assert!(silent_since.is_none_or(|since| look.0 - since < GAP_MS), "{name}: silence until {look:?}");
    }
    // A level may still be that of the last sound.
    for (n, look) in looks.iter().enumerate() {
        let later = looks[n..].iter().find(|later| later.0 >= look.0 + PACKET_WITHIN_MS);
        assert!(later.is_none_or(|later| later.1 > look.1), "{name}: no packets from {look:?} to {later:?}");
    }
}

/// Checks that the recording goes on for this long without a gap.
#[track_caller]
pub(crate) fn assert_unbroken(speaker: Recording, from_seconds: f64, for_ms: u64) {
    let until = from_seconds + for_ms as f64 / 1000.0;
    eventually("the recording of all of it", PATIENCE, || (speaker.so_far().seconds() > until).then_some(()));
    let silent = speaker.stop().part(from_seconds, until).longest_silence(SILENCE_DBFS.into());
    assert!(silent * 1000.0 < GAP_MS as f64, "the speaker was silent for {silent} s");
}
