//! The connections of one end: how long a call takes and whether it fails, and what becomes of the path.
//!
//! What a call does is the matter of `connection-model`. The path is harder than a real one: once an end has seen it
//! broken, only new credentials bring it back. So nothing comes back by itself, and the machine has to act.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use holdfast_connection_model::{Connection as Model, Described, Refused, Transport};
use holdfast_negotiation::{
    Action, Candidate, DescriptionKind, Input, OpId, Outcome, Tracks, TransportState,
};
use holdfast_terms::Generation;

use super::CONNECT_AFTER;

/// How long a library call takes.
const CALL: Duration = Duration::from_millis(3);

/// Number of our credentials, and which of theirs go with them.
type Credentials = (u32, (u64, u32));

#[derive(Debug)]
struct Connection {
    generation: Generation,
    model: Model,
    transport: Transport,
    /// The credentials that were checked last.
    checked: Option<Credentials>,
    /// Credentials whose path broke.
    broken: BTreeSet<Credentials>,
    /// What its latest offer carries.
    offered: Tracks,
    /// What it sends, by the latest complete exchange.
    sending: Tracks,
}

impl Connection {
    fn new(generation: Generation, identity: u64, now: Duration) -> Self {
        Self {
            generation,
            model: Model::new(identity),
            transport: Transport::new(now),
            checked: None,
            broken: BTreeSet::new(),
            offered: Tracks::NONE,
            sending: Tracks::NONE,
        }
    }

    /// Whether both ends know each other's credentials, and their path did not break.
    fn pairs_with(&self, other: &Self) -> bool {
        let whole = |end: &Self| end.model.credentials().is_some_and(|pair| !end.broken.contains(&pair));
        self.model.matches(&other.model) && whole(self) && whole(other)
    }

    /// The path between exactly these credentials is gone; only new ones bring it back.
    fn path_broke(&mut self) {
        self.broken.extend(self.model.credentials());
    }

    /// Begins checks if there are credentials that were not checked. Returns the state to report, if it is another.
    fn check(&mut self, now: Duration) -> Option<TransportState> {
        let known = self.model.credentials()?;
        let before = self.checked.replace(known);
        let ours_changed = before.is_none_or(|(ours, _)| ours != known.0);
        ours_changed.then(|| self.transport.begin_checks(now)).flatten()
    }
}

#[derive(Debug)]
pub(crate) struct Driver {
    /// The identity of the latest connection. Every connection of every end has another.
    identity: u64,
    /// At most two: the previous one and the current one.
    connections: Vec<Connection>,
    /// Generations asked for and not closed yet.
    open: BTreeSet<Generation>,
    /// Generation that a refused operation was to make; there is none once the machine knows.
    refused: BTreeMap<OpId, Generation>,
    reports: Vec<(Duration, Input)>,
    /// Refuse this many operations.
    pub(crate) refuse: u32,
    /// Never finish this many operations.
    pub(crate) hang: u32,
    /// Answers carry no more than the offer has room for.
    pub(crate) narrow_answers: bool,
}

/// Connection an operation is for.
fn generation(action: &Action) -> Option<Generation> {
    match action {
        Action::CreateOffer { generation, .. }
        | Action::CreateAnswer { generation, .. }
        | Action::SetLocalRollback { generation, .. }
        | Action::ApplyRemote { generation, .. }
        | Action::AddRemoteCandidate { generation, .. } => Some(*generation),
        _ => None,
    }
}

impl Driver {
    pub(crate) fn new(side: usize, incarnation: u64) -> Self {
        Self {
            identity: (side as u64) << 56 | incarnation << 32,
            connections: Vec::new(),
            open: BTreeSet::new(),
            refused: BTreeMap::new(),
            reports: Vec::new(),
            refuse: 0,
            hang: 0,
            narrow_answers: true,
        }
    }

    pub(crate) fn heal(&mut self) {
        self.refuse = 0;
        self.hang = 0;
    }

    /// Generations of the connections there are, older first.
    pub(crate) fn generations(&self) -> Vec<Generation> {
        self.connections.iter().map(|c| c.generation).collect()
    }

    /// Generations the machine believes there are.
    pub(crate) fn believed(&self) -> &BTreeSet<Generation> {
        &self.open
    }

    fn connection(&self, generation: Generation) -> Option<&Connection> {
        self.connections.iter().find(|c| c.generation == generation)
    }

    /// Whether the transport of this generation's connection is connected.
    pub(crate) fn is_up(&self, generation: Generation) -> bool {
        self.connection(generation).is_some_and(|c| c.transport.state() == TransportState::Connected)
    }

    /// What the connection of this generation sends; nothing where there is none.
    pub(crate) fn sending(&self, generation: Generation) -> Tracks {
        self.connection(generation).map_or(Tracks::NONE, |c| c.sending)
    }

    /// Lets every transport look at its path; what they report.
    pub(crate) fn watch(
        &mut self,
        path_up: impl Fn(Generation) -> bool,
        now: Duration,
    ) -> Vec<(Generation, TransportState)> {
        let mut reports = Vec::new();
        for connection in &mut self.connections {
            let generation = connection.generation;
            let whole = path_up(generation);
            let Some(state) = connection.transport.observe(whole, whole, CONNECT_AFTER, now) else {
                continue;
            };
            if state == TransportState::Disconnected {
                connection.path_broke();
            }
            reports.push((generation, state));
        }
        reports
    }

    /// Every path there is breaks: its address is gone.
    pub(crate) fn lose_address(&mut self) {
        self.connections.iter_mut().for_each(Connection::path_broke);
    }

    pub(crate) fn next_event(&self) -> Option<Duration> {
        let transports = self.connections.iter().filter_map(|c| c.transport.next_look(CONNECT_AFTER));
        self.reports.iter().map(|(at, _)| *at).chain(transports).min()
    }

    pub(crate) fn report(&mut self, now: Duration) -> Option<Input> {
        let index = (0..self.reports.len())
            .filter(|i| self.reports[*i].0 <= now)
            .min_by_key(|i| (self.reports[*i].0, *i))?;
        let report = self.reports.remove(index).1;
        if let Input::Outcome { op, .. } = &report
            && let Some(generation) = self.refused.remove(op)
        {
            self.open.remove(&generation);
        }
        Some(report)
    }

    /// Whether the connections both ends have for this generation find each other.
    pub(crate) fn pairs_with(&self, other: &Self, generation: Generation) -> bool {
        let (Some(mine), Some(theirs)) = (self.connection(generation), other.connection(generation)) else {
            return false;
        };
        mine.pairs_with(theirs)
    }

    fn later(&mut self, at: Duration, op: OpId, outcome: Outcome) {
        self.reports.push((at, Input::Outcome { op, outcome }));
    }

    /// Carries out an action; an error says what the machine did wrong.
    pub(crate) fn ask(&mut self, action: Action, now: Duration) -> Result<(), String> {
        if let Action::CloseConnection { generation } = action {
            if !self.open.remove(&generation) {
                return Err(format!("closing {generation}, which there is not"));
            }
            // There may be none: making it never finished.
            self.connections.retain(|c| c.generation != generation);
            return Ok(());
        }
        let Some(op) = action.op() else { return Ok(()) };
        if let Action::CreateConnection { generation, .. } = action {
            if self.open.len() > 1 || self.open.contains(&generation) {
                return Err(format!("{generation} beside {:?}", self.open));
            }
            self.open.insert(generation);
            if self.fails(op, now) {
                self.refused.insert(op, generation);
                return Ok(());
            }
            self.identity += 1;
            self.connections.push(Connection::new(generation, self.identity, now));
            self.later(now + CALL, op, Outcome::Done);
            return Ok(());
        }
        let Some(generation) = generation(&action).filter(|g| self.connection(*g).is_some()) else {
            return Err(format!("{action:?} without a connection"));
        };
        if self.fails(op, now) {
            return Ok(());
        }
        let narrow = self.narrow_answers;
        let Some(connection) = self.connections.iter_mut().find(|c| c.generation == generation) else {
            return Ok(());
        };
        let done = connection.call(action, narrow).map_err(|refused| refused.to_string())?;
        let candidate = connection.model.candidate();
        if let Some(state) = connection.check(now) {
            self.reports.push((now + CALL, Input::Transport { generation, state }));
        }
        if done.gathers {
            self.gather(generation, candidate, now);
        }
        self.later(now + CALL, op, done.outcome);
        Ok(())
    }

    fn fails(&mut self, op: OpId, now: Duration) -> bool {
        if self.hang > 0 {
            self.hang -= 1;
            return true;
        }
        if self.refuse > 0 {
            self.refuse -= 1;
            self.later(now + CALL, op, Outcome::Failed);
            return true;
        }
        false
    }

    /// One candidate is found while the call still runs, one a little later.
    fn gather(&mut self, generation: Generation, text: String, now: Duration) {
        for after in [CALL / 2, CALL * 5] {
            let candidate =
                Candidate { candidate: text.clone(), sdp_mid: Some("0".into()), sdp_m_line_index: Some(0) };
            self.reports.push((now + after, Input::LocalCandidate { generation, candidate }));
        }
    }
}

/// What a call led to.
struct Done {
    outcome: Outcome,
    /// It began a round of gathering.
    gathers: bool,
}

impl Done {
    fn plain(gathers: bool) -> Self {
        Self { outcome: Outcome::Done, gathers }
    }

    fn described(Described { sdp, tracks, gathers }: Described) -> Self {
        Self { outcome: Outcome::Description { sdp, tracks }, gathers }
    }
}

impl Connection {
    fn call(&mut self, action: Action, narrow: bool) -> Result<Done, Refused> {
        match action {
            Action::CreateOffer { ice_restart, tracks, .. } => {
                let described = self.model.offer(ice_restart, tracks)?;
                self.offered = tracks;
                Ok(Done::described(described))
            }
            Action::CreateAnswer { tracks, .. } => {
                let described = self.model.answer(tracks, narrow)?;
                self.sending = Tracks::of(&described.tracks);
                Ok(Done::described(described))
            }
            Action::SetLocalRollback { .. } => self.model.roll_back().map(|()| Done::plain(false)),
            Action::ApplyRemote { kind: DescriptionKind::Offer, sdp, .. } => {
                self.model.apply_offer(&sdp).map(|_| Done::plain(false))
            }
            Action::ApplyRemote { kind: DescriptionKind::Answer, sdp, .. } => {
                let gathers = self.model.apply_answer(&sdp)?;
                self.sending = self.offered;
                Ok(Done::plain(gathers))
            }
            Action::AddRemoteCandidate { candidate, .. } => {
                self.model.add_candidate(&candidate.candidate).map(|()| Done::plain(false))
            }
            _ => Ok(Done::plain(false)),
        }
    }
}
