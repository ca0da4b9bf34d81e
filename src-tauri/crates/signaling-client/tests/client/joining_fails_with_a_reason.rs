//! Every way a first join can fail has its own error, and none takes long.

use crate::common::*;
use holdfast_protocol::ServerAddress;
use holdfast_signaling_client::{Signaling, SignalingError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

async fn error(link: holdfast_protocol::MeetingLink, n: u64) -> SignalingError {
    match Client::try_join(link, n).await {
        Ok(_) => panic!("joined"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn wrong_secret() {
    let server = server();
    let mut ada = Client::join(link(server.local_addr(), 1), 1).await;
    assert_eq!(error(link(server.local_addr(), 2), 2).await, SignalingError::WrongSecret);
    // No one in the room noticed.
    let _bob = Client::join(link(server.local_addr(), 1), 3).await;
    assert!(
        matches!(ada.event().await, holdfast_signaling_client::SignalingEvent::Joined { participant, .. } if participant == id(3))
    );
    server.shutdown().await;
}

#[tokio::test]
async fn unreachable() {
    let gone = TcpListener::bind(loopback()).await.unwrap().local_addr().unwrap();
    assert_eq!(error(link(gone, 1), 1).await, SignalingError::Unreachable);
    let mut nowhere = link(gone, 1);
    nowhere.server = ServerAddress { host: "host.invalid".into(), port: 1, tls: false };
    assert_eq!(error(nowhere, 1).await, SignalingError::Unreachable);
}

#[tokio::test]
async fn full_room() {
    let server = server();
    let mut people = Vec::new();
    for n in 1..=16 {
        people.push(Client::join(link(server.local_addr(), 1), n).await);
    }
    assert_eq!(error(link(server.local_addr(), 1), 17).await, SignalingError::RoomFull);
    people.pop().unwrap().signaling.leave().await;
    let late = Client::join(link(server.local_addr(), 1), 17).await;
    assert_eq!(late.welcomed.roster.len(), 15);
    server.shutdown().await;
}

#[tokio::test]
async fn taken_id() {
    let server = server();
    let _ada = Client::join(link(server.local_addr(), 1), 1).await;
    assert_eq!(error(link(server.local_addr(), 1), 1).await, SignalingError::IdTaken);
    server.shutdown().await;
}

#[tokio::test]
async fn something_else_answers() {
    let listener = TcpListener::bind(loopback()).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 1024]).await;
            let _ = socket.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    assert_eq!(error(link(addr, 1), 1).await, SignalingError::NotASignalingServer);
}

#[tokio::test]
async fn tls_expected_but_not_there() {
    let server = server();
    let mut link = link(server.local_addr(), 1);
    link.server.tls = true;
    assert_eq!(error(link, 1).await, SignalingError::Tls);
    server.shutdown().await;
}

#[tokio::test]
async fn a_server_that_is_stopping() {
    let server = server();
    let link = link(server.local_addr(), 1);
    server.shutdown().await;
    assert_eq!(error(link, 1).await, SignalingError::Unreachable);
}

#[tokio::test]
async fn giving_up_while_joining_closes_the_connection() {
    let listener = TcpListener::bind(loopback()).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let joining = tokio::spawn(Signaling::join(config(link(addr, 1), 1)));
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = [0; 1024];
    assert!(socket.read(&mut request).await.unwrap() > 0);
    joining.abort();
    let rest = tokio::time::timeout(PATIENCE, socket.read(&mut request)).await.unwrap();
    assert!(matches!(rest, Ok(0) | Err(_)), "the connection is still open");
}
