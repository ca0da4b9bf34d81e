//! The results as the page `docs/reliability.md`.

use std::fmt::Write;

use crate::judge::Run;
use crate::measure::{Back, Outage, Seen};
use crate::table::{Fault, Kind};
use crate::verdict::{median, milliseconds, verdict};

/// Participants look every 20 ms. A pause shorter than this changes no figure noticeably.
pub(crate) const WORTH_SAYING_MS: i64 = 150;

/// Name of the builds with figures that are worth keeping.
pub(crate) const RELEASE: &str = "Release";

/// All runs of one fault: what each showed, or why it showed nothing.
pub(crate) struct Row {
    pub(crate) fault: &'static Fault,
    pub(crate) runs: Vec<Result<Run, String>>,
}

/// The circumstances of the measurement.
pub(crate) struct Circumstances {
    pub(crate) machine: String,
    pub(crate) commit: String,
    pub(crate) date: String,
    pub(crate) build: &'static str,
    pub(crate) seed: u64,
    pub(crate) runs: u32,
    pub(crate) parallel: usize,
    /// Load averages of the last minute, at the beginning and at the end.
    pub(crate) load: (String, String),
}

/// The page.
pub(crate) fn page(circumstances: &Circumstances, rows: &[Row]) -> String {
    let Circumstances { machine, commit, date, build, seed, runs, parallel, load } = circumstances;
    let beside = if *parallel > 1 { format!(" --parallel {parallel}") } else { String::new() };
    let dev = if *build == RELEASE { "" } else { " --dev" };
    let mut text = format!(
        "# Reliability\n\n\
         Written by `cargo xtask faults{dev} --seed {seed}{beside}` on {date}; run it again on the same machine to compare. {build}\n\
         build of commit {commit}, {machine}, {runs} runs of each fault, {parallel} at a time, load average {} at the\n\
         beginning and {} at the end.\n\n",
        load.0, load.1,
    );
    text.push_str(
        "Each participant, the signaling server and the relay have a network namespace of their own. A router connects\n\
         them, and faults are made there. Ada and Bo send each other pictures (640×360, 30 a second) and a tone. The\n\
         fault happens to Bo. *Ada* is what Ada saw of Bo, *Bo* what Bo saw of Ada. Times are in seconds, median (worst),\n\
         measured where pictures and sound arrive. Each run draws its length by chance, up to a fifth shorter or longer\n\
         than the name of the fault says.\n\n\
         - **badge**: from the cut until the connection was shown as broken.\n\
         - **picture**, **sound**: from the moment the network is whole until the next decoded picture or audible sound.\n  \
           *no gap*: never half a second without. Bo's microphone is closed during the fault, so Ada has no figure for sound.\n\
         - **longest**: the longest time without a picture since the fault began.\n\
         - **others**: gaps of half a second and longer, other than the one the fault made, in all runs.\n\
         - **state**: runs in which Ada was right about Bo's microphone before the fault, 5 s after it and at the end, each time\n  \
           at the right revision. Bo closes it during the fault and opens it later; while it is closed, no sound may come.\n\
         - **restarts**, **rebuilds**: how many ICE restarts this side began and how many connections were made anew, median.\n\
         - **expected**: compares medians with their limits: badge 2.5 s; picture and sound 0.5 s after a cut and 1 s after a\n  \
           change of address; no gap at all where only the server is away. Each run must also have the right state, sound\n  \
           after the microphone was opened again, and a working connection at the end.\n\n\
         *Real window*: Bo is the app. What Bo saw is what its page showed on a virtual display without a GPU: the badge\n\
         on the tile and the next picture drawn. Its button closed and opened the microphone.\n\n\
         The last column is the time to the next picture in Chromium 156, with a page that follows the recommendations for\n\
         WebRTC, on the same kind of machine.\n\n",
    );
    text.push_str(
        "| fault | seen by | badge | picture | sound | longest | others | state | restarts | rebuilds | expected | Chromium |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        lines(&mut text, row);
    }
    remarks(&mut text, rows);
    text
}

fn lines(text: &mut String, row: &Row) {
    let Fault { title, chromium, .. } = row.fault;
    let runs: Vec<&Run> = row.runs.iter().filter_map(|run| run.as_ref().ok()).collect();
    if runs.is_empty() {
        let _ = writeln!(text, "| {title} | | nothing measured | | | | | | | | **not met** | {chromium} |");
        return;
    }
    let far: Vec<&Seen> = runs.iter().map(|run| &run.far).collect();
    let near: Vec<&Seen> = runs.iter().filter_map(|run| run.near.as_ref()).collect();
    let failed = row.runs.len() - runs.len();
    line(text, row.fault, title, "Ada", &far, failed, chromium);
    if !near.is_empty() {
        line(text, row.fault, "", "Bo", &near, failed, "");
    }
}

fn line(
    text: &mut String,
    fault: &Fault,
    title: &str,
    by: &str,
    seen: &[&Seen],
    failed: usize,
    chromium: &str,
) {
    let badges: Vec<_> = seen.iter().map(|seen| seen.badge).collect();
    let badge = if badges.iter().all(Option::is_none) {
        "none".to_owned()
    } else {
        spread(badges.iter().map(|badge| badge.map_or(i64::MAX, |badge| badge)), "none")
    };
    let pictures: Vec<_> = seen.iter().map(|seen| &seen.picture).collect();
    let sound: Vec<_> = seen.iter().filter_map(|seen| seen.sound.as_ref()).collect();
    let others: Vec<_> = pictures.iter().flat_map(|outage| &outage.others).copied().collect();
    let others = match others.iter().max() {
        None => "0".to_owned(),
        Some(&longest) => format!("{}, longest {}", others.len(), time(longest, "")),
    };
    let right = seen.iter().filter(|seen| seen.media.right() && seen.connected).count();
    let counts = |pick: fn(&Seen) -> Option<u64>| {
        let mut counts: Vec<_> = seen.iter().filter_map(|seen| pick(seen)).collect();
        counts.sort_unstable();
        counts.get(counts.len() / 2).map_or(String::new(), u64::to_string)
    };
    let _ = writeln!(
        text,
        "| {title} | {by} | {badge} | {} | {} | {} | {others} | {right}/{} | {} | {} | {} | {chromium} |",
        back(&pictures),
        if sound.is_empty() { String::new() } else { back(&sound) },
        spread(pictures.iter().map(|outage| outage.longest), ""),
        seen.len(),
        counts(|seen| seen.connection?.ice_restarts),
        counts(|seen| seen.connection?.rebuilds),
        verdict(&fault.expected, seen, failed),
    );
}

fn back(outages: &[&Outage]) -> String {
    if outages.iter().all(|outage| outage.back == Back::NoGap) {
        return "no gap".to_owned();
    }
    spread(outages.iter().map(|outage| milliseconds(outage.back)), "never")
}

/// Median and worst. Of two values in the middle, the median is the greater one.
fn spread(times: impl Iterator<Item = i64>, never: &str) -> String {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    match (times.get(times.len() / 2), times.last()) {
        (Some(&median), Some(&worst)) => format!("{} ({})", time(median, never), time(worst, never)),
        _ => String::new(),
    }
}

fn time(ms: i64, never: &str) -> String {
    if ms == i64::MAX { never.to_owned() } else { format!("{:.2}", ms as f64 / 1_000.0) }
}

/// Remarks that have no column.
fn remarks(text: &mut String, rows: &[Row]) {
    text.push_str("\n## Beside the table\n\n");
    for row in rows {
        let Fault { title, kind, .. } = row.fault;
        let runs: Vec<&Run> = row.runs.iter().filter_map(|run| run.as_ref().ok()).collect();
        for (number, run) in row.runs.iter().enumerate() {
            if let Err(reason) = run {
                let _ = writeln!(text, "- {title}, run {}: {reason}", number + 1);
            }
        }
        if let (Kind::Loss(_), false) = (kind, runs.is_empty()) {
            let sides = runs.iter().flat_map(|run| [Some(&run.far), run.near.as_ref()]).flatten();
            let (mut rates, mut concealed) = (Vec::new(), Vec::new());
            for seen in sides {
                rates.push((seen.pictures_per_second * 1_000.0) as i64);
                concealed.extend(seen.concealed.map(|share| (f64::from(share) * 100_000.0) as i64));
            }
            let _ = writeln!(
                text,
                "- {title}: {:.1} pictures decoded a second (worst {:.1}); {:.1} % of all sound of the run made up (worst {:.1} %).",
                median(rates.iter().copied()) as f64 / 1_000.0,
                rates.iter().min().copied().unwrap_or(0) as f64 / 1_000.0,
                median(concealed.iter().copied()) as f64 / 1_000.0,
                concealed.iter().max().copied().unwrap_or(0) as f64 / 1_000.0,
            );
        }
        if *kind == Kind::ServerKilled {
            let times = runs.iter().map(|run| run.signaling.unwrap_or(i64::MAX));
            let _ = writeln!(
                text,
                "- {title}: the server had Bo back {} s after its return, median (worst).",
                spread(times, "never")
            );
        }
        let others: Vec<_> = runs.iter().flat_map(|run| &run.others).collect();
        if let Some(longest) = others.iter().map(|outage| outage.longest).max() {
            let disturbed = others.iter().filter(|outage| outage.longest >= 500).count();
            let _ = writeln!(
                text,
                "- {title}: Ada and a third participant had {disturbed} gaps, and at most {} s between two pictures.",
                time(longest, "")
            );
        }
        let stall =
            runs.iter().flat_map(|run| [Some(&run.far), run.near.as_ref()]).flatten().map(|seen| seen.stall);
        if let Some(stall) = stall.max().filter(|&stall| stall >= WORTH_SAYING_MS) {
            let _ = writeln!(
                text,
                "- {title}: the machine kept a participant from running for up to {} s; the worst times hold that too.",
                time(stall, "")
            );
        }
        for (number, run) in row.runs.iter().enumerate() {
            let Ok(run) = run else { continue };
            for (by, seen) in [("Ada", Some(&run.far)), ("Bo", run.near.as_ref())] {
                let Some(seen) = seen else { continue };
                let media = seen.media;
                if !media.right() || !media.heard_again || !seen.connected {
                    let _ = writeln!(
                        text,
                        "- {title}, run {}, {by}, after {} s: state right before {}, after {}, at the end {}; {} packets while muted; heard again {}; connected at the end {}.",
                        number + 1,
                        time(run.lasted, ""),
                        media.before,
                        media.after,
                        media.end,
                        media.packets_while_muted,
                        media.heard_again,
                        seen.connected,
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_worst_are_in_seconds_and_never_counts_as_worst() {
        assert_eq!(spread([300, 100, 200].into_iter(), "never"), "0.20 (0.30)");
        assert_eq!(spread([i64::MAX, 100, 200].into_iter(), "never"), "0.20 (never)");
        assert_eq!(spread([i64::MAX, i64::MAX, 200].into_iter(), "never"), "never (never)");
    }

    #[test]
    fn no_gap_is_printed_only_if_no_run_had_one() {
        let outage = |back| Outage { back, longest: 0, others: Vec::new() };
        assert_eq!(back(&[&outage(Back::NoGap), &outage(Back::NoGap)]), "no gap");
        assert_eq!(back(&[&outage(Back::NoGap), &outage(Back::After(400))]), "0.40 (0.40)");
    }
}
