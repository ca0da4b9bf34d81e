//! `holdfast-replay FILE`: replays a diagnostics file; fails with the first difference of each negotiation.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use holdfast_replay::{Played, describe, play};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: holdfast-replay FILE");
        return ExitCode::FAILURE;
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path} cannot be read: {error}");
            return ExitCode::FAILURE;
        }
    };
    match play(&text) {
        Ok(played) => {
            played.iter().for_each(show);
            if played.iter().all(|one| one.difference.is_none()) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn show(played: &Played) {
    let Played { id, inputs, transitions, compared, complete, difference } = played;
    println!("\nwith {id}: {inputs} inputs, {} transitions", transitions.len());
    for transition in transitions {
        println!("{}", describe(transition));
    }
    if !complete {
        println!("the recording is incomplete: it ends before the file was written");
    }
    match difference {
        Some(difference) => println!("DIFFERENT: {difference}"),
        None => println!("the same: {compared} transitions compared"),
    }
}
