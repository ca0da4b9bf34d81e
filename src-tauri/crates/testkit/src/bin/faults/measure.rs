//! What a run shows, out of the reports of its participants: pure.
//!
//! All times in here are milliseconds of Unix time unless they say otherwise, so that everybody's reports and the
//! moments of the fault are on one clock. Everything is measured where it is received.

use holdfast_testkit::{Connection, MediaChange, Report, ReportRemote};

/// A time without a picture, or without sound, counts from this length on, as in the reports.
const GAP_MS: i64 = 500;

/// Louder is sound, in dB relative to full scale.
const AUDIBLE_DBFS: i16 = -60;

/// Packets sent before the microphone was closed may arrive so much later.
const IN_FLIGHT_MS: i64 = 300;

/// Media states have to be right so long after the network is whole (issue 3, section 2).
const STATE_PATIENCE_MS: i64 = 5_000;

/// When what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moments {
    /// The fault began.
    pub(crate) cut: i64,
    /// The network was whole again.
    pub(crate) whole: i64,
    /// The microphone of the one in trouble was opened again, long after.
    pub(crate) unmuted: i64,
    /// Everybody was told to leave.
    pub(crate) end: i64,
}

/// How a stream came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// It never stopped for long.
    NoGap,
    /// So long after the network was whole; 0 if before.
    After(i64),
    /// Not until the end.
    Never,
}

/// What became of a stream of pictures or sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) back: Back,
    /// The longest time without anything since the fault began.
    pub(crate) longest: i64,
    /// Gaps after the one that the fault made.
    pub(crate) later: Vec<i64>,
}

/// What one participant saw of another.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// From the fault to the badge.
    pub(crate) badge: Option<i64>,
    /// Whether the connection was shown as sound at the end.
    pub(crate) connected: bool,
    pub(crate) picture: Outage,
    /// Not where the microphone was closed meanwhile.
    pub(crate) sound: Option<Outage>,
    /// Pictures a second while the fault lasted.
    pub(crate) pictures_per_second: f64,
    /// Sound that was made up, in the whole run.
    pub(crate) concealed: Option<f32>,
    pub(crate) media: MediaSeen,
    /// The longest time in which the one who looked did not get to look, since the fault began. What the machine
    /// withheld is in every other figure too.
    pub(crate) stall: i64,
    pub(crate) connection: Connection,
}

/// Whether what a participant says they send was right at the other end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MediaSeen {
    /// Right before the fault.
    pub(crate) before: bool,
    /// Right [`STATE_PATIENCE_MS`] after the network was whole.
    pub(crate) after: bool,
    /// Right at the end, when it had changed once more.
    pub(crate) end: bool,
    /// Sound packets that came although the microphone was closed.
    pub(crate) packets_while_muted: u64,
    /// Whether sound came again once the microphone was open again.
    pub(crate) heard_again: bool,
}

impl MediaSeen {
    pub(crate) fn right(self) -> bool {
        self.before && self.after && self.end && self.packets_while_muted == 0
    }
}

/// One report, on Unix time.
struct Clock(i64);

impl Clock {
    fn of(report: &Report) -> Self {
        Self(i64::try_from(report.started_unix_us / 1_000).unwrap_or(0))
    }

    fn unix(&self, ms: u64) -> i64 {
        self.0 + i64::try_from(ms).unwrap_or(0)
    }
}

/// What is said of everyone of this name in one: whoever comes again may do so as somebody new.
///
/// # Panics
/// When there was nobody of this name.
pub(crate) fn one_of(name: &str, report: &Report) -> ReportRemote {
    let mut whole = report.of(name).clone();
    let again = report.remotes.iter().filter(|other| other.name == name && other.id != whole.id);
    for other in again.cloned().collect::<Vec<_>>() {
        whole.states.extend(other.states);
        // The earlier one leaves in its own time, which says nothing about the later.
        whole.states.sort_by_key(|change| (change.state != "left", change.at_ms));
        whole.media_states.extend(other.media_states);
        let (before, after) = (whole.arrivals.get_or_insert_default(), other.arrivals.unwrap_or_default());
        before.pictures_ms.extend(after.pictures_ms);
        before.sound.extend(after.sound);
        whole.connection = other.connection;
    }
    whole
}

/// How one's pictures of another fared.
pub(crate) fn pictures(report: &Report, other: &ReportRemote, moments: Moments) -> Outage {
    let clock = Clock::of(report);
    let times = other.arrivals.iter().flat_map(|arrivals| &arrivals.pictures_ms);
    outage(&times.map(|&ms| clock.unix(ms)).collect::<Vec<_>>(), moments)
}

/// What `report` says of `other`, whose own report is `theirs`. `muted`: their microphone was closed during the
/// fault, so nothing can be said about sound.
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
        .filter(|&(at, _)| at >= moments.cut && at < moments.end)
        .filter(|&(_, state)| matches!(state, "reconnecting" | "failed" | "left"))
        .min_by_key(|&(at, _)| at);
    // Someone who was told to end says goodbye, and may do so before we were asked for our report.
    let last_state = other
        .states
        .iter()
        .rev()
        .find(|change| change.state != "left" || clock.unix(change.at_ms) < moments.end);
    let while_it_lasted = pictures.iter().filter(|&&at| at >= moments.cut && at < moments.whole).count();
    let seconds = (moments.whole - moments.cut) as f64 / 1_000.0;
    Seen {
        badge: badge.map(|(at, _)| at - moments.cut),
        connected: last_state.is_some_and(|change| change.state == "connected"),
        picture: outage(&pictures, moments),
        sound: (!muted).then(|| outage(&audible, moments)),
        pictures_per_second: if seconds > 0.0 { while_it_lasted as f64 / seconds } else { 0.0 },
        concealed: other.audio_concealed,
        media: media(report, other, theirs, moments),
        stall: stall(report, moments),
        connection: other.connection.unwrap_or_default(),
    }
}

/// The longest time between two looks at anybody's sound, which are made every 20 ms whatever the network does.
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
    // Without anything before the fault there is nothing to lose; the run says so elsewhere.
    let mut last = before.unwrap_or(cut);
    let (mut gaps, mut longest) = (Vec::new(), 0);
    for at in times.iter().copied().filter(|&at| at >= cut && at < end).chain([end]) {
        longest = longest.max(at - last);
        if at - last >= GAP_MS {
            gaps.push((last, at));
        }
        last = at;
    }
    let back = match gaps.first() {
        None => Back::NoGap,
        Some(&(_, to)) if to == end => Back::Never,
        Some(&(_, to)) => Back::After((to - whole).max(0)),
    };
    Outage { back, longest, later: gaps.iter().skip(1).map(|(from, to)| to - from).collect() }
}

/// Compares what was believed of someone with what they said themselves.
fn media(report: &Report, other: &ReportRemote, theirs: &Report, moments: Moments) -> MediaSeen {
    let (here, there) = (Clock::of(report), Clock::of(theirs));
    let agree = |at: i64| {
        if at < there.0 {
            // Their process is a later one; what the earlier said is not on record.
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
    let packets_while_muted = closed
        .map_or(0, |closed| packets_at(moments.unmuted).saturating_sub(packets_at(closed + IN_FLIGHT_MS)));
    MediaSeen {
        before: agree(moments.cut),
        after: agree((moments.whole + STATE_PATIENCE_MS).min(moments.unmuted)),
        end: agree(moments.end),
        packets_while_muted,
        heard_again: sound
            .iter()
            .any(|&(ms, _, dbfs)| here.unix(ms) > moments.unmuted && dbfs > AUDIBLE_DBFS),
    }
}

fn last_before<'a>(changes: &'a [MediaChange], clock: &Clock, at: i64) -> Option<&'a MediaChange> {
    changes.iter().take_while(|change| clock.unix(change.at_ms) <= at).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTS: Moments = Moments { cut: 1_000, whole: 6_000, unmuted: 12_000, end: 14_000 };

    fn every_40_ms(from: i64, to: i64) -> impl Iterator<Item = i64> {
        (from..=to).step_by(40)
    }

    #[test]
    fn a_cut_stream_is_back_so_long_after_the_network_was_whole() {
        let times: Vec<_> = every_40_ms(0, 1_000).chain(every_40_ms(6_300, 13_980)).collect();
        let outage = outage(&times, MOMENTS);
        assert_eq!((outage.back, outage.longest), (Back::After(300), 5_300));
        assert!(outage.later.is_empty());
    }

    #[test]
    fn a_stream_that_goes_on_has_no_gap_and_one_that_ends_never_comes_back() {
        let times: Vec<_> = every_40_ms(0, 14_000).collect();
        assert_eq!(outage(&times, MOMENTS), Outage { back: Back::NoGap, longest: 40, later: vec![] });
        let times: Vec<_> = every_40_ms(0, 1_000).collect();
        assert_eq!(outage(&times, MOMENTS).back, Back::Never);
        assert_eq!(outage(&[], MOMENTS).back, Back::Never);
    }

    #[test]
    fn a_gap_after_the_first_is_a_later_one_and_one_before_the_cut_is_none() {
        let times: Vec<_> = [-3_000, 500]
            .into_iter()
            .chain(every_40_ms(980, 1_020))
            .chain(every_40_ms(6_100, 7_020))
            .chain(every_40_ms(8_000, 13_980))
            .collect();
        let outage = outage(&times, MOMENTS);
        assert_eq!((outage.back, outage.later), (Back::After(100), vec![8_000 - 7_020]));
    }

    fn report(json: serde_json::Value) -> Report {
        serde_json::from_value(json).expect("a report")
    }

    fn media_state(at_ms: u64, revision: u64, microphone: bool) -> serde_json::Value {
        serde_json::json!({"at_ms": at_ms, "revision": revision, "microphone": microphone, "camera": true,
            "screen": false, "hand": false})
    }

    fn pair(seen: &[serde_json::Value], sound: &[(u64, u64, i16)]) -> (Report, Report) {
        let own = [media_state(10, 1, true), media_state(3_000, 2, false), media_state(12_000, 3, true)];
        let ours = report(serde_json::json!({
            "self": {"id": "a", "name": "Ada"}, "started_unix_us": 0, "duration_ms": 14_000, "joined_ms": 1,
            "signaling": [], "media_states": [],
            "remotes": [{"id": "b", "name": "Bo", "first_frame_ms": 5, "frames_received": 1,
                "frames_decoded": 1, "width": 2, "height": 2, "gaps": [], "bytes_in": 0, "bytes_out": 0,
                "states": [{"at_ms": 5, "state": "connected"}, {"at_ms": 2_900, "state": "reconnecting"},
                    {"at_ms": 6_200, "state": "connected"}, {"at_ms": 14_001, "state": "left"}],
                "media_states": seen, "arrivals": {"pictures_ms": [], "sound": sound}}]
        }));
        // Their process started a second later.
        let own: Vec<_> = own
            .iter()
            .map(|change| {
                let mut change = change.clone();
                change["at_ms"] = (change["at_ms"].as_u64().unwrap_or(0).saturating_sub(1_000)).into();
                change
            })
            .collect();
        let theirs = report(serde_json::json!({
            "self": {"id": "b", "name": "Bo"}, "started_unix_us": 1_000_000, "duration_ms": 13_000,
            "joined_ms": 1, "signaling": [], "remotes": [], "media_states": own
        }));
        (ours, theirs)
    }

    fn look(seen_states: &[serde_json::Value], sound: &[(u64, u64, i16)]) -> Seen {
        let (ours, theirs) = pair(seen_states, sound);
        seen(&ours, ours.of("Bo"), &theirs, true, MOMENTS)
    }

    #[test]
    fn the_badge_and_the_state_at_the_end_are_read_from_the_states() {
        let seen = look(&[], &[]);
        assert_eq!((seen.badge, seen.connected), (Some(1_900), true));
    }

    #[test]
    fn a_participant_that_did_not_get_to_look_says_so() {
        let looks = [(900, 1, -18), (1_020, 2, -18), (1_040, 2, -18), (1_700, 9, -18), (1_720, 9, -18)];
        assert_eq!(look(&[], &looks).stall, 660);
        assert_eq!(look(&[], &[]).stall, 0);
    }

    #[test]
    fn a_goodbye_at_the_end_is_no_badge() {
        let (mut ours, theirs) = pair(&[], &[]);
        ours.remotes[0].states.retain(|change| change.state != "reconnecting");
        let seen = seen(&ours, ours.of("Bo"), &theirs, true, MOMENTS);
        assert_eq!((seen.badge, seen.connected), (None, true));
    }

    #[test]
    fn what_is_believed_is_right_when_it_is_what_was_said() {
        let all = [media_state(20, 1, true), media_state(6_500, 2, false), media_state(12_100, 3, true)];
        let heard = [(900, 40, -18), (3_250, 60, -18), (11_900, 60, -100), (12_500, 70, -18)];
        let media = look(&all, &heard).media;
        assert!(media.right() && media.heard_again, "{media:?}");
        let media = look(&all[..1], &heard).media;
        assert!(media.before && !media.after && !media.end && !media.right(), "{media:?}");
    }

    #[test]
    fn sound_after_the_microphone_was_closed_is_counted() {
        let all = [media_state(20, 1, true), media_state(6_500, 2, false), media_state(12_100, 3, true)];
        let media = look(&all, &[(900, 40, -18), (6_000, 45, -18), (6_100, 48, -100)]).media;
        assert_eq!((media.packets_while_muted, media.right()), (8, false));
    }
}
