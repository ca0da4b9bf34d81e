//! A meeting on a server of our own: embedded, with a new room and secret each time.

use std::net::{IpAddr, SocketAddr};

use holdfast_protocol::{MeetingLink, RoomId, Secret, ServerAddress};
use holdfast_signaling_server::{RunningServer, Server, ServerConfig};

use crate::error::AppError;
use crate::network::{self, Interface};

/// Random characters in a room's name: 50 bits. The name is no secret, but two rooms must not get the same name by
/// chance.
const ROOM_CHARS: usize = 10;

/// Characters of a room's name that people do not confuse when they read them aloud: 32 of them.
const ROOM_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Opens a meeting again that this app hosted when it ended without leaving: the same room and secret, on the same
/// port, so that everyone else comes back by themselves. If this machine has another address now, the new link has it
/// too. Then the links that the others have lead nowhere.
pub(crate) fn reopen(
    listen: SocketAddr,
    before: &MeetingLink,
    interfaces: &[Interface],
) -> Result<(MeetingLink, RunningServer), AppError> {
    let server = Server::spawn(ServerConfig { listen, tls: None })?;
    let is_ours = |host: IpAddr| host.is_loopback() || interfaces.iter().any(|one| one.address == host);
    let mut link = before.clone();
    if !link.server.host.parse().is_ok_and(is_ours) {
        let host = network::invite_address(listen.ip(), interfaces, network::default_route());
        link.server.host = host.to_string();
    }
    Ok((link, server))
}

/// Starts a server and makes the link to a new meeting on it.
pub(crate) async fn open(
    listen: SocketAddr,
    interfaces: &[Interface],
) -> Result<(MeetingLink, RunningServer), AppError> {
    let server = Server::spawn(ServerConfig { listen, tls: None })?;
    let address = server.local_addr();
    let host = network::invite_address(address.ip(), interfaces, network::default_route());
    let link = on(ServerAddress { host: host.to_string(), port: address.port(), tls: false })?;
    Ok((link, server))
}

/// The link to a new meeting on a server.
pub(crate) fn on(server: ServerAddress) -> Result<MeetingLink, AppError> {
    Ok(MeetingLink { server, room: new_room()?, secret: Secret::from_bytes(rand::random()) })
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
    async fn a_meeting_is_opened_again_where_it_was_unless_the_machine_moved() {
        let (link, server) = open("127.0.0.1:0".parse().unwrap(), &[]).await.unwrap();
        let listen = server.local_addr();
        server.shutdown().await;
        let (again, server) = reopen(listen, &link, &[]).unwrap();
        assert_eq!(again.to_string(), link.to_string());
        server.shutdown().await;

        let mut elsewhere = link.clone();
        elsewhere.server.host = "192.0.2.7".into();
        let (moved, server) = reopen(listen, &elsewhere, &[]).unwrap();
        assert_eq!(moved.to_string(), link.to_string(), "the address we have now, the rest as before");
        server.shutdown().await;
    }

    #[tokio::test]
    async fn a_port_that_somebody_else_took_is_an_error() {
        let (link, server) = open("127.0.0.1:0".parse().unwrap(), &[]).await.unwrap();
        let Err(error) = reopen(server.local_addr(), &link, &[]) else { panic!("two servers on one port") };
        assert_eq!(error.code(), "server_address_in_use");
    }

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
