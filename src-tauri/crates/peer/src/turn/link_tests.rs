#![allow(clippy::unwrap_used)]
use std::future::Future as _;
use std::pin::pin;
use std::task::Poll;

use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::server::TlsStream;

use super::super::tls_server::TlsServer;
use super::*;

/// The content of a message in these tests, after its header.
const PAYLOAD: [u8; 996] = [7; 996];

/// The size of the buffer that we ask the system for, so that it is full soon. The system may give more.
const SYSTEM: u32 = 8 * 1024;

/// A message as long as that of a picture.
fn message() -> Vec<u8> {
    [&[0x40, 0, 3, 228][..], &PAYLOAD].concat()
}

/// A link over TLS, and its other end. The link has read everything that the other end sent, because closing with
/// unread data would count as a refusal.
async fn linked() -> (Link, TlsStream<TcpStream>) {
    let server = TlsServer::of("127.0.0.1");
    let accepting = TcpSocket::new_v4().unwrap();
    accepting.set_recv_buffer_size(SYSTEM).unwrap();
    accepting.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = accepting.listen(1).unwrap();
    let connecting = TcpSocket::new_v4().unwrap();
    connecting.set_send_buffer_size(SYSTEM).unwrap();
    let stream = connecting.connect(listener.local_addr().unwrap()).await.unwrap();
    let connector = TlsConnector::from(server.trusting());
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let accepts = async { server.acceptor.accept(listener.accept().await.unwrap().0).await.unwrap() };
    let (client, mut accepted) = tokio::join!(connector.connect(name, stream), accepts);
    let mut link = Link::new(Box::new(client.unwrap()));
    accepted.write_all(&message()).await.unwrap();
    accepted.flush().await.unwrap();
    assert_eq!(link.receive().await.unwrap(), message());
    (link, accepted)
}

/// Gives a link what it takes until nothing moves any more, because the other end does not read. Returns how many bytes
/// those were.
async fn fill(link: &mut Link) -> usize {
    let (mut given, mut still) = (0, 0);
    while still < 100 {
        still += 1;
        while link.has_room() {
            link.send(&message());
            given += message().len();
            still = 0;
        }
        std::future::poll_fn(|context| {
            assert!(pin!(link.receive()).poll(context).is_pending(), "the other end sent nothing");
            Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
    }
    given
}

#[tokio::test]
async fn what_is_given_up_is_reset_below_tls() {
    let (link, mut server) = linked().await;
    link.abandon();
    let closed = server.read_u8().await;
    assert_eq!(closed.map_err(|error| error.kind()), Err(io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn everything_arrives_once_it_is_read() {
    let (mut link, mut server) = linked().await;
    let mut received = vec![0; fill(&mut link).await];
    tokio::select! {
        _ = link.receive() => unreachable!("the other end sent nothing"),
        read = server.read_exact(&mut received) => assert_eq!(read.unwrap(), received.len()),
    }
    assert!(received.chunks(message().len()).all(|received| received == message()));
}

#[tokio::test]
async fn little_waits_in_front_of_the_system() {
    let (mut link, mut server) = linked().await;
    let given = fill(&mut link).await;
    // What the system has is delivered; what we have is not.
    drop(link);
    let (mut received, mut buffer) = (0, [0; 4096]);
    while let Ok(length) = server.read(&mut buffer).await {
        assert_ne!(length, 0, "the end of the stream was not announced");
        received += length;
    }
    let waited = given - received;
    // As much inside TLS as in front of it.
    assert!(waited <= 2 * (ROOM + message().len()), "{waited} bytes waited");
}
