//! The task that gives the [`Session`] a socket, a clock and randomness, and that seals and opens.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use holdfast_protocol::{
    JoinKey, OpenError, ParseError, ParticipantId, RosterEntry, Sealer, ServerAddress, ServerMessage,
};
use holdfast_signaling_session::{
    DropReason, Member, SignalingError, SignalingEvent, Welcomed,
    session::{Action, Identity, Report, Session},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use crate::{
    SignalingConfig,
    client::Command,
    transport::{Received, Transport},
};

/// Events kept while the application does not take them. When they reach this number, the socket is not read.
const PENDING_EVENTS: usize = 256;

type Joined = oneshot::Sender<Result<Welcomed, SignalingError>>;
type Connecting = Pin<Box<dyn Future<Output = Result<Transport, SignalingError>> + Send>>;

struct Actor {
    server: ServerAddress,
    session: Session,
    sealer: Sealer,
    epoch: Instant,
    connecting: Option<Connecting>,
    transport: Option<Transport>,
    events: mpsc::Sender<SignalingEvent>,
    pending: VecDeque<SignalingEvent>,
    /// Until the first welcome or refusal.
    joined: Option<Joined>,
    left: Vec<oneshot::Sender<()>>,
    overflow: Arc<AtomicU64>,
    ended: bool,
}

pub(crate) fn spawn(
    config: SignalingConfig,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<SignalingEvent>,
    joined: Joined,
    overflow: Arc<AtomicU64>,
) -> Result<(), SignalingError> {
    let SignalingConfig { link, participant, profile, seed } = config;
    let mut sealer = Sealer::new(&link.secret, link.room.clone(), participant.clone(), unix_microseconds());
    let identity = Identity {
        room: link.room,
        participant,
        key: JoinKey::derive(&link.secret),
        profile: sealer.seal_profile(&profile, rand::random())?,
    };
    let actor = Actor {
        server: link.server,
        session: Session::new(identity, seed, Duration::ZERO),
        sealer,
        epoch: Instant::now(),
        connecting: None,
        transport: None,
        events,
        pending: VecDeque::new(),
        joined: Some(joined),
        left: Vec::new(),
        overflow,
        ended: false,
    };
    tokio::spawn(actor.run(commands));
    Ok(())
}

impl Actor {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut open = true;
        let events = self.events.clone();
        loop {
            self.act();
            if self.ended {
                break;
            }
            let deadline = self.session.poll_timeout().map(|at| self.epoch + at);
            let reading = self.pending.len() < PENDING_EVENTS;
            tokio::select! {
                command = commands.recv(), if open => match command {
                    Some(command) => self.command(command),
                    None => {
                        open = false;
                        self.session.leave(self.now());
                    }
                },
                connected = connect(&mut self.connecting) => {
                    self.connecting = None;
                    match connected {
                        Ok(transport) => {
                            self.transport = Some(transport);
                            self.session.connected(self.now());
                        }
                        Err(error) => self.session.closed(error, self.now()),
                    }
                }
                received = receive(&mut self.transport), if reading => self.received(received),
                () = sleep_until(deadline) => {
                    if !reading {
                        // A message that is not read says nothing about the path.
                        self.session.heard();
                    }
                    self.session.handle_timeout(self.now());
                }
                permit = events.reserve(), if !self.pending.is_empty() => match (permit, self.pending.pop_front()) {
                    (Ok(permit), Some(event)) => permit.send(event),
                    _ => self.pending.clear(),
                },
                () = abandoned(&mut self.joined) => self.ended = true,
                // The application does not listen any more. A handle that still exists can only leave.
                () = events.closed(), if self.joined.is_none() && open => {
                    open = false;
                    self.session.leave(self.now());
                    while let Ok(command) = commands.try_recv() {
                        self.command(command);
                    }
                }
            }
        }
        drop(self.transport.take());
        // The last events, with the refusal among them, still go to an application that is there.
        commands.close();
        for done in self.left.drain(..) {
            let _ = done.send(());
        }
        while let Some(event) = self.pending.pop_front() {
            if self.events.send(event).await.is_err() {
                break;
            }
        }
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn command(&mut self, command: Command) {
        let overflow = self.overflow.swap(0, Ordering::Relaxed);
        if overflow > 0 {
            self.dropped(DropReason::QueueOverflow, overflow);
        }
        match command {
            Command::Send { to, generation, message } => {
                match self.sealer.seal(&to, generation, &message, rand::random()) {
                    Ok(payload) => self.session.send(to, generation, payload, self.now()),
                    Err(error) => {
                        tracing::warn!(code = error.code(), kind = message.kind(), "message not sent");
                        self.dropped(DropReason::Unsendable, 1);
                    }
                }
            }
            Command::Profile(profile) => match self.sealer.seal_profile(&profile, rand::random()) {
                Ok(profile) => self.session.set_profile(profile),
                Err(_) => self.dropped(DropReason::Unsendable, 1),
            },
            Command::Reconnect => self.session.reconnect(self.now()),
            Command::Check => self.session.check(self.now()),
            Command::Drop => {
                if self.transport.take().is_some() {
                    self.session.closed(SignalingError::Unreachable, self.now());
                }
            }
            Command::Leave(done) => {
                self.left.push(done);
                self.session.leave(self.now());
            }
        }
    }

    fn received(&mut self, received: Received) {
        let now = self.now();
        match received {
            Received::Text(text) => match ServerMessage::parse(&text) {
                Ok(message) => self.session.message(message, now),
                Err(ParseError::UnknownType) => {
                    self.session.heard();
                    self.dropped(DropReason::NotUnderstood, 1);
                }
                Err(ParseError::Malformed | ParseError::TooLarge) => {
                    self.transport = None;
                    self.session.closed(SignalingError::NotASignalingServer, now);
                }
            },
            Received::Other => self.session.heard(),
            Received::Closed => {
                self.transport = None;
                self.session.closed(SignalingError::Unreachable, now);
            }
        }
    }

    /// Carries out everything the session wants.
    fn act(&mut self) {
        while let Some(action) = self.session.poll_action() {
            match action {
                Action::Connect => {
                    self.transport = None;
                    self.connecting = Some(Box::pin(Transport::connect(self.server.clone())));
                }
                Action::Transmit(message) => {
                    let taken = self.transport.as_ref().is_some_and(|t| t.send(message.to_json()));
                    // The session keeps what matters until it is acknowledged, so it needs to hear of this only once.
                    if !taken && self.transport.take().is_some() {
                        self.session.closed(SignalingError::Unreachable, self.now());
                    }
                }
                Action::Disconnect => {
                    self.connecting = None;
                    self.transport = None;
                }
                Action::Report(report) => self.report(report),
                Action::End => self.ended = true,
            }
        }
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Welcomed { roster } => {
                let roster = self.open_roster(roster);
                if let Some(joined) = self.joined.take() {
                    let _ = joined.send(Ok(Welcomed { roster }));
                }
            }
            Report::Joined { participant, profile } => {
                if let Some(Member { participant, profile, .. }) =
                    self.open_member(participant, &profile, true)
                {
                    self.emit(SignalingEvent::Joined { participant, profile });
                }
            }
            Report::Changed { participant, profile, present } => {
                if let Some(member) = self.open_member(participant, &profile, present) {
                    let Member { participant, profile, present } = member;
                    self.emit(SignalingEvent::Changed { participant, profile, present });
                }
            }
            Report::Left { participant, reason } => self.emit(SignalingEvent::Left { participant, reason }),
            Report::Message { from, generation, payload } => {
                match self.sealer.open(&from, generation, &payload) {
                    Ok(message) => self.emit(SignalingEvent::Message { from, generation, message }),
                    Err(error) => self.dropped(drop_reason(error), 1),
                }
            }
            Report::Silent => self.emit(SignalingEvent::Silent),
            Report::Heard => self.emit(SignalingEvent::Heard),
            Report::Disconnected { tried, retry_in } => {
                self.emit(SignalingEvent::Disconnected { tried, retry_in })
            }
            Report::Reconnected { resumed, roster } => {
                let roster = self.open_roster(roster);
                self.emit(SignalingEvent::Reconnected { resumed, roster });
            }
            Report::Refused(error) => match self.joined.take() {
                Some(joined) => drop(joined.send(Err(error))),
                None => self.emit(SignalingEvent::Refused(error)),
            },
            Report::Dropped(reason, count) => self.dropped(reason, count),
        }
    }

    fn open_roster(&mut self, roster: Vec<RosterEntry>) -> Vec<Member> {
        roster
            .into_iter()
            .filter_map(|entry| self.open_member(entry.participant, &entry.profile, entry.present))
            .collect()
    }

    /// Someone whose profile is not sealed with our secret is not shown: only the server could have invented them.
    fn open_member(&mut self, participant: ParticipantId, profile: &str, present: bool) -> Option<Member> {
        match self.sealer.open_profile(&participant, profile) {
            Ok(profile) => Some(Member { participant, profile, present }),
            Err(error) => {
                self.dropped(drop_reason(error), 1);
                None
            }
        }
    }

    /// Reports drops. Drops that already wait with the same reason are added up, not queued again.
    fn dropped(&mut self, reason: DropReason, count: u64) {
        tracing::debug!(reason = reason.code(), count, "dropped");
        let waiting = self.pending.iter_mut().find_map(|event| match event {
            SignalingEvent::Dropped { reason: waiting, count } if *waiting == reason => Some(count),
            _ => None,
        });
        match waiting {
            Some(waiting) => *waiting += count,
            None => self.pending.push_back(SignalingEvent::Dropped { reason, count }),
        }
    }

    fn emit(&mut self, event: SignalingEvent) {
        self.pending.push_back(event);
    }
}

fn drop_reason(error: OpenError) -> DropReason {
    match error {
        OpenError::Malformed | OpenError::Broken => DropReason::BrokenSeal,
        OpenError::Replayed => DropReason::Replayed,
        OpenError::Content | OpenError::UnknownType => DropReason::NotUnderstood,
    }
}

async fn connect(connecting: &mut Option<Connecting>) -> Result<Transport, SignalingError> {
    match connecting {
        Some(connecting) => connecting.await,
        None => std::future::pending().await,
    }
}

async fn receive(transport: &mut Option<Transport>) -> Received {
    match transport {
        Some(transport) => transport.receive().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Resolves when the caller who joins has stopped waiting.
async fn abandoned(joined: &mut Option<Joined>) {
    match joined {
        Some(joined) => joined.closed().await,
        None => std::future::pending().await,
    }
}

/// The first counter of the sealer: grows over restarts of the same participant.
fn unix_microseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}
