//! The debug panel's commands, on two real meetings on loopback.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{TestApp, channel};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Two apps in one meeting, connected.
struct Two {
    host: TestApp,
    guest: TestApp,
    /// The guest's id, as the host sees it.
    id: Value,
    invite: String,
}

fn meet() -> Two {
    let (host, guest) = (TestApp::start(), TestApp::start());
    host.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    let invite = host.host("Ada Hidden-Name")["invite"].as_str().unwrap().to_owned();
    let entry = json!({ "link": invite, "name": "Grace Secret-Name", "microphone": false, "camera": false });
    guest.call("join", entry).unwrap();
    let event = host.event(1, |event| event["participant"]["state"] == "connected");
    Two { host, guest, id: event["participant"]["id"].clone(), invite }
}

/// Asks until `wanted` accepts the answer; after [`LONG`] it fails with the last answer.
fn until(app: &TestApp, wanted: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let found = app.call("diagnostics", json!({})).unwrap();
        if wanted(&found) {
            return found;
        }
        assert!(started.elapsed() < LONG, "{found:#}");
    }
}

/// The bounds of every layer, with those on the way to the page.
fn assert_every_bound(bounds: &Value) {
    let bounds = bounds.as_array().unwrap();
    assert!(bounds.len() > 20, "{bounds:?}");
    for wanted in ["frames.lagged", "frames.not_taken", "peer.media_dropped", "meeting.events"] {
        assert!(bounds.iter().any(|bound| bound["name"] == wanted), "{wanted} is not in {bounds:?}");
    }
}

fn allow(app: &TestApp) {
    app.call("change_preferences", json!({ "change": { "diagnostics": true } })).unwrap();
}

#[test]
fn a_connection_is_shown_from_queue_to_candidates() {
    let two = meet();
    let found = until(&two.host, |found| found["peers"][0]["connections"][0]["dtls"] == "connected");
    let peer = &found["peers"][0];
    assert_eq!((&peer["id"], &peer["name"]), (&two.id, &json!("Grace Secret-Name")));
    assert_eq!(peer["negotiation"]["phase"], "stable");
    assert!(peer["negotiation"]["history"].as_array().unwrap().len() > 2);
    let connection = &peer["connections"][0];
    let chosen: Vec<_> =
        connection["pairs"].as_array().unwrap().iter().filter(|pair| pair["chosen"] == true).collect();
    assert_eq!(chosen.len(), 1, "{connection:#}");
    assert!(chosen[0]["local"]["address"].as_str().unwrap().starts_with("127.0.0.1:"), "{connection:#}");
    for side in ["local", "remote"] {
        let sdp = peer["descriptions"][side]["after"]["sdp"].as_str().unwrap();
        assert!(sdp.starts_with("v=0"), "{side}: {sdp}");
    }
    assert_every_bound(&found["bounds"]);
}

#[test]
fn an_export_has_no_address_name_or_secret_and_replays_the_same() {
    let two = meet();
    until(&two.host, |found| found["peers"][0]["connections"][0]["dtls"] == "connected");
    let shown = two.host.call("diagnostics", json!({})).unwrap();
    let path = two.host.call("export_diagnostics", json!({})).unwrap()["path"].as_str().unwrap().to_owned();
    let text = std::fs::read_to_string(&path).unwrap();

    let mut secrets = vec!["Hidden-Name".to_owned(), "Secret-Name".to_owned()];
    // Server, room and secret of the invite.
    secrets.extend(two.invite.split(['/', '#', '?']).filter(|part| part.len() > 8).map(str::to_owned));
    for side in ["local", "remote"] {
        let sdp = shown["peers"][0]["descriptions"][side]["after"]["sdp"].as_str().unwrap();
        for key in ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:sha-256 "] {
            let value =
                sdp.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{key}"));
            secrets.push(value.trim().to_owned());
        }
    }
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "{secret} is in the file");
    }
    let words = text.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'));
    for word in words.map(|word| word.trim_matches([':', '.'])) {
        let host = word.rsplit_once(':').map_or(word, |(host, _)| host);
        assert!(word.parse::<IpAddr>().is_err() && host.parse::<IpAddr>().is_err(), "{word} is an address");
    }

    let bundle: Value = serde_json::from_str(&text).unwrap();
    assert_every_bound(&bundle["bounds"]);
    let played = holdfast_replay::play(&text).unwrap();
    assert_eq!(played.len(), 1);
    assert_eq!(played[0].difference, None);
    assert!(played[0].complete && played[0].compared > 2, "{:?}", played[0]);
}

#[test]
fn faults_are_refused_until_they_are_switched_on() {
    let two = meet();
    let fault = json!({ "fault": { "type": "signaling" } });
    assert_eq!(two.host.failure("inject_fault", fault.clone()), "diagnostics_off");
    allow(&two.host);
    let absent = json!({ "fault": { "type": "cut", "participant": "00000000000000aa", "seconds": 3 } });
    assert_eq!(two.host.failure("inject_fault", absent), "unknown_participant");
    let too_long = json!({ "fault": { "type": "cut", "participant": two.id, "seconds": 121 } });
    assert_eq!(two.host.failure("inject_fault", too_long), "fault_out_of_range");
    assert_eq!(two.host.call("faults", json!({})), Ok(json!([])));
    two.host.call("inject_fault", fault).unwrap();
    let found = until(&two.host, |found| !found["faults"][0]["recoveredMs"].is_null());
    assert_eq!(found["faults"][0]["fault"]["type"], "signaling");
    assert_eq!((&found["signaling"]["lost"], &found["signaling"]["back"]), (&json!(1), &json!(1)));
}

#[test]
fn a_cut_leads_to_a_restart_and_its_recovery_is_measured() {
    let two = meet();
    allow(&two.host);
    let cut = json!({ "fault": { "type": "cut", "participant": two.id, "seconds": 4 } });
    two.host.call("inject_fault", cut).unwrap();
    let found = until(&two.host, |found| !found["faults"][0]["recoveredMs"].is_null());
    let report = &found["faults"][0];
    assert!(report["badgeMs"].as_u64().unwrap() >= 1000, "{report}");
    assert!(report["recoveredMs"].as_u64().unwrap() >= 4000, "{report}");
    let counters = &found["peers"][0]["negotiation"]["counters"];
    let repairs = counters["iceRestarts"].as_u64().unwrap() + counters["rebuilds"].as_u64().unwrap();
    let guest = two.guest.call("diagnostics", json!({})).unwrap();
    let theirs = &guest["peers"][0]["negotiation"]["counters"];
    assert!(repairs + theirs["iceRestarts"].as_u64().unwrap() > 0, "{counters}");

    // The recording replays after any faults.
    for app in [&two.host, &two.guest] {
        let path = app.call("export_diagnostics", json!({})).unwrap()["path"].as_str().unwrap().to_owned();
        let played = holdfast_replay::play(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(played[0].difference, None);
    }
}

#[test]
fn without_a_meeting_there_is_nothing_to_show() {
    let app = TestApp::start();
    for command in ["diagnostics", "faults", "export_diagnostics"] {
        assert_eq!(app.failure(command, json!({})), "not_in_meeting");
    }
}
