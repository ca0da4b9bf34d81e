//! What people see of each other: media states, and who has left.

use std::time::Duration;

use crate::checks::{Departure, Invariant};
use crate::world::{MEDIA_TICK, World};

/// Longest time from a way between two people (a control channel or the server) until their copies of each other's
/// media states are right.
const MEDIA_STATE_WITHIN: Duration = Duration::from_secs(5);

/// Longest time from the server being in reach until there is a session with it. An attempt that began before, or from
/// an address that vanished silently, lasts 9 times what the last greeting and join took (two round trips of up to 0.24
/// s here), and at least 3 s. The next begins at most 2 s later and takes 3 times as long as greeting and join. That
/// makes 8 s, and one more for lost packets.
pub const SESSION_WITHIN: Duration = Duration::from_secs(9);

/// If there is a way, the others hear within this time that someone left on purpose.
const GONE_WITHIN: Duration = Duration::from_millis(1_500);

/// A way that has been whole for this long can deliver it.
const WAY_IS_THERE_AFTER: Duration = Duration::from_secs(40);

/// Without a way, the server must notice (15 s), wait for them to resume (60 s), and tell those who are back (up to 30
/// s).
const GONE_AT_LAST: Duration = Duration::from_secs(120);

impl World {
    /// Someone's session with the server is live.
    pub(crate) fn session_began(&mut self, seat: usize) {
        let since = self.checks.server_in_reach(seat);
        if let Some(since) = since.filter(|_| self.checks.live_since[seat].is_none()) {
            self.checks.returns.push(self.now.saturating_sub(since));
        }
        self.checks.live_since[seat] = Some(self.now);
    }

    /// Everyone who can reach the server has a session with it.
    pub(crate) fn check_sessions(&mut self) {
        for seat in 0..self.seats.len() {
            let Some(since) = self.checks.server_in_reach(seat) else { continue };
            self.checks.counts.sessions += 1;
            if self.checks.live_since[seat].is_none() && since + SESSION_WITHIN < self.now {
                return self.violated(Invariant::Session, seat, None, || format!("in reach since {since:?}"));
            }
        }
    }

    pub(crate) fn check_media_states(&mut self) {
        let now = self.now;
        let views: Vec<_> = (0..self.seats.len())
            .map(|seat| {
                let process = self.seats[seat].in_meeting()?;
                let machine = process.machine.as_ref()?;
                Some((process.id.clone(), machine.own_media(), machine.others().to_vec()))
            })
            .collect();
        for owner in 0..self.seats.len() {
            for viewer in 0..self.seats.len() {
                let (Some((id, own, others)), Some((viewer_id, _, seen))) = (&views[owner], &views[viewer])
                else {
                    continue;
                };
                let Some(whole) = self.checks.tellable(owner, viewer).filter(|_| owner != viewer) else {
                    continue;
                };
                self.checks.counts.media_states += 1;
                let pair = self.checks.pair(owner, viewer);
                let copy = seen.iter().find(|other| other.id == *id).map(|other| other.media);
                let held =
                    others.iter().find(|other| other.id == *viewer_id).map(|v| v.acknowledged_revision);
                let wishes = self.seats[owner].wishes;
                let right = copy == Some(*own) && wishes.same_as(own);
                if right && held == Some(own.revision) {
                    self.checks.state_right[pair] = now;
                } else if self.checks.state_right[pair].max(whole).max(self.checks.chosen[owner])
                    + MEDIA_STATE_WITHIN
                    < now
                {
                    let own = *own;
                    return self.violated(Invariant::MediaState, owner, Some(viewer), || {
                        format!("could be told since {whole:?}; owner {wishes:?} {own:?}, copy {copy:?}, acknowledged {held:?}")
                    });
                }
            }
        }
    }

    pub(crate) fn check_departures(&mut self) {
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
                let machine = process.machine.as_ref();
                let listed = machine.is_some_and(|machine| machine.participant(&departure.id).is_some());
                let chased = process.peers.contains_key(&departure.id);
                if listed || chased {
                    let at = departure.at;
                    self.violated(Invariant::Gone, departure.seat, Some(viewer), || {
                        format!("left at {at:?}; still listed: {listed}, still chased: {chased}")
                    });
                }
            }
        }
        // Two minutes after the last way was whole, no earlier message can show the person again.
        self.checks.departures = departures
            .into_iter()
            .filter(|departure| departure.at + Duration::from_secs(400) > now)
            .collect();
    }

    /// Someone leaves on purpose: notes who can be told.
    pub(crate) fn checks_leave(&mut self, seat: usize) {
        let Some(id) = self.seats[seat].in_meeting().map(|process| process.id.clone()) else { return };
        let long = |since: Option<Duration>| since.is_some_and(|at| at + WAY_IS_THERE_AFTER <= self.now);
        let told = (0..self.seats.len())
            .map(|other| {
                let flows = self.checks.flow[self.checks.pair(seat, other)];
                let media = long(self.checks.media_whole(seat, other))
                    && flows.is_some_and(|at| at + MEDIA_TICK >= self.now)
                    && self.control_reaches(seat, other);
                media
                    || long(self.checks.signaling_whole(seat, other).and_then(|at| {
                        Some(at.max(self.checks.live_since[seat]?).max(self.checks.live_since[other]?))
                    }))
            })
            .collect();
        self.checks.departures.push(Departure { id, seat, at: self.now, told });
    }
}
