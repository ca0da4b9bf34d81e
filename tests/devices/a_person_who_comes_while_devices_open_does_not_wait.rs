//! Connections wait for our own devices, ten seconds at most. A participant who makes an offer during that time is
//! answered right after it, and not when they offer again half a minute later.
#![cfg(unix)]

use std::os::unix::net::UnixListener;

use crate::support::{SMALL, hosting};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

/// The ten seconds that devices may take and plenty of time to connect, but less than the thirty seconds after which an
/// unanswered offer is given up.
const IN_TIME_MS: u64 = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_comes_while_devices_open_does_not_wait() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    // A sound server that accepts the call and does not answer: the microphone never opens.
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("silent");
    let _server = UnixListener::bind(&socket).unwrap();
    let mut arguments = hosting("Ada", "pattern", "microphone");
    arguments.extend(["--sink", "none"]);
    let options = AppOptions::new(&arguments).with("PULSE_SERVER", &format!("unix:{}", socket.display()));
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let link = ada.link();
    // The one with the smaller id offers. With six participants, almost certainly one of them has a smaller id than the
    // app.
    let names = ["A", "B", "C", "D", "E", "F"];
    let quiet = [&["--video", "none", "--audio", "none"], &SMALL[..]].concat();
    let bots: Vec<_> = names.iter().map(|name| Bot::join(&programs, &link, name, &quiet)).collect();
    let all = |tiles: &[holdfast_testkit::Tile]| {
        tiles.len() == names.len() + 1 && tiles.iter().all(|tile| tile.state == "connected")
    };
    ada.wait_for_tiles("everyone connected", all).await;
    for bot in bots {
        let (status, report) = bot.end();
        assert!(status.success(), "{status}");
        let states = &report.of("Ada").states;
        let connected = states.iter().find(|change| change.state == "connected").unwrap();
        assert!(connected.at_ms < IN_TIME_MS, "{}: {states:?}", report.own.name);
    }
    ada.close().await;
}
