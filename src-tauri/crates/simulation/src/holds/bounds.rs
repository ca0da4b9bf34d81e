//! Checks made now and then: bounds, tracks, lists, and that nothing happens when there is nothing to do.

use std::collections::BTreeSet;
use std::time::Duration;

use holdfast_negotiation::{PeerState, Snapshot};

use crate::checks::Invariant;
use crate::world::World;

/// Longest time from the last change of anything until what is wanted is negotiated.
const TRACKS_WITHIN: Duration = Duration::from_secs(50);

/// Lists must be right after this time: ghosts are gone then too.
const ROSTERS_AFTER: Duration = Duration::from_secs(125);

/// After this there is nothing left to do: states without an acknowledgement are sent for a minute.
const QUIET_AFTER: Duration = Duration::from_secs(100);

/// Messages to the server in a quiet minute: a ping every second, a pong every five, and some acknowledgements.
const QUIET_MESSAGES_A_MINUTE: u64 = 80;

impl World {
    /// Runs every few seconds.
    pub(crate) fn check_bounds(&mut self) {
        for seat in 0..self.seats.len() {
            let Some(process) = self.seats[seat].in_meeting() else { continue };
            let now = self.local(seat);
            let peers: Vec<_> = process
                .peers
                .iter()
                .map(|(id, peer)| {
                    (
                        id.clone(),
                        peer.machine.live_connections().count(),
                        peer.reports.len(),
                        peer.machine.snapshot(now),
                    )
                })
                .collect();
            for (id, ends, reports, snapshot) in peers {
                let other = self.ids.get(&id).copied();
                let over_rate: u64 = snapshot.channels.iter().map(|channel| channel.over_rate).sum();
                if over_rate > 0 {
                    self.violated(Invariant::Bounds, seat, other, || {
                        format!("{over_rate} messages of someone who keeps to the rules are over the rate")
                    });
                }
                let snapshot = snapshot.negotiation;
                self.check_peer_bounds(seat, other, ends, reports, &snapshot);
                let current =
                    |other: usize| self.seats[other].in_meeting().is_some_and(|process| process.id == id);
                if let Some(other) = other.filter(|other| *other > seat && current(*other)) {
                    self.check_tracks(seat, other, &snapshot);
                }
            }
        }
        self.check_quiet();
        if self.all_whole().is_some_and(|since| since + ROSTERS_AFTER <= self.now) {
            self.check_rosters();
        }
    }

    fn check_peer_bounds(
        &mut self,
        seat: usize,
        other: Option<usize>,
        ends: usize,
        reports: usize,
        now: &Snapshot,
    ) {
        use holdfast_negotiation::limits;
        self.checks.counts.bounds += 1;
        let kept = [
            ("connections", ends <= 2),
            ("reports", reports <= 1024),
            ("early candidates", now.candidates_waiting <= limits::CANDIDATE_BUFFER),
            ("held candidates", now.local_candidates_held <= limits::LOCAL_CANDIDATES),
            ("queue", now.queue.len() <= 4),
            ("history", now.history.len() <= limits::HISTORY),
            ("dropped candidates", now.counters.candidates_dropped == 0),
        ];
        if let Some((what, _)) = kept.into_iter().find(|(_, kept)| !kept) {
            self.violated(Invariant::Bounds, seat, other, || format!("too many {what}"));
        }
    }

    fn check_tracks(&mut self, a: usize, b: usize, mine: &Snapshot) {
        let Some(whole) = self.checks.whole(a, b) else { return };
        let last = whole.max(self.checks.chosen[a]).max(self.checks.chosen[b]);
        if last + TRACKS_WITHIN > self.now {
            return;
        }
        let now = self.local(b);
        let (Some(first), Some(second)) = (self.seats[a].in_meeting(), self.seats[b].in_meeting()) else {
            return;
        };
        let Some(peer) = second.peers.get(&first.id).filter(|_| first.peers.contains_key(&second.id)) else {
            return;
        };
        let theirs = peer.machine.snapshot(now).negotiation;
        self.checks.counts.tracks += 1;
        let wanted = [self.seats[a].wishes.tracks(), self.seats[b].wishes.tracks()];
        let right = |own: &Snapshot, other: &Snapshot, wanted| {
            own.wanted == wanted && own.negotiated == Some(wanted) && other.remote_tracks == wanted
        };
        let settled = [mine, &theirs].into_iter().all(|s| {
            s.state == PeerState::Connected
                && s.queue.is_empty()
                && s.in_flight.is_none()
                && s.recovery.is_none()
        });
        let ok = right(mine, &theirs, wanted[0]) && right(&theirs, mine, wanted[1]);
        if !ok || !settled || mine.generation != theirs.generation {
            let mine = mine.clone();
            self.violated(Invariant::Tracks, a, Some(b), || {
                let one = |s: &Snapshot| {
                    format!(
                        "{:?} generation {} {:?} wanted {:?} negotiated {:?} remote {:?} queue {:?} flight {:?} recovery {:?}",
                        s.state, s.generation, s.phase, s.wanted, s.negotiated, s.remote_tracks, s.queue, s.in_flight, s.recovery
                    )
                };
                format!("{wanted:?}\n  {}\n  {}", one(&mine), one(&theirs))
            });
        }
    }

    fn check_quiet(&mut self) {
        let now = self.now;
        let chosen = self.checks.chosen.iter().copied().max().unwrap_or_default();
        let Some(since) = self.all_whole() else { return };
        if since.max(chosen) + QUIET_AFTER > now {
            self.checks.quiet = None;
            return;
        }
        let done: Vec<_> = self
            .seats
            .iter()
            .map(|seat| seat.in_meeting().map_or((0, 0, 0), |p| (p.signals, p.calls, p.client.transmitted)))
            .collect();
        let Some((from, before)) = &self.checks.quiet else {
            self.checks.quiet = Some((now, done));
            return;
        };
        self.checks.counts.quiet += 1;
        let minutes = (now.saturating_sub(*from)).as_secs() / 60 + 1;
        let loud = before.iter().zip(&done).position(|(before, done)| {
            before.0 != done.0 || before.1 != done.1 || done.2 - before.2 > QUIET_MESSAGES_A_MINUTE * minutes
        });
        if let Some(seat) = loud {
            let (before, done) = (before[seat], done[seat]);
            self.violated(Invariant::Quiet, seat, None, || {
                format!("(signals, calls, messages to the server) went from {before:?} to {done:?}")
            });
        }
    }

    fn check_rosters(&mut self) {
        let there: BTreeSet<_> = self
            .seats
            .iter()
            .filter_map(|seat| seat.in_meeting().map(|process| process.id.clone()))
            .collect();
        for seat in 0..self.seats.len() {
            let Some(process) = self.seats[seat].in_meeting() else { continue };
            let Some(machine) = &process.machine else { continue };
            let mut seen: BTreeSet<_> = machine.others().iter().map(|other| other.id.clone()).collect();
            seen.insert(process.id.clone());
            self.checks.counts.rosters += 1;
            if seen != there {
                let (there, seen) = (there.clone(), seen);
                return self.violated(Invariant::Rosters, seat, None, || {
                    format!("there are {there:?}, seen {seen:?}")
                });
            }
        }
    }
}
