//! One stay in a meeting, from joining to the report.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdfast_media::audio::RemoteAudio;
use holdfast_meeting::{
    FeedFrame, FeedNumber, Meeting, MeetingConfig, MeetingError, MeetingEvent, MeetingSnapshot, Notice,
    ParticipantView,
};
use holdfast_protocol::{FeedId, MeetingLink, Revision, TrackSource};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

use crate::cli::{Audio, Common, Video};
use crate::error::BotError;
use crate::events::{Event, Printer};
use crate::observer::{Facts, Observer, Setting, Sound};
use crate::orders::{self, Order};
use crate::pictures::{Decoding, Picture};
use crate::reading::{connection, media_report, text};
use crate::recording::Recording;
use crate::report::{Own, Shortfall};

/// How often levels and counters are read.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How often the sound is looked at with `--arrivals`: once per packet.
const LISTEN_EVERY: Duration = Duration::from_millis(20);

/// How long we ask for an id that is still taken: the server notices a dead participant within 15 seconds.
const ID_PATIENCE: Duration = Duration::from_secs(20);

/// Pause between two such attempts.
const ID_PAUSE: Duration = Duration::from_millis(200);

/// Shortest time between two requests for a keyframe, per feed.
const KEYFRAME_EVERY: Duration = Duration::from_secs(1);

/// Joins, stays for the given time, leaves and writes the report. Returns what was missing for a success.
pub(crate) async fn attend(
    link: MeetingLink,
    common: Common,
    started: Instant,
    host: bool,
) -> Result<Vec<Shortfall>, BotError> {
    let recording = match &common.record {
        Some(folder) => {
            Some(Recording::create(folder).map_err(|error| BotError::Write(folder.clone(), error))?)
        }
        None => None,
    };
    let (decoding, pictures) = Decoding::start().map_err(BotError::Thread)?;
    let orders = if common.commands { Some(orders::from_stdin().map_err(BotError::Thread)?) } else { None };
    // As near to `started` as possible: the two clocks are read one after the other.
    let started_unix_us = unix_us().saturating_sub(microseconds(started.elapsed()));
    let (meeting, events) = join(config(link, &common, host), started).await?;
    let joined_ms = milliseconds(started.elapsed());
    let own = Own { id: meeting.id().to_string(), name: common.name.clone() };
    let printer = Printer::new(common.events);
    printer.print(joined_ms, &Event::Joined { id: &own.id });
    let setting =
        Setting { decoding: !common.no_decode, arrivals: common.arrivals, started_unix_us, joined_ms };
    let mut session = Session {
        started,
        observer: Observer::new(own, &setting),
        arrivals: common.arrivals,
        frames: meeting.frames(),
        frames_ended: false,
        meeting,
        decoding: (!common.no_decode).then_some(decoding),
        recording,
        printer,
        people: HashMap::new(),
        cameras: HashMap::new(),
        chat: Revision::NONE,
    };
    let until = common.duration.map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
    let failure = session.stay(events, pictures, orders, until).await;
    // Read before the goodbye: afterwards all connections are gone.
    session.look().await;
    let report = session.observer.report(session.now());
    session.meeting.leave().await;
    if let Some(path) = &common.report {
        report.write(path).map_err(|error| BotError::Write(path.clone(), error))?;
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(report.shortfalls),
    }
}

/// Joins. With an earlier id, joins as soon as the server has noticed that the id is free.
async fn join(
    config: MeetingConfig,
    started: Instant,
) -> Result<(Meeting, mpsc::Receiver<MeetingEvent>), MeetingError> {
    loop {
        let error = match Meeting::join(config.clone()).await {
            Ok(joined) => return Ok(joined),
            Err(error) => error,
        };
        let is_taken = matches!(&error, MeetingError::Signaling(error) if error.code() == "id_taken");
        if !is_taken || config.participant.is_none() || started.elapsed() > ID_PATIENCE {
            return Err(error);
        }
        tokio::time::sleep(ID_PAUSE).await;
    }
}

fn config(link: MeetingLink, common: &Common, host: bool) -> MeetingConfig {
    MeetingConfig {
        link,
        host,
        participant: common.participant.clone(),
        name: common.name.clone(),
        bind: common.bind_addresses(),
        ice_servers: common.ice_servers(),
        microphone: common.audio != Audio::None,
        camera: common.video != Video::None,
        listening: Vec::new(),
        pinned: None,
        video: common.video_source(),
        video_settings: common.video_settings(),
        audio: common.audio_source(),
        sink: common.audio_sink(),
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn unix_us() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, microseconds)
}

/// A participant who is in the meeting now.
struct Person {
    name: String,
    /// The number of their camera's feed.
    camera: u32,
    audio: Option<Arc<RemoteAudio>>,
    keyframe_asked: Option<Instant>,
    decoded: u64,
    received: u64,
}

struct Session {
    started: Instant,
    meeting: Meeting,
    observer: Observer,
    /// Whether to record each arrival of sound.
    arrivals: bool,
    frames: broadcast::Receiver<FeedFrame>,
    frames_ended: bool,
    decoding: Option<Decoding>,
    recording: Option<Recording>,
    printer: Printer,
    people: HashMap<String, Person>,
    /// The participant whose camera a feed shows, by the feed's number.
    cameras: HashMap<u32, String>,
    /// The chat was told up to this revision.
    chat: Revision,
}

/// Whether to stay.
enum Next {
    Stay,
    Leave,
    Fail(BotError),
}

impl Session {
    fn now(&self) -> u64 {
        milliseconds(self.started.elapsed())
    }

    /// Stays until told to leave, until the time is up, or until the meeting ends.
    async fn stay(
        &mut self,
        mut events: mpsc::Receiver<MeetingEvent>,
        mut pictures: mpsc::Receiver<Picture>,
        mut orders: Option<mpsc::Receiver<Order>>,
        until: Option<Duration>,
    ) -> Option<BotError> {
        let time_up = async {
            match until {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        let told = orders::told_to_end();
        tokio::pin!(time_up, told);
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut listen = tokio::time::interval(LISTEN_EVERY);
        listen.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            // Events first: they say which participant a feed belongs to.
            let next = tokio::select! {
                biased;
                () = &mut told => Next::Leave,
                () = &mut time_up => Next::Leave,
                event = events.recv() => match event {
                    Some(event) => self.event(event),
                    None => Next::Leave,
                },
                order = next_order(&mut orders) => self.obey(order).await,
                _ = look.tick() => { self.look().await; Next::Stay }
                _ = listen.tick(), if self.arrivals => { self.listen(); Next::Stay }
                Some(picture) = pictures.recv() => { self.picture(picture).await; Next::Stay }
                frame = self.frames.recv(), if !self.frames_ended => { self.frame(frame).await; Next::Stay }
            };
            match next {
                Next::Stay => {}
                Next::Leave => return None,
                Next::Fail(error) => return Some(error),
            }
        }
    }

    fn event(&mut self, event: MeetingEvent) -> Next {
        let now = self.now();
        match event {
            MeetingEvent::Snapshot { snapshot } => self.snapshot(*snapshot),
            MeetingEvent::Participant { participant } => self.participant(&participant),
            MeetingEvent::ParticipantLeft { id } => self.left(id.as_str()),
            MeetingEvent::Me { me } => self.observer.own_media(media_report(&me), now),
            MeetingEvent::Signaling { state } => {
                let state = text(&state);
                self.observer.signaling(&state, now);
                self.printer.print(now, &Event::Signaling { state: &state });
            }
            MeetingEvent::Notice { code } => {
                self.printer.print(now, &Event::Notice { code: &text(&code) });
                match code {
                    Notice::VideoFileInvalid => return Next::Fail(BotError::Source("video_file_invalid")),
                    Notice::AudioFileInvalid => return Next::Fail(BotError::Source("audio_file_invalid")),
                    _ => tracing::warn!(code = text(&code), "notice"),
                }
            }
            MeetingEvent::Chat { .. } => self.chat(),
            // For people who read along.
            MeetingEvent::Pinned { .. }
            | MeetingEvent::Solved { .. }
            | MeetingEvent::Levels { .. }
            | MeetingEvent::MutedVoice
            | MeetingEvent::Quality { .. }
            | MeetingEvent::Devices { .. } => {}
            MeetingEvent::Ended { code } => {
                self.printer.print(now, &Event::Ended { code: code.as_deref() });
                self.observer.ended(code);
                return Next::Leave;
            }
        }
        Next::Stay
    }

    /// Tells what changed in the chat.
    fn chat(&mut self) {
        let now = self.now();
        loop {
            let changes = self.meeting.chat_since(self.chat);
            let Some(last) = changes.messages.last() else { return };
            self.chat = last.revision;
            for message in &changes.messages {
                self.printer.print(now, &Event::Chat(message));
            }
        }
    }

    /// The whole list again: a participant who is not in it is gone.
    fn snapshot(&mut self, snapshot: MeetingSnapshot) {
        let here = |id: &String| snapshot.participants.iter().any(|view| view.id.as_str() == id);
        let gone: Vec<_> = self.people.keys().filter(|id| !here(id)).cloned().collect();
        for id in gone {
            self.left(&id);
        }
        let now = self.now();
        self.observer.own_media(media_report(&snapshot.me), now);
        self.observer.signaling(&text(&snapshot.signaling), now);
        for view in &snapshot.participants {
            self.participant(view);
        }
    }

    fn participant(&mut self, view: &ParticipantView) {
        let (now, id) = (self.now(), view.id.to_string());
        let state = text(&view.state);
        let media = media_report(view);
        self.observer.participant(&Facts { id: &id, name: &view.name, state: &state, media }, now);
        self.printer.print(now, &Event::Participant { id: &id, name: &view.name, state: &state, media });
        // A shared screen is not decoded and not recorded.
        let Some(FeedNumber(camera)) = view.number(TrackSource::Camera) else { return };
        self.cameras.insert(camera, id.clone());
        let person = self.people.entry(id).or_insert_with(|| Person {
            name: String::new(),
            camera,
            audio: None,
            keyframe_asked: None,
            decoded: 0,
            received: 0,
        });
        person.name.clone_from(&view.name);
        person.camera = camera;
    }

    fn left(&mut self, id: &str) {
        let now = self.now();
        self.observer.left(id, now);
        self.printer.print(now, &Event::Left { id });
        if let Some(person) = self.people.remove(id) {
            self.cameras.remove(&person.camera);
            if let Some(recording) = &mut self.recording {
                recording.left(person.camera);
            }
        }
    }

    async fn frame(&mut self, frame: Result<FeedFrame, RecvError>) {
        let frame = match frame {
            Ok(frame) => frame,
            Err(RecvError::Lagged(count)) => {
                self.observer.frames_lagged(count);
                let cameras: Vec<_> = self.cameras.keys().copied().collect();
                for camera in cameras {
                    self.ask_for_keyframe(camera).await;
                }
                return;
            }
            // The meeting is over; its last event says so.
            Err(RecvError::Closed) => {
                self.frames_ended = true;
                return;
            }
        };
        let feed = frame.feed.0;
        // Not in the list: our own picture, a shared screen, or a participant who has just left.
        let Some(id) = self.cameras.get(&feed) else { return };
        let Some(person) = self.people.get_mut(id) else { return };
        person.received += 1;
        self.observer.frame_received(id);
        if let Some(recording) = &mut self.recording {
            recording.picture(&person.name, id, &frame);
        }
        if let Some(decoding) = &self.decoding
            && !decoding.push(frame)
        {
            self.observer.frames_lagged(1);
            self.ask_for_keyframe(feed).await;
        }
    }

    async fn picture(&mut self, picture: Picture) {
        match picture {
            Picture::KeyframeWanted { feed } => self.ask_for_keyframe(feed).await,
            Picture::Shown { feed, width, height, at } => {
                let Some(id) = self.cameras.get(&feed) else { return };
                let at = milliseconds(at.saturating_duration_since(self.started));
                self.observer.frame_decoded(id, width, height, at);
                if let Some(person) = self.people.get_mut(id) {
                    person.decoded += 1;
                }
            }
        }
    }

    async fn ask_for_keyframe(&mut self, feed: u32) {
        let Some(person) = self.cameras.get(&feed).and_then(|id| self.people.get_mut(id)) else { return };
        if person.keyframe_asked.is_some_and(|asked| asked.elapsed() < KEYFRAME_EVERY) {
            return;
        }
        person.keyframe_asked = Some(Instant::now());
        // An ended meeting says so in its events.
        let _ = self.meeting.request_keyframe(FeedNumber(feed)).await;
    }

    async fn obey(&mut self, order: Order) -> Next {
        // An ended meeting says so in its events.
        let _ = match order {
            Order::Microphone(on) => self.meeting.set_microphone(on).await,
            Order::Camera(on) => self.meeting.set_camera(on).await,
            Order::Hand(raised) => self.meeting.set_hand(raised).await,
            Order::Write { to, text } => {
                let written = self.meeting.chat_write(to, &text).map(drop);
                if let Err(error) = &written {
                    self.printer.print(self.now(), &Event::NotWritten { code: error.code() });
                }
                written
            }
            Order::Leave => return Next::Leave,
        };
        Next::Stay
    }

    /// Looks only at the sound, which is cheap.
    fn listen(&mut self) {
        let now = self.now();
        for (id, person) in &self.people {
            if let Some(audio) = &person.audio {
                self.observer.heard(id, audio.packets(), audio.level(), now);
            }
        }
    }

    /// Reads levels and counters.
    async fn look(&mut self) {
        let now = self.now();
        for (id, person) in &mut self.people {
            let Ok(participant) = id.parse() else { continue };
            let voice = FeedId::new(participant, TrackSource::Microphone);
            let audio = self.meeting.remote_audio(&voice);
            let is_new = match (&audio, &person.audio) {
                (Some(new), Some(old)) => !Arc::ptr_eq(new, old),
                (new, _) => new.is_some(),
            };
            if let (true, Some(audio), Some(recording)) = (is_new, &audio, &mut self.recording)
                && let Err(error) = recording.sound(&person.name, id, person.camera, audio)
            {
                tracing::warn!(code = error.code(), "sound not recorded");
            }
            person.audio = audio;
            let stats = person.audio.as_ref().map(|audio| audio.stats());
            if let Some(stats) = &stats {
                self.observer.sound(
                    id,
                    Sound {
                        dbfs: stats.dbfs,
                        hz: stats.hz,
                        concealed: stats.concealed,
                        packets: stats.received,
                    },
                );
            }
            self.printer.print(
                now,
                &Event::Receiving {
                    id,
                    frames_decoded: person.decoded,
                    frames_received: person.received,
                    dbfs: stats.as_ref().map(|stats| stats.dbfs),
                    hz: stats.as_ref().map(|stats| stats.hz),
                },
            );
        }
        for peer in self.meeting.peer_snapshots().await.unwrap_or_default() {
            let count = |name: &str| peer["stats"][name].as_u64().unwrap_or(0);
            if let Some(id) = peer["negotiation"]["remote"].as_str() {
                self.observer.bytes(id, count("bytesIn"), count("bytesOut"));
                self.observer.connection(id, connection(&peer["negotiation"]));
            }
        }
    }
}

/// The next order. Waits without end if orders are not read or no more come.
async fn next_order(orders: &mut Option<mpsc::Receiver<Order>>) -> Order {
    if let Some(receiver) = orders
        && let Some(order) = receiver.recv().await
    {
        return order;
    }
    std::future::pending().await
}
