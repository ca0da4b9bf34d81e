//! In a process of its own, so that its sockets and tasks are all there are.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "peers/common.rs"]
mod common;

use std::time::Duration;

use common::{LONG, pair, straight};
use holdfast_protocol::TrackSource;
use tokio::runtime::Handle;

const REBUILDS: u32 = 50;

/// Open files and living tasks.
fn in_use() -> (usize, usize) {
    (std::fs::read_dir("/proc/self/fd").unwrap().count(), Handle::current().metrics().num_alive_tasks())
}

/// Waits until no more is in use than `before`: what is closed is closed in the background.
async fn settled(before: (usize, usize)) {
    let down = tokio::time::timeout(LONG, async {
        while in_use().0 > before.0 || in_use().1 > before.1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let in_time = down.await.is_ok();
    assert!(in_time, "files and tasks: {before:?} before, {:?} after", in_use());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_of_them() {
    let nothing = in_use();
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    let streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    for end in [&a, &b] {
        end.until("media", |snapshot| snapshot.stats.of(TrackSource::Camera).received > 0).await;
    }
    let before = in_use();
    for generation in 2..2 + REBUILDS {
        let end = if generation % 2 == 0 { &a } else { &b };
        end.peer.address_changed();
        for end in [&mut a, &mut b] {
            end.rebuilt().await;
            end.until("takeover", |snapshot| {
                snapshot.negotiation.generation.get() == generation && snapshot.negotiation.previous.is_none()
            })
            .await;
            end.forget_media();
        }
    }
    settled(before).await;
    drop(streams);
    for end in [&mut a, &mut b] {
        end.peer.close();
        end.ended().await;
    }
    drop((a, b));
    settled(nothing).await;
}
