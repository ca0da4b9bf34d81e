//! One room: who is in it, who is away, and what each still has to receive.
//!
//! Pure: the caller passes in tokens, and the time as [`Elapsed`]. What to send comes out of
//! [`Room::poll_output`]. The room knows connections only by number.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use holdfast_protocol::{
    Bounds, ErrorCode, Generation, LeaveReason, MessageNumber, ParticipantId, Resume, RoomId, RosterEntry,
    ServerMessage,
    limits::{ACK_DELAY, ACK_EVERY, ROOM_PARTICIPANTS},
    verify_join,
};
use holdfast_terms::Elapsed;
use subtle::ConstantTimeEq;

use crate::room::outbox::Outbox;

mod outbox;

/// A connection. Its number grows with every connection that the owner accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// What to do with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Send(ConnectionId, ServerMessage),
    /// Send the error, if there is one, and close.
    Close(ConnectionId, Option<ErrorCode>),
}

/// A request to join, as the client sent it, with what the server adds.
#[derive(Debug)]
pub struct JoinRequest<'a> {
    /// The asking connection.
    pub connection: ConnectionId,
    /// The id the client chose.
    pub participant: ParticipantId,
    /// Public key of the link's join key.
    pub public_key: &'a str,
    /// Signature over the challenge.
    pub proof: &'a str,
    /// The challenge that this server gave the connection to sign.
    pub challenge: &'a str,
    /// Sealed profile.
    pub profile: String,
    /// The earlier session, if there was one.
    pub resume: Option<Resume>,
    /// Fresh random token, used if the session is new.
    pub token: String,
}

#[derive(Debug)]
struct Member {
    profile: String,
    token: String,
    connection: Option<ConnectionId>,
    /// When the room gives the member up. It counts only while the member has no connection.
    away_until: Elapsed,
    /// Highest `seq` of the member's own relays.
    received: MessageNumber,
    /// Relays that came since the last acknowledgement.
    unacknowledged: u64,
    /// When the next acknowledgement is due.
    ack_at: Option<Elapsed>,
    outbox: Outbox,
}

/// A room of at most [`ROOM_PARTICIPANTS`] people.
#[derive(Debug)]
pub struct Room {
    name: RoomId,
    resume_window: Duration,
    bounds: Bounds,
    /// Public key of the first joiner, until the room is empty.
    verifier: Option<String>,
    members: BTreeMap<ParticipantId, Member>,
    outputs: VecDeque<Output>,
}

impl Room {
    /// An empty room. `bounds` goes to its members; `resume_window` is how long the room keeps people who are away.
    pub fn new(name: RoomId, resume_window: Duration, bounds: Bounds) -> Self {
        Self {
            name,
            resume_window,
            bounds,
            verifier: None,
            members: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Whether the room is empty. People who are away count as in it.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What to do next, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Lets a participant in, or continues its session. The error goes only to the connection that asked.
    pub fn join(&mut self, request: JoinRequest<'_>, now: Elapsed) -> Result<(), ErrorCode> {
        self.check_proof(&request)?;
        let JoinRequest { connection, participant, profile, resume, token, .. } = request;
        if let Some(member) = self.members.get(&participant) {
            let owns = resume.as_ref().is_some_and(|resume| same_secret(&resume.token, &member.token));
            match member.connection {
                // This attempt is older than the one that holds the session; the client gave it up long ago, and it
                // arrived late.
                Some(newer) if owns && connection < newer => return Err(ErrorCode::Replaced),
                Some(old) if owns => self.outputs.push_back(Output::Close(old, Some(ErrorCode::Replaced))),
                Some(_) => return Err(ErrorCode::IdTaken),
                None => {}
            }
            if let Some(resume) = resume.filter(|_| owns)
                && member.outbox.can_resume(resume.last_seq)
            {
                self.resume(&participant, connection, profile, resume.last_seq);
                return Ok(());
            }
        } else if self.members.len() >= ROOM_PARTICIPANTS {
            return Err(ErrorCode::RoomFull);
        }
        self.verifier.get_or_insert_with(|| request.public_key.to_owned());
        self.begin(participant, connection, profile, token, now);
        Ok(())
    }

    fn check_proof(&self, request: &JoinRequest<'_>) -> Result<(), ErrorCode> {
        // The key is public, so this comparison need not take constant time.
        if self.verifier.as_ref().is_some_and(|verifier| verifier != request.public_key) {
            return Err(ErrorCode::WrongSecret);
        }
        verify_join(request.public_key, request.proof, request.challenge, &self.name, &request.participant)
            .map_err(|_| ErrorCode::WrongSecret)
    }

    fn begin(
        &mut self,
        id: ParticipantId,
        connection: ConnectionId,
        profile: String,
        token: String,
        now: Elapsed,
    ) {
        let member = Member {
            profile: profile.clone(),
            token,
            connection: Some(connection),
            away_until: now,
            received: MessageNumber::NONE,
            unacknowledged: 0,
            ack_at: None,
            outbox: Outbox::default(),
        };
        self.members.insert(id.clone(), member);
        self.welcome(&id, connection, false);
        self.tell_others(&id.clone(), move |seq| ServerMessage::ParticipantJoined {
            seq,
            participant: id.clone(),
            profile: profile.clone(),
        });
    }

    fn resume(
        &mut self,
        id: &ParticipantId,
        connection: ConnectionId,
        profile: String,
        last_seq: MessageNumber,
    ) {
        let Some(member) = self.members.get_mut(id) else { return };
        let changed = member.connection.is_none() || member.profile != profile;
        member.connection = Some(connection);
        member.profile = profile;
        // The welcome acknowledges the relays.
        member.unacknowledged = 0;
        member.ack_at = None;
        member.outbox.acknowledge(last_seq);
        self.welcome(id, connection, true);
        if let Some(member) = self.members.get_mut(id) {
            let missed = member.outbox.resume();
            self.outputs.extend(missed.map(|message| Output::Send(connection, message)));
        }
        if changed {
            self.tell_changed(id);
        }
    }

    fn welcome(&mut self, id: &ParticipantId, connection: ConnectionId, resumed: bool) {
        let Some(member) = self.members.get(id) else { return };
        let roster = self.members.iter().filter(|(other, _)| *other != id);
        let welcome = ServerMessage::Welcome {
            participant: id.clone(),
            token: member.token.clone(),
            resumed,
            received: member.received,
            roster: roster
                .map(|(other, member)| RosterEntry {
                    participant: other.clone(),
                    profile: member.profile.clone(),
                    present: member.connection.is_some(),
                })
                .collect(),
            bounds: self.bounds.clone(),
        };
        self.outputs.push_back(Output::Send(connection, welcome));
    }

    /// Passes a sealed message on. A message that came before is dropped silently.
    pub fn relay(
        &mut self,
        from: &ParticipantId,
        seq: MessageNumber,
        to: &ParticipantId,
        generation: Generation,
        payload: String,
        now: Elapsed,
    ) {
        let Some(sender) = self.members.get_mut(from) else { return };
        // A duplicate counts too: a sender that missed the acknowledgement gets it again.
        sender.unacknowledged += 1;
        let due = sender.ack_at.get_or_insert(now + ACK_DELAY);
        if sender.unacknowledged >= ACK_EVERY {
            *due = now;
        }
        if seq <= sender.received {
            return self.handle_acks(now);
        }
        sender.received = seq;
        if from == to || !self.members.contains_key(to) {
            let refusal =
                ServerMessage::error(ErrorCode::UnknownParticipant, "the receiver is not in the room");
            self.send_unnumbered(from, refusal);
        } else {
            let from = from.clone();
            self.deliver(to, |seq| ServerMessage::Relay { seq, from, generation, payload });
        }
        self.handle_acks(now);
    }

    /// Takes over a changed profile.
    pub fn set_profile(&mut self, id: &ParticipantId, profile: String) {
        let Some(member) = self.members.get_mut(id) else { return };
        if member.profile != profile {
            member.profile = profile;
            self.tell_changed(id);
        }
    }

    /// The client has everything up to `seq`.
    pub fn acknowledge(&mut self, id: &ParticipantId, seq: MessageNumber) {
        if let Some(member) = self.members.get_mut(id) {
            member.outbox.acknowledge(seq);
        }
    }

    /// The participant leaves on purpose.
    pub fn leave(&mut self, id: &ParticipantId) {
        if let Some(connection) = self.members.get(id).and_then(|member| member.connection) {
            self.outputs.push_back(Output::Close(connection, None));
        }
        self.remove(id, LeaveReason::Left);
    }

    /// The connection of a participant broke. Ignored for a connection that was replaced.
    pub fn disconnected(&mut self, id: &ParticipantId, connection: ConnectionId, now: Elapsed) {
        let Some(member) = self.members.get_mut(id) else { return };
        if member.connection != Some(connection) {
            return;
        }
        member.connection = None;
        member.away_until = now + self.resume_window;
        member.ack_at = None;
        member.outbox.go_away();
        self.tell_changed(id);
    }

    /// Does what is due: acknowledgements, and giving up people who were away too long.
    pub fn handle_timeout(&mut self, now: Elapsed) {
        self.handle_acks(now);
        let gone: Vec<_> = self
            .members
            .iter()
            .filter(|(_, member)| member.connection.is_none() && member.away_until <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in gone {
            self.remove(&id, LeaveReason::TimedOut);
        }
    }

    /// When [`Room::handle_timeout`] next has something to do.
    pub fn poll_timeout(&self) -> Option<Elapsed> {
        self.members
            .values()
            .filter_map(
                |member| if member.connection.is_some() { member.ack_at } else { Some(member.away_until) },
            )
            .min()
    }

    fn handle_acks(&mut self, now: Elapsed) {
        for member in self.members.values_mut() {
            let Some(connection) = member.connection else { continue };
            if member.ack_at.is_some_and(|due| due <= now) {
                member.ack_at = None;
                member.unacknowledged = 0;
                let ack = ServerMessage::Ack { seq: member.received };
                self.outputs.push_back(Output::Send(connection, ack));
            }
        }
    }

    fn remove(&mut self, id: &ParticipantId, reason: LeaveReason) {
        if self.members.remove(id).is_none() {
            return;
        }
        if self.members.is_empty() {
            self.verifier = None;
        }
        self.tell_others(id, |seq| ServerMessage::ParticipantLeft { seq, participant: id.clone(), reason });
    }

    fn tell_changed(&mut self, id: &ParticipantId) {
        let Some(member) = self.members.get(id) else { return };
        let (profile, present) = (member.profile.clone(), member.connection.is_some());
        self.tell_others(id, |seq| ServerMessage::ParticipantChanged {
            seq,
            participant: id.clone(),
            profile: profile.clone(),
            present,
        });
    }

    fn tell_others(&mut self, id: &ParticipantId, message: impl Fn(MessageNumber) -> ServerMessage) {
        let others: Vec<_> = self.members.keys().filter(|other| *other != id).cloned().collect();
        for other in others {
            self.deliver(&other, &message);
        }
    }

    fn deliver(&mut self, to: &ParticipantId, message: impl FnOnce(MessageNumber) -> ServerMessage) {
        let Some(member) = self.members.get_mut(to) else { return };
        let message = member.outbox.push(message);
        if let Some(connection) = member.connection {
            self.outputs.push_back(Output::Send(connection, message));
        }
    }

    fn send_unnumbered(&mut self, to: &ParticipantId, message: ServerMessage) {
        if let Some(connection) = self.members.get(to).and_then(|member| member.connection) {
            self.outputs.push_back(Output::Send(connection, message));
        }
    }
}

/// Compares in a time that does not show how much of a guess is right. The lengths are no secret.
fn same_secret(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::same_secret;

    #[test]
    fn a_secret_equals_only_itself() {
        assert!(same_secret("token", "token") && same_secret("", ""));
        for other in ["", "toke", "tokens", "Token", "tokem"] {
            assert!(!same_secret("token", other), "{other}");
        }
    }
}
