//! Measures how long after a path is whole again sound, picture and control messages are back. Takes `iptables` and
//! the loopback interface away from everybody else, so it needs a network namespace of its own:
//! `unshare --net sh -c 'ip link set lo up && cargo test -p holdfast-peer --test peers -- --ignored --nocapture outage'`

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use holdfast_peer::{PeerEvent, PeerOutput};
use holdfast_protocol::{MediaState, PeerMessage, Revision, TrackSource};

use crate::common::{End, Wire, heard, pair, shown};

/// How the path breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    /// UDP is dropped, signaling goes on.
    Blocked,
    /// Everything is dropped; signaling believes it is there, and is back a while after the path.
    Dark,
    /// The interface is down; signaling as above.
    LinkDown,
}

/// How long a signaling connection takes to be back.
const SIGNALING_BACK: Duration = Duration::from_millis(1500);

fn run(line: &str) {
    let mut words = line.split(' ');
    let status = Command::new(words.next().unwrap()).args(words).status().unwrap();
    assert!(status.success(), "{line}");
}

impl Cut {
    fn begin(self) {
        match self {
            Self::Blocked | Self::Dark => run("iptables -I INPUT -p udp -j DROP"),
            Self::LinkDown => run("ip link set lo down"),
        }
    }

    fn end(self) {
        match self {
            Self::Blocked | Self::Dark => run("iptables -D INPUT -p udp -j DROP"),
            Self::LinkDown => run("ip link set lo up"),
        }
    }
}

/// Loses what is signaled while `dark`.
fn switched(dark: Arc<AtomicBool>) -> Wire {
    Box::new(
        move |generation, message| {
            if dark.load(Ordering::Relaxed) { Vec::new() } else { vec![(generation, message)] }
        },
    )
}

async fn back(end: &mut End, since: Instant) -> [Duration; 2] {
    heard(end).await;
    let sound = since.elapsed();
    shown(end, TrackSource::Camera).await;
    [sound, since.elapsed()]
}

async fn told(a: &End, b: &mut End, revision: u64, since: Instant) -> Duration {
    let state = MediaState { revision: Revision(revision), microphone: true, ..MediaState::default() };
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    loop {
        tokio::select! {
            _ = pace.tick() => { a.peer.control(PeerMessage::MediaState(state.into())); }
            () = b.wait("state", |event| {
                (*event == PeerOutput::Event(PeerEvent::Control(PeerMessage::MediaState(state.into())))).then_some(())
            }) => return since.elapsed(),
        }
    }
}

async fn measure(cut: Cut, length: Duration) {
    let dark = Arc::new(AtomicBool::new(false));
    let (mut a, mut b) = pair(switched(Arc::clone(&dark)), switched(Arc::clone(&dark)));
    a.peer.expect_media(true);
    b.peer.expect_media(true);
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    a.connected().await;
    b.connected().await;
    back(&mut a, Instant::now()).await;
    back(&mut b, Instant::now()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let usual = a.peer.stats().packets_out;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let usual = a.peer.stats().packets_out - usual;
    dark.store(cut != Cut::Blocked, Ordering::Relaxed);
    cut.begin();
    // Someone mutes just then.
    a.peer.control(PeerMessage::MediaState(
        MediaState { revision: Revision::FIRST, ..MediaState::default() }.into(),
    ));
    tokio::time::sleep(length).await;
    a.forget_media();
    b.forget_media();
    let before = (a.peer.snapshot(), b.peer.snapshot());
    cut.end();
    let since = Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(SIGNALING_BACK).await;
        dark.store(false, Ordering::Relaxed);
    });
    let media = async { tokio::join!(back(&mut a, since), back(&mut b, since)) }.await;
    let control = told(&a, &mut b, 2, since).await;
    tokio::time::sleep_until((since + Duration::from_secs(2)).into()).await;
    let after = a.peer.snapshot();
    let rate = (usual, after.stats.packets_out - before.0.stats.packets_out);
    println!(
        "{cut:?} {length:?}: sound, picture {media:.3?}; control {control:.3?}; {:?}+{:?} restarts, {:?}+{:?} \
         rebuilds before; {} packets in two seconds before, {} after",
        before.0.negotiation.counters.ice_restarts,
        before.1.negotiation.counters.ice_restarts,
        before.0.negotiation.counters.rebuilds,
        before.1.negotiation.counters.rebuilds,
        rate.0,
        rate.1,
    );
    a.peer.close();
    b.peer.close();
    a.ended().await;
    b.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "measures"]
async fn after_an_outage() {
    let lengths = std::env::var("OUTAGES").unwrap_or_else(|_| "1.3 2.7 5.4 13.2 15.7".to_owned());
    for cut in [Cut::Blocked, Cut::Dark, Cut::LinkDown] {
        for length in lengths.split(' ') {
            measure(cut, Duration::from_secs_f64(length.parse().unwrap())).await;
        }
    }
}
