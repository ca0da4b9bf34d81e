//! A participant whose process is killed, and who joins again in a new one, is seen again; nobody has to do anything.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use support::broken_network::pair;

#[test]
fn a_killed_participant_comes_back() {
    let Some(mut pair) = pair() else { return };
    let first = pair.ada.id_of("Bo");
    pair.bo.kill();
    pair.bo = pair.another_bo();
    pair.bo.wait_until_received("Ada", 5, Some(440.0));
    // Whoever comes again may do so as somebody new: then there is a second one of this name.
    let id = pair.bo.own_id();
    pair.ada.wait_for_event("the new Bo's pictures", |event| {
        let of_new = event["event"] == "receiving" && event["id"] == id.as_str();
        (of_new && event["frames_decoded"].as_u64()? >= 5).then_some(())
    });
    let (ada, bo) = pair.end();
    let of_bo = ada.remotes.iter().find(|remote| remote.id == id).unwrap();
    assert_eq!(of_bo.media_state, bo.media_states.last().map(|change| change.media));
    let ghost = ada.remotes.iter().find(|remote| remote.id == first).unwrap();
    assert!(!ghost.states.is_empty());
}
