//! A connection driver as small as possible: every operation ends, with success, at a moment of its own. What a
//! description says is its name, so that two that say the same are the same.

use std::collections::BTreeSet;

use holdfast_negotiation::{
    Action, Candidate, DescriptionKind, Input, OpId, Outcome, TrackMap, TrackSource, Tracks,
};
use holdfast_terms::{Generation, Mid};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Signaling {
    Stable,
    LocalOffer(String),
    /// Its name, and whether it has room for a screen.
    RemoteOffer(String, bool),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Connection {
    generation: Generation,
    signaling: Signaling,
    /// ICE restarts; each has another user name fragment.
    restarts: u8,
    before_offer: u8,
    /// User name fragment of the remote, once a remote description is set.
    remote: Option<String>,
    /// The transport was reported as connected.
    reported: bool,
}

#[derive(Debug, Clone, Hash)]
enum Work {
    Connect,
    Offer { restart: bool, tracks: Tracks },
    Answer { tracks: Tracks },
    RollBack,
    Apply { kind: DescriptionKind, sdp: String, screen: bool },
}

/// The operation under way.
#[derive(Debug, Clone)]
struct Pending {
    op: OpId,
    generation: Generation,
    work: Work,
}

#[derive(Debug, Clone)]
pub(crate) struct Driver {
    side: usize,
    candidates: bool,
    connections: Vec<Connection>,
    /// Generations made or being made.
    open: BTreeSet<Generation>,
    pending: Option<Pending>,
}

impl std::hash::Hash for Driver {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        // The number of an operation is only its name.
        let pending = self.pending.as_ref().map(|p| (p.generation, &p.work));
        (&self.connections, &self.open, pending).hash(state);
    }
}

fn field(sdp: &str, name: &str) -> Option<String> {
    sdp.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
}

fn expect(have: &Signaling, need: &Signaling, what: &str) -> Result<(), String> {
    if have == need { Ok(()) } else { Err(format!("{what} in {have:?}, needs {need:?}")) }
}

impl Driver {
    pub(crate) fn new(side: usize, candidates: bool) -> Self {
        Self { side, candidates, connections: Vec::new(), open: BTreeSet::new(), pending: None }
    }

    pub(crate) fn generations(&self) -> Vec<Generation> {
        self.connections.iter().map(|c| c.generation).collect()
    }

    pub(crate) fn busy(&self) -> bool {
        self.pending.is_some()
    }

    fn connection(&self, generation: Generation) -> Option<&Connection> {
        self.connections.iter().find(|c| c.generation == generation)
    }

    pub(crate) fn reported(&self, generation: Generation) -> bool {
        self.connection(generation).is_some_and(|c| c.reported)
    }

    pub(crate) fn report(&mut self, generation: Generation, up: bool) {
        if let Some(connection) = self.connections.iter_mut().find(|c| c.generation == generation) {
            connection.reported = up;
        }
    }

    /// Whether both ends have a connection of this generation and know each other. A path goes on while new
    /// credentials are on their way.
    pub(crate) fn pairs_with(&self, other: &Self, generation: Generation) -> bool {
        [self, other].iter().all(|d| d.connection(generation).is_some_and(|c| c.remote.is_some()))
    }

    /// Takes an action on; what is done at once, or what the machine did wrong.
    pub(crate) fn ask(&mut self, action: Action) -> Result<Option<Input>, String> {
        let wrong = format!("{action:?} without a connection");
        let (op, generation, work) = match action {
            Action::CloseConnection { generation } => {
                self.connections.retain(|c| c.generation != generation);
                self.pending.take_if(|p| p.generation == generation);
                let there = self.open.remove(&generation);
                return if there {
                    Ok(None)
                } else {
                    Err(format!("closing {generation}, which is not there"))
                };
            }
            Action::CreateConnection { op, generation, .. } => {
                if self.open.len() > 1 || !self.open.insert(generation) {
                    return Err(format!("{generation} beside {:?}", self.open));
                }
                (op, generation, Work::Connect)
            }
            Action::CreateOffer { op, generation, ice_restart, tracks } => {
                (op, generation, Work::Offer { restart: ice_restart, tracks })
            }
            Action::CreateAnswer { op, generation, tracks } => (op, generation, Work::Answer { tracks }),
            Action::SetLocalRollback { op, generation } => (op, generation, Work::RollBack),
            Action::ApplyRemote { op, generation, kind, sdp, tracks } => {
                let screen = Tracks::of(&tracks).screen;
                (op, generation, Work::Apply { kind, sdp, screen })
            }
            Action::AddRemoteCandidate { op, generation, .. } => {
                let connection = self.connection(generation).ok_or(wrong)?;
                connection.remote.as_ref().ok_or("candidate before the remote description")?;
                return Ok(Some(Input::Outcome { op, outcome: Outcome::Done }));
            }
            other => return Err(format!("unexpected {other:?}")),
        };
        if !matches!(work, Work::Connect) && self.connection(generation).is_none() {
            return Err(wrong);
        }
        // What was under way on a connection that no longer counts is not waited for.
        if self.pending.as_ref().is_some_and(|p| p.generation == generation) {
            return Err(format!("{work:?} while {:?} is under way", self.pending));
        }
        self.pending = Some(Pending { op, generation, work });
        Ok(None)
    }

    /// Ends the operation under way; what the machine is told.
    pub(crate) fn finish(&mut self) -> Result<Vec<Input>, String> {
        let Some(Pending { op, generation, work }) = self.pending.take() else { return Ok(Vec::new()) };
        if matches!(work, Work::Connect) {
            self.connections.push(Connection {
                generation,
                signaling: Signaling::Stable,
                restarts: 0,
                before_offer: 0,
                remote: None,
                reported: false,
            });
            return Ok(vec![Input::Outcome { op, outcome: Outcome::Done }]);
        }
        let side = self.side;
        let Some(connection) = self.connections.iter_mut().find(|c| c.generation == generation) else {
            return Err(format!("{work:?} without a connection"));
        };
        let outcome = match work {
            Work::Connect => Outcome::Done,
            Work::Offer { restart, tracks } => {
                expect(&connection.signaling, &Signaling::Stable, "offer")?;
                connection.before_offer = connection.restarts;
                connection.restarts += u8::from(restart);
                let name = format!("{side}.{}.{}", connection.restarts, letters(tracks));
                connection.signaling = Signaling::LocalOffer(name.clone());
                described(connection, side, &format!("name:{name}"), tracks)
            }
            Work::Answer { tracks } => {
                let Signaling::RemoteOffer(offer, room) = connection.signaling.clone() else {
                    return Err(format!("answer in {:?}", connection.signaling));
                };
                connection.signaling = Signaling::Stable;
                let tracks = Tracks { screen: tracks.screen && room, ..tracks };
                described(connection, side, &format!("answers:{offer}"), tracks)
            }
            Work::RollBack => {
                if !matches!(connection.signaling, Signaling::LocalOffer(_)) {
                    return Err(format!("rollback in {:?}", connection.signaling));
                }
                connection.signaling = Signaling::Stable;
                connection.restarts = connection.before_offer;
                Outcome::Done
            }
            Work::Apply { kind: DescriptionKind::Offer, sdp, screen } => {
                expect(&connection.signaling, &Signaling::Stable, "remote offer")?;
                let remote = field(&sdp, "a=ice-ufrag:").ok_or("offer without ufrag")?;
                let restart = connection.remote.as_ref().is_some_and(|old| *old != remote);
                connection.restarts += u8::from(restart);
                connection.remote = Some(remote);
                let offer = field(&sdp, "name:").ok_or("offer without name")?;
                connection.signaling = Signaling::RemoteOffer(offer, screen);
                Outcome::Done
            }
            Work::Apply { kind: DescriptionKind::Answer, sdp, .. } => {
                let answers = field(&sdp, "answers:").ok_or("answer to nothing")?;
                expect(&connection.signaling, &Signaling::LocalOffer(answers), "remote answer")?;
                connection.remote = field(&sdp, "a=ice-ufrag:");
                connection.signaling = Signaling::Stable;
                Outcome::Done
            }
        };
        let found = self.candidates && matches!(outcome, Outcome::Description { .. });
        let mut inputs = vec![Input::Outcome { op, outcome }];
        if found {
            let candidate = Candidate {
                candidate: "candidate:".to_owned(),
                sdp_mid: Some("0".into()),
                sdp_m_line_index: Some(0),
            };
            inputs.push(Input::LocalCandidate { generation, candidate });
        }
        Ok(inputs)
    }
}

fn letters(tracks: Tracks) -> String {
    tracks.sources().map(|source| ["m", "c", "s"][source as usize]).collect()
}

fn described(connection: &Connection, side: usize, line: &str, tracks: Tracks) -> Outcome {
    let Connection { generation, restarts, .. } = connection;
    let sdp = format!("v=0\na=ice-ufrag:{side}.{generation}.{restarts}\n{line}\n");
    let tracks: TrackMap = tracks
        .sources()
        .map(|source: TrackSource| (Mid::from((source as usize).to_string()), source))
        .collect();
    Outcome::Description { sdp, tracks }
}
