//! Which link carries which feed. This is the only place that knows.
//!
//! Today the answer is always the link to the participant whose feed it is. A relay changes the answers here, and
//! nothing else: its link carries the feeds of many.

use holdfast_protocol::{ParticipantId, TrackSource};

use crate::roster::Roster;
use crate::{LinkKey, Participant};

/// The remote whose link brings us this feed of someone.
pub(crate) fn remote_of(participant: &ParticipantId, _source: TrackSource) -> &ParticipantId {
    participant
}

/// Whose feed a link brings under this source.
pub(crate) fn sender_of(link: &LinkKey, _source: TrackSource) -> &ParticipantId {
    &link.remote
}

/// Everyone whose feeds the link to a remote carries.
pub(crate) fn senders_over<'a>(
    remote: &ParticipantId,
    roster: &'a Roster,
) -> impl Iterator<Item = &'a Participant> {
    roster.get(remote).into_iter()
}

/// The remote over whose link the sound and the messages of a participant come.
pub(crate) fn remote_for(participant: &ParticipantId) -> &ParticipantId {
    participant
}
