//! Whether the expected things happened. Pure.

use crate::measure::{Back, Outage, Seen};
use crate::table::Expected;

/// Which expected things did not happen, in the runs that showed something. `failed` is the number of the other runs.
pub(crate) fn verdict(expected: &Expected, seen: &[&Seen], failed: usize) -> String {
    let mut missed = Vec::new();
    let badges = seen.iter().map(|seen| seen.badge.unwrap_or(i64::MAX));
    if expected.badge.is_some_and(|most| median(badges) > most) {
        missed.push("badge");
    }
    let pictures = || seen.iter().map(|seen| &seen.picture);
    let sounds = || seen.iter().filter_map(|seen| seen.sound.as_ref());
    if late(expected.back, pictures()) {
        missed.push("picture");
    }
    if sounds().next().is_some() && late(expected.back, sounds()) {
        missed.push("sound");
    }
    let gap = |outage: &Outage| outage.back != Back::NoGap || !outage.others.is_empty();
    let broken = seen.iter().any(|seen| seen.badge.is_some());
    if expected.no_gap && (broken || pictures().any(gap) || sounds().any(gap)) {
        missed.push("no gap");
    }
    if !seen.iter().all(|seen| seen.media.right() && seen.media.heard_again && seen.connected) {
        missed.push("state");
    }
    if failed > 0 {
        missed.push("every run");
    }
    match (missed.is_empty(), expected == &Expected::default()) {
        (true, true) => "met (state)".to_owned(),
        (true, false) => "met".to_owned(),
        (false, _) => format!("**not met**: {}", missed.join(", ")),
    }
}

fn late<'a>(most: Option<i64>, outages: impl Iterator<Item = &'a Outage>) -> bool {
    most.is_some_and(|most| median(outages.map(|outage| milliseconds(outage.back))) > most)
}

/// "Never" counts as later than any time.
pub(crate) fn milliseconds(back: Back) -> i64 {
    match back {
        Back::NoGap => 0,
        Back::After(ms) => ms,
        Back::Never => i64::MAX,
    }
}

/// Of two values in the middle, the greater one; with no values, never.
pub(crate) fn median(times: impl Iterator<Item = i64>) -> i64 {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
