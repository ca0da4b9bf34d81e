//! All rooms of a server, and which connection is whom in which. Pure like [`Room`].

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use holdfast_protocol::{Bounds, ClientMessage, ErrorCode, ParticipantId, RoomId, ServerMessage};

use crate::room::{ConnectionId, JoinRequest, Output, Room};

/// Rooms at once. At 16 people each this is beyond what one server has connections for.
const ROOMS: usize = 1024;

/// The rooms of a server that runs. A new one is a server that was restarted.
#[derive(Debug)]
pub struct Rooms {
    resume_window: Duration,
    bounds: Bounds,
    rooms: HashMap<RoomId, Room>,
    joined: HashMap<ConnectionId, (RoomId, ParticipantId)>,
}

impl Rooms {
    /// No rooms. `bounds` is what members are told; `resume_window` how long someone away is kept.
    pub fn new(resume_window: Duration, bounds: Bounds) -> Self {
        Self { resume_window, bounds, rooms: HashMap::new(), joined: HashMap::new() }
    }

    /// Rooms with somebody in them, those away included.
    pub fn count(&self) -> usize {
        self.rooms.len()
    }

    /// Lets a connection into a room, or says to it alone why not. A connection is in one room at most.
    ///
    /// # Errors
    /// With the code to close the connection with.
    pub fn join(
        &mut self,
        room_id: &RoomId,
        request: JoinRequest<'_>,
        now: Duration,
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

    /// A message of a connection that is past its handshake.
    ///
    /// # Errors
    /// With the code to close the connection with.
    pub fn message(
        &mut self,
        connection: ConnectionId,
        message: ClientMessage,
        now: Duration,
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

    /// A connection is over. Whoever it was is away from now on.
    pub fn disconnected(&mut self, connection: ConnectionId, now: Duration) -> Vec<Output> {
        let Some((room_id, id)) = self.joined.remove(&connection) else { return Vec::new() };
        if let Some(room) = self.rooms.get_mut(&room_id) {
            room.disconnected(&id, connection, now);
        }
        self.finish(&room_id)
    }

    /// Does what is due: acknowledgements, and giving up those away too long.
    pub fn handle_timeout(&mut self, now: Duration) -> Vec<Output> {
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
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.rooms.values().filter_map(Room::poll_timeout).min()
    }

    /// Collects what a room wants done, and forgets it and those it closed.
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
