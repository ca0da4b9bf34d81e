//! The actor: one task that tells a meeting's [`Machine`] what happens and carries out what it decides.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_delivery::{CHANNELS, ChannelId};
use holdfast_meeting_machine::{
    Change, Effect, Event, Feeds, Input, LinkKey, LinkRequest, Listening, Machine, Notice, Now,
};
use holdfast_peer::{Peer, PeerConfig};
use holdfast_protocol::{Generation, ParticipantId, PeerMessage, TrackSource};
use holdfast_signaling_client::{Signaling, SignalingEvent};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::chat::ChatDriver;
use crate::clock_jump::ClockWatch;
use crate::command::Command;
use crate::config::MeetingConfig;
use crate::diagnostics::{Counts, Inspection};
use crate::error::MeetingError;
use crate::events::Events;
use crate::fanout::Fanout;
use crate::frames::FeedFrames;
use crate::local_media::{LocalEvent, LocalMedia};
use crate::network::AddressWatch;
use crate::remote::{Reports, pump};
use crate::speakers::Speakers;
use crate::view::{self, MeetingEvent, MeetingSnapshot};
use crate::watch::Watch;

/// No connection starts before our devices are ready, or this long has passed (requirement M2).
const DEVICE_WAIT: Duration = Duration::from_secs(10);

/// Events of one link that may wait for its pump: two seconds of sound and pictures.
const PEER_EVENT_QUEUE: usize = 256;

/// How long leaving waits for the signaling server to take our goodbye.
const GOODBYE_WAIT: Duration = Duration::from_secs(2);

/// Everything an actor is made of.
pub(crate) struct ActorParts {
    pub(crate) config: MeetingConfig,
    pub(crate) id: ParticipantId,
    pub(crate) machine: Machine,
    pub(crate) signaling: Signaling,
    pub(crate) signaling_events: mpsc::Receiver<SignalingEvent>,
    pub(crate) local_media: LocalMedia,
    pub(crate) local_events: mpsc::Receiver<LocalEvent>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) fanout: Fanout,
    pub(crate) frames: FeedFrames,
    pub(crate) speakers: Speakers,
    pub(crate) chat: ChatDriver,
    pub(crate) first_notice: Option<Notice>,
    pub(crate) clock: Clock,
}

/// The machine's time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    epoch: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { epoch: Instant::now() }
    }

    pub(crate) fn now(self) -> Now {
        Now { at: self.epoch.elapsed(), unix_ms: unix_ms() }
    }
}

pub(crate) struct Actor {
    config: MeetingConfig,
    id: ParticipantId,
    machine: Machine,
    signaling: Signaling,
    signaling_events: mpsc::Receiver<SignalingEvent>,
    local_media: LocalMedia,
    local_events: mpsc::Receiver<LocalEvent>,
    commands: mpsc::Receiver<Command>,
    fanout: Fanout,
    frames: FeedFrames,
    speakers: Speakers,
    chat: ChatDriver,
    peers: HashMap<LinkKey, Peer>,
    reports: Reports,
    events: Events,
    clock: Clock,
    counts: Counts,
}

/// Why the loop ended.
enum End {
    Left(Option<oneshot::Sender<()>>),
    Refused(MeetingError),
}

/// Now, in milliseconds of Unix time.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Actor {
    pub(crate) fn new(parts: ActorParts) -> (Self, mpsc::Receiver<MeetingEvent>) {
        let (events, receiver) = Events::new();
        let mut actor = Self {
            config: parts.config,
            id: parts.id,
            machine: parts.machine,
            signaling: parts.signaling,
            signaling_events: parts.signaling_events,
            local_media: parts.local_media,
            local_events: parts.local_events,
            commands: parts.commands,
            fanout: parts.fanout,
            frames: parts.frames,
            speakers: parts.speakers,
            chat: parts.chat,
            peers: HashMap::new(),
            reports: Reports::default(),
            events,
            clock: parts.clock,
            counts: Counts::default(),
        };
        for other in actor.machine.others() {
            actor.chat.joined(other.id.clone(), other.name.clone(), true);
        }
        let snapshot = Box::new(actor.snapshot());
        actor.emit(MeetingEvent::Snapshot { snapshot });
        if let Some(code) = parts.first_notice {
            actor.machine.handle_input(Input::DeviceNotice(code), parts.clock.now());
        }
        (actor, receiver)
    }

    pub(crate) async fn run(mut self) {
        let device_wait = tokio::time::sleep(DEVICE_WAIT);
        tokio::pin!(device_wait);
        let mut devices_waited = false;
        let mut addresses = AddressWatch::start(&self.config.bind);
        let mut clock_watch = ClockWatch::start();
        let mut watch = Watch::start();
        let end = loop {
            self.settle();
            let timeout = self.machine.poll_timeout().map(|at| self.clock.epoch + at);
            let input = tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Leave(reply)) => break End::Left(Some(reply)),
                    Some(command) => match self.answer(command) {
                        Some(input) => input,
                        None => continue,
                    },
                    None => break End::Left(None),
                },
                event = self.signaling_events.recv() => match event {
                    Some(SignalingEvent::Refused(error)) => break End::Refused(error.into()),
                    Some(event) => {
                        self.counts.note(&event);
                        Input::Signaling(event)
                    }
                    None => break End::Refused(MeetingError::Ended),
                },
                input = self.reports.next() => input,
                Some(event) = self.local_events.recv() => self.device_news(event),
                chat = self.chat.changed() => {
                    self.emit(MeetingEvent::Chat { chat });
                    continue;
                }
                () = addresses.changed() => Input::AddressesChanged,
                () = clock_watch.jumped() => Input::Woke,
                () = &mut device_wait, if !devices_waited => {
                    devices_waited = true;
                    Input::DevicesReady
                }
                () = watch.due() => match self.look(&mut watch) {
                    Some(input) => input,
                    None => continue,
                },
                () = until(timeout) => {
                    self.machine.handle_timeout(self.clock.now());
                    continue;
                }
            };
            self.machine.handle_input(input, self.clock.now());
        };
        self.end(end).await;
    }

    /// Answers what is only asked; hands on what is for the machine.
    fn answer(&self, command: Command) -> Option<Input> {
        match command {
            Command::Input(input) => return Some(input),
            Command::Microphone => return Some(Input::Change(Change::Microphone(self.wanted().microphone))),
            Command::Camera => return Some(Input::Change(Change::Camera(self.wanted().camera))),
            Command::Snapshot(reply) => drop(reply.send(self.snapshot())),
            Command::Peers(reply) => {
                let snapshots =
                    self.peers.values().filter_map(|peer| serde_json::to_value(peer.snapshot()).ok());
                drop(reply.send(snapshots.collect()));
            }
            Command::Inspect(reply) => drop(reply.send(Inspection {
                snapshot: self.snapshot(),
                peers: self.peers.iter().map(|(link, peer)| (link.clone(), peer.clone())).collect(),
                counts: Counts {
                    events_lost: self.events.dropped,
                    link_reports_dropped: self.reports.dropped(),
                    chat: self.chat.counts(),
                    unused: self.machine.drops(),
                    ..self.counts.clone()
                },
            })),
            Command::DropSignaling => self.signaling.drop_connection(),
            Command::Leave(_) => {}
        }
        None
    }

    fn wanted(&self) -> holdfast_meeting_machine::Wanted {
        self.local_media.control().wanted()
    }

    /// What a report of the devices is to the machine. A device that failed and is wanted again is being tried: what
    /// everyone is told of it follows the wish.
    fn device_news(&self, event: LocalEvent) -> Input {
        match event {
            LocalEvent::Ready => Input::DevicesReady,
            LocalEvent::CameraFailed { notice, .. } if !self.wanted().camera => Input::CameraFailed(notice),
            LocalEvent::MicrophoneFailed { notice, .. } if !self.wanted().microphone => {
                Input::MicrophoneFailed(notice)
            }
            LocalEvent::CameraFailed { notice, .. } | LocalEvent::MicrophoneFailed { notice, .. } => {
                Input::DeviceNotice(notice)
            }
            LocalEvent::Used(kind, id) => Input::DeviceUsed { kind, id },
            LocalEvent::Notice(code) => Input::DeviceNotice(code),
            LocalEvent::Solved(code) => Input::DeviceSolved(code),
        }
    }

    /// Looks at what changes all the time, and tells what is news.
    fn look(&mut self, watch: &mut Watch) -> Option<Input> {
        let captured = self.local_media.control().microphone_dbfs();
        let open = self.machine.own_media().microphone;
        for event in watch.levels(&self.speakers, captured, open, self.clock.now().at) {
            self.events.send_passing(event);
        }
        if !watch.is_long_due() {
            return None;
        }
        if let Some(event) = watch.quality(&self.peers, &self.machine) {
            self.events.send_passing(event);
        }
        Some(watch.heard(&self.speakers))
    }

    fn settle(&mut self) {
        while let Some(effect) = self.machine.poll_effect() {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect { link, feeds, first_generation, listening } => {
                self.connect(link, feeds, first_generation, listening);
            }
            Effect::Disconnect { link } => self.disconnect(&link, false),
            Effect::Ask { link, request } => {
                if let Some(peer) = self.peers.get(&link) {
                    ask(peer, request);
                }
            }
            Effect::Signal { to, generation, message } => self.signaling.send(to, generation, message),
            Effect::ReconnectSignaling => self.signaling.reconnect(),
            Effect::CheckSignaling => self.signaling.check(),
            Effect::OwnKeyframe(TrackSource::Camera) => self.local_media.control().request_keyframe(),
            // Nothing else of ours has pictures.
            Effect::OwnKeyframe(TrackSource::Microphone | TrackSource::Screen | TrackSource::ScreenSound) => {
            }
            Effect::Listen { id, listening } => self.speakers.listen(&id, listening),
            Effect::Emit(event) => {
                self.tell_chat(&event);
                if let Some(event) = view::event(&self.machine, event) {
                    self.emit(event);
                }
            }
        }
    }

    /// The chat knows who is here.
    fn tell_chat(&self, event: &Event) {
        match event {
            Event::Participant(id) => {
                if let Some(participant) = self.machine.participant(id) {
                    self.chat.joined(id.clone(), participant.name.clone(), false);
                }
            }
            Event::ParticipantLeft(id) => self.chat.left(id.clone()),
            _ => {}
        }
    }

    fn connect(&mut self, link: LinkKey, feeds: Feeds, first_generation: Generation, listening: Listening) {
        let (sender, events) = mpsc::channel(PEER_EVENT_QUEUE);
        let config = PeerConfig {
            local: self.id.clone(),
            remote: link.remote.clone(),
            bind: self.config.bind.clone(),
            ice_servers: self.config.ice_servers.clone(),
            channels: CHANNELS,
            first_generation,
            seed: rand::random(),
        };
        let peer = Peer::spawn(config, sender);
        let sounds = self.speakers.add(&link.remote, listening);
        if let Some(channel) = peer.channel(ChannelId::CHAT) {
            self.chat.link(&link, channel);
        }
        self.fanout.insert(link.clone(), peer.clone());
        self.peers.insert(link.clone(), peer);
        self.reports.open(link.clone());
        tokio::spawn(pump(link, feeds, events, sounds, self.frames.clone(), self.reports.clone()));
    }

    fn disconnect(&mut self, link: &LinkKey, farewell: bool) {
        self.fanout.remove(link);
        self.speakers.remove(&link.remote);
        self.reports.close(link);
        self.chat.unlink(link);
        if let Some(peer) = self.peers.remove(link) {
            if farewell {
                peer.close();
            } else {
                peer.give_up();
            }
        }
    }

    fn emit(&mut self, event: MeetingEvent) {
        let (machine, chat) = (&self.machine, &self.chat);
        self.events.send(event, || view::snapshot(machine, chat.standing()));
    }

    fn snapshot(&self) -> MeetingSnapshot {
        view::snapshot(&self.machine, self.chat.standing())
    }

    /// Says goodbye on every path, closes the devices and reports the end.
    async fn end(mut self, end: End) {
        for other in self.machine.others() {
            self.signaling.send(other.id.clone(), Generation::NONE, PeerMessage::Goodbye {});
        }
        let links: Vec<_> = self.peers.keys().cloned().collect();
        for link in &links {
            self.disconnect(link, true);
        }
        let (reply, code) = match end {
            End::Left(reply) => (reply, None),
            End::Refused(error) => (None, Some(error.code().to_owned())),
        };
        let _ = tokio::time::timeout(GOODBYE_WAIT, self.signaling.leave()).await;
        // Devices close on a thread of their own: some take their time.
        let playout = self.speakers.close();
        let local_media = self.local_media;
        drop(self.local_events);
        let closed = tokio::task::spawn_blocking(move || drop((local_media, playout)));
        let _ = tokio::time::timeout(GOODBYE_WAIT, closed).await;
        self.events.send_last(MeetingEvent::Ended { code }).await;
        if let Some(reply) = reply {
            let _ = reply.send(());
        }
    }
}

fn ask(peer: &Peer, request: LinkRequest) {
    match request {
        LinkRequest::Signal { generation, message } => peer.signal(generation, message),
        // When it just closed, the machine hears of no acknowledgement and says it again.
        LinkRequest::Control(message) => drop(peer.control(message)),
        LinkRequest::Keyframe(source) => peer.request_keyframe(Some(source)),
        LinkRequest::ExpectMedia(expected) => peer.expect_media(expected),
        LinkRequest::Signaling(answers) => peer.set_signaling(answers),
        LinkRequest::AddressChanged => peer.address_changed(),
        LinkRequest::Woke => peer.woke(),
        LinkRequest::RemoteRestarted => peer.remote_restarted(),
        LinkRequest::Retry => peer.retry(),
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
