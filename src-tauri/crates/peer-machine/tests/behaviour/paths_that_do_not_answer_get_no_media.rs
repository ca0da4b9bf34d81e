//! On a path that does not answer, media is sent for a while, and then stops.

use holdfast_connection_model::DISCONNECTED_AFTER;
use holdfast_peer_machine::{Action, Command, SENT_UNANSWERED};
use holdfast_protocol::Generation;

use crate::pair::{MS, Pair, SECOND};

#[test]
fn sending_ends_after_a_while_and_begins_with_the_next_answer() {
    let mut pair = Pair::connected();
    // Without signaling nothing is negotiated, and the one connection stays.
    pair.signaling_up = false;
    for side in 0..2 {
        pair.command(side, Command::Signaling(false));
    }
    let open = |pair: &Pair| pair.ends[0].model(Generation(1)).is_some_and(|model| model.outlet_open);
    pair.path_up = false;
    pair.drive(DISCONNECTED_AFTER + SENT_UNANSWERED - MS);
    assert!(open(&pair));
    pair.drive(MS);
    assert!(!open(&pair));
    pair.drive(60 * SECOND);
    pair.path_up = true;
    pair.drive(SECOND);
    assert!(open(&pair));
    let opened = Action::OpenOutlet { generation: Generation(1) };
    assert_eq!(pair.ends[0].done.iter().filter(|(_, action)| *action == opened).count(), 1);
}
