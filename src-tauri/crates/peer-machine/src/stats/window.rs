//! Turns what was counted into rates.

use std::time::Duration;

use super::by_source::counted;
use super::{PeerStats, Totals};

/// Turns readings into rates; read it about once a second.
#[derive(Debug, Default)]
pub struct Window {
    last: Totals,
    loss_out: Option<f64>,
}

impl Window {
    /// The numbers at the end of a window of `elapsed`, without those of control messages.
    pub fn close(&mut self, totals: Totals, elapsed: Duration) -> PeerStats {
        let last = std::mem::replace(&mut self.last, totals);
        let kbps = |now: u64, then: u64| {
            let seconds = elapsed.as_secs_f64();
            if seconds > 0.0 { now.saturating_sub(then) as f64 * 8.0 / 1000.0 / seconds } else { 0.0 }
        };
        let expected_in = totals.expected_in.saturating_sub(last.expected_in);
        let arrived_in = totals.arrived_in.saturating_sub(last.arrived_in);
        let expected_out = totals.expected_out.saturating_sub(last.expected_out);
        if expected_out > 0 {
            let lost = totals.lost_out.saturating_sub(last.lost_out);
            self.loss_out = Some((lost as f64 / expected_out as f64).min(1.0));
        }
        PeerStats {
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
            packets_in: totals.packets_in,
            packets_out: totals.packets_out,
            kbps_in: kbps(totals.bytes_in, last.bytes_in),
            kbps_out: kbps(totals.bytes_out, last.bytes_out),
            rtt_ms: totals.rtt.map(|rtt| rtt.as_secs_f64() * 1000.0),
            loss_out: self.loss_out,
            loss_in: (expected_in > 0)
                .then(|| expected_in.saturating_sub(arrived_in) as f64 / expected_in as f64),
            sources: counted(&totals.sources),
            commands_dropped: totals.commands_dropped,
            control_malformed: 0,
            control_dropped: 0,
            control_over_rate: 0,
        }
    }
}
