//! A meeting's diagnostics as a file to pass on: no addresses, no credentials, no names, no invite. It contains the
//! recording of every negotiation, so that they can be replayed.

use holdfast_peer::{CandidateDiagnostics, DescriptionChange};
use serde_json::{Value, json};

use super::redact::{Redactor, scrub_all};
use super::{Diagnostics, Inspection, RemoteDiagnostics};
use crate::error::MeetingError;
use crate::meeting::Meeting;

/// Version of the file's form.
const FORMAT: u32 = 1;

/// Everything known about a meeting, redacted.
///
/// # Errors
/// When the meeting has ended.
pub async fn export(meeting: &Meeting) -> Result<Value, MeetingError> {
    let diagnostics = meeting.diagnostics().await?;
    let inspection = meeting.inspect().await?;
    Ok(bundle(diagnostics, &inspection))
}

fn bundle(diagnostics: Diagnostics, inspection: &Inspection) -> Value {
    let mut redactor = Redactor::default();
    let Diagnostics { at_ms, version, me, signaling, peers, bounds, faults } = diagnostics;
    let peers: Vec<Value> = peers.into_iter().map(|remote| peer(remote, inspection, &mut redactor)).collect();
    let mut bundle = json!({
        "format": FORMAT,
        "version": version,
        "atMs": at_ms,
        "me": me,
        "signaling": signaling,
        "peers": peers,
        "bounds": bounds,
        "faults": faults,
    });
    scrub_all(&mut bundle);
    bundle
}

fn peer(remote: RemoteDiagnostics, inspection: &Inspection, redactor: &mut Redactor) -> Value {
    let RemoteDiagnostics { id, name: _, state, mut peer } = remote;
    for connection in &mut peer.connections {
        let ends = connection.pairs.iter_mut().flat_map(|pair| [&mut pair.local, &mut pair.remote]).flatten();
        let found = connection.local_candidates.iter_mut().chain(&mut connection.remote_candidates);
        for CandidateDiagnostics { address, .. } in ends.chain(found) {
            *address = redactor.address(address);
        }
    }
    let DescriptionChange { before: local_before, after: local_after } = &mut peer.descriptions.local;
    let DescriptionChange { before: remote_before, after: remote_after } = &mut peer.descriptions.remote;
    for description in [local_before, local_after, remote_before, remote_after].into_iter().flatten() {
        description.sdp = redactor.description(&description.sdp);
    }
    let mut value = json!({
        "id": id,
        "state": state,
        "stats": peer.stats,
        "clockMs": peer.clock_ms,
        "connections": peer.connections,
        "descriptions": peer.descriptions,
        "impaired": peer.impaired,
        "negotiation": peer.negotiation,
    });
    // The history and the recording must be of the same moment.
    if let Some((_, machine)) = inspection.peers.iter().find(|(link, _)| link.remote == id) {
        let report = machine.report();
        value["negotiation"] = json!(report.snapshot);
        value["recording"] = json!(report.recording);
        value["atNs"] = json!(report.at_ns);
    }
    value
}
