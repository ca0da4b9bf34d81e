//! A key, the tray and a window may switch at the same moment: the others are told what the devices really do.

use std::sync::Barrier;

use crate::support::{Participant, config, room};
use holdfast_meeting::Meeting;

/// Enough rounds for two threads to be between the switch and the message at the same time, many times.
const ROUNDS: usize = 2_000;

/// Switches both ways from two threads at once, and returns once both have been answered.
fn switch_both_ways(meeting: &Meeting, runtime: &tokio::runtime::Handle) {
    let together = Barrier::new(2);
    std::thread::scope(|scope| {
        for on in [true, false] {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                runtime.block_on(meeting.set_microphone(on)).unwrap();
                runtime.block_on(meeting.set_camera(on)).unwrap();
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_switch_decides_for_everyone() {
    let (_server, link) = room();
    let ada = Participant::join(config(&link, "Ada")).await;
    let runtime = tokio::runtime::Handle::current();
    for round in 0..ROUNDS {
        tokio::task::block_in_place(|| switch_both_ways(&ada.meeting, &runtime));
        let told = ada.meeting.snapshot().await.unwrap().me.media;
        let wanted = ada.meeting.wanted();
        assert_eq!((told.microphone, told.camera), (wanted.microphone, wanted.camera), "round {round}");
    }
}
