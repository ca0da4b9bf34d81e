//! The task behind a [`crate::Peer`]: tells the machine what happens, and carries out what it decides, one action at a
//! time.

mod operations;

use holdfast_terms::Generation;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant as StdInstant;

use holdfast_negotiation::{Outcome, TransportState, timing};
use holdfast_peer_machine::{Action, HEARD_INTERVAL, Input, Note, Report, STATS_INTERVAL};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::config::{CONNECTION_EVENT_QUEUE, PeerConfig};
use crate::connection::{Connection, EventSender, Reported};
use crate::diagnostics::ConnectionDiagnostics;
use crate::error::ConnectionError;
use crate::event::PeerOutput;
use crate::intake::{Delivery, Intake};
use crate::outbox::Outlet;
use crate::peer::{Command, Shared};

/// Reports that are taken in before anything else gets its turn, so that a remote that never stops talking does not
/// keep the rest waiting.
const REPORTS_FIRST: u32 = 64;

/// One connection and both ends of its media.
pub(crate) struct Live {
    generation: Generation,
    connection: Arc<Connection>,
    intake: Arc<Intake>,
    outlet: Arc<Outlet>,
}

pub(crate) struct Actor {
    config: PeerConfig,
    shared: Arc<Shared>,
    outputs: mpsc::Sender<PeerOutput>,
    delivery: Arc<Delivery>,
    reports: EventSender,
    inbox: mpsc::Receiver<Reported>,
    /// All connections, also those that were replaced.
    connections: Vec<Live>,
    closing: JoinSet<()>,
}

impl Actor {
    pub(crate) fn new(config: PeerConfig, shared: Arc<Shared>, outputs: mpsc::Sender<PeerOutput>) -> Self {
        let (reports, inbox) = mpsc::channel(CONNECTION_EVENT_QUEUE);
        let delivery = Arc::new(Delivery::new(outputs.clone(), Arc::clone(&shared.traffic)));
        Self {
            config,
            shared,
            outputs,
            delivery,
            reports,
            inbox,
            connections: Vec::new(),
            closing: JoinSet::new(),
        }
    }

    fn tell(&self, input: Input) {
        let now = self.shared.now();
        self.shared.machine().handle_input(input, now);
    }

    fn report(&self, generation: Generation, report: Report) {
        // A closed connection may still report about its path. That no longer matters.
        if let Report::Transport(state) = report
            && self.live(generation).is_some()
        {
            self.shared.data.path(generation, state == TransportState::Connected);
        }
        self.tell(Input::Report { generation, report });
    }

    fn live(&self, generation: Generation) -> Option<&Live> {
        self.connections.iter().find(|live| live.generation == generation)
    }

    /// Carries out everything the machine wants done.
    async fn settle(&mut self) {
        loop {
            let (action, flows) = {
                let mut machine = self.shared.machine();
                (machine.poll_action(), machine.control_flows())
            };
            self.shared.control_flows.store(flows, Ordering::Release);
            let Some(action) = action else { return };
            self.carry_out(action).await;
        }
    }

    async fn carry_out(&mut self, action: Action) {
        match action {
            Action::Operate { op, operation } => {
                let result = tokio::time::timeout(timing::OPERATION_WAIT, self.operate(operation)).await;
                let outcome = match result {
                    Ok(Ok(outcome)) => outcome,
                    Ok(Err(_)) => Outcome::Failed,
                    Err(_) => {
                        tracing::warn!(code = ConnectionError::TimedOut.code(), "an operation hangs");
                        Outcome::Failed
                    }
                };
                self.tell(Input::Outcome { op, outcome });
            }
            Action::CloseConnection { generation } => self.close(generation),
            Action::Send { generation, channel, message } => {
                let sent = match self.live(generation) {
                    Some(live) => live.connection.send_message(channel, message).await,
                    None => false,
                };
                if !sent {
                    self.tell(Input::Refused { channel });
                }
            }
            Action::ReadOutstanding { generation, channel } => {
                let bytes = match self.live(generation) {
                    Some(live) => live.connection.outstanding(channel).await,
                    None => 0,
                };
                self.tell(Input::Outstanding { generation, channel, bytes });
            }
            Action::OpenOutlet { generation } => {
                if let Some(live) = self.live(generation) {
                    live.outlet.open();
                }
            }
            Action::CloseOutlet { generation } => {
                if let Some(live) = self.live(generation) {
                    live.outlet.close();
                }
            }
            Action::AskKeyframe { generation, source } => {
                if let Some(live) = self.live(generation) {
                    live.intake.wish_keyframe(source);
                }
            }
            // An owner that no longer listens has dropped the handle too, or is about to.
            Action::Emit(event) => drop(self.outputs.send(PeerOutput::Event(event)).await),
            Action::Log(Note::TaskFinished { id, kind, result }) => {
                tracing::debug!(task = id.0, ?kind, code = result.code(), "negotiation task finished");
            }
            Action::Log(Note::State { state, reason }) => tracing::info!(?state, ?reason, "peer state"),
        }
    }

    /// Closes in the background: freeing sockets takes up to 100 ms that the next connection need not wait for.
    fn close(&mut self, generation: Generation) {
        let Some(at) = self.connections.iter().position(|live| live.generation == generation) else { return };
        let Live { connection, outlet, .. } = self.connections.remove(at);
        self.shared.outbox.remove(&outlet);
        self.shared.data.gone(generation);
        self.shared.traffic.forget_streams(generation);
        while self.closing.try_join_next().is_some() {}
        self.closing.spawn(async move { connection.close().await });
    }

    /// Says where media came since the last time.
    fn note_media(&self) {
        for live in self.connections.iter().filter(|live| live.intake.take_heard()) {
            self.tell(Input::MediaReceived { generation: live.generation });
        }
    }

    fn command(&self, command: Command) {
        match command {
            Command::Machine(command) => self.tell(Input::Command(command)),
            Command::Inspect(reply) => self.inspect(reply),
        }
    }

    /// Asks the library in another task, so that this one can go on.
    fn inspect(&self, reply: oneshot::Sender<Vec<ConnectionDiagnostics>>) {
        let mut connections: Vec<_> = self.connections.iter().collect();
        connections.sort_by_key(|live| std::cmp::Reverse(live.generation));
        let connections: Vec<_> = connections.iter().map(|live| Arc::clone(&live.connection)).collect();
        tokio::spawn(async move {
            let mut found = Vec::with_capacity(connections.len());
            for connection in connections {
                found.push(connection.inspect().await);
            }
            // The caller may have stopped waiting.
            let _ = reply.send(found);
        });
    }

    /// Goes on until the machine is at its end and every socket is free.
    async fn end(mut self) {
        let goodbye = !self.shared.given_up.load(Ordering::Acquire);
        self.tell(Input::Close { goodbye });
        loop {
            self.settle().await;
            let timeout = {
                let machine = self.shared.machine();
                if machine.is_closed() {
                    break;
                }
                machine.poll_timeout()
            };
            let timeout = timeout.map(|at| self.shared.epoch + at);
            tokio::select! {
                biased;
                Some((generation, report)) = self.inbox.recv() => {
                    self.report(generation, report);
                }
                () = until(timeout) => self.shared.machine().handle_timeout(self.shared.now()),
            }
        }
        // The machine has closed all connections that it knew. A connection that was made while it ended is still here.
        while let Some(live) = self.connections.first() {
            self.close(live.generation);
        }
        self.shared.data.end();
        while self.closing.join_next().await.is_some() {}
    }
}

/// Runs until the peer is closed or forgotten.
pub(crate) async fn run(mut actor: Actor, mut commands: mpsc::Receiver<Command>) {
    let mut heard = tokio::time::interval(HEARD_INTERVAL);
    heard.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut stats = tokio::time::interval(STATS_INTERVAL);
    stats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let shared = Arc::clone(&actor.shared);
    let mut reports_in_a_row = 0;
    loop {
        for command in shared.overflow.take(&commands) {
            actor.command(command);
        }
        actor.settle().await;
        if shared.closing.load(Ordering::Acquire) {
            break;
        }
        let timeout = shared.machine().poll_timeout().map(|at| shared.epoch + at);
        let waits = reports_in_a_row >= REPORTS_FIRST;
        reports_in_a_row += 1;
        tokio::select! {
            // Reports come first, then timeouts, then commands. Otherwise a path that came back while the library was
            // busy could be given up.
            biased;
            () = shared.close.notified() => break,
            Some((generation, report)) = actor.inbox.recv(), if !waits => {
                actor.report(generation, report);
                continue;
            }
            () = until(timeout) => {
                actor.note_media();
                let now = shared.now();
                shared.machine().handle_timeout(now);
            }
            _ = heard.tick() => actor.note_media(),
            _ = stats.tick() => actor.tell(Input::Totals(Box::new(shared.traffic.totals()))),
            command = commands.recv() => match command {
                Some(command) => {
                    actor.note_media();
                    actor.command(command);
                }
                None => break,
            },
            // Taken where the loop begins.
            () = shared.overflow.noted() => {}
            () = shared.traffic.keyframe_wanted() => {
                for source in shared.traffic.take_keyframes_wanted() {
                    actor.tell(Input::KeyframeWanted { source });
                }
            }
            // Only reports wait, and it was the turn of everything else.
            () = std::future::ready(()), if waits => {}
        }
        reports_in_a_row = 0;
    }
    actor.end().await;
}

async fn until(moment: Option<StdInstant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(Instant::from_std(moment)).await,
        None => std::future::pending().await,
    }
}
