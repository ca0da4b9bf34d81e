//! Which run happens when, how many at a time, and what to print meanwhile.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use holdfast_testkit::net::Network;
use holdfast_testkit::{Programs, write_measured};

use crate::judge::{Run, judge};
use crate::measure::Seen;
use crate::options::{Options, options};
use crate::page::{Circumstances, RELEASE, Row, WORTH_SAYING_MS, page};
use crate::run::{Plan, run};

/// Measures everything that was asked for.
pub(crate) fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = Network::new() {
        eprintln!(
            "no network namespace can be made here ({error}): this needs Linux, root, iproute2 and iptables"
        );
        return ExitCode::FAILURE;
    }
    let load_before = load();
    let rows = measure(&options);
    let circumstances = Circumstances {
        machine: machine(),
        commit: options.commit.clone(),
        date: date(),
        build: if options.programs.ends_with("release") { RELEASE } else { "Development" },
        seed: options.seed,
        runs: options.runs,
        parallel: options.parallel,
        // There is no record of it for earlier runs.
        load: if options.again { (unknown(), unknown()) } else { (load_before, load()) },
    };
    let text = page(&circumstances, &rows);
    match &options.output {
        None => println!("\n{text}"),
        Some(path) => {
            write_measured(path, &text).expect("the results can be written");
            println!("    written: {}", path.display());
        }
    }
    println!("    logs and reports of every run: {}", options.logs.display());
    ExitCode::SUCCESS
}

fn measure(options: &Options) -> Vec<Row> {
    let plan = Plan {
        programs: Programs::in_folder(&options.programs),
        seed: options.seed,
        folder: options.logs.clone(),
    };
    // One run of each first, so that a fault that does not work at all shows early.
    let jobs: Vec<_> = (1..=options.runs)
        .flat_map(|number| (0..options.faults.len()).map(move |fault| (fault, number)))
        .collect();
    let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..options.parallel.min(jobs.len()) {
            scope.spawn(|| {
                while let Some(&(index, number)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fault = options.faults[index];
                    let result = catch_unwind(AssertUnwindSafe(|| {
                        if options.again { Ok(()) } else { run(&plan, fault, number) }
                    }))
                    .unwrap_or_else(|panic| Err(reason(panic.as_ref())))
                    .and_then(|()| judge(fault, &plan.folder_of(fault, number)));
                    println!("    {} {number}: {}", fault.name, spoken(&result));
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.insert((index, number), result);
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut rows: Vec<_> = options.faults.iter().map(|fault| Row { fault, runs: Vec::new() }).collect();
    for ((index, _), result) in results {
        rows[index].runs.push(result);
    }
    rows
}

fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

/// One line about a run, for the person who waits.
fn spoken(result: &Result<Run, String>) -> String {
    let run = match result {
        Ok(run) => run,
        Err(reason) => return format!("failed: {reason}"),
    };
    let side = |name: &str, seen: &Seen| {
        let mut text = format!(
            "{name}: badge {:?}, picture {:?} (longest {}, others {:?}), sound {:?}",
            seen.badge,
            seen.picture.back,
            seen.picture.longest,
            seen.picture.others,
            seen.sound.as_ref().map(|sound| sound.back),
        );
        let notes = [
            (!seen.media.right(), "state WRONG"),
            (!seen.media.heard_again, "not heard again"),
            (!seen.connected, "NOT CONNECTED"),
            (seen.stall >= WORTH_SAYING_MS, "stalled"),
        ];
        for (_, note) in notes.iter().filter(|(holds, _)| *holds) {
            text = format!("{text}, {note}");
        }
        text
    };
    let near = run.near.as_ref().map(|near| format!("; {}", side("Bo", near))).unwrap_or_default();
    format!("{} ms; {}{near}", run.lasted, side("Ada", &run.far))
}

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{count} × {}", name.unwrap_or("processor of unknown name"))
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

fn unknown() -> String {
    "unknown".into()
}

fn date() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
