//! The looking itself.

use std::collections::BTreeSet;
use std::time::Duration;

use holdfast_meeting::ConnectionState;
use holdfast_negotiation::{PeerState, Snapshot};
use holdfast_protocol::ParticipantId;

use crate::checks::{Departure, Invariant, Violation};
use crate::world::{MEDIA_TICK, World};

/// From everything being whole to every pair being connected with media both ways: the longest pause of the ladder's
/// background retries (30 s, both sides draw one), a call of the library that takes its time, and three attempts of
/// up to 3.6 s, since two sides that act at once may cost each other one.
pub const CONNECTED_WITHIN: Duration = Duration::from_secs(45);

/// From the last change of anything to what is wanted being negotiated.
const TRACKS_WITHIN: Duration = Duration::from_secs(50);

/// From everything being whole to every copy of a media state being right.
const MEDIA_STATE_WITHIN: Duration = Duration::from_secs(5);

/// Media that has flowed for this long on a whole path must not stop.
const STEADY_AFTER: Duration = Duration::from_secs(5);

/// A leave on purpose is told within this while there is a way.
const GONE_WITHIN: Duration = Duration::from_millis(1_500);

/// A way that has been whole for this long can tell it.
const WAY_IS_THERE_AFTER: Duration = Duration::from_secs(40);

/// Without a way, the server has to notice (15 s), wait for them to resume (60 s), and tell those who are back
/// (up to 30 s).
const GONE_AT_LAST: Duration = Duration::from_secs(120);

/// Lists are right once ghosts are gone too.
const ROSTERS_AFTER: Duration = Duration::from_secs(125);

/// After this nothing is left to be done: states that nobody acknowledges are told for a minute.
const QUIET_AFTER: Duration = Duration::from_secs(100);

/// Messages to the server in a quiet minute: a ping every second, a pong every five, and some acknowledgements.
const QUIET_MESSAGES_A_MINUTE: u64 = 80;

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

    /// Something may have become whole, or not be whole any more.
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

    /// The server's process changed: everyone's session with it is another.
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
        self.checks.chosen[seat] = self.now;
        self.note_calm();
    }

    /// Someone leaves on purpose: who can be told?
    pub(crate) fn checks_leave(&mut self, seat: usize) {
        let Some(id) = self.seats[seat].in_meeting().map(|process| process.id.clone()) else { return };
        let long = |since: Option<Duration>| since.is_some_and(|at| at + WAY_IS_THERE_AFTER <= self.now);
        let told = (0..self.seats.len())
            .map(|other| {
                let flows = self.checks.flow[self.checks.pair(seat, other)];
                let media = long(self.checks.media_whole(seat, other))
                    && flows.is_some_and(|at| at + MEDIA_TICK >= self.now);
                media
                    || long(self.checks.signaling_whole(seat, other).and_then(|at| {
                        Some(at.max(self.checks.live_since[seat]?).max(self.checks.live_since[other]?))
                    }))
            })
            .collect();
        self.checks.departures.push(Departure { id, seat, at: self.now, told });
    }

    /// After each tick of media.
    pub(crate) fn check_pairs(&mut self) {
        self.checks.ticks += 1;
        let now = self.now;
        for seat in 0..self.seats.len() {
            let process = self.seats[seat].in_meeting();
            let sends = process.is_some_and(|p| p.gate.is_open()) || self.seats[seat].wishes.camera;
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
                self.check_connected(a, b, now);
            }
        }
        if self.checks.ticks.is_multiple_of(4) {
            self.check_media_states();
            self.check_departures();
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
        match (flows, self.checks.steady[pair]) {
            (true, None) => self.checks.steady[pair] = Some(now),
            (false, Some(since)) => {
                self.checks.steady[pair] = None;
                if since.max(whole) + STEADY_AFTER <= now {
                    let chosen = self.checks.chosen[from];
                    if chosen + MEDIA_TICK * 2 < now {
                        self.violated(Invariant::Uninterrupted, from, Some(to), || {
                            format!("nothing came since the last tick, after {:?} of media", now - since)
                        });
                    }
                }
            }
            _ => {}
        }
        self.checks.counts.uninterrupted += 1;
    }

    fn check_connected(&mut self, a: usize, b: usize, now: Duration) {
        let Some(since) = self.checks.whole(a, b) else { return };
        let ways = [(a, b), (b, a)];
        let flows = ways.into_iter().all(|(from, to)| {
            let recent =
                self.checks.flow[self.checks.pair(from, to)].is_some_and(|at| at + MEDIA_TICK >= now);
            recent || self.checks.sent[from] != [true, true]
        });
        let sends = self.checks.sent[a][1] && self.checks.sent[b][1];
        let shown =
            ways.into_iter().all(|(me, other)| self.shown(me, other) == Some(ConnectionState::Connected));
        let pair = self.checks.pair(a, b);
        if flows && shown {
            if sends && self.checks.interrupted[pair] | self.checks.interrupted[self.checks.pair(b, a)] {
                self.checks.recoveries.push(now.saturating_sub(since));
            }
            let back = self.checks.pair(b, a);
            self.checks.interrupted[pair] = false;
            self.checks.interrupted[back] = false;
        } else if since + CONNECTED_WITHIN <= now {
            let states = ways.map(|(me, other)| self.shown(me, other));
            let flows = ways.map(|(from, to)| self.checks.flow[self.checks.pair(from, to)]);
            self.violated(Invariant::Connected, a, Some(b), || {
                format!("whole since {since:?}, shown as {states:?}, media came at {flows:?}")
            });
        }
        self.checks.counts.connected += 1;
    }

    /// How one person's app shows the connection with another.
    fn shown(&self, me: usize, other: usize) -> Option<ConnectionState> {
        let id = &self.seats[other].in_meeting()?.id;
        let peer = self.seats[me].in_meeting()?.peers.get(id)?;
        Some(peer.shown.into())
    }

    fn check_media_states(&mut self) {
        let now = self.now;
        let snapshots: Vec<_> = (0..self.seats.len())
            .map(|seat| {
                let process = self.seats[seat].in_meeting()?;
                Some((process.id.clone(), process.machine.as_ref()?.snapshot()))
            })
            .collect();
        for owner in 0..self.seats.len() {
            for viewer in 0..self.seats.len() {
                let (Some((id, own)), Some((viewer_id, view))) = (&snapshots[owner], &snapshots[viewer])
                else {
                    continue;
                };
                let Some(whole) = self.checks.whole(owner, viewer).filter(|_| owner != viewer) else {
                    continue;
                };
                self.checks.counts.media_states += 1;
                let pair = self.checks.pair(owner, viewer);
                let copy = view.participants.iter().find(|view| view.id == *id).map(|view| view.media);
                let held =
                    own.participants.iter().find(|v| v.id == *viewer_id).map(|v| v.acknowledged_revision);
                let wishes = self.seats[owner].wishes;
                let right = copy == Some(own.me.media) && wishes.same_as(&own.me.media);
                if right && held == Some(own.me.media.revision) {
                    self.checks.state_right[pair] = now;
                } else if self.checks.state_right[pair].max(whole).max(self.checks.chosen[owner])
                    + MEDIA_STATE_WITHIN
                    < now
                {
                    let own = own.me.media;
                    return self.violated(Invariant::MediaState, owner, Some(viewer), || {
                        format!("whole since {whole:?}; owner {wishes:?} {own:?}, copy {copy:?}, acknowledged {held:?}")
                    });
                }
            }
        }
    }

    fn check_departures(&mut self) {
        let now = self.now;
        let departures = std::mem::take(&mut self.checks.departures);
        for departure in &departures {
            for viewer in 0..self.seats.len() {
                let Some(process) = self.seats[viewer].in_meeting() else { continue };
                if viewer == departure.seat {
                    continue;
                }
                let back = self.seats[departure.seat]
                    .process
                    .as_ref()
                    .is_some_and(|p| p.id == departure.id && !p.leaving);
                let within = if departure.told[viewer] { GONE_WITHIN } else { GONE_AT_LAST };
                let since = if departure.told[viewer] {
                    departure.at
                } else {
                    let Some(way) = self.checks.signaling_since[viewer].zip(self.checks.server_since) else {
                        continue;
                    };
                    departure.at.max(way.0).max(way.1)
                };
                if back || since + within > now {
                    continue;
                }
                self.checks.counts.gone += 1;
                let listed = process.machine.as_ref().is_some_and(|machine| {
                    machine.snapshot().participants.iter().any(|view| view.id == departure.id)
                });
                let chased = process.peers.contains_key(&departure.id);
                if listed || chased {
                    let at = departure.at;
                    self.violated(Invariant::Gone, departure.seat, Some(viewer), || {
                        format!("left at {at:?}; still listed: {listed}, still chased: {chased}")
                    });
                }
            }
        }
        // Two minutes after the last way was whole nobody can come back from the dead any more.
        self.checks.departures = departures
            .into_iter()
            .filter(|departure| departure.at + Duration::from_secs(400) > now)
            .collect();
    }

    /// Everyone and everything is whole since then.
    fn all_whole(&self) -> Option<Duration> {
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

    /// Looked at every few seconds.
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
                        self.live_ends(&peer.ends),
                        peer.reports.len(),
                        peer.negotiation.snapshot(now),
                    )
                })
                .collect();
            for (id, ends, reports, snapshot) in peers {
                let other = self.ids.get(&id).copied();
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

    fn live_ends(&self, ends: &[usize]) -> usize {
        ends.iter().filter(|end| self.ends[**end].as_ref().is_some_and(|end| !end.replaced)).count()
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
        let theirs = peer.negotiation.snapshot(now);
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
            let mut seen: BTreeSet<_> =
                machine.snapshot().participants.into_iter().map(|view| view.id).collect();
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

    /// At the end of a run.
    pub(crate) fn check_end(&mut self) {
        self.check_bounds();
        self.check_media_states();
        self.check_departures();
    }
}
