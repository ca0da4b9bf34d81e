//! Visits every state a model can reach, and shows that every way through it ends.
//!
//! Our own because of the latter: the library there is for this (stateright) looks for "eventually" only on paths
//! without a cycle, so that a machine that never stops negotiating would pass. Here a way that leads back to itself is
//! a finding.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

/// What can be explored.
pub(crate) trait Model {
    type State: Clone;
    type Step: Clone + fmt::Display;

    fn initial(&self) -> Self::State;
    /// Everything that can happen next.
    fn steps(&self, state: &Self::State) -> Vec<Self::Step>;
    fn take(&self, state: &mut Self::State, step: &Self::Step);
    /// Equal for states that behave alike.
    fn key(&self, state: &Self::State) -> u64;
    /// What is wrong with a state, if anything.
    fn judge(&self, state: &Self::State) -> Result<(), String>;
}

/// How much was visited.
#[derive(Debug, Default)]
pub(crate) struct Explored {
    pub(crate) states: usize,
    pub(crate) steps: usize,
    /// Steps on the longest way.
    pub(crate) longest: usize,
}

/// A way to something wrong.
pub(crate) struct Counterexample {
    what: String,
    path: Vec<String>,
}

impl fmt::Debug for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "after {} steps: {}", self.path.len(), self.what)?;
        self.path.iter().enumerate().try_for_each(|(i, step)| writeln!(f, "{:4}. {step}", i + 1))
    }
}

/// A way longer than this is taken for one that never ends: something in it grows, so that it does not close.
const LONGEST: usize = 1_000;
/// States looked at for a shorter way to something wrong.
const SHORTER: usize = 200_000;

struct Visit<M: Model> {
    state: M::State,
    key: u64,
    taken: Option<M::Step>,
    left: std::vec::IntoIter<M::Step>,
}

impl<M: Model> Visit<M> {
    fn new(model: &M, state: M::State, key: u64, taken: Option<M::Step>) -> Self {
        let left = model.steps(&state).into_iter();
        Self { state, key, taken, left }
    }
}

/// Depth first, so that only the states on the way are held and a way that closes on itself is seen.
pub(crate) fn explore<M: Model>(model: &M) -> Result<Explored, Counterexample> {
    let initial = model.initial();
    let key = model.key(&initial);
    let mut explored = Explored { states: 1, ..Explored::default() };
    // Whether the state is on the way.
    let mut seen = HashMap::from([(key, true)]);
    let mut way = vec![Visit::new(model, initial, key, None)];
    while let Some(last) = way.last_mut() {
        let Some(step) = last.left.next() else {
            seen.insert(last.key, false);
            way.pop();
            continue;
        };
        let mut state = last.state.clone();
        model.take(&mut state, &step);
        explored.steps += 1;
        let key = model.key(&state);
        let wrong = match seen.get(&key) {
            Some(false) => continue,
            Some(true) => Some("this was there before, so it can go on without end".to_owned()),
            None if way.len() >= LONGEST => Some("this has no end in sight".to_owned()),
            None => model.judge(&state).err(),
        };
        way.push(Visit::new(model, state, key, Some(step)));
        if let Some(what) = wrong {
            if let Some(shorter) = shortest(model) {
                return Err(shorter);
            }
            let path = way.iter().filter_map(|visit| visit.taken.as_ref()).map(M::Step::to_string).collect();
            return Err(Counterexample { what, path });
        }
        seen.insert(key, true);
        explored.states += 1;
        explored.longest = explored.longest.max(way.len() - 1);
    }
    Ok(explored)
}

/// The shortest way to a state that is wrong, breadth first, if it is near enough.
fn shortest<M: Model>(model: &M) -> Option<Counterexample> {
    let mut seen = HashSet::new();
    let mut came: Vec<(usize, Option<M::Step>)> = vec![(0, None)];
    let mut layer = vec![(0, model.initial())];
    while !layer.is_empty() && came.len() < SHORTER {
        let mut next = Vec::new();
        for (from, state) in layer {
            for step in model.steps(&state) {
                let mut state = state.clone();
                model.take(&mut state, &step);
                if !seen.insert(model.key(&state)) {
                    continue;
                }
                came.push((from, Some(step)));
                if let Err(what) = model.judge(&state) {
                    return Some(Counterexample { what, path: path(&came) });
                }
                next.push((came.len() - 1, state));
            }
        }
        layer = next;
    }
    None
}

/// The steps to the state found last.
fn path<S: fmt::Display>(came: &[(usize, Option<S>)]) -> Vec<String> {
    let mut path = Vec::new();
    let mut at = came.len() - 1;
    while let (from, Some(step)) = &came[at] {
        path.push(step.to_string());
        at = *from;
    }
    path.reverse();
    path
}
