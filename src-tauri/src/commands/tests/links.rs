//! Invites from outside, and how to look at one before using it.
use super::*;

fn link(room: &str) -> String {
    format!("holdfast://join/127.0.0.1:4000/{room}#{}", "A".repeat(43))
}

impl TestApp {
    fn handed(&self, link: &str) {
        let call = self.app.state::<Call>().inner().clone();
        tauri::async_runtime::block_on(async { call.offer_link(link).await });
    }
}

#[test]
fn an_invite_is_described_without_its_secret() {
    let app = TestApp::start();
    let told = app.call("inspect_link", json!({ "link": link("blue") })).unwrap();
    assert_eq!(told, json!({ "room": "blue", "server": "127.0.0.1:4000" }));
    assert_eq!(app.failure("inspect_link", json!({ "link": "https://example.org" })), "link_scheme");
    assert_eq!(app.failure("inspect_link", json!({ "link": "holdfast://call/1" })), "link_action");
}

#[test]
fn a_link_from_outside_is_offered_and_a_wrong_one_is_reported() {
    let app = TestApp::start();
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    app.handed(&link("blue"));
    app.event(1, |event| *event == json!({ "type": "link", "link": link("blue") }));
    app.handed("holdfast://join/<script>");
    app.event(1, |event| event["type"] == "ended" && event["code"] == "link_host");
    assert_eq!(app.call("snapshot", json!({})), Ok(Value::Null), "nothing is entered");
}

#[test]
fn a_link_before_the_first_page_waits_for_it() {
    let app = TestApp::start();
    app.handed(&link("blue"));
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    app.event(1, |event| event["type"] == "link");
}

#[test]
fn in_a_meeting_a_link_to_another_is_reported_and_the_call_goes_on() {
    let app = TestApp::start();
    let invite = app.host("Ada")["invite"].clone();
    app.call("subscribe", json!({ "channel": channel(1) })).unwrap();
    app.handed(invite.as_str().unwrap());
    app.handed(&link("blue"));
    // The first one, for the meeting we are in, causes no event.
    let event = app.event(1, |event| event["type"] == "fault" || event["type"] == "link");
    assert_eq!(event, json!({ "type": "fault", "code": "link_in_meeting" }));
    assert_eq!(app.call("snapshot", json!({})).unwrap()["invite"], invite);
}

#[test]
fn a_server_is_tested_and_the_answer_is_no_failure_of_the_command() {
    let app = TestApp::start();
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let test = |url: String| {
        let server = json!({ "url": url, "username": "", "credential": "" });
        app.call("test_server", json!({ "server": server })).unwrap()["code"].clone()
    };
    assert_eq!(test("http://127.0.0.1".into()), "ice_url");
    assert_eq!(test("turn:127.0.0.1".into()), "ice_credentials");
    assert_eq!(test(format!("stun:127.0.0.1:{free}")), "ice_unreachable");
}
