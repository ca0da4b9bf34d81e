//! The actor: one task that tells a meeting's [`Machine`] what happens and carries out what it decides.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_peer::{Peer, PeerConfig};
use holdfast_protocol::{ParticipantId, PeerMessage};
use holdfast_signaling_client::{Signaling, SignalingEvent};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::clock_jump::ClockWatch;
use crate::command::Command;
use crate::config::MeetingConfig;
use crate::diagnostics::{Counts, Inspection};
use crate::error::MeetingError;
use crate::events::Events;
use crate::fanout::Fanout;
use crate::frames::FrameHub;
use crate::local_media::{LocalEvent, LocalMedia, Wanted};
use crate::machine::{
    Change, ConnectionKey, Effect, Input, Listening, Machine, NO_GENERATION, Now, PeerRequest,
};
use crate::network::AddressWatch;
use crate::remote::pump;
use crate::speakers::Speakers;
use crate::view::{MeetingEvent, Notice};
use crate::watch::Watch;

/// No connection starts before our devices are ready, or this long has passed (requirement M2).
const DEVICE_WAIT: Duration = Duration::from_secs(10);

/// Events of one connection that may wait for its pump: two seconds of sound and pictures.
const PEER_EVENT_QUEUE: usize = 256;

/// Events of all connections that may wait for the actor; media is not among them.
const REMOTE_EVENT_QUEUE: usize = 256;

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
    pub(crate) frames: FrameHub,
    pub(crate) speakers: Speakers,
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
    frames: FrameHub,
    speakers: Speakers,
    peers: HashMap<ParticipantId, Peer>,
    remote_sender: mpsc::Sender<Input>,
    remote_events: mpsc::Receiver<Input>,
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
        let (remote_sender, remote_events) = mpsc::channel(REMOTE_EVENT_QUEUE);
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
            peers: HashMap::new(),
            remote_sender,
            remote_events,
            events,
            clock: parts.clock,
            counts: Counts::default(),
        };
        let snapshot = Box::new(actor.machine.snapshot());
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
                Some(input) = self.remote_events.recv() => input,
                Some(event) = self.local_events.recv() => self.device_news(event),
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
            Command::Snapshot(reply) => drop(reply.send(self.machine.snapshot())),
            Command::Peers(reply) => {
                let snapshots =
                    self.peers.values().filter_map(|peer| serde_json::to_value(peer.snapshot()).ok());
                drop(reply.send(snapshots.collect()));
            }
            Command::Inspect(reply) => drop(reply.send(Inspection {
                snapshot: self.machine.snapshot(),
                peers: self.peers.iter().map(|(id, peer)| (id.clone(), peer.clone())).collect(),
                counts: Counts {
                    events_lost: self.events.dropped,
                    drops: self.machine.drops(),
                    ..self.counts.clone()
                },
            })),
            Command::DropSignaling => self.signaling.drop_connection(),
            Command::Leave(_) => {}
        }
        None
    }

    fn wanted(&self) -> Wanted {
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
        if let Some(event) = watch.quality(&self.peers, self.machine.others()) {
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
            Effect::Connect { key, tile, first_generation, listening } => {
                self.connect(key, tile, first_generation, listening);
            }
            Effect::Disconnect { id } => self.disconnect(&id, false),
            Effect::Ask { id, request } => {
                if let Some(peer) = self.peers.get(&id) {
                    ask(peer, request);
                }
            }
            Effect::Signal { to, generation, message } => self.signaling.send(to, generation, message),
            Effect::ReconnectSignaling => self.signaling.reconnect(),
            Effect::CheckSignaling => self.signaling.check(),
            Effect::OwnKeyframe => self.local_media.control().request_keyframe(),
            Effect::Listen { id, listening } => self.speakers.listen(&id, listening),
            Effect::Emit(event) => self.emit(event),
        }
    }

    fn connect(&mut self, key: ConnectionKey, tile: u32, first_generation: u32, listening: Listening) {
        let (sender, events) = mpsc::channel(PEER_EVENT_QUEUE);
        let config = PeerConfig {
            local: self.id.clone(),
            remote: key.id.clone(),
            bind: self.config.bind.clone(),
            ice_servers: self.config.ice_servers.clone(),
            first_generation,
            seed: rand::random(),
        };
        let peer = Peer::spawn(config, sender);
        let audio = self.speakers.add(&key.id, listening);
        self.fanout.insert(key.id.clone(), peer.clone());
        self.peers.insert(key.id.clone(), peer);
        tokio::spawn(pump(key, tile, events, audio, self.frames.clone(), self.remote_sender.clone()));
    }

    fn disconnect(&mut self, id: &ParticipantId, farewell: bool) {
        self.fanout.remove(id);
        self.speakers.remove(id);
        if let Some(peer) = self.peers.remove(id) {
            if farewell {
                peer.close();
            } else {
                peer.give_up();
            }
        }
    }

    fn emit(&mut self, event: MeetingEvent) {
        self.events.send(event, || self.machine.snapshot());
    }

    /// Says goodbye on every path, closes the devices and reports the end.
    async fn end(mut self, end: End) {
        let ids: Vec<_> = self.machine.snapshot().participants.into_iter().map(|view| view.id).collect();
        for id in &ids {
            self.signaling.send(id.clone(), NO_GENERATION, PeerMessage::Goodbye {});
            self.disconnect(id, true);
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

fn ask(peer: &Peer, request: PeerRequest) {
    match request {
        PeerRequest::Signal { generation, message } => peer.signal(generation, message),
        // When it just closed, the machine hears of no acknowledgement and says it again.
        PeerRequest::Control(message) => drop(peer.control(message)),
        PeerRequest::Keyframe => peer.request_keyframe(),
        PeerRequest::ExpectMedia(expected) => peer.expect_media(expected),
        PeerRequest::Signaling(answers) => peer.set_signaling(answers),
        PeerRequest::AddressChanged => peer.address_changed(),
        PeerRequest::Woke => peer.woke(),
        PeerRequest::RemoteRestarted => peer.remote_restarted(),
        PeerRequest::Retry => peer.retry(),
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
