//! The snapshot holds the negotiation and the numbers of the last second.

use holdfast_peer_machine::Input;
use holdfast_peer_machine::stats::Ledger;
use holdfast_terms::Generation;

use crate::pair::{Pair, SECOND};

#[test]
fn rates_are_those_of_the_time_between_two_readings() {
    let mut pair = Pair::connected();
    let mut ledger = Ledger::default();
    pair.input(0, Input::Totals(Box::new(ledger.totals())));
    pair.drive(2 * SECOND);
    ledger.rtp_sent(1000);
    pair.input(0, Input::Totals(Box::new(ledger.totals())));
    let snapshot = pair.ends[0].machine.snapshot(pair.now);
    assert_eq!(snapshot.stats.kbps_out, 4.0);
    assert_eq!(snapshot.negotiation.generation, Generation::FIRST);
}
