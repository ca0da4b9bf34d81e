//! Whole meetings under a virtual clock and network, by seed.
//!
//! Real here: the meeting's machine, the negotiations, the signaling sessions, the seals, and the server's rooms.
//! Modelled: time, the network, and the peer connections ([`holdfast_connection_model`]). The modules here replace the
//! tasks of the other crates: `clients` for the signaling client, `meetings` for the meeting, `peers` for a connection,
//! `server` for the server.
//!
//! A seed decides everything: what happens to people, what they do, and every delay. So the seed repeats a failed run
//! exactly, with a trace.
#![forbid(unsafe_code)]

mod calls;
mod changes;
mod checks;
mod clients;
mod control;
mod end;
mod holds;
mod media;
mod meetings;
mod network;
mod paths;
mod peers;
mod person;
mod pipe;
mod queue;
mod random;
mod scenario;
mod server;
mod stream;
mod streams;
mod trace;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

pub use checks::{Counts, Invariant, Violation};
pub use holds::flows::CONNECTED_WITHIN;
pub use holds::people::SESSION_WITHIN;
pub use trace::Trace;

/// How big a meeting is.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// People, at least two.
    pub people: usize,
    /// Simulated minutes.
    pub minutes: u64,
    /// Keep a trace of what happens.
    pub trace: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: 8, minutes: 30, trace: false }
    }
}

/// The result of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The seed that decided it.
    pub seed: u64,
    /// How long it was, in simulated time.
    pub simulated: Duration,
    /// Events that happened.
    pub events: u64,
    /// How often each thing was checked.
    pub checked: Counts,
    /// Times from the network being whole until media flowed both ways, for each pair that was interrupted.
    pub recoveries: Vec<Duration>,
    /// Times from a person's way to the server being whole until they had a session, for each session that was lost.
    pub returns: Vec<Duration>,
    /// What was dropped, by reason.
    pub counters: BTreeMap<&'static str, u64>,
    /// The first violation. The run ends there.
    pub violation: Option<Violation>,
    /// What happened, if a trace was asked for.
    pub trace: Trace,
}

/// Runs the meeting of a seed.
#[must_use]
pub fn simulate(seed: u64, options: &Options) -> Outcome {
    let options = Options { people: options.people.max(2), ..*options };
    world::World::new(seed, &options).run(seed)
}
