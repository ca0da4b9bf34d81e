//! A fake connection per end, and the path between the two.

use std::{collections::BTreeSet, time::Duration};

use holdfast_negotiation::{
    Action, Candidate, DescriptionKind, Input, OpId, Outcome, TrackMap, Tracks, TransportState,
};

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
    generation: u32,
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
}

#[derive(Debug)]
pub(crate) struct Driver {
    name: String,
    counter: u64,
    connection: Option<Connection>,
    reports: Vec<(Duration, Input)>,
    /// Refuse this many operations.
    pub(crate) refuse: u32,
    /// Never finish this many operations.
    pub(crate) hang: u32,
    /// Answers carry no more than the offer has room for.
    pub(crate) narrow_answers: bool,
}

fn field(sdp: &str, name: &str) -> Option<String> {
    sdp.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
}

impl Driver {
    pub(crate) fn new(side: usize, incarnation: u64) -> Self {
        Self {
            name: format!("{side}.{incarnation}"),
            counter: 0,
            connection: None,
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

    pub(crate) fn generation(&self) -> u32 {
        self.connection.as_ref().map_or(0, |c| c.generation)
    }

    pub(crate) fn next_event(&self) -> Option<Duration> {
        self.reports.iter().map(|(at, _)| *at).min()
    }

    pub(crate) fn report(&mut self, now: Duration) -> Option<Input> {
        let index = (0..self.reports.len())
            .filter(|i| self.reports[*i].0 <= now)
            .min_by_key(|i| (self.reports[*i].0, *i))?;
        Some(self.reports.remove(index).1)
    }

    /// The path between exactly these credentials is gone; only fresh ones bring it back.
    pub(crate) fn path_died(&mut self) {
        if let Some(connection) = &mut self.connection
            && let Some((remote, _)) = &connection.remote
        {
            connection.dead.insert((connection.ufrag.clone(), remote.clone()));
        }
    }

    /// The connection there is, if any.
    pub(crate) fn identity(&self) -> Option<String> {
        self.connection.as_ref().map(|c| c.identity.clone())
    }

    /// Whether both ends know each other's credentials, and these are not used up.
    pub(crate) fn pairs_with(&self, other: &Self) -> bool {
        let (Some(mine), Some(theirs)) = (&self.connection, &other.connection) else { return false };
        let (Some((my_remote, my_remote_identity)), Some((their_remote, their_remote_identity))) =
            (&mine.remote, &theirs.remote)
        else {
            return false;
        };
        *my_remote == theirs.ufrag
            && *their_remote == mine.ufrag
            && *my_remote_identity == theirs.identity
            && *their_remote_identity == mine.identity
            && mine.generation == theirs.generation
            && !mine.dead.contains(&(mine.ufrag.clone(), my_remote.clone()))
            && !theirs.dead.contains(&(theirs.ufrag.clone(), their_remote.clone()))
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
            // There may be none: making it was refused, or never finished.
            return match self.connection.take() {
                Some(c) if c.generation != generation => Err(format!("closing {generation}, have {c:?}")),
                _ => Ok(()),
            };
        }
        let Some(op) = action.op() else { return Ok(()) };
        if let Action::CreateConnection { generation, .. } = action {
            if self.connection.is_some() {
                return Err("two connections".to_owned());
            }
            if self.fails(op, now) {
                return Ok(());
            }
            let identity = self.fresh("identity");
            let ufrag = self.fresh("ufrag");
            self.connection = Some(Connection {
                generation,
                identity,
                before_offer: ufrag.clone(),
                ufrag,
                signaling: Signaling::Stable,
                remote: None,
                dead: BTreeSet::new(),
            });
            self.later(now + CALL, op, Outcome::Done);
            return Ok(());
        }
        if self.connection.is_none() {
            return Err(format!("{action:?} without a connection"));
        }
        if self.fails(op, now) {
            return Ok(());
        }
        let name = self.fresh("sdp");
        let fresh_ufrag = self.fresh("ufrag");
        let at = now + CALL;
        let Some(connection) = &mut self.connection else { return Ok(()) };
        match action {
            Action::CreateOffer { ice_restart, tracks, .. } => {
                expect(&connection.signaling, &Signaling::Stable, "offer")?;
                connection.before_offer = connection.ufrag.clone();
                if ice_restart {
                    connection.ufrag = fresh_ufrag;
                }
                connection.signaling = Signaling::LocalOffer(name.clone());
                let sdp = sdp(connection, &name, None);
                self.described(at, op, sdp, tracks);
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
                self.described(at, op, sdp, Tracks { screen, ..tracks });
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

    fn described(&mut self, at: Duration, op: OpId, sdp: String, tracks: Tracks) {
        let generation = self.generation();
        // One candidate is found while the call still runs, one a little later.
        for (after, name) in [(Duration::ZERO, "host"), (CALL * 4, "reflexive")] {
            let candidate = Candidate {
                candidate: format!("candidate:{name}"),
                sdp_mid: Some("0".to_owned()),
                sdp_m_line_index: Some(0),
            };
            self.reports.push((at - CALL / 2 + after, Input::LocalCandidate { generation, candidate }));
        }
        let tracks: TrackMap =
            tracks.sources().enumerate().map(|(mid, source)| (mid.to_string(), source)).collect();
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
pub(crate) struct Transport {
    up: bool,
    /// Connection it is the transport of.
    identity: Option<String>,
    /// Since when what is differs from what was reported.
    since: Option<Duration>,
}

impl Transport {
    pub(crate) fn is_up(&self) -> bool {
        self.up
    }

    pub(crate) fn next_event(&self) -> Option<Duration> {
        self.since.map(|since| since + if self.up { LOST_AFTER } else { CONNECT_AFTER })
    }

    /// What it reports now, if anything new.
    pub(crate) fn observe(
        &mut self,
        identity: Option<String>,
        good: bool,
        now: Duration,
    ) -> Option<TransportState> {
        if identity != self.identity {
            *self = Self { identity, ..Self::default() };
        }
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
