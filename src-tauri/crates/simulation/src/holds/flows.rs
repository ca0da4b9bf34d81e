//! Media: it comes back once everything is whole, and it does not stop on a whole path.

use std::time::Duration;

use holdfast_negotiation::PeerState;

use crate::checks::Invariant;
use crate::world::{MEDIA_TICK, World};

/// Longest time from everything being whole until every pair is connected with media both ways. Nearly all need at most
/// a second and a half. The others lost a message of their exchange, or the library refused an attempt. A first
/// connection waits 5 s for that, and an attempt of the ladder up to 3.6 s, because the loss cannot be known earlier.
pub const CONNECTED_WITHIN: Duration = Duration::from_secs(10);

/// Media that has flowed for this long on a whole path must not stop.
const STEADY_AFTER: Duration = Duration::from_secs(5);

/// ... for longer than this, which is two ticks. A side that has media does not answer an ICE restart that was offered
/// during a fault and comes after it: answering would drop a path that works.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

impl World {
    /// Runs after each tick of media.
    pub(crate) fn check_pairs(&mut self) {
        self.checks.ticks += 1;
        let now = self.now;
        for seat in 0..self.seats.len() {
            let process = self.seats[seat].in_meeting();
            let sends = process.is_some_and(|p| p.devices.is_gate_open()) || self.seats[seat].wishes.camera;
            let sent = &mut self.checks.sent[seat];
            *sent = [sent[1], process.is_some() && sends];
        }
        for a in 0..self.seats.len() {
            for b in 0..self.seats.len() {
                if a != b {
                    self.check_flow(a, b, now);
                }
            }
        }
        for a in 0..self.seats.len() {
            for b in a + 1..self.seats.len() {
                self.note_control_channels(a, b, now);
                self.check_connected(a, b, now);
            }
        }
        if self.checks.ticks.is_multiple_of(4) {
            self.check_media_states();
            self.check_departures();
            self.check_sessions();
        }
    }

    fn note_control_channels(&mut self, a: usize, b: usize, now: Duration) {
        let both = self.control_serves(a, b) && self.control_serves(b, a);
        for pair in [self.checks.pair(a, b), self.checks.pair(b, a)] {
            let since = &mut self.checks.control_since[pair];
            *since = both.then(|| since.unwrap_or(now));
        }
    }

    fn check_flow(&mut self, from: usize, to: usize, now: Duration) {
        let pair = self.checks.pair(from, to);
        let flows = self.checks.flow[pair] == Some(now);
        let whole = self.checks.media_whole(from, to);
        let (Some(whole), [true, true]) = (whole, self.checks.sent[from]) else {
            self.checks.steady[pair] = None;
            self.checks.interrupted[pair] |= whole.is_none() && !flows;
            return;
        };
        let last = self.checks.flow[pair].unwrap_or_default();
        match (flows, self.checks.steady[pair]) {
            (true, None) => self.checks.steady[pair] = Some(now),
            (false, Some(_)) if now <= last + LONGEST_PAUSE => {
                *self.checks.counters.entry("ticks_paused").or_default() += 1;
            }
            (false, Some(since)) => {
                self.checks.steady[pair] = None;
                if since.max(whole) + STEADY_AFTER <= last {
                    let chosen = self.checks.chosen[from];
                    if chosen + MEDIA_TICK * 2 < now {
                        self.violated(Invariant::Uninterrupted, from, Some(to), || {
                            format!("nothing came since {last:?}, after {:?} of media", last - since)
                        });
                    }
                }
            }
            _ => {}
        }
        self.checks.counts.uninterrupted += 1;
    }

    fn check_connected(&mut self, a: usize, b: usize, now: Duration) {
        let Some(since) = self.checks.connectable(a, b) else { return };
        let ways = [(a, b), (b, a)];
        let flows = ways.into_iter().all(|(from, to)| {
            let recent =
                self.checks.flow[self.checks.pair(from, to)].is_some_and(|at| at + MEDIA_TICK >= now);
            recent || self.checks.sent[from] != [true, true]
        });
        let sends = self.checks.sent[a][1] && self.checks.sent[b][1];
        let shown = ways.into_iter().all(|(me, other)| self.shown(me, other) == Some(PeerState::Connected));
        let pair = self.checks.pair(a, b);
        if flows && shown {
            if sends && self.checks.interrupted[pair] | self.checks.interrupted[self.checks.pair(b, a)] {
                self.checks.recoveries.push(now.saturating_sub(since));
            }
            let back = self.checks.pair(b, a);
            self.checks.well[pair] = now;
            self.checks.interrupted[pair] = false;
            self.checks.interrupted[back] = false;
        } else if since.max(self.checks.well[pair]) + CONNECTED_WITHIN <= now {
            let states = ways.map(|(me, other)| self.shown(me, other));
            let flows = ways.map(|(from, to)| self.checks.flow[self.checks.pair(from, to)]);
            self.violated(Invariant::Connected, a, Some(b), || {
                format!("whole since {since:?}, shown as {states:?}, media came at {flows:?}")
            });
        }
        self.checks.counts.connected += 1;
    }

    /// How one person's app shows the connection with another.
    fn shown(&self, me: usize, other: usize) -> Option<PeerState> {
        let id = &self.seats[other].in_meeting()?.id;
        let peer = self.seats[me].in_meeting()?.peers.get(id)?;
        Some(peer.shown)
    }
}
