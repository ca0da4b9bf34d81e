//! The recent meetings.
use super::*;

impl TestApp {
    fn recent(&self, id: u32) -> Value {
        self.call("subscribe", json!({ "channel": channel(id) })).unwrap();
        self.event(id, |event| event["type"] == "recent")["meetings"].clone()
    }

    fn join_recent(&self, id: &Value) -> Result<Value, Value> {
        self.call("join_recent", json!({ "id": id, "name": "Ada", "microphone": false, "camera": false }))
    }
}

#[test]
fn a_meeting_that_was_hosted_is_opened_again_under_the_same_invite() {
    let app = TestApp::start();
    assert_eq!(app.recent(1), json!([]));
    let invite = app.host("Ada")["invite"].clone();
    let told = app.event(1, |event| event["type"] == "recent");
    assert!(!told.to_string().contains(invite.as_str().unwrap().split('#').nth(1).unwrap()));
    app.leave();

    let again = TestApp::start_in(app.data);
    let known = again.recent(1)[0].clone();
    assert_eq!((&known["hosted"], &known["name"]), (&json!(true), &json!("Ada")));
    assert_eq!(again.join_recent(&known["id"]).unwrap()["invite"], invite);
    let guest = TestApp::start();
    let entry = json!({ "link": invite, "name": "Grace", "microphone": false, "camera": false });
    guest.call("join", entry).unwrap();
}

#[test]
fn a_meeting_of_another_host_can_be_entered_again() {
    let (host, guest) = (TestApp::start(), TestApp::start());
    let invite = host.host("Ada")["invite"].clone();
    let entry = json!({ "link": invite, "name": "Grace", "microphone": false, "camera": false });
    guest.call("join", entry).unwrap();
    guest.leave();
    let known = guest.recent(1);
    assert_eq!((&known[0]["hosted"], known.as_array().unwrap().len()), (&json!(false), 1));
    let back = guest.join_recent(&known[0]["id"]).unwrap();
    assert_eq!(back["participants"][0]["name"], "Ada");
}

#[test]
fn a_forgotten_meeting_cannot_be_entered() {
    let app = TestApp::start();
    app.host("Ada");
    app.leave();
    let id = app.recent(1)[0]["id"].clone();
    app.call("forget_recent", json!({ "id": id })).unwrap();
    app.event(1, |event| *event == json!({ "type": "recent", "meetings": [] }));
    assert_eq!(app.join_recent(&id).unwrap_err()["code"], "no_recent_meeting");
    app.call("forget_recent", json!({ "id": id })).unwrap();
}
