//! What we can say about a peer's connections, and only on request.

use std::collections::VecDeque;
use std::time::Duration;

use holdfast_delivery::ChannelSnapshot;
use holdfast_negotiation::{DescriptionKind, Recording, Snapshot};
use serde::Serialize;
use ts_rs::TS;

use holdfast_peer_machine::PeerStats;
use holdfast_terms::Generation;

/// Descriptions kept of each side: the current one and the one before, so that they can be compared.
const KEPT_DESCRIPTIONS: usize = 2;

/// Everything known about one remote's connections.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeerDiagnostics {
    /// The queue, the exchange and the recovery of the negotiation.
    pub negotiation: Snapshot,
    /// The numbers of the last second.
    pub stats: PeerStats,
    /// The channels, `control` first.
    pub channels: Vec<ChannelSnapshot>,
    /// The present time, on the clock of the history's times.
    #[ts(type = "number")]
    pub clock_ms: u64,
    /// The connections there are, newest first.
    pub connections: Vec<ConnectionDiagnostics>,
    /// Session descriptions.
    pub descriptions: Descriptions,
    /// Percentage of packets lost on purpose right now.
    pub impaired: u8,
}

/// What [`crate::Peer::report`] gives for a file: the present state of the machine, and its inputs.
#[derive(Debug, Clone)]
pub struct MachineReport {
    /// The present state of the machine.
    pub snapshot: Snapshot,
    /// The inputs of the machine.
    pub recording: Recording,
    /// The time, in nanoseconds on the clock of the recording.
    pub at_ns: u64,
}

/// One connection as the library describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionDiagnostics {
    /// Its generation.
    pub generation: Generation,
    /// State of the ICE transport (W3C webrtc-pc 5.6.4).
    pub ice: String,
    /// Whether this side chooses the pair: controlling or controlled (RFC 8445, 6.1.1).
    pub ice_role: String,
    /// State of the DTLS transport (W3C webrtc-pc 5.5.1).
    pub dtls: String,
    /// The chosen pair, and those chosen before it. The library reports no others.
    pub pairs: Vec<CandidatePair>,
    /// Candidates of this side.
    pub local_candidates: Vec<CandidateDiagnostics>,
    /// Candidates of the remote.
    pub remote_candidates: Vec<CandidateDiagnostics>,
    /// How unevenly packets of sound arrive (RFC 3550, 6.4.1), in milliseconds; null before the first.
    pub audio_jitter_ms: Option<f64>,
    /// The same for packets of pictures.
    pub video_jitter_ms: Option<f64>,
}

/// An ICE candidate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CandidateDiagnostics {
    /// Host, srflx, prflx or relay.
    pub kind: String,
    /// Address and port; it does not leave this machine.
    pub address: String,
    /// udp or tcp.
    pub protocol: String,
}

/// A pair that media was sent over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CandidatePair {
    /// Our end; null if the library has no name for it (learned from a check).
    pub local: Option<CandidateDiagnostics>,
    /// Their end.
    pub remote: Option<CandidateDiagnostics>,
    /// Waiting, in-progress, succeeded or failed.
    pub state: String,
    /// Whether media goes over this pair.
    pub chosen: bool,
    /// Latest round trip of a check, in milliseconds.
    pub rtt_ms: Option<f64>,
    /// Bytes received.
    #[ts(type = "number")]
    pub bytes_in: u64,
    /// Bytes sent.
    #[ts(type = "number")]
    pub bytes_out: u64,
    /// Checks sent.
    #[ts(type = "number")]
    pub checks: u64,
    /// Checks answered.
    #[ts(type = "number")]
    pub answers: u64,
}

/// A session description that was set.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DescriptionDiagnostics {
    /// Generation of the connection.
    pub generation: Generation,
    /// Offer or answer.
    pub kind: DescriptionKind,
    /// How long ago it was set.
    #[ts(type = "number")]
    pub ms_ago: u64,
    /// The text.
    pub sdp: String,
}

/// The latest description of one side and the one before it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DescriptionChange {
    /// The description before.
    pub before: Option<DescriptionDiagnostics>,
    /// The latest description.
    pub after: Option<DescriptionDiagnostics>,
}

/// The descriptions of both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Descriptions {
    /// Ours.
    pub local: DescriptionChange,
    /// Theirs.
    pub remote: DescriptionChange,
}

#[derive(Debug)]
struct Kept {
    generation: Generation,
    kind: DescriptionKind,
    at: Duration,
    sdp: String,
}

/// The descriptions that were set recently.
#[derive(Debug, Default)]
pub(crate) struct KeptDescriptions {
    local: VecDeque<Kept>,
    remote: VecDeque<Kept>,
}

impl KeptDescriptions {
    pub(crate) fn keep_local(
        &mut self,
        generation: Generation,
        kind: DescriptionKind,
        sdp: String,
        at: Duration,
    ) {
        keep(&mut self.local, Kept { generation, kind, at, sdp });
    }

    pub(crate) fn keep_remote(
        &mut self,
        generation: Generation,
        kind: DescriptionKind,
        sdp: String,
        at: Duration,
    ) {
        keep(&mut self.remote, Kept { generation, kind, at, sdp });
    }

    pub(crate) fn report(&self, now: Duration) -> Descriptions {
        Descriptions { local: change(&self.local, now), remote: change(&self.remote, now) }
    }
}

fn keep(side: &mut VecDeque<Kept>, kept: Kept) {
    if side.len() == KEPT_DESCRIPTIONS {
        side.pop_front();
    }
    side.push_back(kept);
}

fn change(side: &VecDeque<Kept>, now: Duration) -> DescriptionChange {
    let report = |kept: &Kept| DescriptionDiagnostics {
        generation: kept.generation,
        kind: kept.kind,
        ms_ago: u64::try_from(now.saturating_sub(kept.at).as_millis()).unwrap_or(u64::MAX),
        sdp: kept.sdp.clone(),
    };
    let mut newest = side.iter().rev();
    DescriptionChange { after: newest.next().map(report), before: newest.next().map(report) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_latest_descriptions_of_each_side_are_kept() {
        let mut kept = KeptDescriptions::default();
        for number in 1..=3 {
            kept.keep_local(
                Generation(number),
                DescriptionKind::Offer,
                format!("v={number}"),
                Duration::from_secs(1),
            );
        }
        kept.keep_remote(Generation(1), DescriptionKind::Answer, "v=9".to_owned(), Duration::ZERO);
        let report = kept.report(Duration::from_secs(3));
        let sdp = |side: &Option<DescriptionDiagnostics>| side.as_ref().map(|one| one.sdp.clone());
        assert_eq!(sdp(&report.local.before).as_deref(), Some("v=2"));
        assert_eq!(sdp(&report.local.after).as_deref(), Some("v=3"));
        assert_eq!(report.local.after.map(|one| one.ms_ago), Some(2000));
        assert_eq!(sdp(&report.remote.before), None);
        assert_eq!(sdp(&report.remote.after).as_deref(), Some("v=9"));
    }
}
