//! Replaying a diagnostics file gives the same transitions if the file is unchanged, and otherwise names the first
//! difference.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use holdfast_negotiation::{
    Config, Description, DescriptionKind, Input, Message, Outcome, Recorded, TrackMap,
};
use holdfast_terms::{DescriptionNumber, Generation};
use serde_json::{Value, json};

use holdfast_replay::{ReplayError, play};

/// A machine that offers, sees glare, yields and answers.
fn recorded() -> (Recorded, Duration) {
    let ms = Duration::from_millis;
    let mut machine = Recorded::new(Config::new("bbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaa", 7), ms(0));
    let offer = |number| {
        Message::Description(Description {
            kind: DescriptionKind::Offer,
            number: Some(number),
            answers: None,
            sdp: "v=0\na=ice-ufrag:abcd\n".to_owned(),
            tracks: TrackMap::new(),
        })
    };
    machine.handle_input(Input::Start, ms(1));
    machine.handle_input(
        Input::Remote { generation: Generation::FIRST, message: offer(DescriptionNumber(5)) },
        ms(2),
    );
    let mut now = ms(3);
    for _ in 0..40 {
        now += ms(700);
        machine.handle_timeout(now);
        while let Some(action) = machine.poll_action() {
            let Some(op) = action.op() else { continue };
            let outcome = match action {
                holdfast_negotiation::Action::CreateOffer { .. }
                | holdfast_negotiation::Action::CreateAnswer { .. } => {
                    Outcome::Description { sdp: String::new(), tracks: TrackMap::new() }
                }
                _ => Outcome::Done,
            };
            machine.handle_input(Input::Outcome { op, outcome }, now);
        }
    }
    (machine, now)
}

fn file(change: impl FnOnce(&mut Value)) -> String {
    let (machine, now) = recorded();
    let mut file = json!({
        "format": 1,
        "peers": [{
            "id": "aaaaaaaaaaaaaaaa",
            "atNs": u64::try_from(now.as_nanos()).unwrap(),
            "negotiation": machine.snapshot(now),
            "recording": machine.recording(),
        }],
    });
    change(&mut file);
    file.to_string()
}

#[test]
fn what_was_recorded_plays_the_same() {
    let played = play(&file(|_| {})).unwrap();
    assert_eq!(played.len(), 1);
    assert_eq!(played[0].difference, None);
    assert!(played[0].compared > 8, "{:?}", played[0]);
    assert_eq!(played[0].compared, played[0].transitions.len());
}

#[test]
fn a_transition_that_was_another_is_named() {
    let text = file(|file| file["peers"][0]["negotiation"]["history"][3]["cause"] = json!("retry"));
    let difference = play(&text).unwrap().remove(0).difference.unwrap();
    assert_eq!(difference.what, "transition 3");
    assert!(difference.then.contains("Retry") && !difference.now.contains("Retry"), "{difference}");
}

#[test]
fn another_state_at_the_end_is_named() {
    let text = file(|file| file["peers"][0]["negotiation"]["counters"]["negotiations"] = json!(77));
    let difference = play(&text).unwrap().remove(0).difference.unwrap();
    assert_eq!(difference.what, "the state at the end: counters: negotiations");
}

#[test]
fn an_input_that_is_missing_shows() {
    let text = file(|file| drop(file["peers"][0]["recording"]["entries"].as_array_mut().unwrap().remove(2)));
    assert!(play(&text).unwrap()[0].difference.is_some());
}

#[test]
fn an_incomplete_recording_is_compared_as_far_as_it_goes() {
    let text = file(|file| {
        let recording = &mut file["peers"][0]["recording"];
        recording["complete"] = json!(false);
        recording["entries"].as_array_mut().unwrap().truncate(5);
    });
    let played = play(&text).unwrap().remove(0);
    assert_eq!(played.difference, None);
    assert!(!played.complete && played.compared > 0);
}

#[test]
fn what_is_no_such_file_is_refused() {
    assert!(matches!(play("{}"), Err(ReplayError::Malformed(_))));
    assert!(matches!(play("[1"), Err(ReplayError::Malformed(_))));
    assert!(matches!(play("{\"format\":9}"), Err(ReplayError::Format { found: 9 })));
}
