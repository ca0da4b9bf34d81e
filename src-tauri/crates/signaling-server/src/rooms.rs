//! All rooms of a server, and which participant and room each connection belongs to. Pure like [`Room`].

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use holdfast_protocol::{Bounds, ClientMessage, ErrorCode, ParticipantId, RoomId, ServerMessage};
use holdfast_terms::Elapsed;

use crate::room::{ConnectionId, JoinRequest, Output, Room};

/// Rooms at once. With 16 people in each, one server has fewer connections than this needs.
const ROOMS: usize = 1024;

/// The rooms of a running server. A restarted server begins with a new one.
#[derive(Debug)]
pub struct Rooms {
    resume_window: Duration,
    bounds: Bounds,
    rooms: HashMap<RoomId, Room>,
    joined: HashMap<ConnectionId, (RoomId, ParticipantId)>,
}

impl Rooms {
    /// No rooms. `bounds` goes to the members; `resume_window` is how long a room keeps someone who is away.
    pub fn new(resume_window: Duration, bounds: Bounds) -> Self {
        Self { resume_window, bounds, rooms: HashMap::new(), joined: HashMap::new() }
    }

    /// Rooms that are not empty. People who are away count.
    pub fn count(&self) -> usize {
        self.rooms.len()
    }

    /// Lets a connection into a room, or tells only this connection why not. A connection is in at most one room.
    ///
    /// # Errors
    /// The code with which to close the connection.
    pub fn join(
        &mut self,
        room_id: &RoomId,
        request: JoinRequest<'_>,
        now: Elapsed,
    ) -> Result<Vec<Output>, ErrorCode> {
        let (connection, participant) = (request.connection, request.participant.clone());
        if self.joined.contains_key(&connection) {
            return Err(ErrorCode::AlreadyJoined);
        }
        let full = self.rooms.len() >= ROOMS;
        let room = match self.rooms.entry(room_id.clone()) {
            Entry::Occupied(room) => room.into_mut(),
            Entry::Vacant(_) if full => return Err(ErrorCode::ServerFull),
            Entry::Vacant(entry) => {
                entry.insert(Room::new(room_id.clone(), self.resume_window, self.bounds.clone()))
            }
        };
        let joined = room.join(request, now);
        if joined.is_ok() {
            self.joined.insert(connection, (room_id.clone(), participant));
        }
        let outputs = self.finish(room_id);
        joined.map(|()| outputs)
    }

    /// A message of a connection after its handshake.
    ///
    /// # Errors
    /// The code with which to close the connection.
    pub fn message(
        &mut self,
        connection: ConnectionId,
        message: ClientMessage,
        now: Elapsed,
    ) -> Result<Vec<Output>, ErrorCode> {
        let (room_id, id) = self.joined.get(&connection).cloned().ok_or(ErrorCode::NotJoined)?;
        let Some(room) = self.rooms.get_mut(&room_id) else { return Err(ErrorCode::NotJoined) };
        match message {
            ClientMessage::Hello { .. } | ClientMessage::Join { .. } => return Err(ErrorCode::AlreadyJoined),
            ClientMessage::Relay { seq, to, generation, payload } => {
                room.relay(&id, seq, &to, generation, payload, now);
            }
            ClientMessage::Profile { profile } => room.set_profile(&id, profile),
            ClientMessage::Ack { seq } => room.acknowledge(&id, seq),
            ClientMessage::Leave {} => {
                self.joined.remove(&connection);
                room.leave(&id);
            }
            ClientMessage::Ping { nonce } => {
                return Ok(vec![Output::Send(connection, ServerMessage::Pong { nonce })]);
            }
            ClientMessage::Pong { .. } => {}
        }
        Ok(self.finish(&room_id))
    }

    /// A connection is over. Its participant is away from now on.
    pub fn disconnected(&mut self, connection: ConnectionId, now: Elapsed) -> Vec<Output> {
        let Some((room_id, id)) = self.joined.remove(&connection) else { return Vec::new() };
        if let Some(room) = self.rooms.get_mut(&room_id) {
            room.disconnected(&id, connection, now);
        }
        self.finish(&room_id)
    }

    /// Does what is due: acknowledgements, and giving up people who were away too long.
    pub fn handle_timeout(&mut self, now: Elapsed) -> Vec<Output> {
        let due = self.rooms.iter().filter(|(_, room)| room.poll_timeout().is_some_and(|at| at <= now));
        let due: Vec<_> = due.map(|(id, _)| id.clone()).collect();
        let mut outputs = Vec::new();
        for id in due {
            if let Some(room) = self.rooms.get_mut(&id) {
                room.handle_timeout(now);
            }
            outputs.extend(self.finish(&id));
        }
        outputs
    }

    /// When [`Rooms::handle_timeout`] next has something to do.
    pub fn poll_timeout(&self) -> Option<Elapsed> {
        self.rooms.values().filter_map(Room::poll_timeout).min()
    }

    /// Collects what a room wants done. Forgets the connections that the room closed, and the room if it is empty.
    fn finish(&mut self, room_id: &RoomId) -> Vec<Output> {
        let Some(room) = self.rooms.get_mut(room_id) else { return Vec::new() };
        let outputs: Vec<_> = std::iter::from_fn(|| room.poll_output()).collect();
        if room.is_empty() {
            self.rooms.remove(room_id);
        }
        for output in &outputs {
            if let Output::Close(connection, _) = output {
                self.joined.remove(connection);
            }
        }
        outputs
    }
}
