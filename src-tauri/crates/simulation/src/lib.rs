//! Whole meetings under a virtual clock and network, by seed.
//!
//! Real here: the meeting's machine, the negotiations, the signaling sessions, the seals, and the server's rooms. Modelled: time, the
//! network, and the peer connections ([`holdfast_connection_model`]). Each crate's own task is played by a module
//! here, which does what that task does: `clients` that of the signaling client, `meetings` that of the meeting,
//! `peers` that of a connection, `server` that of the server.
//!
//! A seed decides everything: what is done to people, what they do, and every delay. So a run that broke something is
//! repeated exactly by its seed, with a trace.
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

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What decided it.
    pub seed: u64,
    /// How long it was, in its own time.
    pub simulated: Duration,
    /// Events that happened.
    pub events: u64,
    /// How often each thing was looked at.
    pub checked: Counts,
    /// From the network being whole to media both ways, for each pair that was interrupted.
    pub recoveries: Vec<Duration>,
    /// From a person's way to the server being whole to their session with it, for each that was lost.
    pub returns: Vec<Duration>,
    /// What was dropped, by reason.
    pub counters: BTreeMap<&'static str, u64>,
    /// The first thing that was wrong; the run ends there.
    pub violation: Option<Violation>,
    /// What happened, if it was asked for.
    pub trace: Trace,
}

/// Runs the meeting of a seed.
#[must_use]
pub fn simulate(seed: u64, options: &Options) -> Outcome {
    let options = Options { people: options.people.max(2), ..*options };
    world::World::new(seed, &options).run(seed)
}
