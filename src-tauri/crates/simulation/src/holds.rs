//! The checks themselves.

pub(crate) mod bounds;
pub(crate) mod flows;
pub(crate) mod people;

use std::time::Duration;

use holdfast_protocol::ParticipantId;

use crate::checks::{Invariant, Violation};
use crate::world::World;

impl World {
    pub(crate) fn note(&mut self, seat: usize, other: Option<usize>, text: impl FnOnce() -> String) {
        self.trace.note(self.now, Some(seat), other, text);
    }

    pub(crate) fn note_two(&mut self, seat: usize, other: Option<usize>, text: impl FnOnce() -> String) {
        self.trace.note(self.now, Some(seat), other, text);
    }

    pub(crate) fn note_pair(&mut self, seat: usize, id: &ParticipantId, text: impl FnOnce() -> String) {
        let other = self.ids.get(id).copied();
        self.trace.note(self.now, Some(seat), other, text);
    }

    pub(crate) fn note_all(&mut self, text: impl FnOnce() -> String) {
        self.trace.note(self.now, None, None, text);
    }

    pub(crate) fn violated(
        &mut self,
        invariant: Invariant,
        seat: usize,
        other: Option<usize>,
        what: impl FnOnce() -> String,
    ) {
        if self.checks.violation.is_some() {
            return;
        }
        let people = [seat].into_iter().chain(other).collect();
        let violation = Violation { invariant, at: self.now, people, what: what() };
        self.note(seat, other, || format!("VIOLATED: {}", violation.what));
        self.checks.violation = Some(violation);
    }

    /// Something may have become whole, or stopped being whole.
    pub(crate) fn note_calm(&mut self) {
        let now = self.now;
        let keep = |since: &mut Option<Duration>, whole: bool| {
            *since = if whole { Some(since.unwrap_or(now)) } else { None };
        };
        for seat in 0..self.seats.len() {
            let link = &self.network.links[seat];
            let there = self.seats[seat].freeze.is_none() && self.seats[seat].in_meeting().is_some();
            keep(&mut self.checks.media_since[seat], there && link.udp_whole() && link.loss == 0);
            keep(&mut self.checks.signaling_since[seat], there && link.tcp_whole() && link.loss == 0);
            for other in 0..self.seats.len() {
                let pair = self.checks.pair(seat, other);
                keep(&mut self.checks.pair_since[pair], !self.network.blocked(seat, other));
            }
        }
        keep(&mut self.checks.server_since, self.server.whole());
    }

    /// The server's process changed, so everyone gets another session with it.
    pub(crate) fn person_arrived(&mut self, seat: usize) {
        for other in 0..self.seats.len() {
            for pair in [self.checks.pair(seat, other), self.checks.pair(other, seat)] {
                self.checks.interrupted[pair] = true;
                self.checks.steady[pair] = None;
                self.checks.flow[pair] = None;
            }
        }
        self.checks.media_since[seat] = None;
        self.checks.signaling_since[seat] = None;
        self.checks.ready_since[seat] = None;
        self.checks.chosen[seat] = self.now;
        self.note_calm();
    }

    /// Since when everyone and everything is whole.
    pub(crate) fn all_whole(&self) -> Option<Duration> {
        let mut latest = self.checks.server_since?.max(self.checks.disturbed);
        for seat in 0..self.seats.len() {
            if !self.network.links[seat].udp_whole() || !self.network.links[seat].tcp_whole() {
                return None;
            }
            if self.seats[seat].process.is_some() {
                latest = latest.max(self.checks.media_since[seat]?).max(self.checks.signaling_since[seat]?);
            }
        }
        self.checks.pair_since.iter().try_fold(latest, |latest, since| Some(latest.max((*since)?)))
    }

    /// The checks at the end of a run.
    pub(crate) fn check_end(&mut self) {
        self.check_bounds();
        self.check_media_states();
        self.check_departures();
    }
}
