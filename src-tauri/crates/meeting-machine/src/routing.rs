//! Which link carries which feed. This is the only place that knows.
//!
//! Today the answer is always the link to the participant who owns the feed. A relay would change only the answers
//! here: its link carries the feeds of many.

use holdfast_protocol::{ParticipantId, TrackSource};

use crate::roster::Roster;
use crate::{LinkKey, Participant};

/// The remote at the other end of the link that brings us this feed of someone.
pub(crate) fn remote_of(participant: &ParticipantId, _source: TrackSource) -> &ParticipantId {
    participant
}

/// The participant whose feed a link brings for this source.
pub(crate) fn sender_of(link: &LinkKey, _source: TrackSource) -> &ParticipantId {
    &link.remote
}

/// All participants whose feeds the link to a remote carries.
pub(crate) fn senders_over<'a>(
    remote: &ParticipantId,
    roster: &'a Roster,
) -> impl Iterator<Item = &'a Participant> {
    roster.get(remote).into_iter()
}

/// The remote over whose link the sound and the messages of a participant arrive.
pub(crate) fn remote_for(participant: &ParticipantId) -> &ParticipantId {
    participant
}
