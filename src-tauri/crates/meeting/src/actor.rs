//! The actor: one task that owns a meeting's facts and turns what happens into commands for the parts.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_peer::{Peer, PeerConfig, PeerEvent};
use holdfast_protocol::{MediaState, ParticipantId, PeerMessage};
use holdfast_signaling_client::{DropReason, Signaling, SignalingEvent, Welcomed};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::command::Command;
use crate::config::MeetingConfig;
use crate::error::MeetingError;
use crate::events::Events;
use crate::fanout::Fanout;
use crate::frames::FrameHub;
use crate::local_media::{LocalEvent, LocalMedia};
use crate::remote::{Remote, RemoteEvent, RemoteKey, pump};
use crate::roster::{OWN_TILE, Roster};
use crate::speakers::Speakers;
use crate::view::{MeetingEvent, MeetingSnapshot, Notice, ParticipantView, SignalingState};

/// No connection starts before our devices are ready, or this long has passed (requirement M2).
const DEVICE_WAIT: Duration = Duration::from_secs(10);

/// Events of one connection that may wait for its pump: two seconds of sound and pictures.
const PEER_EVENT_QUEUE: usize = 256;

/// Events of all connections that may wait for the actor; media is not among them.
const REMOTE_EVENT_QUEUE: usize = 256;

/// How long leaving waits for the signaling server to take our goodbye.
const GOODBYE_WAIT: Duration = Duration::from_secs(2);

/// Messages about a connection that may wait, per participant, until our devices are ready: an offer and its
/// candidates, of which a machine with many addresses has a few dozen.
const EARLY_MESSAGES: usize = 64;

/// After a change of our media state, everyone is told once more, on the other path, when it has been quiet for this
/// long: the control channel of the library drops messages of a burst it cannot hold, and says nothing.
const RESYNC_DELAY: Duration = Duration::from_secs(1);

/// Messages that belong to no connection carry this generation.
const NO_GENERATION: u32 = 0;

/// Everything an actor is made of.
pub(crate) struct ActorParts {
    pub(crate) config: MeetingConfig,
    pub(crate) roster: Roster,
    pub(crate) signaling: Signaling,
    pub(crate) signaling_events: mpsc::Receiver<SignalingEvent>,
    pub(crate) welcomed: Welcomed,
    pub(crate) local_media: LocalMedia,
    pub(crate) local_events: mpsc::Receiver<LocalEvent>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) fanout: Fanout,
    pub(crate) frames: FrameHub,
    pub(crate) speakers: Speakers,
    pub(crate) first_notice: Option<Notice>,
}

pub(crate) struct Actor {
    config: MeetingConfig,
    roster: Roster,
    signaling: Signaling,
    signaling_state: SignalingState,
    signaling_events: mpsc::Receiver<SignalingEvent>,
    local_media: LocalMedia,
    local_events: mpsc::Receiver<LocalEvent>,
    commands: mpsc::Receiver<Command>,
    fanout: Fanout,
    frames: FrameHub,
    speakers: Speakers,
    remotes: HashMap<ParticipantId, Remote>,
    remote_sender: mpsc::Sender<(RemoteKey, RemoteEvent)>,
    remote_events: mpsc::Receiver<(RemoteKey, RemoteEvent)>,
    next_instance: u64,
    devices_ready: bool,
    /// What others said about a connection we could not start yet; they would not say it again for half a minute.
    early: HashMap<ParticipantId, Vec<(u32, PeerMessage)>>,
    /// When everyone is told our media state once more.
    resync_at: Option<Instant>,
    events: Events,
    started_at_ms: u64,
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
            roster: parts.roster,
            signaling: parts.signaling,
            signaling_state: SignalingState::Connected,
            signaling_events: parts.signaling_events,
            local_media: parts.local_media,
            local_events: parts.local_events,
            commands: parts.commands,
            fanout: parts.fanout,
            frames: parts.frames,
            speakers: parts.speakers,
            remotes: HashMap::new(),
            remote_sender,
            remote_events,
            next_instance: 0,
            devices_ready: false,
            early: HashMap::new(),
            resync_at: None,
            events,
            started_at_ms: unix_ms(),
        };
        actor.roster.change_own_media(|_| {});
        for member in parts.welcomed.roster {
            actor.roster.add(member.participant, member.profile.name, actor.started_at_ms);
        }
        let snapshot = actor.snapshot();
        actor.emit(MeetingEvent::Snapshot { snapshot: Box::new(snapshot) });
        if let Some(code) = parts.first_notice {
            actor.emit(MeetingEvent::Notice { code });
        }
        (actor, receiver)
    }

    pub(crate) async fn run(mut self) {
        let device_wait = tokio::time::sleep(DEVICE_WAIT);
        tokio::pin!(device_wait);
        let end = loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Leave(reply)) => break End::Left(Some(reply)),
                    Some(command) => self.handle_command(command),
                    None => break End::Left(None),
                },
                event = self.signaling_events.recv() => match event {
                    Some(SignalingEvent::Refused(error)) => break End::Refused(error.into()),
                    Some(event) => self.handle_signaling(event),
                    None => break End::Refused(MeetingError::Ended),
                },
                Some((key, event)) = self.remote_events.recv() => self.handle_remote(&key, event),
                Some(event) = self.local_events.recv() => self.handle_local(event),
                () = until(self.resync_at) => self.resync(),
                () = &mut device_wait, if !self.devices_ready => self.start_connections(),
            }
        };
        self.end(end).await;
    }

    fn handle_command(&mut self, command: Command) {
        match command {
            Command::Microphone(on) => self.change_own_media(|media| media.microphone = on),
            Command::Camera(on) => self.change_own_media(|media| media.camera = on),
            Command::Hand(raised) => self.change_own_media(|media| media.hand = raised),
            Command::Keyframe(OWN_TILE) => self.local_media.control().request_keyframe(),
            Command::Keyframe(tile) => {
                let owner = self.roster.others().iter().find(|view| view.tile == tile);
                if let Some(remote) = owner.and_then(|view| self.remotes.get(&view.id)) {
                    remote.peer.request_keyframe();
                }
            }
            Command::Snapshot(reply) => drop(reply.send(self.snapshot())),
            Command::Peers(reply) => {
                let snapshots = self
                    .remotes
                    .values()
                    .filter_map(|remote| serde_json::to_value(remote.peer.snapshot()).ok())
                    .collect();
                drop(reply.send(snapshots));
            }
            Command::Leave(_) => {}
        }
    }

    fn handle_local(&mut self, event: LocalEvent) {
        match event {
            LocalEvent::Ready => self.start_connections(),
            LocalEvent::CameraFailed(code) => {
                self.change_own_media(|media| media.camera = false);
                self.emit(MeetingEvent::Notice { code });
            }
            LocalEvent::MicrophoneFailed(code) => {
                self.change_own_media(|media| media.microphone = false);
                self.emit(MeetingEvent::Notice { code });
            }
        }
    }

    fn handle_signaling(&mut self, event: SignalingEvent) {
        match event {
            SignalingEvent::Joined { participant, profile } => self.welcome(participant, profile.name),
            SignalingEvent::Changed { participant, profile, .. } => {
                if self.roster.get(&participant).is_some() {
                    let view = self.roster.add(participant, profile.name, unix_ms()).clone();
                    self.emit(MeetingEvent::Participant { participant: view });
                }
            }
            SignalingEvent::Left { participant, .. } => self.forget(&participant),
            SignalingEvent::Message { from, generation, message } => {
                self.handle_message(&from, generation, message);
            }
            SignalingEvent::Disconnected { .. } => self.set_signaling(SignalingState::Reconnecting),
            SignalingEvent::Reconnected { roster, .. } => {
                let difference = self.roster.difference(roster.iter().map(|member| &member.participant));
                for ghost in &difference.ghosts {
                    self.forget(ghost);
                }
                for member in roster {
                    if difference.missing.contains(&member.participant) {
                        self.welcome(member.participant, member.profile.name);
                    }
                }
                self.set_signaling(SignalingState::Connected);
            }
            SignalingEvent::Dropped { reason, count } => {
                tracing::debug!(code = reason.code(), count, "signaling dropped");
                // The others are ordinary: a message crosses with a leave, a reconnect repeats an event.
                if reason == DropReason::QueueOverflow {
                    self.emit(MeetingEvent::Notice { code: Notice::QueueOverflow });
                }
            }
            SignalingEvent::Refused(_) => {}
        }
    }

    fn handle_message(&mut self, from: &ParticipantId, generation: u32, message: PeerMessage) {
        match message {
            PeerMessage::MediaState(media) => self.merge_media(from, media),
            PeerMessage::Goodbye {} => self.forget(from),
            message => {
                if let Some(remote) = self.remotes.get(from) {
                    remote.peer.signal(generation, message);
                } else if !self.devices_ready && self.roster.get(from).is_some() {
                    let early = self.early.entry(from.clone()).or_default();
                    if early.len() < EARLY_MESSAGES {
                        early.push((generation, message));
                    }
                }
            }
        }
    }

    fn handle_remote(&mut self, key: &RemoteKey, event: RemoteEvent) {
        if self.remotes.get(&key.id).is_none_or(|remote| remote.instance != key.instance) {
            return;
        }
        match event {
            RemoteEvent::FirstFrame => {
                if self.roster.set_has_video(&key.id) {
                    self.emit_participant(&key.id);
                }
            }
            RemoteEvent::Peer(event) => self.handle_peer(&key.id, event),
        }
    }

    fn handle_peer(&mut self, id: &ParticipantId, event: PeerEvent) {
        match event {
            PeerEvent::Signal { generation, message } => {
                self.signaling.send(id.clone(), generation, message);
            }
            PeerEvent::State(state) => {
                if self.roster.set_state(id, state.into(), unix_ms()) {
                    self.emit_participant(id);
                }
            }
            PeerEvent::ControlOpen => {
                let media = self.roster.me().media;
                if let Some(remote) = self.remotes.get(id) {
                    remote.peer.control(PeerMessage::MediaState(media));
                }
            }
            PeerEvent::Control(message) => self.handle_message(id, NO_GENERATION, message),
            PeerEvent::KeyframeRequested => self.local_media.control().request_keyframe(),
            PeerEvent::Failed { reason } => tracing::warn!(%id, ?reason, "connection failed"),
            PeerEvent::Rebuilt { generation } => tracing::info!(%id, generation, "connection rebuilt"),
            PeerEvent::Audio(_) | PeerEvent::Video(_) => {}
        }
    }

    /// Someone is in the meeting: show them, connect to them once our devices are ready.
    fn welcome(&mut self, id: ParticipantId, name: String) {
        // The same id again is the same person come back without their past: start over with them.
        self.disconnect(&id);
        let view = self.roster.add(id.clone(), name, unix_ms()).clone();
        self.emit(MeetingEvent::Participant { participant: view });
        if self.devices_ready {
            self.connect(&id);
        }
    }

    fn start_connections(&mut self) {
        if std::mem::replace(&mut self.devices_ready, true) {
            return;
        }
        let ids: Vec<_> = self.roster.others().iter().map(|view| view.id.clone()).collect();
        for id in ids {
            self.connect(&id);
        }
    }

    fn connect(&mut self, id: &ParticipantId) {
        let Some(view) = self.roster.get(id) else { return };
        let tile = view.tile;
        self.next_instance += 1;
        let key = RemoteKey { id: id.clone(), instance: self.next_instance };
        let (sender, events) = mpsc::channel(PEER_EVENT_QUEUE);
        let peer = Peer::spawn(
            PeerConfig {
                local: self.roster.me().id.clone(),
                remote: id.clone(),
                bind: self.config.bind.clone(),
                ice_servers: self.config.ice_servers.clone(),
                seed: rand::random(),
                first_generation: 1,
            },
            sender,
        );
        for (generation, message) in self.early.remove(id).unwrap_or_default() {
            peer.signal(generation, message);
        }
        let audio = self.speakers.add(id);
        tokio::spawn(pump(key, tile, events, audio, self.frames.clone(), self.remote_sender.clone()));
        self.fanout.insert(id.clone(), peer.clone());
        self.remotes.insert(id.clone(), Remote { peer, instance: self.next_instance });
        // Over signaling too: they know what we send before the data channel opens.
        let media = self.roster.me().media;
        self.signaling.send(id.clone(), NO_GENERATION, PeerMessage::MediaState(media));
    }

    fn disconnect(&mut self, id: &ParticipantId) {
        self.early.remove(id);
        self.fanout.remove(id);
        self.speakers.remove(id);
        if let Some(remote) = self.remotes.remove(id) {
            remote.peer.close();
        }
    }

    fn forget(&mut self, id: &ParticipantId) {
        self.disconnect(id);
        if self.roster.remove(id) {
            self.emit(MeetingEvent::ParticipantLeft { id: id.clone() });
        }
    }

    fn merge_media(&mut self, id: &ParticipantId, media: MediaState) {
        if let Some(remote) = self.remotes.get(id) {
            remote.peer.expect_media(media.microphone || media.camera || media.screen);
        }
        if self.roster.merge_media(id, media) {
            self.emit_participant(id);
        }
    }

    fn change_own_media(&mut self, change: impl FnOnce(&mut MediaState)) {
        if !self.roster.change_own_media(change) {
            return;
        }
        let me = self.roster.me().clone();
        for (id, remote) in &self.remotes {
            let message = PeerMessage::MediaState(me.media);
            if !remote.peer.control(message.clone()) {
                self.signaling.send(id.clone(), NO_GENERATION, message);
            }
        }
        self.resync_at = Some(Instant::now() + RESYNC_DELAY);
        self.emit(MeetingEvent::Me { me });
    }

    /// Tells everyone our media state through signaling. Whoever has it already sees the revision and ignores it.
    fn resync(&mut self) {
        self.resync_at = None;
        let media = self.roster.me().media;
        for id in self.remotes.keys() {
            self.signaling.send(id.clone(), NO_GENERATION, PeerMessage::MediaState(media));
        }
    }

    fn set_signaling(&mut self, state: SignalingState) {
        if std::mem::replace(&mut self.signaling_state, state) != state {
            for remote in self.remotes.values() {
                remote.peer.set_signaling(state == SignalingState::Connected);
            }
            self.emit(MeetingEvent::Signaling { state });
        }
    }

    fn emit_participant(&mut self, id: &ParticipantId) {
        if let Some(view) = self.roster.get(id) {
            let participant: ParticipantView = view.clone();
            self.emit(MeetingEvent::Participant { participant });
        }
    }

    fn emit(&mut self, event: MeetingEvent) {
        let Self { events, roster, signaling_state, started_at_ms, config, .. } = self;
        events.send(event, || snapshot(roster, config, *signaling_state, *started_at_ms));
    }

    fn snapshot(&self) -> MeetingSnapshot {
        snapshot(&self.roster, &self.config, self.signaling_state, self.started_at_ms)
    }

    /// Says goodbye on every path, closes the devices and reports the end.
    async fn end(mut self, end: End) {
        let ids: Vec<_> = self.remotes.keys().cloned().collect();
        for id in &ids {
            self.signaling.send(id.clone(), NO_GENERATION, PeerMessage::Goodbye {});
            self.disconnect(id);
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

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn snapshot(
    roster: &Roster,
    config: &MeetingConfig,
    signaling: SignalingState,
    started_at_ms: u64,
) -> MeetingSnapshot {
    MeetingSnapshot {
        me: roster.me().clone(),
        participants: roster.others().to_vec(),
        invite: config.link.to_string(),
        signaling,
        started_at_ms,
    }
}
