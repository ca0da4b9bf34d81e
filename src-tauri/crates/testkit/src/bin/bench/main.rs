//! The measurements in `docs/performance.md`: release programs, loopback only.
//!
//! Measures whole processes from outside, as their user notices them. Knows nothing of their inside.

// This program fails when something cannot be started or measured: it panics with a reason.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod feel;
mod joins;
mod load;
mod page;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use holdfast_testkit::{Programs, write_measured};

/// Numbers of others in the meeting, one measurement for each.
const CROWDS: [usize; 3] = [1, 3, 7];

/// What is measured, and where the result goes.
struct Options {
    programs: Programs,
    output: PathBuf,
    time: Duration,
    joins: usize,
    window: bool,
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!(
            "usage: holdfast-bench --programs FOLDER --output FILE [--seconds N] [--joins N] [--no-window]"
        );
        eprintln!("(see cargo xtask bench)");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let results = runtime.block_on(measure(&options));
    write_measured(&options.output, &page::page(&options, &results)).expect("the results can be written");
    println!("    written: {}", options.output.display());
    ExitCode::SUCCESS
}

fn options() -> Option<Options> {
    let (mut programs, mut output, mut seconds, mut joins, mut window) = (None, None, 20, 10, true);
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        match word.to_str()? {
            "--programs" => programs = Some(PathBuf::from(words.next()?)),
            "--output" => output = Some(PathBuf::from(words.next()?)),
            "--seconds" => seconds = words.next()?.to_str()?.parse().ok()?,
            "--joins" => joins = words.next()?.to_str()?.parse().ok()?,
            "--no-window" => window = false,
            _ => return None,
        }
    }
    let programs = Programs::in_folder(&programs?);
    Some(Options { programs, output: output?, time: Duration::from_secs(seconds), joins, window })
}

/// Everything that was measured.
struct Results {
    joins: joins::Joins,
    participant: Vec<load::Load>,
    window: Vec<load::Load>,
    chromium: Vec<load::Load>,
    feel: Option<feel::Feel>,
}

async fn measure(options: &Options) -> Results {
    println!("    time to the first picture, {} joins", options.joins);
    let joins = joins::measure(&options.programs, options.joins);
    println!("    median {} ms", joins.first_frame.median);
    let mut participant = Vec::new();
    for (width, height) in [(640, 360), (1280, 720)] {
        for others in CROWDS {
            println!("    one participant with {others} others at {width}x{height}");
            let load = load::participant(&options.programs, others, (width, height), options.time);
            println!("    {load}");
            participant.push(load);
        }
    }
    let mut window = Vec::new();
    for others in if options.window { &CROWDS[..] } else { &[] } {
        println!("    the app's window with {others} others at 640x360");
        let load = load::window(&options.programs, *others, (640, 360), options.time).await;
        println!("    {load}");
        window.push(load);
    }
    let mut chromium = Vec::new();
    for others in if options.window { &CROWDS[..] } else { &[] } {
        println!("    Chromium with {others} others at 640x360");
        let load = load::chromium(&options.programs, *others, (640, 360), options.time).await;
        println!("    {load}");
        chromium.push(load);
    }
    let mut feel = None;
    if options.window {
        println!("    starts, presses, drawing and rest of the app's window");
        feel = Some(feel::measure(&options.programs, options.time).await);
    }
    Results { joins, participant, window, chromium, feel }
}
