//! Computes what a run shows from the reports of its participants. Pure.
//!
//! All times here are milliseconds of Unix time unless the text says otherwise, so that all reports and the moments of
//! the fault are on one clock. Everything is measured where it is received.

use holdfast_testkit::{Connection, MediaChange, Report, ReportRemote};
use serde::{Deserialize, Serialize};

/// A time without a picture, or without sound, counts as a gap from this length on, as in the reports.
const GAP_MS: i64 = 500;

/// Sound louder than this counts as audible, in dB relative to full scale.
const AUDIBLE_DBFS: i16 = -60;

/// Packets sent before the microphone was closed may arrive this much later.
const IN_FLIGHT_MS: i64 = 300;

/// How often the sound is looked at.
const LOOK_MS: i64 = 20;

/// After this many looks without a pause, everything that had arrived was counted.
const STEADY_LOOKS: usize = 10;

/// Moments are cut to whole milliseconds at both ends, so something after a moment may seem to be this much before it.
const ROUNDING_MS: i64 = 2;

/// A gap that begins this soon after the network is whole belongs to the fault.
const AFTERMATH_MS: i64 = 1_000;

/// Media states must be right this long after the network is whole (issue 3, section 2).
const STATE_PATIENCE_MS: i64 = 5_000;

/// When each thing happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Moments {
    /// The fault began.
    pub(crate) cut: i64,
    /// The network was whole again.
    pub(crate) whole: i64,
    /// The microphone of the participant with the fault was opened again, long after the fault.
    pub(crate) unmuted: i64,
    /// All participants were told to leave.
    pub(crate) end: i64,
}

/// How a stream came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// It never stopped for half a second.
    NoGap,
    /// This long after the network was whole; 0 if before that.
    After(i64),
    /// Not until the end.
    Never,
}

/// What happened to a stream of pictures or sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) back: Back,
    /// The longest time without anything since the fault began.
    pub(crate) longest: i64,
    /// Gaps other than the one from the fault.
    pub(crate) others: Vec<i64>,
}

/// What one participant saw of another.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// From the fault to the badge.
    pub(crate) badge: Option<i64>,
    /// Whether the connection was shown as healthy at the end.
    pub(crate) connected: bool,
    pub(crate) picture: Outage,
    /// `None` if the microphone was closed meanwhile, or no one listened.
    pub(crate) sound: Option<Outage>,
    /// Pictures a second while the fault lasted.
    pub(crate) pictures_per_second: f64,
    /// Share of the sound that was made up, in the whole run.
    pub(crate) concealed: Option<f32>,
    pub(crate) media: MediaSeen,
    /// The longest time since the fault began in which the observer did not run. If the machine held it up, that time
    /// is in every other figure too.
    pub(crate) stall: i64,
    /// `None` if the observer does not count these.
    pub(crate) connection: Option<Connection>,
}

/// Whether the other end had the right state of what a participant sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MediaSeen {
    /// Right before the fault.
    pub(crate) before: bool,
    /// Right [`STATE_PATIENCE_MS`] after the network was whole.
    pub(crate) after: bool,
    /// Right at the end, after it had changed once more.
    pub(crate) end: bool,
    /// Sound packets that arrived although the microphone was closed.
    pub(crate) packets_while_muted: u64,
    /// Whether sound came again after the microphone was opened again.
    pub(crate) heard_again: bool,
}

impl MediaSeen {
    pub(crate) fn right(self) -> bool {
        self.before && self.after && self.end && self.packets_while_muted == 0
    }
}

/// Puts the times of one report on Unix time.
struct Clock(i64);

impl Clock {
    fn of(report: &Report) -> Self {
        Self(i64::try_from(report.started_unix_us / 1_000).unwrap_or(0))
    }

    fn unix(&self, ms: u64) -> i64 {
        self.0 + i64::try_from(ms).unwrap_or(0)
    }
}

/// What happened to the pictures from one participant to another.
pub(crate) fn pictures(report: &Report, other: &ReportRemote, moments: Moments) -> Outage {
    let clock = Clock::of(report);
    let times = other.arrivals.iter().flat_map(|arrivals| &arrivals.pictures_ms);
    outage(&times.map(|&ms| clock.unix(ms)).collect::<Vec<_>>(), moments)
}

/// What `report` says of the participant `other`, who wrote the report `theirs`. `muted`: their microphone was closed
/// during the fault, so there is no figure for sound.
pub(crate) fn seen(
    report: &Report,
    other: &ReportRemote,
    theirs: &Report,
    muted: bool,
    moments: Moments,
) -> Seen {
    let clock = Clock::of(report);
    let arrivals = other.arrivals.clone().unwrap_or_default();
    let pictures: Vec<_> = arrivals.pictures_ms.iter().map(|&ms| clock.unix(ms)).collect();
    let audible: Vec<_> = arrivals
        .sound
        .iter()
        .filter(|(_, _, dbfs)| *dbfs > AUDIBLE_DBFS)
        .map(|&(ms, _, _)| clock.unix(ms))
        .collect();
    let badge = other
        .states
        .iter()
        .map(|change| (clock.unix(change.at_ms), change.state.as_str()))
        .filter(|&(at, _)| at >= moments.cut && at < moments.end - ROUNDING_MS)
        .filter(|&(_, state)| matches!(state, "reconnecting" | "failed" | "left"))
        .min_by_key(|&(at, _)| at);
    // A participant who was told to end says goodbye, perhaps before this one was asked for its report.
    let last_state = other
        .states
        .iter()
        .rev()
        .find(|change| change.state != "left" || clock.unix(change.at_ms) < moments.end - ROUNDING_MS);
    let while_it_lasted = pictures.iter().filter(|&&at| at >= moments.cut && at < moments.whole).count();
    let seconds = (moments.whole - moments.cut) as f64 / 1_000.0;
    Seen {
        badge: badge.map(|(at, _)| at - moments.cut),
        connected: last_state.is_some_and(|change| change.state == "connected"),
        picture: outage(&pictures, moments),
        sound: (!muted && !arrivals.sound.is_empty()).then(|| outage(&audible, moments)),
        pictures_per_second: if seconds > 0.0 { while_it_lasted as f64 / seconds } else { 0.0 },
        concealed: other.audio_concealed,
        media: media(report, other, theirs, moments),
        stall: stall(report, moments),
        connection: other.connection,
    }
}

/// How many packets had arrived at a moment. Counted only if the looks before it came without a pause, because after a
/// pause the packets that arrived meanwhile are still being read.
fn settled(looks: &[(i64, u64)], from: i64) -> Option<u64> {
    let later: Vec<_> = looks.iter().filter(|(at, _)| *at >= from).copied().collect();
    let steady = |looks: &[(i64, u64)]| looks.windows(2).all(|pair| pair[1].0 - pair[0].0 <= 3 * LOOK_MS);
    later.windows(STEADY_LOOKS).find(|looks| steady(looks)).and_then(|looks| looks.last()).map(|last| last.1)
}

/// The longest time between two looks at the sound of any participant. Looks happen every 20 ms, also while the network
/// is broken.
fn stall(report: &Report, moments: Moments) -> i64 {
    let clock = Clock::of(report);
    let arrivals = report.remotes.iter().filter_map(|other| other.arrivals.as_ref());
    let mut looks: Vec<_> =
        arrivals.flat_map(|arrivals| &arrivals.sound).map(|(ms, ..)| clock.unix(*ms)).collect();
    looks.retain(|&at| at >= moments.cut && at < moments.end);
    looks.sort_unstable();
    looks.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
}

/// Finds the gaps in a stream that has something at each of these times, in order.
pub(crate) fn outage(times: &[i64], moments: Moments) -> Outage {
    let Moments { cut, whole, end, .. } = moments;
    let before = times.iter().rev().find(|&&at| at < cut).copied();
    // If nothing came before the fault, the fault could not stop anything. Another check of the run reports that.
    let mut last = before.unwrap_or(cut);
    let (mut gaps, mut longest) = (Vec::new(), 0);
    for at in times.iter().copied().filter(|&at| at >= cut && at < end).chain([end]) {
        longest = longest.max(at - last);
        if at - last >= GAP_MS {
            gaps.push((last, at));
        }
        last = at;
    }
    // The gap from the fault began during the fault or right after it. Of several, it is the longest.
    let made = gaps
        .iter()
        .enumerate()
        .filter(|(_, (from, _))| *from < whole + AFTERMATH_MS)
        .max_by_key(|(_, (from, to))| to - from)
        .map(|(index, gap)| (index, *gap));
    let back = match made {
        None => Back::NoGap,
        Some((_, (_, to))) if to == end => Back::Never,
        Some((_, (_, to))) => Back::After((to - whole).max(0)),
    };
    let other = |index: usize| made.is_none_or(|(of_fault, _)| index != of_fault);
    let others = gaps.iter().enumerate().filter(|(index, _)| other(*index)).map(|(_, (from, to))| to - from);
    Outage { back, longest, others: others.collect() }
}

/// Compares what others knew of someone with what they said themselves.
fn media(report: &Report, other: &ReportRemote, theirs: &Report, moments: Moments) -> MediaSeen {
    let (here, there) = (Clock::of(report), Clock::of(theirs));
    let agree = |at: i64| {
        if at < there.0 {
            // Their process is a later one, and there is no record of what the earlier one said.
            return true;
        }
        let believed = last_before(&other.media_states, &here, at);
        let said = last_before(&theirs.media_states, &there, at);
        said.is_some() && believed.map(|change| change.media) == said.map(|change| change.media)
    };
    let closed = theirs
        .media_states
        .iter()
        .find(|change| there.unix(change.at_ms) >= moments.cut && !change.media.microphone)
        .map(|change| there.unix(change.at_ms));
    let sound = other.arrivals.as_ref().map(|arrivals| arrivals.sound.as_slice()).unwrap_or_default();
    let packets_at = |at: i64| {
        sound.iter().take_while(|(ms, ..)| here.unix(*ms) <= at).last().map_or(0, |&(_, packets, _)| packets)
    };
    let looks: Vec<_> = sound.iter().map(|&(ms, packets, _)| (here.unix(ms), packets)).collect();
    let silent_from = closed.and_then(|closed| settled(&looks, closed + IN_FLIGHT_MS));
    let packets_while_muted =
        silent_from.map_or(0, |before| packets_at(moments.unmuted).saturating_sub(before));
    MediaSeen {
        before: agree(moments.cut),
        after: agree((moments.whole + STATE_PATIENCE_MS).min(moments.unmuted)),
        end: agree(moments.end),
        packets_while_muted,
        heard_again: sound.is_empty()
            || sound.iter().any(|&(ms, _, dbfs)| here.unix(ms) > moments.unmuted && dbfs > AUDIBLE_DBFS),
    }
}

fn last_before<'a>(changes: &'a [MediaChange], clock: &Clock, at: i64) -> Option<&'a MediaChange> {
    changes.iter().take_while(|change| clock.unix(change.at_ms) <= at).last()
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
