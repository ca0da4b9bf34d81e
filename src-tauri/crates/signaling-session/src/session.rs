//! The client's side of the protocol as a machine without a socket, a clock or randomness of its own.
//!
//! Input: [`Session::connected`], [`Session::closed`], [`Session::message`], [`Session::heard`], [`Session::send`],
//! [`Session::set_profile`], [`Session::reconnect`], [`Session::check`], [`Session::leave`] and
//! [`Session::handle_timeout`], with the time as [`Elapsed`]. Output: [`Session::poll_action`] and
//! [`Session::poll_timeout`]. The driver takes all actions after every input, and calls [`Session::handle_timeout`]
//! when [`Session::poll_timeout`] says so. Messages and profiles are sealed outside.
//!
//! The `signaling-client` crate drives it over a socket; the simulation drives many of them in simulated time.

use std::{collections::VecDeque, time::Duration};

use holdfast_protocol::{
    Bounds, ClientMessage, ErrorCode, Generation, JoinKey, LeaveReason, MessageNumber, ParticipantId, Resume,
    RoomId, RosterEntry, ServerMessage, VERSION,
};
use holdfast_terms::Elapsed;

use crate::{
    DropReason, SignalingError,
    error::is_passing,
    inbox::Inbox,
    liveness::{Due, Liveness},
    outbox::{Letter, Outbox},
    roster::Roster,
};

mod action;
mod coming_back;

pub use action::{Action, Report};

use coming_back::{Attempts, Wish};

/// How long a leave waits until the queue is sent and the server closes.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the missed events may take to arrive after a resume.
const REPLAY_TIME: Duration = Duration::from_secs(5);

/// Who joins, and which room.
pub struct Identity {
    /// The room.
    pub room: RoomId,
    /// Own id, kept for the whole meeting.
    pub participant: ParticipantId,
    /// Proves that we know the room's secret.
    pub key: JoinKey,
    /// Own profile, sealed.
    pub profile: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waiting to connect again.
    Waiting {
        until: Elapsed,
    },
    /// Connecting, greeting, joining.
    Joining {
        /// Since when the connection is being opened, or is open.
        since: Elapsed,
        deadline: Elapsed,
    },
    /// In the room.
    Live {
        since: Elapsed,
    },
    /// Leaving: first the rest of the queue, then `leave`, then the server closes.
    Leaving {
        deadline: Elapsed,
        said: bool,
    },
    Ended,
}

/// One participant's connection to the server, from the first join to the end.
pub struct Session {
    identity: Identity,
    phase: Phase,
    attempts: Attempts,
    actions: VecDeque<Action>,
    outbox: Outbox,
    inbox: Inbox,
    roster: Roster,
    liveness: Liveness,
    /// Token of the session on the server; `None` before the first welcome.
    token: Option<String>,
    /// The times and bounds that the server told us.
    bounds: Bounds,
    /// The fatal error that the server gave before it closed.
    fatal: Option<ErrorCode>,
}

impl Session {
    /// A session that wants to connect. `seed` is for the jitter of reconnecting.
    pub fn new(identity: Identity, seed: u64, now: Elapsed) -> Self {
        let mut session = Self {
            identity,
            phase: Phase::Ended,
            attempts: Attempts::new(seed, now),
            actions: VecDeque::new(),
            outbox: Outbox::new(),
            inbox: Inbox::default(),
            roster: Roster::default(),
            liveness: Liveness::new(&Bounds::V1, now),
            token: None,
            bounds: Bounds::V1,
            fatal: None,
        };
        session.connect(now);
        session
    }

    /// What to do next, in order.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The connection is open.
    pub fn connected(&mut self, now: Elapsed) {
        if let Phase::Joining { since, .. } = &mut self.phase {
            // From here on it shows how slow the path is; before, there may have been no path.
            *since = now;
            let client = concat!("holdfast/", env!("CARGO_PKG_VERSION")).to_owned();
            self.transmit(ClientMessage::Hello { version: VERSION, client });
        }
    }

    /// The connection could not be opened, or it ended. Do not call this after [`Action::Disconnect`].
    pub fn closed(&mut self, error: SignalingError, now: Elapsed) {
        let fatal = self.fatal.take();
        match self.phase {
            Phase::Waiting { .. } | Phase::Ended => {}
            Phase::Leaving { .. } => self.end(),
            Phase::Joining { .. } | Phase::Live { .. } => match fatal {
                Some(code) if self.token.is_none() => self.refuse(code.into()),
                Some(ErrorCode::IdTaken) if !self.attempts.is_taken_for_good(&self.bounds, now) => {
                    self.retry(now);
                }
                Some(code) if !is_passing(code) => self.refuse(code.into()),
                None if self.token.is_none() => self.refuse(error),
                None | Some(ErrorCode::TimedOut | ErrorCode::TooSlow) => self.lost(now),
                Some(_) => self.retry(now),
            },
        }
    }

    /// Queues a sealed message.
    pub fn send(&mut self, to: ParticipantId, generation: Generation, payload: String, now: Elapsed) {
        if matches!(self.phase, Phase::Ended | Phase::Leaving { .. }) {
            return;
        }
        let live = matches!(self.phase, Phase::Live { .. });
        let dropped = self.outbox.push(Letter { to, generation, payload }, live);
        if dropped > 0 {
            self.report(Report::Dropped(DropReason::QueueOverflow, dropped));
        }
        self.flush(now);
    }

    /// Takes over a changed profile, already sealed.
    pub fn set_profile(&mut self, profile: String) {
        self.identity.profile.clone_from(&profile);
        if matches!(self.phase, Phase::Live { .. }) {
            self.transmit(ClientMessage::Profile { profile });
        }
    }

    /// The network changed or the machine woke up: opens a new connection now, even if the old one works, and the
    /// session goes on over it. At most four times a second; several calls in between count as one, made at the end.
    pub fn reconnect(&mut self, now: Elapsed) {
        self.wish(Wish::Reconnect, now);
    }

    /// Something suggests that the path is gone, or back. In the room: sends a ping at once, and opens a new connection
    /// if nothing comes within a second. While waiting to come back: tries at once. Bounded like
    /// [`Session::reconnect`].
    pub fn check(&mut self, now: Elapsed) {
        self.wish(Wish::Check, now);
    }

    /// Leaves: at once when there is no connection, otherwise after the queue is sent.
    pub fn leave(&mut self, now: Elapsed) {
        match self.phase {
            Phase::Live { .. } => {
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

    /// Something came that is not a message for the session. It shows that the server answers.
    pub fn heard(&mut self) {
        if matches!(self.phase, Phase::Live { .. }) && self.liveness.heard() {
            self.report(Report::Heard);
        }
    }

    /// A message of the server.
    pub fn message(&mut self, message: ServerMessage, now: Elapsed) {
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Ended) {
            return;
        }
        self.heard();
        if message.seq().is_some_and(|seq| !self.inbox.take(seq, now)) {
            return self.report(Report::Dropped(DropReason::Duplicate, 1));
        }
        match message {
            ServerMessage::Hello { version, challenge, .. } => self.greeted(version, &challenge),
            ServerMessage::Welcome { token, resumed, received, roster, bounds, .. } => {
                if let Phase::Joining { since, .. } = self.phase {
                    self.bounds = bounds;
                    self.attempts.succeeded(now.saturating_sub(since));
                    self.welcomed(token, resumed, received, roster, now);
                }
            }
            ServerMessage::ParticipantJoined { participant, profile, .. } => {
                // For the application, someone who was expected back never left.
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
        self.acknowledge(now);
        self.flush(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Elapsed) {
        self.carry_out_wish(now);
        match self.phase {
            Phase::Waiting { until } if until <= now => self.connect(now),
            Phase::Joining { deadline, .. } if deadline <= now => {
                self.actions.push_back(Action::Disconnect);
                self.closed(SignalingError::Unreachable, now);
            }
            Phase::Live { .. } => {
                while let Some(due) = self.liveness.handle_timeout(now) {
                    match due {
                        Due::Ping(nonce) => self.transmit(ClientMessage::Ping { nonce }),
                        Due::Silent => self.report(Report::Silent),
                        Due::Dead => {
                            self.actions.push_back(Action::Disconnect);
                            return self.closed(SignalingError::Unreachable, now);
                        }
                    }
                }
                for participant in self.roster.expire(now) {
                    self.outbox.forget(&participant);
                    self.report(Report::Left { participant, reason: LeaveReason::TimedOut });
                }
                self.acknowledge(now);
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
    pub fn poll_timeout(&self) -> Option<Elapsed> {
        let next_letter = || self.outbox.next_at(|to| self.roster.is_expected(to));
        let wish_at = self.attempts.wish_at();
        match self.phase {
            Phase::Waiting { until: at } | Phase::Joining { deadline: at, .. } => {
                [Some(at), wish_at].into_iter().flatten().min()
            }
            Phase::Live { .. } => {
                let alive = Some(self.liveness.poll_timeout());
                let times = [alive, wish_at, self.inbox.ack_at(), next_letter(), self.roster.next_expiry()];
                times.into_iter().flatten().min()
            }
            // After the leave nothing is sent any more, not even a letter for someone who comes back now.
            Phase::Leaving { deadline, said: true } => Some(deadline),
            Phase::Leaving { deadline, said: false } => {
                [Some(deadline), next_letter()].into_iter().flatten().min()
            }
            Phase::Ended => None,
        }
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
            resume: self.token.clone().map(|token| Resume { token, last_seq: self.inbox.last_seq() }),
        };
        self.transmit(join);
    }

    fn welcomed(
        &mut self,
        token: String,
        resumed: bool,
        received: MessageNumber,
        entries: Vec<RosterEntry>,
        now: Elapsed,
    ) {
        let first = self.token.replace(token).is_none();
        self.phase = Phase::Live { since: now };
        self.liveness = Liveness::new(&self.bounds, now);
        self.inbox.welcomed(resumed);
        if resumed {
            // The server's roster is the state after the events that follow now. Ours is the one before them.
            self.outbox.resume(received);
            self.roster.resume(now + REPLAY_TIME);
        } else {
            self.outbox.restart();
            self.roster.restart(entries, now + Duration::from_millis(self.bounds.resume_ms.into()));
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

    fn acknowledge(&mut self, now: Elapsed) {
        // While joining, the join message itself says how far we are.
        if matches!(self.phase, Phase::Live { .. } | Phase::Leaving { .. })
            && let Some(seq) = self.inbox.acknowledgement(now)
        {
            self.transmit(ClientMessage::Ack { seq });
        }
    }

    /// Sends what may go out now.
    fn flush(&mut self, now: Elapsed) {
        if !matches!(self.phase, Phase::Live { .. } | Phase::Leaving { said: false, .. }) {
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

    fn transmit(&mut self, message: ClientMessage) {
        self.actions.push_back(Action::Transmit(message));
    }

    fn report(&mut self, report: Report) {
        self.actions.push_back(Action::Report(report));
    }
}

#[cfg(test)]
mod tests;
