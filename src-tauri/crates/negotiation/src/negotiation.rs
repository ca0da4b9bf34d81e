//! The machine itself.

use std::time::Duration;

use crate::{Action, Config, Input, Snapshot};

/// The negotiation with one remote participant. `now` is a duration since any fixed moment; it never goes back.
#[derive(Debug)]
pub struct Negotiation {
    config: Config,
}

impl Negotiation {
    /// A machine that waits for [`Input::Start`].
    pub fn new(config: Config, _now: Duration) -> Self {
        Self { config }
    }

    /// Tells the machine what happened.
    pub fn handle_input(&mut self, _input: Input, _now: Duration) {}

    /// Lets due timers fire; harmless when none is due.
    pub fn handle_timeout(&mut self, _now: Duration) {}

    /// The next thing to do, until there is none.
    pub fn poll_action(&mut self) -> Option<Action> {
        None
    }

    /// When `handle_timeout` is due next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        None
    }

}
