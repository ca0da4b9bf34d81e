//! Translates what the meeting says into the words of the report.

use holdfast_meeting::ParticipantView;
use serde::Serialize;

use crate::report::{Connection, MediaReport};

/// The text of a value that serialises to text, such as a state.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What a participant says they send.
pub(crate) fn media_report(view: &ParticipantView) -> MediaReport {
    MediaReport {
        revision: view.media.revision,
        microphone: view.media.microphone,
        camera: view.media.camera,
        screen: view.media.screen,
        hand: view.media.hand,
    }
}

/// Counts from a debug snapshot. Its format may change without notice.
pub(crate) fn connection(negotiation: &serde_json::Value) -> Connection {
    let counter = |name: &str| negotiation["counters"][name].as_u64();
    Connection {
        generation: negotiation["generation"].as_u64(),
        rebuilds: counter("rebuilds"),
        ice_restarts: counter("iceRestarts"),
        negotiations: counter("negotiations"),
        glares: counter("glares"),
        rollbacks: counter("rollbacks"),
    }
}
