//! Computes what a run showed from the files in its folder.
//!
//! Because this is separate from running, the same runs can be judged again if a measure turns out to be bad.

use std::path::Path;

use holdfast_testkit::Report;

use crate::measure::{Moments, Outage, Seen, pictures, seen};
use crate::table::{Fault, Kind};

/// The file with the moments of a run, beside the reports.
const MOMENTS: &str = "moments.json";

/// What one run showed.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// How long the fault really lasted, in milliseconds.
    pub(crate) lasted: i64,
    /// What Ada saw of Bo.
    pub(crate) far: Seen,
    /// What Bo saw of Ada; `None` if Bo's process had the fault.
    pub(crate) near: Option<Seen>,
    /// What Ada and Cleo saw of each other.
    pub(crate) others: Vec<Outage>,
    /// How long after its return the signaling server had Bo again, in milliseconds.
    pub(crate) signaling: Option<i64>,
}

/// Stores when each thing happened.
///
/// # Panics
/// When the folder cannot be written.
pub(crate) fn keep(moments: Moments, folder: &Path) {
    let text = serde_json::to_string(&moments).expect("numbers are JSON");
    std::fs::write(folder.join(MOMENTS), text).expect("the folder can be written");
}

/// Reads the files of a run.
pub(crate) fn judge(fault: &Fault, folder: &Path) -> Result<Run, String> {
    let moments: Moments = read(folder, MOMENTS)?;
    let (ada, bo): (Report, Report) = (read(folder, "ada.json")?, read(folder, "bo.json")?);
    let cleo: Option<Report> = if fault.third { Some(read(folder, "cleo.json")?) } else { None };
    let far = seen(&ada, ada.of("Bo"), &bo, true, moments);
    let near_has_eyes = !matches!(fault.kind, Kind::Killed | Kind::Stopped);
    let near = near_has_eyes.then(|| seen(&bo, bo.of("Ada"), &ada, false, moments));
    let others = cleo.iter().flat_map(|cleo| {
        [(&ada, "Cleo"), (cleo, "Ada")].map(|(report, name)| pictures(report, report.of(name), moments))
    });
    let started = i64::try_from(bo.started_unix_us / 1_000).unwrap_or(0);
    let signaling = bo
        .signaling
        .iter()
        .map(|change| (started + i64::try_from(change.at_ms).unwrap_or(0), change.state.as_str()))
        .find(|&(at, state)| at >= moments.whole && state == "connected")
        .map(|(at, _)| at - moments.whole);
    Ok(Run { lasted: moments.whole - moments.cut, others: others.collect(), far, near, signaling })
}

fn read<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> Result<T, String> {
    let text = std::fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))
}
