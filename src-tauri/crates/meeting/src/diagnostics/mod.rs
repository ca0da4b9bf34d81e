//! What a meeting can tell about itself on request, for the debug panel and for a file to pass on to developers.
//!
//! Nothing here runs by itself. A question costs copies; an injected fault costs a task until it is over.

mod export;
mod faults;
mod recovery;
mod redact;

use std::collections::BTreeMap;

use holdfast_chat::ChatCounts;
use holdfast_meeting_machine::{DropCounters, LinkKey, SignalingState};
use holdfast_negotiation::PeerState;
use holdfast_peer::{Peer, PeerDiagnostics};
use holdfast_protocol::ParticipantId;
use serde::Serialize;
use ts_rs::TS;

use crate::view::MeetingSnapshot;

pub use export::export;
pub(crate) use faults::FaultLog;
pub use faults::{Fault, FaultError, FaultReport};

/// Everything known about a meeting.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Diagnostics {
    /// The time of this report, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// Version of Holdfast.
    pub version: String,
    /// Our own id.
    pub me: ParticipantId,
    /// The signaling connection.
    pub signaling: SignalingDiagnostics,
    /// Everyone to whom there is a link, in the order they came.
    pub peers: Vec<RemoteDiagnostics>,
    /// Every bound that was hit, by name.
    pub bounds: Vec<BoundHit>,
    /// Faults injected in this meeting, newest first.
    pub faults: Vec<FaultReport>,
}

/// The signaling connection.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignalingDiagnostics {
    /// Its state.
    pub state: SignalingState,
    /// How often it was lost.
    pub lost: u32,
    /// How often it came back.
    pub back: u32,
}

/// One other participant.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RemoteDiagnostics {
    /// Who.
    pub id: ParticipantId,
    /// Their name. It comes from outside: never use it as markup.
    pub name: String,
    /// How people see the connection.
    pub state: PeerState,
    /// The connection.
    #[serde(flatten)]
    pub peer: PeerDiagnostics,
}

/// How often a bound was hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoundHit {
    /// The bound, as `crate.what`.
    pub name: String,
    /// How often since we entered the meeting.
    #[ts(type = "number")]
    pub count: u64,
}

/// What the actor gives out for all of this.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) snapshot: MeetingSnapshot,
    pub(crate) peers: Vec<(LinkKey, Peer)>,
    pub(crate) counts: Counts,
}

/// What the actor counts for the diagnostics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Events that found their queue full.
    pub(crate) events_lost: u64,
    /// Reports of links that found their queue full.
    pub(crate) link_reports_dropped: u64,
    pub(crate) chat: ChatCounts,
    pub(crate) unused: DropCounters,
    pub(crate) signaling_lost: u32,
    pub(crate) signaling_back: u32,
    /// What signaling dropped, by code.
    pub(crate) signaling_dropped: BTreeMap<&'static str, u64>,
}

impl Counts {
    /// Counts what the signaling client reports.
    pub(crate) fn note(&mut self, event: &holdfast_signaling_client::SignalingEvent) {
        use holdfast_signaling_client::SignalingEvent;
        match event {
            SignalingEvent::Disconnected { .. } => self.signaling_lost += 1,
            SignalingEvent::Reconnected { .. } => self.signaling_back += 1,
            SignalingEvent::Dropped { reason, count } => {
                let dropped = self.signaling_dropped.entry(reason.code()).or_default();
                *dropped = dropped.saturating_add(*count);
            }
            _ => {}
        }
    }
}

/// Asks every connection, all at the same time.
pub(crate) async fn collect(
    me: &ParticipantId,
    inspection: Inspection,
    faults: Vec<FaultReport>,
    at_ms: u64,
) -> Diagnostics {
    let Inspection { snapshot, peers, counts } = inspection;
    let asked: Vec<_> = peers
        .into_iter()
        .map(|(link, peer)| (link.remote, tokio::spawn(async move { peer.diagnostics().await })))
        .collect();
    let mut found = Vec::with_capacity(asked.len());
    for (id, answer) in asked {
        let view = snapshot.participants.iter().enumerate().find(|(_, view)| view.id == id);
        if let (Some((place, view)), Ok(peer)) = (view, answer.await) {
            found.push((place, RemoteDiagnostics { id, name: view.name.clone(), state: view.state, peer }));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    let peers: Vec<_> = found.into_iter().map(|(_, remote)| remote).collect();
    Diagnostics {
        at_ms,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        me: me.clone(),
        signaling: SignalingDiagnostics {
            state: snapshot.signaling,
            lost: counts.signaling_lost,
            back: counts.signaling_back,
        },
        bounds: bounds(&peers, &counts),
        peers,
        faults,
    }
}

/// Every bound of every layer, also those that were never hit, so that a reader sees that they are watched.
fn bounds(peers: &[RemoteDiagnostics], counts: &Counts) -> Vec<BoundHit> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    let mut add = |name: String, count: u64| *sums.entry(name).or_default() += count;
    add("meeting.events".to_owned(), counts.events_lost);
    add("meeting.link_reports".to_owned(), counts.link_reports_dropped);
    let chat = counts.chat;
    for (name, count) in [
        ("chat.malformed", chat.malformed),
        ("chat.forged", chat.forged),
        ("chat.gaps", chat.gaps),
        ("chat.beyond", chat.beyond),
    ] {
        add(name.to_owned(), count);
    }
    add("meeting.held_messages".to_owned(), counts.unused.held_messages);
    add("meeting.unknown_sender".to_owned(), counts.unused.unknown_sender);
    for code in
        ["queue_overflow", "unsendable", "refused", "duplicate", "broken_seal", "replayed", "not_understood"]
    {
        let count = counts.signaling_dropped.get(code).copied().unwrap_or_default();
        add(format!("signaling.{code}"), count);
    }
    let none = holdfast_peer::PeerStats::default();
    let each = peers.iter().map(|remote| (&remote.peer.stats, Some(&remote.peer.negotiation.counters)));
    for (stats, negotiation) in std::iter::once((&none, None)).chain(each) {
        for (name, count) in [
            ("peer.batches_dropped", stats.sum(|counts| counts.batches_dropped)),
            ("peer.media_dropped", stats.sum(|counts| counts.dropped)),
            ("peer.commands_dropped", stats.commands_dropped),
            ("peer.control_dropped", stats.control_dropped),
            ("peer.control_malformed", stats.control_malformed),
            ("peer.control_over_rate", stats.control_over_rate),
            ("peer.useless_packets", stats.sum(|counts| counts.useless_packets)),
        ] {
            add(name.to_owned(), count);
        }
        let Some(counters) = negotiation else { continue };
        for (name, count) in [
            ("negotiation.candidates_dropped", counters.candidates_dropped),
            ("negotiation.local_candidates_dropped", counters.local_candidates_dropped),
            ("negotiation.candidates_refused", counters.candidates_refused),
            ("negotiation.malformed", counters.malformed),
            ("negotiation.older_generation", counters.older_generation),
            ("negotiation.impossible_generation", counters.impossible_generation),
            ("negotiation.late_reports", counters.late_reports),
        ] {
            add(name.to_owned(), u64::from(count));
        }
    }
    sums.into_iter().map(|(name, count)| BoundHit { name, count }).collect()
}
