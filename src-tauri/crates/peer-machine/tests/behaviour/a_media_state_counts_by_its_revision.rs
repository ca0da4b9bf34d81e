//! The newest media state of the remote decides whether silence is trouble, in whatever order the states come.

use holdfast_negotiation::RecordedInput;
use holdfast_peer_machine::{Command, PeerEvent, Report};
use holdfast_protocol::Generation;
use holdfast_protocol::{MediaState, PeerMessage, Revision};

use crate::pair::Pair;

fn told(revision: u64, microphone: bool) -> PeerMessage {
    PeerMessage::MediaState(
        MediaState { revision: Revision(revision), microphone, ..MediaState::default() }.into(),
    )
}

/// What the negotiation was told to expect, in order.
fn expected(pair: &Pair) -> Vec<bool> {
    let entries = pair.ends[0].machine.recording().entries.iter();
    let expected = entries.filter_map(|entry| match entry.input {
        RecordedInput::MediaExpected { expected } => Some(expected),
        _ => None,
    });
    expected.collect()
}

#[test]
fn an_older_state_that_comes_late_changes_nothing() {
    let mut pair = Pair::connected();
    for (revision, microphone) in [(7, true), (6, false), (7, true), (8, false)] {
        pair.report(0, Generation(1), Report::control(told(revision, microphone).to_json()));
    }
    assert_eq!(expected(&pair), [true, false], "revisions 7 and 8");
    assert_eq!(pair.ends[0].told(&PeerEvent::Control(told(6, false))), 1, "the owner judges for itself");
}

#[test]
fn a_remote_that_began_anew_counts_from_the_start() {
    let mut pair = Pair::connected();
    pair.report(0, Generation(1), Report::control(told(7, true).to_json()));
    pair.command(0, Command::RemoteRestarted);
    let generation = pair.ends[0].machine.generation();
    pair.report(0, generation, Report::control(told(1, false).to_json()));
    assert_eq!(expected(&pair), [true, false]);
}
