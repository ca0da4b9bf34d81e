//! Where connections and rooms meet: the one lock of the server, the clock, and the queue to each socket.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use holdfast_protocol::{ClientMessage, ErrorCode, RoomId, ServerMessage};
use holdfast_terms::Elapsed;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    room::{ConnectionId, JoinRequest, Output},
    rooms::Rooms,
    serve::Timing,
};

/// Connections at once; each may hold a socket, a frame being read and [`OUTGOING_MESSAGES`].
const CONNECTIONS: usize = 1024;

/// Messages waiting for one socket. A resume replays up to `UNACKED_MESSAGES` at once, and a few come on top.
const OUTGOING_MESSAGES: usize = holdfast_protocol::limits::UNACKED_MESSAGES + 64;

/// How often the server does what is due while there are rooms. Finer than the acknowledgement delay.
const TICK: Duration = Duration::from_millis(50);

/// How a connection must end: with an error, or without one.
pub(crate) type Stop = Option<Option<ErrorCode>>;

/// The hub's end of a connection.
#[derive(Debug)]
struct Link {
    outgoing: mpsc::Sender<ServerMessage>,
    stop: watch::Sender<Stop>,
}

/// A connection's end.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) id: ConnectionId,
    pub(crate) outgoing: mpsc::Receiver<ServerMessage>,
    /// For messages of the connection itself.
    pub(crate) reply: mpsc::Sender<ServerMessage>,
    pub(crate) stop: watch::Receiver<Stop>,
}

#[derive(Debug)]
struct State {
    rooms: Rooms,
    links: HashMap<ConnectionId, Link>,
    closing: bool,
}

#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) timing: Timing,
    epoch: Instant,
    next_connection: AtomicU64,
    state: Mutex<State>,
    /// Connections that are open, so that a shutdown can wait for the last.
    open: watch::Sender<usize>,
}

impl Hub {
    pub(crate) fn new(timing: Timing) -> Self {
        let rooms = Rooms::new(timing.resume_window, timing.bounds());
        Self {
            timing,
            epoch: Instant::now(),
            next_connection: AtomicU64::new(1),
            state: Mutex::new(State { rooms, links: HashMap::new(), closing: false }),
            open: watch::Sender::new(0),
        }
    }

    pub(crate) fn now(&self) -> Elapsed {
        self.epoch.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements that could panic, so we go on: the alternative ends every
        // room.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a connection, or says why not. In either case, call [`Hub::detach`] at the end.
    pub(crate) fn attach(&self) -> (Attached, Option<ErrorCode>) {
        let id = ConnectionId(self.next_connection.fetch_add(1, Ordering::Relaxed));
        let (outgoing, incoming) = mpsc::channel(OUTGOING_MESSAGES);
        let (stop, stopped) = watch::channel(None);
        let attached = Attached { id, outgoing: incoming, reply: outgoing.clone(), stop: stopped };
        self.open.send_modify(|open| *open += 1);
        let mut state = self.lock();
        if state.closing {
            return (attached, Some(ErrorCode::ServerClosing));
        }
        if state.links.len() >= CONNECTIONS {
            return (attached, Some(ErrorCode::ServerFull));
        }
        state.links.insert(id, Link { outgoing, stop });
        (attached, None)
    }

    /// The connection is over.
    pub(crate) fn detach(&self, connection: ConnectionId) {
        let mut state = self.lock();
        state.links.remove(&connection);
        let outputs = state.rooms.disconnected(connection, self.now());
        state.dispatch(outputs);
        drop(state);
        self.open.send_modify(|open| *open = open.saturating_sub(1));
    }

    pub(crate) fn join(&self, room: &RoomId, request: JoinRequest<'_>) -> Result<(), ErrorCode> {
        let now = self.now();
        let mut state = self.lock();
        if state.closing {
            return Err(ErrorCode::ServerClosing);
        }
        let outputs = state.rooms.join(room, request, now)?;
        state.dispatch(outputs);
        Ok(())
    }

    pub(crate) fn message(&self, connection: ConnectionId, message: ClientMessage) -> Result<(), ErrorCode> {
        let now = self.now();
        let mut state = self.lock();
        let outputs = state.rooms.message(connection, message, now)?;
        state.dispatch(outputs);
        Ok(())
    }

    /// Does what is due, as long as the server runs.
    pub(crate) async fn keep_time(&self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut state = self.lock();
            if state.rooms.count() > 0 {
                let outputs = state.rooms.handle_timeout(self.now());
                state.dispatch(outputs);
            }
        }
    }

    /// Tells every connection that the server stops, and waits for them, at most `patience`.
    pub(crate) async fn close(&self, patience: Duration) {
        {
            let mut state = self.lock();
            state.closing = true;
            for link in state.links.values() {
                link.stop.send_replace(Some(Some(ErrorCode::ServerClosing)));
            }
        }
        let mut open = self.open.subscribe();
        let all_closed = open.wait_for(|open| *open == 0);
        let _ = tokio::time::timeout(patience, all_closed).await;
    }
}

impl State {
    fn dispatch(&mut self, outputs: Vec<Output>) {
        // While closing, every departure would otherwise be sent to everyone who is still connected.
        if self.closing {
            return;
        }
        for output in outputs {
            match output {
                Output::Send(connection, message) => {
                    let Some(link) = self.links.get(&connection) else { continue };
                    if link.outgoing.try_send(message).is_err() {
                        // Its reader ends the connection. The room hears of it when the connection detaches, and keeps
                        // the message for the resume.
                        link.stop.send_replace(Some(Some(ErrorCode::TooSlow)));
                    }
                }
                Output::Close(connection, code) => {
                    if let Some(link) = self.links.get(&connection) {
                        link.stop.send_replace(Some(code));
                    }
                }
            }
        }
    }
}
