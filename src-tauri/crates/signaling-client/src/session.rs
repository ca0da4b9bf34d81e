//! The client's side of the protocol as a machine without socket, clock or randomness of its own.
//!
//! Verbs: [`Session::connected`], [`Session::closed`], [`Session::message`], [`Session::send`],
//! [`Session::set_profile`], [`Session::leave`] and [`Session::handle_timeout`] go in with the time as a
//! [`Duration`] since any epoch; [`Session::poll_action`] and [`Session::poll_timeout`] come out.

use std::{collections::VecDeque, time::Duration};

use holdfast_protocol::{
    Bounds, ClientMessage, ErrorCode, JoinKey, LeaveReason, ParticipantId, Resume, RoomId, RosterEntry,
    ServerMessage, VERSION,
    limits::{ACK_DELAY, ACK_EVERY},
};

use crate::{
    DropReason, SignalingError,
    action::{Action, Report},
    backoff::Backoff,
    error::is_passing,
    outbox::{Letter, Outbox},
    roster::Roster,
};

/// How long connecting and joining may take together; the server gives up after as long.
const JOIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long leaving waits for the rest of the queue and the server's farewell.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// Shortest heartbeat a server may ask for.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(50);

/// Who joins what.
pub(crate) struct Identity {
    pub(crate) room: RoomId,
    pub(crate) participant: ParticipantId,
    pub(crate) key: JoinKey,
    /// Sealed.
    pub(crate) profile: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waiting to connect again.
    Waiting {
        until: Duration,
    },
    /// Connecting, greeting, joining.
    Joining {
        deadline: Duration,
    },
    /// In the room.
    Live,
    /// On the way out: first the rest of the queue, then `leave`, then the server closes.
    Leaving {
        deadline: Duration,
        said: bool,
    },
    Ended,
}

pub(crate) struct Session {
    identity: Identity,
    phase: Phase,
    backoff: Backoff,
    actions: VecDeque<Action>,
    outbox: Outbox,
    roster: Roster,
    /// Token of the session on the server; `None` before the first welcome.
    token: Option<String>,
    last_seq: u64,
    unacknowledged: u64,
    ack_at: Option<Duration>,
    heartbeat: Duration,
    dead_after: Duration,
    resume_window: Duration,
    heard_at: Duration,
    ping_at: Duration,
    nonce: u32,
    /// The fatal error the server gave before it closed.
    fatal: Option<ErrorCode>,
}

impl Session {
    pub(crate) fn new(identity: Identity, seed: u64, now: Duration) -> Self {
        let mut session = Self {
            identity,
            phase: Phase::Joining { deadline: now + JOIN_TIMEOUT },
            backoff: Backoff::new(seed),
            actions: VecDeque::new(),
            outbox: Outbox::new(),
            roster: Roster::default(),
            token: None,
            last_seq: 0,
            unacknowledged: 0,
            ack_at: None,
            heartbeat: SHORTEST_HEARTBEAT,
            dead_after: SHORTEST_HEARTBEAT,
            resume_window: Duration::ZERO,
            heard_at: now,
            ping_at: now,
            nonce: 0,
            fatal: None,
        };
        session.adopt(&Bounds::V1);
        session.actions.push_back(Action::Connect);
        session
    }

    pub(crate) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The connection is open.
    pub(crate) fn connected(&mut self) {
        if matches!(self.phase, Phase::Joining { .. }) {
            let client = concat!("holdfast/", env!("CARGO_PKG_VERSION")).to_owned();
            self.transmit(ClientMessage::Hello { version: VERSION, client });
        }
    }

    /// The connection could not be opened or is over.
    pub(crate) fn closed(&mut self, error: SignalingError, now: Duration) {
        match self.phase {
            Phase::Waiting { .. } | Phase::Ended => {}
            Phase::Leaving { .. } => self.end(),
            Phase::Joining { .. } | Phase::Live => match self.fatal.take() {
                Some(code) if self.token.is_none() || !is_passing(code) => self.refuse(code.into()),
                Some(_) => self.retry(now),
                None if self.token.is_none() => self.refuse(error),
                None => self.retry(now),
            },
        }
    }

    /// Queues a sealed message.
    pub(crate) fn send(&mut self, to: ParticipantId, generation: u32, payload: String, now: Duration) {
        if matches!(self.phase, Phase::Ended | Phase::Leaving { .. }) {
            return;
        }
        let dropped = self.outbox.push(Letter { to, generation, payload }, self.phase == Phase::Live);
        if dropped > 0 {
            self.report(Report::Dropped(DropReason::QueueOverflow, dropped));
        }
        self.flush(now);
    }

    /// Takes over a changed, sealed profile.
    pub(crate) fn set_profile(&mut self, profile: String) {
        self.identity.profile.clone_from(&profile);
        if self.phase == Phase::Live {
            self.transmit(ClientMessage::Profile { profile });
        }
    }

    /// Leaves: at once when there is no connection, otherwise after the rest of the queue.
    pub(crate) fn leave(&mut self, now: Duration) {
        match self.phase {
            Phase::Live => {
                self.phase = Phase::Leaving { deadline: now + LEAVE_TIMEOUT, said: false };
                self.flush(now);
            }
            Phase::Waiting { .. } | Phase::Joining { .. } => {
                self.actions.push_back(Action::Disconnect);
                self.end();
            }
            Phase::Leaving { .. } | Phase::Ended => {}
        }
    }

    /// A message of the server.
    pub(crate) fn message(&mut self, message: ServerMessage, now: Duration) {
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Ended) {
            return;
        }
        self.heard_at = now;
        if let Some(seq) = message.seq() {
            if seq <= self.last_seq {
                return self.report(Report::Dropped(DropReason::Duplicate, 1));
            }
            self.last_seq = seq;
            self.unacknowledged += 1;
            self.ack_at.get_or_insert(now + ACK_DELAY);
        }
        match message {
            ServerMessage::Hello { version, challenge, .. } => self.greeted(version, &challenge),
            ServerMessage::Welcome { token, resumed, received, roster, bounds, .. } => {
                if matches!(self.phase, Phase::Joining { .. }) {
                    self.adopt(&bounds);
                    self.welcomed(token, resumed, received, roster, now);
                }
            }
            ServerMessage::ParticipantJoined { participant, profile, .. } => {
                // To the application someone expected back never left.
                let expected = self.roster.joined(&participant, profile.clone());
                self.report(if expected {
                    Report::Changed { participant, profile, present: true }
                } else {
                    Report::Joined { participant, profile }
                });
            }
            ServerMessage::ParticipantChanged { participant, profile, present, .. } => {
                self.roster.changed(&participant, profile.clone(), present);
                self.report(Report::Changed { participant, profile, present });
            }
            ServerMessage::ParticipantLeft { participant, reason, .. } => self.gone(participant, reason),
            ServerMessage::Relay { from, generation, payload, .. } => {
                self.report(Report::Message { from, generation, payload });
            }
            ServerMessage::Ack { seq } => self.outbox.acknowledge(seq),
            ServerMessage::Ping { nonce } => self.transmit(ClientMessage::Pong { nonce }),
            ServerMessage::Pong { .. } => {}
            ServerMessage::Error { code, fatal, .. } => {
                if fatal {
                    self.fatal = Some(code);
                } else {
                    self.report(Report::Dropped(DropReason::Refused, 1));
                }
            }
        }
        if self.unacknowledged >= ACK_EVERY {
            self.acknowledge();
        }
        self.flush(now);
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        for participant in self.roster.expire(now) {
            self.outbox.forget(&participant);
            self.report(Report::Left { participant, reason: LeaveReason::TimedOut });
        }
        match self.phase {
            Phase::Waiting { until } if until <= now => {
                self.phase = Phase::Joining { deadline: now + JOIN_TIMEOUT };
                self.actions.push_back(Action::Connect);
            }
            Phase::Joining { deadline } if deadline <= now => {
                self.actions.push_back(Action::Disconnect);
                self.closed(SignalingError::Unreachable, now);
            }
            Phase::Live if self.heard_at + self.dead_after <= now => {
                self.actions.push_back(Action::Disconnect);
                self.closed(SignalingError::Unreachable, now);
            }
            Phase::Live => {
                if self.ping_at <= now {
                    self.ping_at = now + self.heartbeat;
                    self.nonce = self.nonce.wrapping_add(1);
                    self.transmit(ClientMessage::Ping { nonce: self.nonce });
                }
                if self.ack_at.is_some_and(|at| at <= now) {
                    self.acknowledge();
                }
                self.flush(now);
            }
            Phase::Leaving { deadline, .. } if deadline <= now => {
                self.actions.push_back(Action::Disconnect);
                self.end();
            }
            Phase::Leaving { .. } => self.flush(now),
            Phase::Waiting { .. } | Phase::Joining { .. } | Phase::Ended => {}
        }
    }

    /// When [`Session::handle_timeout`] is due next.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let next_letter = || self.outbox.next_at(|to| self.roster.is_expected(to));
        let times = match self.phase {
            Phase::Waiting { until: at } | Phase::Joining { deadline: at } => [Some(at), None, None, None],
            Phase::Live => {
                [Some(self.heard_at + self.dead_after), Some(self.ping_at), self.ack_at, next_letter()]
            }
            Phase::Leaving { deadline, .. } => [Some(deadline), next_letter(), None, None],
            Phase::Ended => return None,
        };
        times.into_iter().chain([self.roster.next_expiry()]).flatten().min()
    }

    fn greeted(&mut self, version: u32, challenge: &str) {
        if !matches!(self.phase, Phase::Joining { .. }) {
            return;
        }
        if version != VERSION {
            self.actions.push_back(Action::Disconnect);
            return self.refuse(SignalingError::UnsupportedVersion);
        }
        let Identity { room, participant, key, profile } = &self.identity;
        let join = ClientMessage::Join {
            room: room.clone(),
            participant: participant.clone(),
            public_key: key.public_key(),
            proof: key.prove(challenge, room, participant),
            profile: profile.clone(),
            resume: self.token.clone().map(|token| Resume { token, last_seq: self.last_seq }),
        };
        self.transmit(join);
    }

    fn welcomed(
        &mut self,
        token: String,
        resumed: bool,
        received: u64,
        entries: Vec<RosterEntry>,
        now: Duration,
    ) {
        let first = self.token.replace(token).is_none();
        self.phase = Phase::Live;
        self.backoff.reset();
        self.ping_at = now + self.heartbeat;
        self.unacknowledged = 0;
        self.ack_at = None;
        if resumed {
            // The roster is the state after the events that follow now; ours is the one before them.
            let again = self.outbox.resume(received);
            self.actions.extend(again.into_iter().map(Action::Transmit));
        } else {
            self.last_seq = 0;
            self.outbox.restart();
            self.roster.restart(entries, now + self.resume_window);
        }
        let roster = self.roster.entries();
        self.report(if first {
            Report::Welcomed { roster }
        } else {
            Report::Reconnected { resumed, roster }
        });
    }

    fn gone(&mut self, participant: ParticipantId, reason: LeaveReason) {
        self.outbox.forget(&participant);
        if self.roster.left(&participant) {
            self.report(Report::Left { participant, reason });
        }
    }

    fn acknowledge(&mut self) {
        self.unacknowledged = 0;
        self.ack_at = None;
        self.transmit(ClientMessage::Ack { seq: self.last_seq });
    }

    /// Sends what may go out now.
    fn flush(&mut self, now: Duration) {
        if !matches!(self.phase, Phase::Live | Phase::Leaving { said: false, .. }) {
            return;
        }
        while let Some(relay) = self.outbox.next(now, |to| self.roster.is_expected(to)) {
            self.actions.push_back(Action::Transmit(relay));
        }
        if let Phase::Leaving { said, .. } = &mut self.phase
            && self.outbox.is_flushed(|to| self.roster.is_expected(to))
        {
            *said = true;
            self.transmit(ClientMessage::Leave {});
        }
    }

    fn retry(&mut self, now: Duration) {
        let retry_in = self.backoff.next();
        self.phase = Phase::Waiting { until: now + retry_in };
        tracing::debug!(retry_ms = retry_in.as_millis() as u64, "signaling connection lost");
        self.report(Report::Disconnected { retry_in });
    }

    fn refuse(&mut self, error: SignalingError) {
        self.report(Report::Refused(error));
        self.end();
    }

    fn end(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Ended;
            self.actions.push_back(Action::End);
        }
    }

    fn adopt(&mut self, bounds: &Bounds) {
        let millis = |ms: u32| Duration::from_millis(ms.into());
        self.heartbeat = millis(bounds.heartbeat_ms).max(SHORTEST_HEARTBEAT);
        self.dead_after = millis(bounds.dead_ms).max(2 * self.heartbeat);
        self.resume_window = millis(bounds.resume_ms);
    }

    fn transmit(&mut self, message: ClientMessage) {
        self.actions.push_back(Action::Transmit(message));
    }

    fn report(&mut self, report: Report) {
        self.actions.push_back(Action::Report(report));
    }
}

#[cfg(test)]
mod tests;
