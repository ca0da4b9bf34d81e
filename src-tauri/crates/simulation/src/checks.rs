//! What must hold, always or once the network is whole: since when each thing has been right, and which violation was
//! found.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use holdfast_protocol::ParticipantId;

/// What was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// On a whole network every pair is connected, and media flows both ways.
    Connected,
    /// What is wanted is negotiated, and seen by the other side.
    Tracks,
    /// Everyone's copy of a media state is the owner's, and acknowledged.
    MediaState,
    /// No sound leaves a muted microphone.
    Gate,
    /// Every bound is kept.
    Bounds,
    /// A person who left on purpose is gone, and the others do not try to reach them.
    Gone,
    /// Nothing is delivered twice.
    Once,
    /// Everyone's list of who is there is right.
    Rosters,
    /// When nothing is wrong and people do nothing, nothing happens.
    Quiet,
    /// Media that flows goes on while nothing happens to its path.
    Uninterrupted,
    /// The machine asks the library only for what it accepts.
    Calls,
    /// A person who can reach the server has a session with it.
    Session,
    /// A meeting never ends by itself.
    MeetingGoesOn,
    /// The consequences of one event end.
    Rest,
}

impl Invariant {
    /// The invariant in words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Connected => "every pair is connected, with media both ways, once the network is whole",
            Self::Tracks => "what is wanted is negotiated and seen by the other side",
            Self::MediaState => "everyone's copy of a media state is the owner's, and acknowledged",
            Self::Gate => "no sound leaves a muted microphone",
            Self::Bounds => "every bound is kept",
            Self::Gone => "a person who left on purpose is gone everywhere, and no one tries to reach them",
            Self::Once => "nothing is delivered twice",
            Self::Rosters => "everyone sees the same people",
            Self::Quiet => "nothing happens while nothing is wrong and people do nothing",
            Self::Uninterrupted => "media goes on while nothing happens to its path",
            Self::Calls => "the machine asks the library only for what it accepts",
            Self::Session => "a person who can reach the server has a session with it",
            Self::Rest => "what follows from one event comes to an end",
            Self::MeetingGoesOn => "a meeting never ends by itself",
        }
    }
}

/// A violation of an invariant.
#[derive(Debug, Clone)]
pub struct Violation {
    /// What is broken.
    pub invariant: Invariant,
    /// When it was seen.
    pub at: Duration,
    /// The people it concerns.
    pub people: Vec<usize>,
    /// What was seen.
    pub what: String,
}

/// How often each thing was checked.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct Counts {
    pub connected: u64,
    pub tracks: u64,
    pub media_states: u64,
    pub gates: u64,
    pub bounds: u64,
    pub gone: u64,
    pub deliveries: u64,
    pub rosters: u64,
    pub quiet: u64,
    pub uninterrupted: u64,
    pub sessions: u64,
    pub server_messages: u64,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub fn sum(&self) -> u64 {
        let Self { connected, tracks, media_states, gates, bounds, gone, deliveries, .. } = self;
        connected
            + tracks
            + media_states
            + gates
            + bounds
            + gone
            + deliveries
            + self.rosters
            + self.quiet
            + self.uninterrupted
            + self.sessions
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.connected += other.connected;
        self.tracks += other.tracks;
        self.media_states += other.media_states;
        self.gates += other.gates;
        self.bounds += other.bounds;
        self.gone += other.gone;
        self.deliveries += other.deliveries;
        self.rosters += other.rosters;
        self.quiet += other.quiet;
        self.uninterrupted += other.uninterrupted;
        self.sessions += other.sessions;
        self.server_messages += other.server_messages;
    }
}

/// What one process has done: signaling messages it wanted to send, calls of the library, messages to the server.
pub(crate) type Done = (u64, u64, u64);

/// Someone who left on purpose.
#[derive(Debug, Clone)]
pub(crate) struct Departure {
    pub(crate) id: ParticipantId,
    pub(crate) seat: usize,
    pub(crate) at: Duration,
    /// For each person: whether there was a way to tell them. If so, they must see it in time.
    pub(crate) told: Vec<bool>,
}

/// Since when each thing has been right, and when media last flowed.
pub(crate) struct Checks {
    people: usize,
    pub(crate) violation: Option<Violation>,
    pub(crate) counts: Counts,
    pub(crate) counters: BTreeMap<&'static str, u64>,
    /// Times from the network being whole until media flowed both ways.
    pub(crate) recoveries: Vec<Duration>,
    /// Times from a person's way to the server being whole until they had their session.
    pub(crate) returns: Vec<Duration>,
    /// Since when each person's UDP, and their TCP, is whole while they are in the meeting.
    pub(crate) media_since: Vec<Option<Duration>>,
    pub(crate) signaling_since: Vec<Option<Duration>>,
    pub(crate) server_since: Option<Duration>,
    /// Since when each person's session with the server is live.
    pub(crate) live_since: Vec<Option<Duration>>,
    /// When it was last lost.
    pub(crate) session_lost: Vec<Duration>,
    /// Since when each person's devices are open. Before that they connect to no one.
    pub(crate) ready_since: Vec<Option<Duration>>,
    /// Since when nothing is blocked between two.
    pub(crate) pair_since: Vec<Option<Duration>>,
    /// Until when a call of the library hangs.
    pub(crate) hung: Vec<Duration>,
    /// When something was last done to anyone.
    pub(crate) disturbed: Duration,
    /// When each person last chose something.
    pub(crate) chosen: Vec<Duration>,
    /// Since when two people have a control channel that carries what both say.
    pub(crate) control_since: Vec<Option<Duration>>,
    /// When one's copy of another's media state was last right.
    pub(crate) state_right: Vec<Duration>,
    /// When media last came from one person to another.
    pub(crate) flow: Vec<Option<Duration>>,
    /// Since when that media has come without a gap.
    pub(crate) steady: Vec<Option<Duration>>,
    /// Who sent something at the last tick, and at this one.
    pub(crate) sent: Vec<[bool; 2]>,
    /// When a pair was last connected with media both ways.
    pub(crate) well: Vec<Duration>,
    /// Pairs with interrupted media, until it flows both ways again.
    pub(crate) interrupted: Vec<bool>,
    pub(crate) departures: Vec<Departure>,
    /// For each sealed text, by hash: the sender's last session that sent it, and how many sessions did.
    pub(crate) relays: HashMap<u64, (u32, u32)>,
    /// What had been done when the quiet began.
    pub(crate) quiet: Option<(Duration, Vec<Done>)>,
    pub(crate) ticks: u64,
}

impl Checks {
    pub(crate) fn new(people: usize) -> Self {
        let pairs = people * people;
        Self {
            people,
            violation: None,
            counts: Counts::default(),
            counters: BTreeMap::new(),
            recoveries: Vec::new(),
            returns: Vec::new(),
            media_since: vec![None; people],
            signaling_since: vec![None; people],
            server_since: Some(Duration::ZERO),
            live_since: vec![None; people],
            session_lost: vec![Duration::ZERO; people],
            ready_since: vec![None; people],
            pair_since: vec![Some(Duration::ZERO); pairs],
            hung: vec![Duration::ZERO; pairs],
            disturbed: Duration::ZERO,
            chosen: vec![Duration::ZERO; people],
            control_since: vec![None; pairs],
            state_right: vec![Duration::ZERO; pairs],
            flow: vec![None; pairs],
            steady: vec![None; pairs],
            sent: vec![[false; 2]; people],
            well: vec![Duration::ZERO; pairs],
            interrupted: vec![true; pairs],
            departures: Vec::new(),
            relays: HashMap::new(),
            quiet: None,
            ticks: 0,
        }
    }

    pub(crate) fn pair(&self, from: usize, to: usize) -> usize {
        from * self.people + to
    }

    /// Since when the way of media between two people is whole.
    pub(crate) fn media_whole(&self, a: usize, b: usize) -> Option<Duration> {
        let ways = [self.media_since[a], self.media_since[b], self.pair_since[self.pair(a, b)]];
        let back = self.pair_since[self.pair(b, a)];
        let hung = self.hung[self.pair(a, b)].max(self.hung[self.pair(b, a)]);
        ways.into_iter().chain([back]).try_fold(hung, |latest, since| Some(latest.max(since?)))
    }

    /// Since when the ways to the server that two people need are whole.
    pub(crate) fn signaling_whole(&self, a: usize, b: usize) -> Option<Duration> {
        let ways = [self.signaling_since[a], self.signaling_since[b], self.server_since];
        ways.into_iter().try_fold(Duration::ZERO, |latest, since| Some(latest.max(since?)))
    }

    /// Since when the network that two people need is whole.
    pub(crate) fn network_whole(&self, a: usize, b: usize) -> Option<Duration> {
        Some(self.media_whole(a, b)?.max(self.signaling_whole(a, b)?))
    }

    /// Since when everything that two people need is whole, including their sessions with the server. How soon a
    /// session comes back after the network is checked separately: see `SESSION_WITHIN`.
    pub(crate) fn whole(&self, a: usize, b: usize) -> Option<Duration> {
        Some(self.network_whole(a, b)?.max(self.live_since[a]?).max(self.live_since[b]?))
    }

    /// Since when both can tell each other something: on a control channel, or through the server.
    pub(crate) fn tellable(&self, a: usize, b: usize) -> Option<Duration> {
        let control = self.media_whole(a, b).zip(self.control_since[self.pair(a, b)]);
        let control = control.map(|(media, open)| media.max(open));
        [control, self.whole(a, b)].into_iter().flatten().min()
    }

    /// Since when everything that two people need is whole, and their devices are open.
    pub(crate) fn connectable(&self, a: usize, b: usize) -> Option<Duration> {
        Some(self.whole(a, b)?.max(self.ready_since[a]?).max(self.ready_since[b]?))
    }

    /// Since when someone could have a session with the server.
    pub(crate) fn server_in_reach(&self, seat: usize) -> Option<Duration> {
        Some(self.signaling_since[seat]?.max(self.server_since?).max(self.session_lost[seat]))
    }

    /// The goodbyes that were on their way may not arrive any more.
    fn departures_unsure(&mut self, now: Duration, within: Duration) {
        for departure in self.departures.iter_mut().filter(|departure| departure.at + within > now) {
            departure.told.fill(false);
        }
    }

    /// Something was done to someone while their goodbye may have been on its way.
    pub(crate) fn departures_disturbed(&mut self, now: Duration) {
        self.departures_unsure(now, Duration::from_millis(1_500));
    }

    /// Something went wrong between two people that the network did not cause.
    pub(crate) fn disturbed_pair(&mut self, a: usize, b: usize, now: Duration) {
        for pair in [self.pair(a, b), self.pair(b, a)] {
            self.pair_since[pair] = self.pair_since[pair].map(|_| now);
            self.steady[pair] = None;
        }
    }

    pub(crate) fn address_replaced(&mut self, seat: usize, now: Duration) {
        for since in [&mut self.media_since[seat], &mut self.signaling_since[seat]] {
            *since = since.map(|_| now);
        }
        for other in 0..self.people {
            for pair in [self.pair(seat, other), self.pair(other, seat)] {
                self.steady[pair] = None;
            }
        }
    }

    pub(crate) fn chose(&mut self, seat: usize, now: Duration) {
        self.chosen[seat] = now;
        self.quiet = None;
    }

    /// A sealed text goes to the server in this session of its sender. In the same session it may go again, because the
    /// server knows it by its number.
    pub(crate) fn relayed(&mut self, text: u64, session: u32) {
        let (last, sessions) = self.relays.entry(text).or_insert((session, 1));
        if *last != session {
            (*last, *sessions) = (session, *sessions + 1);
        }
    }

    pub(crate) fn flowed(&mut self, from: usize, to: usize, now: Duration) {
        let pair = self.pair(from, to);
        self.flow[pair] = Some(now);
    }
}
