use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::common::{End, heard, is_offer, pair, shown, straight};
use holdfast_peer::PeerState;
use holdfast_protocol::{DescriptionKind, Generation, MediaState, Mid, PeerMessage, Revision, TrackSource};

fn description(kind: DescriptionKind, sdp: impl Into<String>) -> PeerMessage {
    PeerMessage::Description {
        kind,
        sdp: sdp.into(),
        tracks: BTreeMap::from([(Mid::from("0"), TrackSource::Screen)]),
        number: None,
        answers: None,
        generation: None,
    }
}

fn candidate(text: impl Into<String>, generation: Option<Generation>) -> PeerMessage {
    PeerMessage::Candidate { candidate: text.into(), sdp_mid: None, sdp_m_line_index: None, generation }
}

/// What the library refuses may make the negotiation restart or rebuild, beside what there is.
async fn unharmed(ends: [&mut End; 2]) {
    for end in ends {
        end.forget_media();
        heard(end).await;
        shown(end, TrackSource::Camera).await;
        end.until("connected", |snapshot| snapshot.negotiation.state == PeerState::Connected).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_candidates() {
    const SENT: u16 = 5000;
    let (mut a, mut b) = pair(straight(), straight());
    let both = [TrackSource::Camera, TrackSource::Screen];
    let _streams = (a.stream(&both), b.stream(&[TrackSource::Camera]));
    a.connected().await;
    b.connected().await;
    for port in 1..=SENT {
        let text = format!("candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host");
        a.peer.signal(Generation::FIRST, candidate(text, None));
    }
    // What a person wants meanwhile does not drown in it.
    a.peer.set_screen(true);
    unharmed([&mut a, &mut b]).await;
    shown(&mut b, TrackSource::Screen).await;
    // Few are used, the rest is counted, each once.
    a.until("counts", |snapshot| {
        let counters = &snapshot.negotiation.counters;
        let dropped = snapshot.stats.commands_dropped + u64::from(counters.candidates_dropped);
        dropped > u64::from(SENT) - 300
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_sends_is_nothing_to_another() {
    // One person is the first end of both.
    let (mut a, mut b) = pair(straight(), straight());
    let (mut with_hostile, mut hostile) = pair(straight(), straight());
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    for end in [&mut a, &mut b, &mut with_hostile, &mut hostile] {
        end.connected().await;
    }
    let before = a.peer.snapshot().negotiation.counters;
    for round in 0..20 {
        for port in 1..=250 {
            let text = format!("candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host");
            with_hostile.peer.signal(Generation::FIRST, candidate(text, None));
        }
        let kind = if round % 2 == 0 { DescriptionKind::Offer } else { DescriptionKind::Answer };
        with_hostile.peer.signal(Generation::FIRST, description(kind, "x".repeat(100_000)));
        unharmed([&mut a, &mut b]).await;
    }
    assert_eq!(a.peer.snapshot().negotiation.counters, before, "not even noticed");
    let hit = with_hostile.peer.snapshot();
    assert!(hit.negotiation.counters.candidates_dropped > 0, "it was taken in where it was sent: {hit:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptions_that_are_huge_cut_off_or_of_another_kind() {
    let offer = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&offer);
    let (mut a, mut b) = pair(
        Box::new(move |generation, message| {
            if is_offer(&message)
                && let PeerMessage::Description { sdp, .. } = &message
            {
                seen.lock().unwrap().get_or_insert_with(|| sdp.clone());
            }
            vec![(generation, message)]
        }),
        straight(),
    );
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    a.connected().await;
    b.connected().await;
    let offer = offer.lock().unwrap().clone().unwrap();
    let first_media = offer.find("m=audio").unwrap();
    let sdps = [
        String::new(),
        "x".repeat(1024 * 1024),
        format!("{offer}{}", "a=x-padding:0123456789\r\n".repeat(1000)),
        offer[..offer.len() / 3].to_owned(),
        offer[..first_media].to_owned(),
        offer[..first_media + 20].to_owned(),
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=Camera\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            .to_owned(),
        "{\"type\":\"description\"}".to_owned(),
    ];
    for sdp in sdps {
        for kind in [DescriptionKind::Offer, DescriptionKind::Answer] {
            b.peer.signal(Generation::FIRST, description(kind, sdp.clone()));
        }
        // An offer of the remote as its answer.
        b.peer.signal(Generation::FIRST, description(DescriptionKind::Answer, offer.clone()));
    }
    b.until("counts", |snapshot| {
        let counters = &snapshot.negotiation.counters;
        counters.malformed >= 4 && counters.operations_refused >= 3 && counters.unasked_answers >= 8
    })
    .await;
    unharmed([&mut a, &mut b]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_in_the_control_channel() {
    let (mut a, mut b) = pair(straight(), straight());
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    a.connected().await;
    b.connected().await;
    let unreadable =
        PeerMessage::MediaState(MediaState { revision: Revision(u64::MAX), ..MediaState::default() }.into());
    let messages = [
        unreadable.clone(),
        description(DescriptionKind::Offer, "y".repeat(60_000)),
        description(DescriptionKind::Offer, "v=0\r\n"),
        description(DescriptionKind::Answer, "v=0\r\n"),
        candidate("z".repeat(4000), None),
        candidate("candidate:nonsense", Some(Generation::NONE)),
        candidate("candidate:nonsense", Some(Generation(u32::MAX))),
        candidate("candidate:nonsense", None),
        unreadable,
    ];
    for message in messages {
        assert!(a.peer.control(message));
    }
    b.until("counts", |snapshot| {
        let counters = &snapshot.negotiation.counters;
        counters.malformed >= 1
            && counters.impossible_generation >= 1
            && counters.older_generation >= 1
            && counters.candidates_refused >= 1
            && counters.operations_refused >= 1
            && counters.unasked_answers + counters.late_answers >= 1
            && snapshot.stats.control_malformed >= 3
    })
    .await;
    // Far more than the channel takes: counted on this side.
    // It may be closed for a moment while the negotiation restarts after what was refused.
    let huge = description(DescriptionKind::Offer, "w".repeat(8 * 1024 * 1024));
    a.until("channel", |_| a.peer.control(huge.clone())).await;
    a.until("dropped", |snapshot| snapshot.stats.control_dropped == 1).await;
    unharmed([&mut a, &mut b]).await;
}
