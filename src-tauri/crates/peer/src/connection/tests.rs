#![allow(clippy::unwrap_used)]
use super::*;
use crate::config::CONNECTION_EVENT_QUEUE;
use crate::event::PeerOutput;
use crate::impairment::Impairment;
use crate::intake::Delivery;
use crate::packetizer::Packetizer;
use holdfast_delivery::{ChannelId, ChannelMessage};
use holdfast_negotiation::{Candidate, DescriptionKind, TrackMap, Tracks, TransportState};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(10);

/// One end: the connection and what it reported.
struct End {
    connection: Connection,
    reports: mpsc::Receiver<(Generation, Report)>,
    media: mpsc::Receiver<PeerOutput>,
    candidates: Vec<Candidate>,
    impairment: Arc<Impairment>,
    connected: Option<Instant>,
    control_open: Option<Instant>,
}

impl End {
    async fn open() -> Self {
        let impairment: Arc<Impairment> = Arc::default();
        let config = ConnectionConfig {
            bind: vec![[127, 0, 0, 1].into()],
            ice_servers: Vec::new(),
            relay_only: false,
            channels: holdfast_delivery::CHANNELS,
            path: Path { impairment: Arc::clone(&impairment), epoch: std::time::Instant::now() },
        };
        let data = Arc::new(Data::new(config.channels, std::time::Instant::now()));
        let (events, reports) = mpsc::channel(CONNECTION_EVENT_QUEUE);
        let (sender, media) = mpsc::channel(1000);
        let delivery = Arc::new(Delivery::new(sender, Arc::default()));
        let intake = Arc::new(Intake::new(Generation(1), delivery));
        let connection = Connection::open(&config, events, intake, &data).await.unwrap();
        let candidates = Vec::new();
        Self { connection, reports, media, candidates, impairment, connected: None, control_open: None }
    }

    fn note(&mut self, event: Report) {
        match event {
            Report::LocalCandidate(candidate) => self.candidates.push(candidate),
            Report::Transport(TransportState::Connected) => self.connected = Some(Instant::now()),
            Report::ChannelOpen { .. } => self.control_open = Some(Instant::now()),
            _ => {}
        }
    }

    fn is_up(&self) -> bool {
        self.connected.is_some() && self.control_open.is_some()
    }

    async fn apply(&self, kind: DescriptionKind, description: LocalDescription) {
        self.connection.apply_remote(kind, description.sdp, description.tracks).await.unwrap();
    }

    /// Sends a keyframe on `source` again and again until the other end shows one.
    async fn shows(&self, source: TrackSource, viewer: &mut Self) -> crate::VideoFrame {
        let track = self.connection.local_tracks().into_iter().find(|(of, _)| *of == source).unwrap().1;
        let batch = Packetizer::new(source).video(vec![0u8; 3000], 90_000);
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        tokio::time::timeout(LONG, async {
            loop {
                tokio::select! {
                    _ = pace.tick() => assert!(track.write(&batch).await),
                    Some(event) = viewer.media.recv() => if let PeerOutput::Video(frame) = event { return frame },
                }
            }
        })
        .await
        .expect("a frame arrives")
    }
}

const BOTH: Tracks = Tracks { microphone: true, camera: true, ..Tracks::NONE };
const ALL: Tracks = Tracks { screen: true, ..BOTH };

fn names(map: &TrackMap) -> Vec<(&str, TrackSource)> {
    map.iter().map(|(mid, source)| (mid.as_str(), *source)).collect()
}

/// The kinds of the media sections in their order.
fn sections(sdp: &str) -> Vec<&str> {
    sdp.lines().filter_map(|line| line.strip_prefix("m=")).filter_map(|line| line.split(' ').next()).collect()
}

/// Carries candidates across until both ends are connected and can talk.
async fn connect(a: &mut End, b: &mut End) {
    tokio::time::timeout(LONG, async {
        while !(a.is_up() && b.is_up()) {
            for candidate in a.candidates.drain(..) {
                b.connection.add_candidate(candidate).await.unwrap();
            }
            for candidate in b.candidates.drain(..) {
                a.connection.add_candidate(candidate).await.unwrap();
            }
            tokio::select! {
                Some((_, event)) = a.reports.recv() => a.note(event),
                Some((_, event)) = b.reports.recv() => b.note(event),
            }
        }
    })
    .await
    .expect("connected in time");
}

async fn connected_pair() -> (End, End) {
    let (mut a, mut b) = (End::open().await, End::open().await);
    b.apply(DescriptionKind::Offer, a.connection.create_offer(false, BOTH).await.unwrap()).await;
    a.apply(DescriptionKind::Answer, b.connection.create_answer(BOTH).await.unwrap()).await;
    connect(&mut a, &mut b).await;
    (a, b)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sections_come_in_the_agreed_order_with_the_agreed_codecs() {
    let (a, b) = (End::open().await, End::open().await);
    let offer = a.connection.create_offer(false, ALL).await.unwrap();
    assert_eq!(sections(&offer.sdp), ["audio", "video", "video", "application"]);
    let expected = [("0", TrackSource::Microphone), ("1", TrackSource::Camera), ("2", TrackSource::Screen)];
    assert_eq!(names(&offer.tracks), expected);
    let codecs: Vec<&str> = offer.sdp.lines().filter(|line| line.starts_with("a=rtpmap:")).collect();
    assert_eq!(codecs, ["a=rtpmap:111 opus/48000/2", "a=rtpmap:96 VP8/90000", "a=rtpmap:96 VP8/90000"]);
    assert!(offer.sdp.contains("useinbandfec=1"));
    assert_eq!(offer.sdp.matches("a=sendrecv").count(), 4, "three tracks and the data channel's default");
    // The answerer has no screen: its section is answered, its map leaves it out.
    b.apply(DescriptionKind::Offer, offer).await;
    let answer = b.connection.create_answer(BOTH).await.unwrap();
    assert_eq!(sections(&answer.sdp), ["audio", "video", "video", "application"]);
    assert_eq!(names(&answer.tracks), &expected[..2]);
    a.apply(DescriptionKind::Answer, answer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_is_answered_in_the_section_the_remote_opened_for_its_own() {
    let (mut a, mut b) = connected_pair().await;
    b.apply(DescriptionKind::Offer, a.connection.create_offer(false, ALL).await.unwrap()).await;
    let answer = b.connection.create_answer(ALL).await.unwrap();
    assert_eq!(Tracks::of(&answer.tracks), ALL);
    a.apply(DescriptionKind::Answer, answer).await;
    assert_eq!(a.shows(TrackSource::Screen, &mut b).await.source, TrackSource::Screen);
    assert_eq!(b.shows(TrackSource::Screen, &mut a).await.source, TrackSource::Screen);
    assert_eq!(b.shows(TrackSource::Camera, &mut a).await.source, TrackSource::Camera);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_that_has_no_room_in_the_answer_is_left_out_and_can_be_offered_next() {
    let (mut a, b) = connected_pair().await;
    b.apply(DescriptionKind::Offer, a.connection.create_offer(false, BOTH).await.unwrap()).await;
    let answer = b.connection.create_answer(ALL).await.unwrap();
    assert_eq!(Tracks::of(&answer.tracks), BOTH);
    a.apply(DescriptionKind::Answer, answer).await;
    let offer = b.connection.create_offer(false, ALL).await.unwrap();
    assert_eq!(Tracks::of(&offer.tracks), ALL);
    a.apply(DescriptionKind::Offer, offer).await;
    b.apply(DescriptionKind::Answer, a.connection.create_answer(BOTH).await.unwrap()).await;
    assert_eq!(b.shows(TrackSource::Screen, &mut a).await.source, TrackSource::Screen);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn glare_on_the_first_offer_is_resolved_by_rolling_back() {
    for _ in 0..5 {
        let (mut a, mut b) = (End::open().await, End::open().await);
        let offer = a.connection.create_offer(false, BOTH).await.unwrap();
        b.connection.create_offer(false, BOTH).await.unwrap();
        b.connection.rollback().await.unwrap();
        b.apply(DescriptionKind::Offer, offer).await;
        a.apply(DescriptionKind::Answer, b.connection.create_answer(BOTH).await.unwrap()).await;
        connect(&mut a, &mut b).await;
        a.shows(TrackSource::Camera, &mut b).await;
        b.shows(TrackSource::Camera, &mut a).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_takes_no_more_messages_than_its_row_says_while_none_arrives() {
    let (a, _b) = connected_pair().await;
    a.impairment.set(100, Duration::MAX);
    let say = async || {
        let message = ChannelMessage::Text("{}".into());
        a.connection.send_message(ChannelId::CONTROL, message).await
    };
    for n in 0..holdfast_delivery::CONTROL.bounds.queue_messages {
        assert!(say().await, "message {n}");
    }
    assert!(!say().await);
    // Once the remote has acknowledged everything, there is room again.
    a.impairment.set(0, Duration::ZERO);
    tokio::time::timeout(LONG, async {
        while !say().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("room again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_messages_does_not_wait_for_a_reader_that_is_behind_and_is_counted() {
    const SAID: usize = 3 * CONNECTION_EVENT_QUEUE;
    let (a, mut b) = connected_pair().await;
    let say = async |text: &str| {
        let deadline = Instant::now() + LONG;
        while !a.connection.send_message(ChannelId::CONTROL, ChannelMessage::Text(text.into())).await {
            assert!(Instant::now() < deadline, "the other end reads nothing");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    // Nothing takes the reports of the other end meanwhile, so its queue is full long before this is over.
    for _ in 0..SAID {
        say("{}").await;
    }
    let (mut read, mut lost) = (0, 0);
    let mut over = false;
    say(r#"{"type":"goodbye"}"#).await;
    tokio::time::timeout(LONG, async {
        while !over {
            match b.reports.recv().await.unwrap().1 {
                Report::Message { message: ChannelMessage::Text(text), .. } if text == "{}" => read += 1,
                Report::Message { .. } => over = true,
                Report::Unread { messages, .. } => lost += messages,
                _ => {}
            }
        }
    })
    .await
    .expect("a goodbye is kept");
    assert!(lost > 0);
    assert_eq!(read + lost, SAID as u64);
}

/// A side that ignores an offer also ignores the candidates that come with it. The library does not find them again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_names_the_candidates_found_for_an_offer_that_was_taken_back() {
    let (a, mut b) = (End::open().await, End::open().await);
    let offer = a.connection.create_offer(false, BOTH).await.unwrap();
    b.connection.create_offer(false, BOTH).await.unwrap();
    let found = tokio::time::timeout(LONG, async {
        loop {
            let (_, event) = b.reports.recv().await.unwrap();
            b.note(event);
            if let Some(found) = b.candidates.iter().find(|found| !found.candidate.is_empty()) {
                return found.candidate.clone();
            }
        }
    })
    .await
    .expect("a candidate is found");
    b.connection.rollback().await.unwrap();
    b.apply(DescriptionKind::Offer, offer).await;
    let answer = b.connection.create_answer(BOTH).await.unwrap();
    // Address and port; foundation and priority are the library's own matter.
    let address = found.split(' ').skip(4).take(2).collect::<Vec<_>>().join(" ");
    let named = answer.sdp.lines().filter(|line| line.starts_with("a=candidate:"));
    assert!(
        named.clone().any(|line| line.contains(&address)),
        "{address:?} is not in {:?}",
        named.collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn glare_while_both_add_a_screen_loses_neither() {
    for _ in 0..5 {
        let (mut a, mut b) = connected_pair().await;
        let offer = a.connection.create_offer(false, ALL).await.unwrap();
        b.connection.create_offer(false, ALL).await.unwrap();
        b.connection.rollback().await.unwrap();
        b.apply(DescriptionKind::Offer, offer).await;
        let answer = b.connection.create_answer(ALL).await.unwrap();
        assert_eq!(Tracks::of(&answer.tracks), ALL);
        a.apply(DescriptionKind::Answer, answer).await;
        assert!(a.connection.is_stable().await && b.connection.is_stable().await);
        a.shows(TrackSource::Screen, &mut b).await;
        b.shows(TrackSource::Screen, &mut a).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ice_restart_keeps_media_flowing() {
    let (mut a, mut b) = connected_pair().await;
    b.apply(DescriptionKind::Offer, a.connection.create_offer(true, BOTH).await.unwrap()).await;
    a.apply(DescriptionKind::Answer, b.connection.create_answer(BOTH).await.unwrap()).await;
    a.connected = None;
    b.connected = None;
    connect(&mut a, &mut b).await;
    a.shows(TrackSource::Camera, &mut b).await;
    b.shows(TrackSource::Camera, &mut a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unanswered_restart_leaves_the_path_as_it_was() {
    let (mut a, mut b) = connected_pair().await;
    for _ in 0..2 {
        let lost = a.connection.create_offer(true, BOTH).await.unwrap();
        assert!(lost.sdp.contains("ice-ufrag"));
        a.shows(TrackSource::Camera, &mut b).await;
        b.shows(TrackSource::Camera, &mut a).await;
        a.connection.rollback().await.unwrap();
    }
    // The next restart is answered, and works as usual.
    b.apply(DescriptionKind::Offer, a.connection.create_offer(true, BOTH).await.unwrap()).await;
    a.apply(DescriptionKind::Answer, b.connection.create_answer(BOTH).await.unwrap()).await;
    a.connected = None;
    b.connected = None;
    connect(&mut a, &mut b).await;
    a.shows(TrackSource::Camera, &mut b).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_restarting_at_once_brings_both_directions_back() {
    for remote_restarts in [true, false] {
        let (mut a, mut b) = connected_pair().await;
        let offer = a.connection.create_offer(remote_restarts, BOTH).await.unwrap();
        b.connection.create_offer(true, BOTH).await.unwrap();
        b.connection.rollback().await.unwrap();
        b.apply(DescriptionKind::Offer, offer).await;
        a.apply(DescriptionKind::Answer, b.connection.create_answer(BOTH).await.unwrap()).await;
        if remote_restarts {
            a.connected = None;
            b.connected = None;
            connect(&mut a, &mut b).await;
        } else {
            // The side that took its restart back restarts again.
            a.apply(DescriptionKind::Offer, b.connection.create_offer(true, BOTH).await.unwrap()).await;
            b.apply(DescriptionKind::Answer, a.connection.create_answer(BOTH).await.unwrap()).await;
            a.connected = None;
            b.connected = None;
            connect(&mut a, &mut b).await;
        }
        a.shows(TrackSource::Camera, &mut b).await;
        b.shows(TrackSource::Camera, &mut a).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_before_the_description_is_refused_with_a_code() {
    let a = End::open().await;
    let candidate = Candidate {
        candidate: "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host".to_owned(),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
    };
    let error = a.connection.add_candidate(candidate).await.unwrap_err();
    assert_eq!(error.code(), "candidate_refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_refused_with_a_code_and_leaves_the_connection_usable() {
    let (mut a, mut b) = (End::open().await, End::open().await);
    for garbage in ["", "nonsense", "v=0\r\n", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio"] {
        for kind in [DescriptionKind::Offer, DescriptionKind::Answer] {
            let error = b.connection.apply_remote(kind, garbage.to_owned(), TrackMap::new()).await;
            let code = error.unwrap_err().code();
            assert!(["description_malformed", "description_refused"].contains(&code), "{garbage:?}: {code}");
            assert!(b.connection.is_stable().await, "{garbage:?}");
        }
    }
    b.apply(DescriptionKind::Offer, a.connection.create_offer(false, BOTH).await.unwrap()).await;
    a.apply(DescriptionKind::Answer, b.connection.create_answer(BOTH).await.unwrap()).await;
    connect(&mut a, &mut b).await;
}

/// The transport takes two seconds to notice, so the closed channel is the first sign of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_closes_without_goodbye_closes_the_control_channel_of_the_other() {
    let (a, mut b) = connected_pair().await;
    a.connection.close().await;
    let (_, first) = tokio::time::timeout(LONG, b.reports.recv()).await.unwrap().unwrap();
    assert_eq!(first, Report::control_open(false));
}

/// What a hostile remote may do to a description.
#[derive(Debug, Clone)]
enum Damage {
    DropLine(usize),
    DoubleLine(usize),
    Cut(usize),
    Replace(usize, char),
    SwapLines(usize, usize),
}

fn damage(sdp: &str, damages: &[Damage]) -> String {
    let mut lines: Vec<String> = sdp.lines().map(str::to_owned).collect();
    for damage in damages {
        let len = lines.len().max(1);
        match *damage {
            Damage::DropLine(at) if !lines.is_empty() => drop(lines.remove(at % len)),
            Damage::DoubleLine(at) if !lines.is_empty() => lines.insert(at % len, lines[at % len].clone()),
            Damage::SwapLines(x, y) if !lines.is_empty() => lines.swap(x % len, y % len),
            Damage::Cut(at) if !lines.is_empty() => lines.truncate(at % len + 1),
            Damage::Replace(at, with) if !lines.is_empty() => {
                let line = &mut lines[at % len];
                let chars: Vec<char> = line.chars().collect();
                let spot = at % chars.len().max(1);
                *line = chars.iter().enumerate().map(|(i, c)| if i == spot { with } else { *c }).collect();
            }
            _ => {}
        }
    }
    lines.join("\r\n") + "\r\n"
}

fn any_damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<usize>().prop_map(Damage::DropLine),
        any::<usize>().prop_map(Damage::DoubleLine),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), any::<char>()).prop_map(|(at, with)| Damage::Replace(at, with)),
        (any::<usize>(), any::<usize>()).prop_map(|(x, y)| Damage::SwapLines(x, y)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// A damaged offer or answer is taken or refused; it never panics, and a refused offer leaves no exchange
    /// half done.
    #[test]
    fn damaged_descriptions_do_no_harm(damages in prop::collection::vec(any_damage(), 1..6)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let (a, b) = (End::open().await, End::open().await);
            let offer = a.connection.create_offer(false, ALL).await.unwrap();
            let broken = damage(&offer.sdp, &damages);
            if b.connection.apply_remote(DescriptionKind::Offer, broken, TrackMap::new()).await.is_err() {
                assert!(b.connection.is_stable().await);
                b.apply(DescriptionKind::Offer, offer).await;
            }
            if let Ok(answer) = b.connection.create_answer(BOTH).await {
                let broken = damage(&answer.sdp, &damages);
                let _ = a.connection.apply_remote(DescriptionKind::Answer, broken, TrackMap::new()).await;
            }
            a.connection.close().await;
            b.connection.close().await;
        });
    }
}
