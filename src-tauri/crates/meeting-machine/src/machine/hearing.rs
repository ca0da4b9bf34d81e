//! Who hears whom: what we tell the others of our hearing, and what they tell of theirs.
//!
//! Only a display depends on it, so it is not acknowledged: the next message repeats what a lost one said.

use std::time::Duration;

use holdfast_protocol::{ParticipantId, PeerMessage};
use holdfast_terms::Elapsed;

use super::{Machine, Now};
use crate::link::Link;
use crate::{Event, LinkRequest};

/// How often the machine is told whose sound came. An open microphone sends fifty packets a second, so a silence this
/// long is not jitter.
pub const HEARING: Duration = Duration::from_secs(2);

/// Pause after which the others are told again, unchanged, because a message may be lost.
const AGAIN: Duration = Duration::from_secs(10);

/// What we hear, and when we last told it.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// The people whose sound came recently, or would if their microphone were open.
    now: Vec<ParticipantId>,
    told_at: Option<Elapsed>,
    /// The people whose microphone was open at the last report. Sound of others may still be on its way.
    open: Vec<ParticipantId>,
}

impl Machine {
    /// Sound came from these people since the last report.
    pub(super) fn heard(&mut self, ids: &[ParticipantId], now: Now) {
        let reaches = self.roster.others().iter().filter(|other| {
            let silent = !other.media.microphone || !self.hearing.open.contains(&other.id);
            self.link(&other.id).is_some_and(Link::is_connected) && (silent || ids.contains(&other.id))
        });
        let mut reaching: Vec<_> = reaches.map(|other| other.id.clone()).collect();
        reaching.sort();
        let open = self.roster.others().iter().filter(|other| other.media.microphone);
        self.hearing.open = open.map(|other| other.id.clone()).collect();
        let news = self.hearing.now != reaching;
        if news {
            self.hearing.now = reaching.clone();
            let me = self.roster.me().id.clone();
            if self.roster.set_hears(&me, Some(reaching)) {
                self.emit(Event::Me);
            }
        }
        if news || self.hearing.told_at.is_none_or(|at| now.at >= at + AGAIN) {
            self.hearing.told_at = Some(now.at);
            let ids: Vec<_> = self.people.keys().cloned().collect();
            for id in ids {
                self.tell_hearing(&id);
            }
        }
    }

    /// Tells someone what we hear, if a control channel carries it.
    pub(super) fn tell_hearing(&mut self, id: &ParticipantId) {
        if self.is_control_open(id) {
            let participants = self.hearing.now.clone();
            self.ask(id, LinkRequest::Control(PeerMessage::Hears { participants }));
        }
    }

    /// Someone told whom they hear.
    pub(super) fn they_hear(&mut self, id: &ParticipantId, participants: Vec<ParticipantId>) {
        if self.roster.set_hears(id, Some(participants)) {
            self.emit_participant(id);
        }
    }
}
