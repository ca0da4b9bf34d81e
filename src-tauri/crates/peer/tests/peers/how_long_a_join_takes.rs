//! Measures, and asserts only what any machine can reach. For the numbers: `cargo test -p holdfast-peer --test peers --
//! --ignored --nocapture how_long`

use std::time::{Duration, Instant};

use holdfast_protocol::TrackSource;

use crate::common::{Wire, heard, pair, shown, straight};

const JOINS: usize = 20;

/// A signaling server this far away.
fn distant(delay: Duration) -> Wire {
    Box::new(move |generation, message| {
        tokio::task::block_in_place(|| std::thread::sleep(delay));
        vec![(generation, message)]
    })
}

async fn measure(name: &str, wire: impl Fn() -> Wire) {
    let mut took: [Vec<Duration>; 3] = Default::default();
    for _ in 0..JOINS {
        let began = Instant::now();
        let (mut a, mut b) = pair(wire(), wire());
        let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
        a.connected().await;
        b.connected().await;
        took[0].push(began.elapsed());
        heard(&mut a).await;
        heard(&mut b).await;
        took[1].push(began.elapsed());
        shown(&mut a, TrackSource::Camera).await;
        shown(&mut b, TrackSource::Camera).await;
        took[2].push(began.elapsed());
        a.peer.close();
        b.peer.close();
    }
    for (what, mut times) in ["connected, control open", "sound", "picture"].into_iter().zip(took) {
        times.sort();
        let median = times[JOINS / 2];
        println!("{name}: {what}: min {:?} median {median:?} max {:?}", times[0], times[JOINS - 1]);
        assert!(median < Duration::from_secs(5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "measures"]
async fn how_long() {
    measure("signaling at once", straight).await;
    measure("signaling 5 ms per message", || distant(Duration::from_millis(5))).await;
}
