//! A fake connection per end, and the path between the two.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use holdfast_negotiation::{
    Action, Candidate, DescriptionKind, Input, OpId, Outcome, TrackMap, Tracks, TransportState,
};
use holdfast_terms::{Generation, Mid};

use super::{CONNECT_AFTER, LOST_AFTER};

/// How long a library call takes.
const CALL: Duration = Duration::from_millis(3);

#[derive(Debug, Clone, PartialEq)]
enum Signaling {
    Stable,
    LocalOffer(String),
    RemoteOffer(String),
}

/// A fake peer connection.
#[derive(Debug)]
struct Connection {
    generation: Generation,
    /// Stands for the DTLS certificate: another connection has another.
    identity: String,
    ufrag: String,
    signaling: Signaling,
    /// ufrag and identity of the remote, as last set.
    remote: Option<(String, String)>,
    /// ufrag to go back to.
    before_offer: String,
    /// Pairs of credentials whose checks have ended.
    dead: BTreeSet<(String, String)>,
    /// What its latest offer carries.
    offered: Tracks,
    /// What it sends, by the latest complete exchange.
    sending: Tracks,
    transport: Transport,
}

impl Connection {
    /// Whether both ends know each other's credentials, and these are not used up.
    fn pairs_with(&self, other: &Self) -> bool {
        let (Some((remote, identity)), Some((others_remote, others_identity))) =
            (&self.remote, &other.remote)
        else {
            return false;
        };
        *remote == other.ufrag
            && *others_remote == self.ufrag
            && *identity == other.identity
            && *others_identity == self.identity
            && !self.dead.contains(&(self.ufrag.clone(), remote.clone()))
            && !other.dead.contains(&(other.ufrag.clone(), others_remote.clone()))
    }

    /// The path between exactly these credentials is gone; only fresh ones bring it back.
    fn path_died(&mut self) {
        if let Some((remote, _)) = &self.remote {
            self.dead.insert((self.ufrag.clone(), remote.clone()));
        }
    }
}

#[derive(Debug)]
pub(crate) struct Driver {
    name: String,
    counter: u64,
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

fn field(sdp: &str, name: &str) -> Option<String> {
    sdp.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
}

impl Driver {
    pub(crate) fn new(side: usize, incarnation: u64) -> Self {
        Self {
            name: format!("{side}.{incarnation}"),
            counter: 0,
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
        self.connection(generation).is_some_and(|c| c.transport.up)
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
            let Some(state) = connection.transport.observe(path_up(generation), now) else { continue };
            if state == TransportState::Disconnected {
                connection.path_died();
            }
            reports.push((generation, state));
        }
        reports
    }

    /// Every path there is dies: its address is gone.
    pub(crate) fn lose_address(&mut self) {
        self.connections.iter_mut().for_each(Connection::path_died);
    }

    pub(crate) fn next_event(&self) -> Option<Duration> {
        let transports = self.connections.iter().filter_map(|c| c.transport.next_event());
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

    fn fresh(&mut self, what: &str) -> String {
        self.counter += 1;
        format!("{what}-{}-{}", self.name, self.counter)
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
            let identity = self.fresh("identity");
            let ufrag = self.fresh("ufrag");
            self.connections.push(Connection {
                generation,
                identity,
                before_offer: ufrag.clone(),
                ufrag,
                signaling: Signaling::Stable,
                remote: None,
                dead: BTreeSet::new(),
                offered: Tracks::NONE,
                sending: Tracks::NONE,
                transport: Transport::default(),
            });
            self.later(now + CALL, op, Outcome::Done);
            return Ok(());
        }
        let Some(generation) = generation(&action).filter(|g| self.connection(*g).is_some()) else {
            return Err(format!("{action:?} without a connection"));
        };
        if self.fails(op, now) {
            return Ok(());
        }
        let name = self.fresh("sdp");
        let fresh_ufrag = self.fresh("ufrag");
        let at = now + CALL;
        let Some(connection) = self.connections.iter_mut().find(|c| c.generation == generation) else {
            return Ok(());
        };
        match action {
            Action::CreateOffer { ice_restart, tracks, .. } => {
                expect(&connection.signaling, &Signaling::Stable, "offer")?;
                connection.before_offer = connection.ufrag.clone();
                if ice_restart {
                    connection.ufrag = fresh_ufrag;
                }
                connection.signaling = Signaling::LocalOffer(name.clone());
                connection.offered = tracks;
                let sdp = sdp(connection, &name, None);
                self.described(generation, at, op, sdp, tracks);
            }
            Action::CreateAnswer { tracks, .. } => {
                let Signaling::RemoteOffer(offer) = connection.signaling.clone() else {
                    return Err(format!("answer in {:?}", connection.signaling));
                };
                let room: BTreeSet<String> = offer.split(',').map(str::to_owned).collect();
                let answers = offer.split(',').next().unwrap_or_default().to_owned();
                connection.signaling = Signaling::Stable;
                let sdp = sdp(connection, &name, Some(&answers));
                let screen = tracks.screen && (!self.narrow_answers || room.contains("Screen"));
                let carried = Tracks { screen, ..tracks };
                connection.sending = carried;
                self.described(generation, at, op, sdp, carried);
            }
            Action::SetLocalRollback { .. } => {
                if !matches!(connection.signaling, Signaling::LocalOffer(_)) {
                    return Err(format!("rollback in {:?}", connection.signaling));
                }
                connection.signaling = Signaling::Stable;
                connection.ufrag = connection.before_offer.clone();
                self.later(at, op, Outcome::Done);
            }
            Action::ApplyRemote { kind: DescriptionKind::Offer, sdp, tracks, .. } => {
                expect(&connection.signaling, &Signaling::Stable, "remote offer")?;
                let remote = field(&sdp, "a=ice-ufrag:").ok_or("offer without ufrag")?;
                let identity = field(&sdp, "identity:").ok_or("offer without identity")?;
                let restart = connection.remote.as_ref().is_some_and(|(old, _)| *old != remote);
                if restart {
                    connection.ufrag = fresh_ufrag;
                }
                connection.remote = Some((remote, identity));
                let offer = field(&sdp, "name:").ok_or("offer without name")?;
                let room: Vec<String> = tracks.values().map(|source| format!("{source:?}")).collect();
                connection.signaling = Signaling::RemoteOffer(format!("{offer},{}", room.join(",")));
                self.later(at, op, Outcome::Done);
            }
            Action::ApplyRemote { kind: DescriptionKind::Answer, sdp, .. } => {
                let answers = field(&sdp, "answers:").ok_or("answer to nothing")?;
                expect(&connection.signaling, &Signaling::LocalOffer(answers), "remote answer")?;
                let remote = field(&sdp, "a=ice-ufrag:").ok_or("answer without ufrag")?;
                let identity = field(&sdp, "identity:").ok_or("answer without identity")?;
                connection.remote = Some((remote, identity));
                connection.signaling = Signaling::Stable;
                connection.sending = connection.offered;
                self.later(at, op, Outcome::Done);
            }
            Action::AddRemoteCandidate { .. } => {
                if connection.remote.is_none() {
                    return Err("candidate before the remote description".to_owned());
                }
                self.later(at, op, Outcome::Done);
            }
            other => return Err(format!("unexpected {other:?}")),
        }
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

    fn described(&mut self, generation: Generation, at: Duration, op: OpId, sdp: String, tracks: Tracks) {
        // One candidate is found while the call still runs, one a little later.
        for (after, name) in [(Duration::ZERO, "host"), (CALL * 4, "reflexive")] {
            let candidate = Candidate {
                candidate: format!("candidate:{name}"),
                sdp_mid: Some("0".into()),
                sdp_m_line_index: Some(0),
            };
            self.reports.push((at - CALL / 2 + after, Input::LocalCandidate { generation, candidate }));
        }
        let tracks: TrackMap =
            tracks.sources().enumerate().map(|(mid, source)| (Mid::from(mid.to_string()), source)).collect();
        self.later(at, op, Outcome::Description { sdp, tracks });
    }
}

fn expect(have: &Signaling, need: &Signaling, what: &str) -> Result<(), String> {
    if have == need { Ok(()) } else { Err(format!("{what} in {have:?}, needs {need:?}")) }
}

fn sdp(connection: &Connection, name: &str, answers: Option<&str>) -> String {
    let answers = answers.map(|offer| format!("answers:{offer}\n")).unwrap_or_default();
    format!("v=0\na=ice-ufrag:{}\nidentity:{}\nname:{name}\n{answers}", connection.ufrag, connection.identity)
}

/// What the transport of one end sees of the path.
#[derive(Debug, Default)]
struct Transport {
    up: bool,
    /// Since when what is differs from what was reported.
    since: Option<Duration>,
}

impl Transport {
    fn next_event(&self) -> Option<Duration> {
        self.since.map(|since| since + if self.up { LOST_AFTER } else { CONNECT_AFTER })
    }

    /// What it reports now, if anything new.
    fn observe(&mut self, good: bool, now: Duration) -> Option<TransportState> {
        if good == self.up {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(now);
        let wait = if self.up { LOST_AFTER } else { CONNECT_AFTER };
        if now < since + wait {
            return None;
        }
        self.since = None;
        self.up = good;
        Some(if good { TransportState::Connected } else { TransportState::Disconnected })
    }
}
