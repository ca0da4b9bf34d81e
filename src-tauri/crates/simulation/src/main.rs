//! `holdfast-simulate`: many meetings, by seed, on every core.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use holdfast_simulation::{CONNECTED_WITHIN, Counts, Options, Outcome, SESSION_WITHIN, simulate};

/// Lines of a trace that are shown.
const TRACE_LINES: usize = 400;

/// Seeds that failed and are shown with what they broke; for the others only the number.
const SHOWN: usize = 20;

#[derive(Parser)]
#[command(about = "Simulates whole meetings and checks what has to hold", version)]
struct Arguments {
    /// How many meetings.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Seed of the first.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Simulated minutes of each.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// People in each.
    #[arg(long, default_value_t = 8)]
    people: usize,
    /// Show what led to the first failure.
    #[arg(long)]
    trace: bool,
}

#[derive(Default)]
struct Sum {
    checked: Counts,
    simulated: Duration,
    events: u64,
    recoveries: Vec<Duration>,
    returns: Vec<Duration>,
    counters: BTreeMap<&'static str, u64>,
    failed: Vec<(u64, String)>,
}

impl Sum {
    fn add(&mut self, outcome: Outcome) {
        self.checked.add(&outcome.checked);
        self.simulated += outcome.simulated;
        self.events += outcome.events;
        self.recoveries.extend(outcome.recoveries);
        self.returns.extend(outcome.returns);
        for (reason, count) in outcome.counters {
            *self.counters.entry(reason).or_default() += count;
        }
        if let Some(violation) = outcome.violation {
            let what = format!(
                "at {:.3} s, people {:?}: not so: {}\n  {}",
                violation.at.as_secs_f64(),
                violation.people,
                violation.invariant.says(),
                violation.what
            );
            self.failed.push((outcome.seed, what));
        }
    }
}

fn run(arguments: &Arguments, options: &Options) -> Sum {
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from.saturating_add(arguments.seeds);
    let stop = AtomicBool::new(false);
    let sum = Mutex::new(Sum::default());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    let outcome = std::panic::catch_unwind(|| simulate(seed, options));
                    let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match outcome {
                        Ok(outcome) => sum.add(outcome),
                        Err(_) => sum.failed.push((seed, "panicked".into())),
                    }
                    // A thousand failures say no more than a hundred.
                    stop.fetch_or(sum.failed.len() >= 100, Ordering::Relaxed);
                }
            });
        }
    });
    sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn spread(what: &str, times: &mut [Duration], allowed: Duration) {
    times.sort_unstable();
    let Some(last) = times.len().checked_sub(1) else { return };
    let at = |per_mille: usize| seconds(times[last * per_mille / 1000]);
    println!(
        "{what}: {} times, median {:.2} s, 90 % {:.2} s, 99 % {:.2} s, longest {:.2} s (allowed {:.0} s)",
        last + 1,
        at(500),
        at(900),
        at(990),
        at(1000),
        seconds(allowed)
    );
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options { people: arguments.people, minutes: arguments.minutes, trace: false };
    let started = Instant::now();
    let mut sum = run(&arguments, &options);
    let took = started.elapsed();
    let hours = seconds(sum.simulated) / 3600.0;
    println!(
        "seeds {} to {}: {} people, {} minutes each",
        arguments.from,
        arguments.from + arguments.seeds.saturating_sub(1),
        arguments.people,
        arguments.minutes
    );
    println!(
        "{} checks of invariants, {} events, {hours:.1} simulated hours in {:.1} s ({:.0} hours per minute)",
        sum.checked.sum(),
        sum.events,
        seconds(took),
        hours * 60.0 / seconds(took).max(0.001)
    );
    println!("  {:?}", sum.checked);
    spread("from everything being whole to media both ways", &mut sum.recoveries, CONNECTED_WITHIN);
    spread("from the server being in reach to a session with it", &mut sum.returns, SESSION_WITHIN);
    println!("dropped or lost, by reason: {:?}", sum.counters);
    if sum.failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    sum.failed.sort();
    println!("\n{} seeds failed", sum.failed.len());
    for (seed, what) in sum.failed.iter().take(SHOWN) {
        println!("seed {seed} {what}");
    }
    let Some((seed, _)) = sum.failed.first() else { return ExitCode::FAILURE };
    if arguments.trace {
        let outcome = simulate(*seed, &Options { trace: true, ..options });
        let people = outcome.violation.map(|violation| violation.people).unwrap_or_default();
        println!("\nwhat led to it in seed {seed}:");
        for line in outcome.trace.about(&people, TRACE_LINES) {
            println!("{line}");
        }
    } else {
        let Arguments { minutes, people, .. } = arguments;
        println!(
            "\nto see what led to it: cargo xtask simulate --from {seed} --seeds 1 --minutes {minutes} --people {people} --trace"
        );
    }
    ExitCode::FAILURE
}
