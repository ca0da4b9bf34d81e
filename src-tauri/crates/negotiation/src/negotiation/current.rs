//! The connection that counts, and the one before it that may go on beside it.

use std::hash::{Hash, Hasher};

use holdfast_terms::{Elapsed, Generation};

use super::path::Path;

/// The connection that counts; before the first, the one there will be.
#[derive(Debug, Clone)]
pub(super) struct Current {
    generation: Generation,
    relay_only: bool,
    path: Path,
    established: bool,
    opener: bool,
}

impl Current {
    /// A connection of this generation that is not made yet.
    pub(super) fn new(generation: Generation, now: Elapsed) -> Self {
        Self { generation, relay_only: false, path: Path::new(now), established: false, opener: false }
    }

    /// Its generation.
    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether it uses only relayed candidates.
    pub(super) fn is_relay_only(&self) -> bool {
        self.relay_only
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its path, to report a change of it.
    pub(super) fn path_mut(&mut self) -> &mut Path {
        &mut self.path
    }

    /// Whether a first exchange of this generation is complete.
    pub(super) fn is_established(&self) -> bool {
        self.established
    }

    /// Whether this side may make the first offer of this generation.
    pub(super) fn is_opener(&self) -> bool {
        self.opener
    }

    /// An exchange is complete. Returns whether it was the first of this generation.
    pub(super) fn establish(&mut self) -> bool {
        !std::mem::replace(&mut self.established, true)
    }

    /// Whether this side makes the first offer.
    pub(super) fn open(&mut self, opener: bool) {
        self.opener = opener;
    }

    /// The connection is let go. What it was is returned if it had a first exchange and its path may come back, so it
    /// may be of use beside its successor.
    pub(super) fn release(&mut self, now: Elapsed) -> Option<Previous> {
        let path = std::mem::replace(&mut self.path, Path::new(now));
        let useful = self.established && path.may_come_back();
        useful.then_some(Previous { generation: self.generation, path })
    }

    /// Nothing was exchanged on the connection that takes its place.
    pub(super) fn forget_exchange(&mut self) {
        self.established = false;
        self.opener = false;
    }

    /// The remote is at a later generation before anything was made here.
    pub(super) fn skip_to(&mut self, generation: Generation) {
        self.generation = generation;
    }

    /// Another connection takes its place.
    pub(super) fn replace(&mut self, generation: Generation, opener: bool, relay_only: bool) {
        self.generation = generation;
        self.opener = opener;
        self.relay_only = relay_only;
    }

    /// Puts in what the future depends on.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { generation, relay_only, path, established, opener } = self;
        (generation, relay_only, established, opener).hash(state);
        path.hash_future(state);
    }
}

/// The connection before the current one, kept while it may still be of use.
#[derive(Debug, Clone)]
pub(super) struct Previous {
    generation: Generation,
    path: Path,
}

impl Previous {
    /// Its generation.
    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its path, to report a change of it.
    pub(super) fn path_mut(&mut self) -> &mut Path {
        &mut self.path
    }

    /// Puts in what the future depends on.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { generation, path } = self;
        generation.hash(state);
        path.hash_future(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportState;

    const NOW: Elapsed = Elapsed::ZERO;

    #[test]
    fn only_a_connection_that_worked_and_may_come_back_is_of_use_beside_its_successor() {
        for (established, state, useful) in [
            (true, TransportState::Connected, true),
            (true, TransportState::Disconnected, true),
            (true, TransportState::Failed, false),
            (true, TransportState::Connecting, false),
            (false, TransportState::Connected, false),
        ] {
            let mut current = Current::new(Generation(4), NOW);
            if established {
                assert!(current.establish() && !current.establish());
            }
            current.path_mut().enter(state, NOW);
            let kept = current.release(NOW);
            assert_eq!(kept.map(|kept| kept.generation()), useful.then_some(Generation(4)), "{state:?}");
            assert_eq!(current.path().transport(), TransportState::New);
        }
    }
}
