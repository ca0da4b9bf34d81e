//! Whom the person here wants to see large. A wish that holds while someone is away: who comes back is large again.

use holdfast_protocol::ParticipantId;

use super::Machine;
use crate::Event;

/// The wish, and what is shown of it.
#[derive(Debug, Default)]
pub(super) struct Pinned {
    wished: Option<ParticipantId>,
    shown: Option<ParticipantId>,
}

impl Pinned {
    /// As an earlier stay had it.
    pub(super) fn wished(wished: Option<ParticipantId>) -> Self {
        Self { wished, shown: None }
    }

    /// Who is shown large, while they are here.
    pub(super) fn shown(&self) -> Option<&ParticipantId> {
        self.shown.as_ref()
    }
}

impl Machine {
    /// The person chose. Someone who is not here cannot be chosen.
    pub(super) fn pin(&mut self, id: Option<ParticipantId>) {
        let here = |id: &ParticipantId| *id == self.roster.me().id || self.roster.get(id).is_some();
        if id.as_ref().is_none_or(here) {
            self.pinned.wished = id;
        }
    }

    /// Keeps what is shown true to the wish and to who is here.
    pub(super) fn show_pinned(&mut self) {
        let here = |id: &&ParticipantId| **id == self.roster.me().id || self.roster.get(id).is_some();
        let wanted = self.pinned.wished.as_ref().filter(here);
        if wanted != self.pinned.shown.as_ref() {
            let id = wanted.cloned();
            self.pinned.shown = id.clone();
            self.emit(Event::Pinned(id));
        }
    }
}
