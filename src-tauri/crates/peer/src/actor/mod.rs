//! The task behind a [`crate::Peer`]: carries out what the negotiation decides, one action at a time, and tells
//! it what came of it.

mod commands;
mod farewell;
mod operations;
mod reports;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use holdfast_negotiation::{Input, Outcome, Tracks, timing};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::config::{CONNECTION_EVENT_QUEUE, PeerConfig};
use crate::connection::{ConnectionEvent, EventSender};
use crate::connections::Connections;
use crate::error::ConnectionError;
use crate::event::PeerEvent;
use crate::intake::Delivery;
use crate::peer::{Command, Shared};
use crate::stats::Window;

/// Reports that are taken in before anything else gets its turn: whoever keeps talking cannot keep the rest waiting.
const REPORTS_FIRST: u32 = 64;

/// How often the negotiation hears that media came.
const HEARD_INTERVAL: Duration = Duration::from_millis(250);
/// How often rates are computed.
const STATS_INTERVAL: Duration = Duration::from_secs(1);
/// Least time between two keyframe events: several requests at once usually mean one loss. Not more, because the
/// first keyframe of a call may come before the remote's handshake is done, and is then asked for at once.
const KEYFRAME_INTERVAL: Duration = Duration::from_millis(100);

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
    let mut reports_in_a_row = 0;
    actor.input(Input::Start);
    loop {
        for command in shared.overflow.take(&commands) {
            actor.handle_command(command).await;
        }
        actor.settle().await;
        if shared.closing.load(Ordering::Acquire) {
            break;
        }
        let timeout = shared.negotiation().poll_timeout().map(|at| Instant::from_std(shared.epoch + at));
        let waits = reports_in_a_row >= REPORTS_FIRST;
        reports_in_a_row += 1;
        tokio::select! {
            // What happened is taken in before what is due and what was asked: a path that came back while the library
            // was busy is not given up for being away.
            biased;
            () = shared.close.notified() => break,
            Some((generation, report)) = actor.inbox.recv(), if !waits => {
                actor.handle_report(generation, report).await;
                continue;
            }
            () = until(timeout) => {
                actor.note_media();
                let now = shared.now();
                shared.negotiation().handle_timeout(now);
            }
            () = until(actor.connections.poll_timeout()) => actor.close_replaced().await,
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
            command = commands.recv() => match command {
                Some(command) => {
                    actor.note_media();
                    actor.handle_command(command).await;
                }
                None => break,
            },
            // Taken where the loop begins.
            () = shared.overflow.noted() => {}
            () = until(actor.keyframe_due) => actor.ask_for_own_keyframe().await,
            () = shared.traffic.keyframe_wanted() => actor.ask_for_own_keyframe().await,
            // Only reports wait, and it was the turn of everything else.
            () = std::future::ready(()), if waits => {}
        }
        reports_in_a_row = 0;
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
