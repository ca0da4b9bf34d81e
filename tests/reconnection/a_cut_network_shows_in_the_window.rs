//! The network of the machine with the window breaks. The tile in the window says so, and the microphone can still be
//! closed. When the network works again, everything goes on by itself, with the microphone still closed.
#![cfg(target_os = "linux")]

use crate::support::broken_network::{assert_silent_from, states};
use crate::support::sending;
use holdfast_testkit::net::{Host, Network, SignalingServer, Traffic};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Capability, Desktop, Programs, Tile, capable};

fn of_ada(tiles: &[Tile]) -> &Tile {
    tiles.iter().find(|tile| !tile.own).unwrap()
}

async fn cut(window: &AppWindow, host: &Host) {
    let whole = window.wait_for_pictures(2, 10).await;
    let block = host.block(Traffic::Udp).unwrap();
    let badge = |tiles: &[Tile]| tiles.len() == 2 && of_ada(tiles).state == "reconnecting";
    window.wait_for_tiles("the badge on Ada's tile", badge).await;
    window.click("control-microphone").await;
    let closed = |tiles: &[Tile]| tiles.iter().any(|tile| tile.own && !tile.microphone);
    window.wait_for_tiles("the microphone shown closed", closed).await;
    block.lift().unwrap();
    let healed = window.wait_for_pictures(2, 10).await;
    assert_eq!(of_ada(&healed).participant, of_ada(&whole).participant);
    assert!(closed(&healed), "the microphone is still closed");
}

/// Waits until Ada knows that Bo's microphone is closed, and has listened for a while longer.
fn wait_for_silence(ada: &mut Bot) {
    let known = ada.wait_for_event("Bo's closed microphone", |event| {
        let about = event["event"] == "participant" && event["name"] == "Bo";
        (about && event["media"]["microphone"] == false).then(|| event["at_ms"].as_u64())?
    });
    ada.wait_for_event("Ada listening on", |event| (event["at_ms"].as_u64()? > known + 2_000).then_some(()));
}

#[test]
fn a_cut_network_shows_in_the_window() {
    let Some(network) = capable(Capability::Networks, Network::new()) else { return };
    let programs = Programs::beside_tests();
    let server = SignalingServer::start(&programs, network.host().unwrap());
    let (host_of_ada, host) = (network.host().unwrap(), network.host().unwrap());
    let options = [&sending("pattern:120", "tone:440")[..], &["--arrivals"]].concat();
    let mut ada = Bot::join_on(&programs, &host_of_ada, &server.link(), "Ada", &options, None);

    let link = server.link();
    let sources = ["--video", "pattern:240", "--audio", "tone:330", "--sink", "none"];
    let options =
        [&[link.as_str(), "--name", "Bo", "--size", "640x360", "--fps", "15"], &sources[..]].concat();
    let app = AppOptions::new(&options);
    let in_the_window = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let desktop = Desktop::start(1280, 800);
            let window = AppWindow::open(&programs, &desktop, &app).await;
            ada.wait_until_received("Bo", 5, Some(330.0));
            cut(&window, &host).await;
            wait_for_silence(&mut ada);
            window.close().await;
        });
    };
    host.namespace().enter(in_the_window).unwrap();

    let (status, ada) = ada.end();
    assert!(status.success(), "{status}");
    let of_bo = ada.of("Bo");
    assert_silent_from(of_bo, holdfast_protocol::Revision(2));
    assert!(states(of_bo).contains(&"reconnecting"), "{:?}", states(of_bo));
}
