//! What processes use, as Linux counts it (proc(5)).

use std::collections::HashMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// CPU time and memory of some processes at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Seconds of CPU since the processes started.
    pub(crate) cpu_seconds: f64,
    /// Their memory in MiB; pages shared between processes count in parts (PSS).
    pub(crate) memory_mib: f64,
}

/// A process and everything it started, directly or not.
pub(crate) fn of_tree(root: u32) -> Usage {
    let mut usage = Usage::default();
    for pid in tree(root) {
        // A process that has ended uses nothing any more.
        usage.cpu_seconds += cpu_seconds(pid).unwrap_or(0.0);
        usage.memory_mib += memory_mib(pid).unwrap_or(0.0);
    }
    usage
}

/// When the program below `root` was started, in milliseconds of Unix time, exact to a clock tick of 10 ms.
pub(crate) fn started_at_ms(root: u32, program: &Path) -> i64 {
    // Field 22 of stat: ticks since the system started. The first two fields are cut off.
    const START: usize = 19;
    let program = program.canonicalize().expect("the program is there");
    let runs = |pid: &u32| std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == program);
    let pid = tree(root).into_iter().find(runs).expect("the program runs");
    let ticks: f64 = stat(pid).and_then(|fields| fields.get(START)?.parse().ok()).expect("a start time");
    let uptime = std::fs::read_to_string("/proc/uptime").expect("an uptime");
    let uptime: f64 = uptime.split_whitespace().next().and_then(|text| text.parse().ok()).expect("seconds");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs_f64();
    ((now - uptime + ticks / ticks_per_second()) * 1000.0) as i64
}

/// The process ids of a process and everything it started.
fn tree(root: u32) -> Vec<u32> {
    let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").expect("proc").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
            parents.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut waiting) = (Vec::new(), vec![root]);
    while let Some(pid) = waiting.pop() {
        waiting.extend(parents.get(&pid).into_iter().flatten());
        found.push(pid);
    }
    found
}

/// The fields after the name, which may contain spaces: state, parent, …
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn cpu_seconds(pid: u32) -> Option<f64> {
    // utime and stime are fields 14 and 15 of stat. The first two fields are cut off.
    const UTIME: usize = 11;
    let fields = stat(pid)?;
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(UTIME)? + ticks(UTIME + 1)?) / ticks_per_second())
}

fn ticks_per_second() -> f64 {
    // SAFETY: sysconf takes an integer, returns one, and touches no memory of ours.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    ticks as f64
}

fn memory_mib(pid: u32) -> Option<f64> {
    let text = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / 1024.0)
}

/// The processor's name and how many there are.
pub(crate) fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{count} × {}", name.unwrap_or("processor of unknown name"))
}
