//! The connections of one end, each call of which ends, with success, at a moment of its own. What a call does is the
//! matter of `connection-model`. Descriptions that say the same are the same, so that two ways to the same place are
//! recognised.

use std::collections::BTreeSet;

use holdfast_connection_model::{Connection as Model, Described, Refused};
use holdfast_negotiation::{Action, Candidate, DescriptionKind, Input, OpId, Outcome, Tracks};
use holdfast_terms::Generation;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Connection {
    generation: Generation,
    model: Model,
    /// The transport was reported as connected.
    reported: bool,
}

#[derive(Debug, Clone, Hash)]
enum Work {
    Connect,
    Offer { restart: bool, tracks: Tracks },
    Answer { tracks: Tracks },
    RollBack,
    Apply { kind: DescriptionKind, sdp: String },
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

    /// Whether both ends have a connection of this generation and know each other. Here a path goes on while new
    /// credentials are on their way: an interruption of it would only be more to explore.
    pub(crate) fn pairs_with(&self, other: &Self, generation: Generation) -> bool {
        let knows = |connection: &Connection| connection.model.remote_identity().is_some();
        [self, other].iter().all(|end| end.connection(generation).is_some_and(knows))
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
            Action::ApplyRemote { op, generation, kind, sdp, .. } => {
                (op, generation, Work::Apply { kind, sdp })
            }
            Action::AddRemoteCandidate { op, generation, candidate } => {
                let connection = self.connections.iter_mut().find(|c| c.generation == generation);
                let model = &mut connection.ok_or(wrong)?.model;
                model.add_candidate(&candidate.candidate).map_err(|refused| refused.to_string())?;
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
            // A generation of a side is made once at most, so this is the identity of no other connection.
            let identity = (self.side as u64) << 32 | u64::from(generation.get());
            let model = Model::named_by_content(identity);
            self.connections.push(Connection { generation, model, reported: false });
            return Ok(vec![Input::Outcome { op, outcome: Outcome::Done }]);
        }
        let Some(connection) = self.connections.iter_mut().find(|c| c.generation == generation) else {
            return Err(format!("{work:?} without a connection"));
        };
        let outcome = call(&mut connection.model, work).map_err(|refused| refused.to_string())?;
        let candidate = connection.model.candidate();
        let found = self.candidates && matches!(outcome, Outcome::Description { .. });
        let mut inputs = vec![Input::Outcome { op, outcome }];
        if found {
            let candidate = Candidate { candidate, sdp_mid: Some("0".into()), sdp_m_line_index: Some(0) };
            inputs.push(Input::LocalCandidate { generation, candidate });
        }
        Ok(inputs)
    }
}

fn call(model: &mut Model, work: Work) -> Result<Outcome, Refused> {
    let described = |Described { sdp, tracks, .. }| Outcome::Description { sdp, tracks };
    let done = |_| Outcome::Done;
    match work {
        Work::Connect => Ok(Outcome::Done),
        Work::Offer { restart, tracks } => model.offer(restart, tracks).map(described),
        Work::Answer { tracks } => model.answer(tracks, true).map(described),
        Work::RollBack => model.roll_back().map(|()| Outcome::Done),
        Work::Apply { kind: DescriptionKind::Offer, sdp } => model.apply_offer(&sdp).map(done),
        Work::Apply { kind: DescriptionKind::Answer, sdp } => model.apply_answer(&sdp).map(done),
    }
}
