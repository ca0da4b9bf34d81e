//! The way back into a call when the app ended without leaving it. A crash is simulated by the file that it leaves: a
//! copy made in the middle of the call, in the folder of another app.
use std::fs;
use std::path::PathBuf;

use super::*;

impl TestApp {
    fn record(&self) -> PathBuf {
        self.data.path().join("call.json")
    }

    /// The app after a crash of this one, at this moment.
    fn crashed(&self) -> Self {
        let data = TempDir::new().unwrap();
        fs::copy(self.record(), data.path().join("call.json")).unwrap();
        Self::start_in(data)
    }

    /// What the page hears first about the last call.
    fn last_call(&self) -> Value {
        self.call("subscribe", json!({ "channel": channel(1) })).unwrap();
        self.event(1, |event| event["type"] == "lastCall")
    }

    fn join(&self, link: &Value, microphone: bool) -> Value {
        let entry = json!({ "link": link, "name": "Grace", "microphone": microphone, "camera": true });
        self.call("join", entry).unwrap()
    }

    fn on_disk(&self) -> Value {
        serde_json::from_slice(&fs::read(self.record()).unwrap()).unwrap()
    }
}

#[test]
fn rejoining_is_offered_with_its_devices_and_nothing_opens() {
    let host = TestApp::start();
    let invite = host.host("Ada")["invite"].clone();
    host.call("set_microphone", json!({ "on": false })).unwrap();
    let again = host.crashed();
    let offer = again.last_call();
    let call = &offer["call"];
    let link: holdfast_protocol::MeetingLink = invite.as_str().unwrap().parse().unwrap();
    assert_eq!(call["room"], link.room.as_str());
    assert_eq!((&call["microphone"], &call["camera"]), (&json!(false), &json!(false)));
    assert_eq!((&call["hosting"], &offer["rejoining"]), (&json!(true), &json!(false)));
    assert!(!offer.to_string().contains(&link.secret.to_base64url()), "the page needs no secret");
    assert_eq!(again.call("snapshot", json!({})), Ok(Value::Null));
}

#[test]
fn coming_back_keeps_the_person_and_what_was_closed() {
    let host = TestApp::start();
    let invite = host.host("Ada")["invite"].clone();
    let guest = TestApp::start();
    let id = guest.join(&invite, true)["self"]["id"].clone();
    guest.call("set_microphone", json!({ "on": false })).unwrap();
    guest.call("set_camera", json!({ "on": true })).unwrap();
    guest.call("set_hand", json!({ "on": true })).unwrap();
    holdfast_testkit::eventually("the hand is on the disk", holdfast_testkit::PATIENCE, || {
        (guest.on_disk()["hand"] == true).then_some(())
    });
    let again = guest.crashed();
    guest.leave();

    let snapshot = again.call("rejoin", json!({})).unwrap();
    let me = &snapshot["self"];
    assert_eq!((&me["id"], &me["name"]), (&id, &json!("Grace")));
    assert_eq!((&me["media"]["microphone"], &me["media"]["hand"]), (&json!(false), &json!(true)));
    assert_eq!(snapshot["participants"][0]["name"], "Ada");
    assert_eq!(again.last_call()["call"], Value::Null, "while in the meeting there is nothing to rejoin");
    assert_eq!(again.on_disk()["microphone"], false);
    assert_eq!(again.on_disk()["participant"], id);
}

#[test]
fn the_volume_of_others_is_as_before() {
    let host = TestApp::start();
    let snapshot = host.host("Ada");
    let (invite, id) = (&snapshot["invite"], &snapshot["self"]["id"]);
    let guest = TestApp::start();
    guest.join(invite, false);
    let quieter = json!({ "volume": 40, "muted": true });
    guest.call("set_listening", json!({ "participant": id, "listening": quieter })).unwrap();
    // Not urgent: it is written after about a second.
    holdfast_testkit::eventually("the choice is on the disk", holdfast_testkit::PATIENCE, || {
        (guest.on_disk()["listening"] == json!([[id, quieter]])).then_some(())
    });
    let again = guest.crashed();
    guest.leave();
    let snapshot = again.call("rejoin", json!({})).unwrap();
    assert_eq!(snapshot["participants"][0]["listening"], quieter);
}

#[test]
fn an_id_the_server_still_holds_is_waited_for() {
    let host = TestApp::start();
    let invite = host.host("Ada")["invite"].clone();
    let guest = TestApp::start();
    let id = guest.join(&invite, false)["self"]["id"].clone();
    let again = guest.crashed();
    again.last_call();
    let page = again.page.clone();
    let rejoining = std::thread::spawn(move || call(&page, "rejoin", json!({})));
    again.event(1, |event| event["rejoining"] == true);
    assert_eq!(again.failure("rejoin", json!({})), "already_in_meeting");
    // The server notices that the earlier connection is gone.
    guest.leave();
    assert_eq!(rejoining.join().unwrap().unwrap()["self"]["id"], id);
    again.event(1, |event| {
        event["type"] == "lastCall" && event["rejoining"] == false && event["call"].is_null()
    });
}

#[test]
fn coming_back_can_be_called_off_and_stays_possible() {
    let host = TestApp::start();
    let invite = host.host("Ada")["invite"].clone();
    let guest = TestApp::start();
    guest.join(&invite, false);
    let again = guest.crashed();
    again.last_call();
    let page = again.page.clone();
    let rejoining = std::thread::spawn(move || call(&page, "rejoin", json!({})));
    again.event(1, |event| event["rejoining"] == true);
    again.leave();
    assert_eq!(rejoining.join().unwrap().unwrap_err()["code"], "cancelled");
    let offer = again.event(1, |event| event["type"] == "lastCall" && event["rejoining"] == false);
    assert!(offer["call"].is_object(), "{offer}");
    assert!(again.record().exists());
}

#[test]
fn a_hosted_meeting_opens_again_under_the_same_invite() {
    let host = TestApp::start();
    let invite = host.host("Ada")["invite"].clone();
    let again = host.crashed();
    // Its server dies with it.
    host.leave();
    let snapshot = again.call("rejoin", json!({})).unwrap();
    assert_eq!(snapshot["invite"], invite);
    let guest = TestApp::start();
    assert_eq!(guest.join(&invite, false)["participants"][0]["name"], "Ada");
}

#[test]
fn a_missing_server_is_reported_and_the_offer_to_rejoin_stays() {
    let host = TestApp::start();
    let invite = host.host("Ada")["invite"].clone();
    let guest = TestApp::start();
    guest.join(&invite, false);
    let again = guest.crashed();
    guest.leave();
    host.leave();
    assert_eq!(again.failure("rejoin", json!({})), "unreachable");
    assert!(again.last_call()["call"].is_object());
    again.call("forget_last_call", json!({})).unwrap();
    assert_eq!(again.last_call()["call"], Value::Null);
    assert!(!again.record().exists());
    assert_eq!(again.failure("rejoin", json!({})), "no_last_call");
}

#[test]
fn after_leaving_there_is_no_way_back() {
    let app = TestApp::start();
    app.host("Ada");
    assert!(app.record().exists());
    app.call("leave", json!({})).unwrap();
    assert!(!app.record().exists());
    assert_eq!(app.last_call()["call"], Value::Null);
}

#[test]
fn a_mute_is_saved_before_the_command_answers() {
    let app = TestApp::start();
    app.host("Ada");
    assert_eq!(app.on_disk()["microphone"], true);
    app.call("set_microphone", json!({ "on": false })).unwrap();
    assert_eq!(app.on_disk()["microphone"], false);
}

#[test]
fn a_camera_that_is_off_is_saved_before_the_command_answers() {
    let app = TestApp::start_with(
        "holdfast --listen 127.0.0.1:0 --bind 127.0.0.1 --video pattern:120 \
         --audio none --sink none",
    );
    app.call("host", json!({ "name": "Ada", "microphone": false, "camera": true })).unwrap();
    assert_eq!(app.on_disk()["camera"], true);
    app.call("set_camera", json!({ "on": false })).unwrap();
    assert_eq!(app.on_disk()["camera"], false);
}

#[test]
fn a_record_that_cannot_be_read_is_said_once_and_kept_aside() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("call.json"), "{\"version\":\"7\"}").unwrap();
    let app = TestApp::start_in(data);
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    let told = app.event(1, |event| event["type"] == "ended");
    assert_eq!(told["code"], "last_call_unreadable");
    assert!(app.data.path().join("call.json.broken").exists());
    assert_eq!(app.last_call()["call"], Value::Null);
    assert_eq!(app.failure("rejoin", json!({})), "no_last_call");
}

#[test]
fn a_call_of_yesterday_is_forgotten() {
    let host = TestApp::start();
    host.host("Ada");
    let mut record = host.on_disk();
    record["atMs"] = json!(record["atMs"].as_u64().unwrap() - 13 * 60 * 60 * 1000);
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("call.json"), record.to_string()).unwrap();
    let app = TestApp::start_in(data);
    assert_eq!(app.last_call()["call"], Value::Null);
    assert!(!app.record().exists());
}
