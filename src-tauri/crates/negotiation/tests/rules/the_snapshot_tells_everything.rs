//! The snapshot holds what a debug panel shows, serialises in camelCase, and stays bounded.

use crate::solo::{HIGH, LOW, Solo, ms, screen};
use holdfast_negotiation::{Cause, Config, Input, TransportState, limits};

#[test]
fn it_names_the_queue_the_flight_the_ladder_and_the_timers() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.pass(ms(1_000));
    solo.transport(TransportState::Disconnected);
    solo.pass(ms(250));
    let json = serde_json::to_value(solo.snapshot()).unwrap();
    assert_eq!(json["state"], "reconnecting");
    assert_eq!(json["phase"], "rollingBack");
    assert_eq!(json["phaseSinceMsAgo"], 250);
    assert_eq!(json["polite"], false);
    assert_eq!(json["generation"], 1);
    assert_eq!(json["wanted"]["screen"], true);
    assert_eq!(json["negotiated"], serde_json::Value::Null);
    assert_eq!(json["queue"][0]["kind"], "iceRestart");
    assert_eq!(json["queue"][0]["priority"], "urgent");
    assert_eq!(json["queue"][0]["ageMs"], 250);
    assert_eq!(json["recovery"]["rung"], "iceRestart");
    assert_eq!(json["recovery"]["cause"], "transportDisconnected");
    assert_eq!(json["recovery"]["attempt"], 1);
    assert!(json["recovery"]["nextAttemptInMs"].as_u64().unwrap() > 2_000);
    assert_eq!(json["counters"]["rollbacks"], 1);
    assert_eq!(json["lastResult"], "superseded");
    let timers: Vec<_> = json["timers"].as_array().unwrap().iter().map(|t| t["timer"].clone()).collect();
    assert_eq!(timers, ["operation", "stable", "attempt"]);
}

#[test]
fn the_history_says_what_happened_when_and_why_and_keeps_the_last_100() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    let began = solo.snapshot().history.len();
    solo.pass(ms(500));
    solo.transport(TransportState::Failed);
    let history = solo.snapshot().history;
    assert_eq!(history[began].cause, Cause::TransportFailed);
    assert_eq!(history[began].at_ms, 1_000_500);
    for _ in 0..200 {
        solo.remote_offers(screen(), "first");
        solo.answer_ops();
    }
    assert_eq!(solo.snapshot().history.len(), limits::HISTORY);
}

#[cfg(feature = "typescript")]
#[test]
fn it_has_a_typescript_type() {
    use holdfast_negotiation::{RecoverySnapshot, Snapshot};
    use ts_rs::TS;

    let config = ts_rs::Config::default();
    let text = Snapshot::decl(&config);
    for field in ["stateSinceMsAgo: number", "queue: Array<TaskSnapshot>", "nextAttemptInMs"] {
        let all = format!("{text}{}", RecoverySnapshot::decl(&config));
        assert!(all.contains(field), "{field} not in {all}");
    }
    assert!(!text.contains("bigint"));
}
