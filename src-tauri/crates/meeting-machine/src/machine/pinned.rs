//! Who the person here wants to see large. The wish stays while someone is away: when they come back, they are large
//! again.

use holdfast_protocol::ParticipantId;

use super::Machine;
use crate::Event;

/// The wish, and the person who is shown because of it.
#[derive(Debug, Default)]
pub(super) struct Pinned {
    wished: Option<ParticipantId>,
    shown: Option<ParticipantId>,
}

impl Pinned {
    /// The wish of an earlier stay.
    pub(super) fn wished(wished: Option<ParticipantId>) -> Self {
        Self { wished, shown: None }
    }

    /// The person who is shown large, while they are here.
    pub(super) fn shown(&self) -> Option<&ParticipantId> {
        self.shown.as_ref()
    }
}

impl Machine {
    /// The person chose. Only people who are here can be chosen.
    pub(super) fn pin(&mut self, id: Option<ParticipantId>) {
        let here = |id: &ParticipantId| *id == self.roster.me().id || self.roster.get(id).is_some();
        if id.as_ref().is_none_or(here) {
            self.pinned.wished = id;
        }
    }

    /// Updates what is shown from the wish and from who is here.
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
