//! What the library says about a connection. Only the debug panel asks for it.

use std::time::Instant;

use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use rtc::statistics::StatsSelector;
use rtc::statistics::report::RTCStatsReportEntry;
use rtc::statistics::stats::ice_candidate::RTCIceCandidateStats;
use rtc::statistics::stats::ice_candidate_pair::RTCIceCandidatePairStats;

use super::Connection;
use crate::diagnostics::{CandidateDiagnostics, CandidatePair, ConnectionDiagnostics};

/// Ticks of the RTP clock in a millisecond: sound and pictures (RFC 7587, RFC 7741). The library gives jitter in ticks.
const AUDIO_TICKS: f64 = 48.0;
const VIDEO_TICKS: f64 = 90.0;

impl Connection {
    /// States, candidates, pairs, jitter.
    pub(crate) async fn inspect(&self) -> ConnectionDiagnostics {
        let report = self.inner.get_stats(Instant::now(), StatsSelector::None).await;
        let mut found = ConnectionDiagnostics { generation: self.intake.generation(), ..Default::default() };
        let (mut locals, mut remotes, mut pairs, mut chosen) = (vec![], vec![], vec![], String::new());
        for entry in report.iter() {
            match entry {
                RTCStatsReportEntry::Transport(transport) => {
                    found.ice = transport.ice_state.to_string();
                    found.ice_role = transport.ice_role.to_string();
                    found.dtls = transport.dtls_state.to_string();
                    chosen.clone_from(&transport.selected_candidate_pair_id);
                }
                RTCStatsReportEntry::LocalCandidate(candidate) => locals.push(candidate),
                RTCStatsReportEntry::RemoteCandidate(candidate) => remotes.push(candidate),
                RTCStatsReportEntry::IceCandidatePair(pair) => pairs.push(pair),
                RTCStatsReportEntry::InboundRtp(stream) => {
                    let jitter = stream.received_rtp_stream_stats.jitter;
                    match stream.received_rtp_stream_stats.rtp_stream_stats.kind {
                        RtpCodecKind::Audio => found.audio_jitter_ms = Some(jitter / AUDIO_TICKS),
                        RtpCodecKind::Video => found.video_jitter_ms = Some(jitter / VIDEO_TICKS),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        found.pairs = pairs.iter().map(|pair| describe_pair(pair, &chosen, &locals, &remotes)).collect();
        found.pairs.sort_by_key(|pair| !pair.chosen);
        found.local_candidates = locals.iter().map(|candidate| describe(candidate)).collect();
        found.remote_candidates = remotes.iter().map(|candidate| describe(candidate)).collect();
        for side in [&mut found.local_candidates, &mut found.remote_candidates] {
            side.sort_by(|a, b| a.address.cmp(&b.address));
        }
        found
    }
}

fn describe(candidate: &RTCIceCandidateStats) -> CandidateDiagnostics {
    let address = candidate.address.as_deref().unwrap_or_default();
    let wrapped = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
    CandidateDiagnostics {
        kind: candidate.candidate_type.to_string(),
        address: format!("{wrapped}:{}", candidate.port),
        protocol: candidate.protocol.clone(),
    }
}

fn describe_pair(
    pair: &RTCIceCandidatePairStats,
    chosen: &str,
    locals: &[&RTCIceCandidateStats],
    remotes: &[&RTCIceCandidateStats],
) -> CandidatePair {
    // A candidate is named as the agent names it, with a prefix from the report.
    let named = |side: &[&RTCIceCandidateStats], name: &str| {
        side.iter()
            .find(|candidate| !name.is_empty() && candidate.stats.id.ends_with(name))
            .map(|candidate| describe(candidate))
    };
    let rtt = pair.current_round_trip_time * 1000.0;
    CandidatePair {
        local: named(locals, &pair.local_candidate_id),
        remote: named(remotes, &pair.remote_candidate_id),
        state: state(pair).to_owned(),
        chosen: pair.stats.id == chosen,
        rtt_ms: (rtt > 0.0).then_some(rtt),
        bytes_in: pair.bytes_received,
        bytes_out: pair.bytes_sent,
        checks: pair.requests_sent,
        answers: pair.responses_received,
    }
}

fn state(pair: &RTCIceCandidatePairStats) -> &'static str {
    use rtc::statistics::stats::ice_candidate_pair::RTCStatsIceCandidatePairState as State;
    match pair.state {
        State::Frozen => "frozen",
        State::Waiting => "waiting",
        State::InProgress => "in-progress",
        State::Failed => "failed",
        State::Succeeded => "succeeded",
        _ => "unspecified",
    }
}
