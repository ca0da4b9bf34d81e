//! A meeting on a server of our own: embedded, with a new room and secret each time.

use std::net::SocketAddr;

use holdfast_protocol::{MeetingLink, RoomId, Secret, ServerAddress};
use holdfast_signaling_server::{RunningServer, Server, ServerConfig};

use crate::error::AppError;
use crate::network::{self, Interface};

/// Random characters in a room's name: 50 bits. The name is no secret; it must only not be met by chance.
const ROOM_CHARS: usize = 10;

/// Characters of a room's name that are not mistaken for each other when read aloud: 32 of them.
const ROOM_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Starts a server and makes the link to a new meeting on it.
pub(crate) async fn open(
    listen: SocketAddr,
    interfaces: &[Interface],
) -> Result<(MeetingLink, RunningServer), AppError> {
    let server = Server::spawn(ServerConfig { listen, tls: None })?;
    let address = server.local_addr();
    let host = network::invite_address(address.ip(), interfaces, network::default_route());
    let link = MeetingLink {
        server: ServerAddress { host: host.to_string(), port: address.port(), tls: false },
        room: new_room()?,
        secret: Secret::from_bytes(rand::random()),
    };
    Ok((link, server))
}

fn new_room() -> Result<RoomId, AppError> {
    let letters: [u8; ROOM_CHARS] = rand::random();
    let room: String = letters
        .iter()
        .map(|byte| char::from(ROOM_ALPHABET[usize::from(*byte) % ROOM_ALPHABET.len()]))
        .collect();
    room.parse().map_err(|_| AppError::Internal)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn each_meeting_has_a_room_and_a_secret_of_its_own_and_a_link_to_where_the_server_listens() {
        let listen = "127.0.0.1:0".parse().unwrap();
        let (first, first_server) = open(listen, &[]).await.unwrap();
        let (second, second_server) = open(listen, &[]).await.unwrap();
        assert_ne!(first.room, second.room);
        assert!(first.secret.to_base64url() != second.secret.to_base64url());
        assert_eq!(first.server.host, "127.0.0.1");
        assert_eq!(first.server.port, first_server.local_addr().port());
        first_server.shutdown().await;
        second_server.shutdown().await;
    }
}
