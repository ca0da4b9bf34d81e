use std::time::Duration;

use crate::common::{LONG, pair, straight};
use holdfast_protocol::TrackSource;

/// A test of its own process would be better, but nothing else in this one keeps sockets open while it waits: each
/// other test is counted by its own ports.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn after_fifty_rebuilds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut a, mut b) = pair(straight(), straight());
        a.connected().await;
        b.connected().await;
        let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
        let metrics = tokio::runtime::Handle::current().metrics();
        let alive = || metrics.num_alive_tasks();
        let settled = async |most: usize| {
            let down = tokio::time::timeout(LONG, async {
                while alive() > most {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            });
            assert!(down.await.is_ok(), "{} tasks, {most} expected", alive());
        };
        a.until("media", |snapshot| snapshot.stats.frames > 0).await;
        b.until("media", |snapshot| snapshot.stats.frames > 0).await;
        let tasks = alive();
        let files = open_files();
        for generation in 2..52 {
            let end = if generation % 2 == 0 { &a } else { &b };
            end.peer.address_changed();
            for end in [&mut a, &mut b] {
                end.rebuilt().await;
                end.until("takeover", |snapshot| {
                    snapshot.negotiation.generation == generation && snapshot.negotiation.previous.is_none()
                })
                .await;
                end.forget_media();
            }
        }
        settled(tasks).await;
        println!("{tasks} tasks, {files} files before; {} and {} after", alive(), open_files());
        a.peer.close();
        b.peer.close();
        a.ended().await;
        b.ended().await;
    });
}
