//! The task behind a [`crate::Peer`]: carries out what the negotiation decides, one action at a time, and tells
//! it what came of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use holdfast_negotiation::{
    Action, DescriptionKind, Input, Outcome, PeerState, TrackSource, Tracks, TransportState, timing,
};
use holdfast_protocol::PeerMessage;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use crate::config::{CONNECTION_EVENT_QUEUE, PeerConfig};
use crate::connection::{Connection, ConnectionConfig, ConnectionEvent, EventSender, LocalDescription, Path};
use crate::connections::{Closed, Connections, Live};
use crate::convert::{from_wire, named_generation, to_wire, with_generation};
use crate::diagnostics::ConnectionDiagnostics;
use crate::error::ConnectionError;
use crate::event::PeerEvent;
use crate::intake::{Delivery, Intake};
use crate::peer::{Command, Shared};
use crate::stats::Window;

/// How often the negotiation hears that media came.
const HEARD_INTERVAL: Duration = Duration::from_millis(250);
/// How often rates are computed.
const STATS_INTERVAL: Duration = Duration::from_secs(1);
/// Least time between two keyframe events: several requests at once usually mean one loss. Not more, because the
/// first keyframe of a call may come before the remote's handshake is done, and is then asked for at once.
const KEYFRAME_INTERVAL: Duration = Duration::from_millis(100);
/// How long a goodbye may take to be acknowledged. Signaling carries one too, so this is a courtesy.
const GOODBYE_WAIT: Duration = Duration::from_millis(200);
/// How often that is looked at.
const GOODBYE_POLL: Duration = Duration::from_millis(5);

pub(crate) struct Actor {
    config: PeerConfig,
    shared: Arc<Shared>,
    events: mpsc::Sender<PeerEvent>,
    delivery: Arc<Delivery>,
    reports: EventSender,
    inbox: mpsc::Receiver<(u32, ConnectionEvent)>,
    connections: Connections,
    tracks: Tracks,
    signaling: bool,
    keyframe_due: Option<Instant>,
    keyframe_last: Option<Instant>,
    /// The attempt our owner was told of.
    attempt: u32,
}

impl Actor {
    pub(crate) fn new(config: PeerConfig, shared: Arc<Shared>, events: mpsc::Sender<PeerEvent>) -> Self {
        let (reports, inbox) = mpsc::channel(CONNECTION_EVENT_QUEUE);
        let delivery = Arc::new(Delivery::new(events.clone(), Arc::clone(&shared.traffic)));
        Self {
            config,
            shared,
            events,
            delivery,
            reports,
            inbox,
            connections: Connections::default(),
            tracks: Tracks::default(),
            signaling: true,
            keyframe_due: None,
            keyframe_last: None,
            attempt: 0,
        }
    }

    fn input(&self, input: Input) {
        let now = self.shared.now();
        self.shared.negotiation().handle_input(input, now);
    }

    async fn emit(&self, event: PeerEvent) {
        // An owner that no longer listens has dropped the handle too, or is about to.
        let _ = self.events.send(event).await;
    }

    /// Carries out everything the negotiation wants done.
    async fn settle(&mut self) {
        loop {
            let action = self.shared.negotiation().poll_action();
            let Some(action) = action else { return };
            let Some(op) = action.op() else {
                // Only the connection can hang; what goes to the owner waits for the owner.
                let _ = self.perform(action).await;
                continue;
            };
            let result = tokio::time::timeout(timing::OPERATION_WAIT, self.perform(action)).await;
            let outcome = match result {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Outcome::Failed,
                Err(_) => {
                    tracing::warn!(code = ConnectionError::TimedOut.code(), "an operation hangs");
                    Outcome::Failed
                }
            };
            self.input(Input::Outcome { op, outcome });
        }
    }

    async fn perform(&mut self, action: Action) -> Result<Outcome, ConnectionError> {
        match action {
            Action::CreateConnection { generation, relay_only, .. } => {
                self.create_connection(generation, relay_only).await?;
            }
            Action::CloseConnection { generation } => self.close_connection(generation).await,
            Action::CreateOffer { generation, ice_restart, tracks, .. } => {
                let description = self.connection(generation)?.create_offer(ice_restart, tracks).await?;
                return Ok(self.described(generation, DescriptionKind::Offer, description));
            }
            Action::CreateAnswer { generation, tracks, .. } => {
                let description = self.connection(generation)?.create_answer(tracks).await?;
                return Ok(self.described(generation, DescriptionKind::Answer, description));
            }
            Action::SetLocalRollback { generation, .. } => self.connection(generation)?.rollback().await?,
            Action::ApplyRemote { generation, kind, sdp, tracks, .. } => {
                self.connection(generation)?.apply_remote(kind, sdp.clone(), tracks).await?;
                self.shared.descriptions().keep_remote(generation, kind, sdp, self.shared.now());
            }
            Action::AddRemoteCandidate { generation, candidate, .. } => {
                self.connection(generation)?.add_candidate(candidate).await?;
            }
            Action::Send { generation, message } => self.send(generation, to_wire(message)).await,
            Action::TaskFinished { id, kind, result } => {
                tracing::debug!(task = id.0, ?kind, code = result.code(), "negotiation task finished");
            }
            Action::StateChanged { state, reason } => {
                tracing::info!(?state, ?reason, "peer state");
                self.emit(PeerEvent::State(state)).await;
                if state == PeerState::Failed {
                    self.emit(PeerEvent::Failed { reason }).await;
                }
            }
            Action::Rebuilt { generation } => self.emit(PeerEvent::Rebuilt { generation }).await,
            Action::RequestKeyframe { generation } => {
                if let Some(live) = self.connections.get(generation) {
                    live.intake.wish_keyframe();
                }
            }
        }
        Ok(Outcome::Done)
    }

    fn connection(&self, generation: u32) -> Result<&Connection, ConnectionError> {
        self.connections.get(generation).map(|live| &*live.connection).ok_or(ConnectionError::NoConnection)
    }

    async fn create_connection(&mut self, generation: u32, relay_only: bool) -> Result<(), ConnectionError> {
        let intake = Arc::new(Intake::new(generation, Arc::clone(&self.delivery)));
        let config = ConnectionConfig {
            bind: self.config.bind.clone(),
            ice_servers: self.config.ice_servers.clone(),
            relay_only,
            path: Path { impairment: Arc::clone(&self.shared.impairment), epoch: self.shared.epoch },
        };
        let connection = Connection::open(&config, self.reports.clone(), Arc::clone(&intake)).await?;
        let outlet = self.shared.outbox.add(Arc::clone(&self.shared.traffic));
        outlet.set_tracks(connection.local_tracks());
        self.connections.add(Live::new(connection, intake, outlet));
        Ok(())
    }

    async fn close_connection(&mut self, generation: u32) {
        if let Some(closed) = self.connections.release(generation, Instant::now()) {
            self.forget(&closed);
        }
        self.note_control().await;
    }

    async fn close_replaced(&mut self) {
        while let Some(closed) = self.connections.close_replaced(Instant::now()) {
            self.forget(&closed);
        }
        self.note_control().await;
    }

    fn forget(&self, closed: &Closed) {
        self.shared.outbox.remove(&closed.outlet);
        self.shared.traffic.forget_streams(closed.generation);
    }

    /// An exchange may have added the screen track.
    fn described(&self, generation: u32, kind: DescriptionKind, description: LocalDescription) -> Outcome {
        let now = self.shared.now();
        self.shared.descriptions().keep_local(generation, kind, description.sdp.clone(), now);
        if let Some(live) = self.connections.get(generation) {
            live.outlet.set_tracks(live.connection.local_tracks());
        }
        Outcome::Description { sdp: description.sdp, tracks: description.tracks }
    }

    async fn send(&mut self, generation: u32, message: PeerMessage) {
        if !self.signaling
            && let Some(live) = self.connections.control()
        {
            let other = live.generation != generation;
            let text =
                if other { with_generation(message.clone(), generation) } else { message.clone() }.to_json();
            if live.connection.send_control(&text).await {
                return;
            }
        }
        self.emit(PeerEvent::Signal { generation, message }).await;
    }

    async fn handle_command(&mut self, command: Command) {
        match command {
            Command::Signal { generation, message } => {
                if let Ok(message) = from_wire(message) {
                    self.input(Input::Remote { generation, message });
                }
            }
            Command::Control(message) => self.send_control(&message).await,
            Command::SetScreen(shared) => {
                self.tracks = self.tracks.with(TrackSource::Screen, shared);
                self.input(Input::Wanted(self.tracks));
            }
            Command::RequestKeyframe => {
                for live in self.connections.iter() {
                    live.intake.wish_keyframe();
                }
            }
            Command::ExpectMedia(expected) => self.input(Input::MediaExpected(expected)),
            Command::Signaling(reachable) => {
                self.signaling = reachable;
                self.input(Input::Signaling(reachable));
            }
            Command::AddressChanged => self.input(Input::AddressChanged),
            Command::Woke => self.input(Input::Woke),
            Command::RemoteRestarted => self.input(Input::RemoteRestarted),
            Command::Retry => self.input(Input::Retry),
            Command::Inspect(reply) => self.inspect(reply),
        }
    }

    /// Asks the library, beside whatever this task does next.
    fn inspect(&self, reply: oneshot::Sender<Vec<ConnectionDiagnostics>>) {
        let mut connections: Vec<_> =
            self.connections.iter().map(|live| Arc::clone(&live.connection)).collect();
        connections.reverse();
        tokio::spawn(async move {
            let mut found = Vec::with_capacity(connections.len());
            for connection in connections {
                found.push(connection.inspect().await);
            }
            // Whoever asked may have given up.
            let _ = reply.send(found);
        });
    }

    async fn send_control(&self, message: &PeerMessage) {
        let sent = match self.connections.control() {
            Some(live) => live.connection.send_control(&message.to_json()).await,
            None => false,
        };
        if !sent {
            self.shared.traffic.control_dropped();
        }
    }

    async fn handle_report(&mut self, generation: u32, report: ConnectionEvent) {
        if self.connections.was_replaced(generation) {
            return self.handle_late_report(generation, report).await;
        }
        let Some(live) = self.connections.get(generation) else { return };
        match report {
            ConnectionEvent::Transport(state) => {
                tracing::debug!(?state, generation, "transport");
                if state == TransportState::Connected {
                    live.outlet.open();
                    // The remote can show nothing before a keyframe, and asking for one takes a round trip.
                    self.shared.traffic.want_own_keyframe();
                }
                self.connections.set_transport(generation, state, Instant::now());
                self.note_control().await;
                self.input(Input::Transport { generation, state });
            }
            ConnectionEvent::LocalCandidate(candidate) => {
                self.input(Input::LocalCandidate { generation, candidate });
            }
            ConnectionEvent::ControlOpen => {
                if !self.set_control(generation, true).await {
                    // Another one was open already, but this is the one that will last.
                    self.emit(PeerEvent::ControlOpen).await;
                }
            }
            ConnectionEvent::ControlClosed => {
                self.set_control(generation, false).await;
            }
            ConnectionEvent::Control(text) => self.handle_control(generation, &text).await,
        }
    }

    /// The negotiation has let go of this connection; messages still pass.
    async fn handle_late_report(&mut self, generation: u32, report: ConnectionEvent) {
        match report {
            ConnectionEvent::Transport(state) => {
                self.connections.set_transport(generation, state, Instant::now());
            }
            ConnectionEvent::ControlClosed => {
                self.connections.set_control(generation, false, Instant::now());
            }
            ConnectionEvent::Control(text) => self.handle_control(generation, &text).await,
            ConnectionEvent::ControlOpen | ConnectionEvent::LocalCandidate(_) => {}
        }
        self.note_control().await;
    }

    /// Returns whether the owner was told that what it says is carried now, or no longer.
    async fn set_control(&mut self, generation: u32, open: bool) -> bool {
        self.connections.set_control(generation, open, Instant::now());
        self.input(Input::ControlOpen { generation, open });
        self.note_control().await
    }

    /// Tells the owner when messages begin or cease to be carried; returns whether that was so.
    async fn note_control(&self) -> bool {
        let flows = self.connections.control_flows(Instant::now());
        let changed = self.shared.control_open.swap(flows, Ordering::AcqRel) != flows;
        if changed {
            self.emit(if flows { PeerEvent::ControlOpen } else { PeerEvent::ControlClosed }).await;
        }
        changed
    }

    async fn handle_control(&mut self, generation: u32, text: &str) {
        let Ok(message) = PeerMessage::parse(text) else {
            self.shared.traffic.control_malformed();
            return;
        };
        let generation = named_generation(&message).unwrap_or(generation);
        match from_wire(message) {
            Ok(message) => self.input(Input::Remote { generation, message }),
            Err(message) => {
                match &message {
                    PeerMessage::MediaState(state) => {
                        self.input(Input::MediaExpected(state.microphone || state.camera || state.screen));
                    }
                    PeerMessage::Goodbye {} => self.input(Input::Close),
                    PeerMessage::Description { .. }
                    | PeerMessage::Candidate { .. }
                    | PeerMessage::MediaStateAck { .. }
                    | PeerMessage::Hears { .. } => {}
                }
                self.emit(PeerEvent::Control(message)).await;
            }
        }
    }

    /// A keyframe of ours is wanted: say so now, or when the last time is long enough ago.
    async fn ask_for_own_keyframe(&mut self) {
        let now = Instant::now();
        let due = self.keyframe_last.map_or(now, |last| last + KEYFRAME_INTERVAL);
        if due > now {
            self.keyframe_due = Some(due);
            return;
        }
        self.keyframe_due = None;
        if self.shared.traffic.take_keyframe_request() {
            self.keyframe_last = Some(now);
            self.emit(PeerEvent::KeyframeRequested).await;
        }
    }

    fn note_media(&self) {
        for live in self.connections.iter().filter(|live| live.intake.take_heard()) {
            self.input(Input::MediaReceived { generation: live.generation });
        }
    }

    async fn note_attempt(&mut self) {
        let attempt = self.shared.negotiation().attempt_number();
        if std::mem::replace(&mut self.attempt, attempt) != attempt {
            self.emit(PeerEvent::Attempt(attempt)).await;
        }
    }

    async fn say_goodbye(&self) {
        let goodbye = PeerMessage::Goodbye {}.to_json();
        for live in self.connections.open_controls() {
            live.connection.send_control(&goodbye).await;
        }
        let flushed = async {
            // One copy is enough.
            'wait: loop {
                let mut waiting = false;
                for live in self.connections.open_controls() {
                    if live.connection.control_outstanding().await == 0 {
                        break 'wait;
                    }
                    waiting = true;
                }
                if !waiting {
                    break;
                }
                tokio::time::sleep(GOODBYE_POLL).await;
            }
        };
        // Not acknowledged in time: the path is bad, and signaling says it too.
        let _ = tokio::time::timeout(GOODBYE_WAIT, flushed).await;
    }
}

/// Runs until the peer is closed or forgotten.
pub(crate) async fn run(mut actor: Actor, mut commands: mpsc::Receiver<Command>) {
    let mut heard = tokio::time::interval(HEARD_INTERVAL);
    heard.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut stats = tokio::time::interval(STATS_INTERVAL);
    stats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut window = Window::default();
    let mut window_began = Instant::now();
    let shared = Arc::clone(&actor.shared);
    actor.input(Input::Start);
    loop {
        actor.settle().await;
        if shared.closing.load(Ordering::Acquire) {
            break;
        }
        let timeout = shared.negotiation().poll_timeout().map(|at| Instant::from_std(shared.epoch + at));
        tokio::select! {
            () = shared.close.notified() => break,
            command = commands.recv() => match command {
                Some(command) => actor.handle_command(command).await,
                None => break,
            },
            Some((generation, report)) = actor.inbox.recv() => actor.handle_report(generation, report).await,
            () = until(timeout) => {
                let now = shared.now();
                shared.negotiation().handle_timeout(now);
            }
            () = until(actor.connections.poll_timeout()) => actor.close_replaced().await,
            () = until(actor.keyframe_due) => actor.ask_for_own_keyframe().await,
            () = shared.traffic.keyframe_wanted() => actor.ask_for_own_keyframe().await,
            _ = heard.tick() => {
                actor.note_media();
                actor.connections.watch_controls(Instant::now()).await;
                actor.connections.hush(Instant::now());
                actor.note_control().await;
                actor.note_attempt().await;
            }
            _ = stats.tick() => {
                let now = Instant::now();
                let numbers = window.close(shared.traffic.totals(), now - window_began);
                window_began = now;
                *shared.stats.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = numbers;
            }
        }
    }
    if !shared.given_up.load(Ordering::Acquire) {
        actor.say_goodbye().await;
    }
    shared.control_open.store(false, Ordering::Release);
    actor.input(Input::Close);
    actor.settle().await;
    // The sockets are free when the event channel closes.
    actor.connections.close_all().await;
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
