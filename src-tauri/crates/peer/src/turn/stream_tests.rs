#![allow(clippy::unwrap_used)]
use std::net::Ipv4Addr;
use std::sync::Arc;

use rtc_stun::attributes::{ATTR_NONCE, ATTR_REALM, AttrType};
use rtc_stun::message::{
    CLASS_REQUEST, CLASS_SUCCESS_RESPONSE, METHOD_ALLOCATE, METHOD_BINDING, METHOD_CREATE_PERMISSION,
    METHOD_REFRESH, MessageType, Method,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::super::framing::PREFIX;
use super::super::usage::RelayUse;
use super::super::{TurnBridge, url::TurnUrl};
use super::*;

const TICKET: AttrType = AttrType(0x8030);
const DATA: [u8; 8] = [0x40, 0, 0, 4, 1, 2, 3, 4];
const NEWER: [u8; 8] = [0x40, 0, 0, 4, 5, 6, 7, 8];

fn message(
    method: Method,
    class: rtc_stun::message::MessageClass,
    id: u8,
    attributes: &[(AttrType, &[u8])],
) -> Vec<u8> {
    let mut message = Message::new();
    message.typ = MessageType::new(method, class);
    message.transaction_id.0 = [id; 12];
    message.write_header();
    for (kind, value) in attributes {
        message.add(*kind, value);
    }
    message.raw
}

/// A TURN server that gives the answers that the test wants.
struct Server(TcpStream);

impl Server {
    async fn accept(listener: &TcpListener) -> Self {
        Self(listener.accept().await.unwrap().0)
    }

    async fn receives(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; PREFIX];
        self.0.read_exact(&mut bytes).await.unwrap();
        let extent = framing::extent(*bytes.first_chunk().unwrap()).unwrap();
        bytes.resize(extent.message + extent.padding, 0);
        self.0.read_exact(&mut bytes[PREFIX..]).await.unwrap();
        bytes
    }

    /// The next request of this method; skips everything else.
    async fn asked(&mut self, method: Method) -> Message {
        loop {
            let bytes = self.receives().await;
            let mut message = Message::new();
            let is_stun = bytes[0] >> 6 == 0 && message.unmarshal_binary(&bytes).is_ok();
            if is_stun && message.typ == MessageType::new(method, CLASS_REQUEST) {
                return message;
            }
        }
    }

    /// The next data; skips everything else.
    async fn carries(&mut self) -> Vec<u8> {
        loop {
            let bytes = self.receives().await;
            if bytes[0] >> 6 == 1 {
                return bytes;
            }
        }
    }

    async fn allows(&mut self, request: &Message, ticket: &[u8]) {
        let id = request.transaction_id.0[0];
        let mut answer = message(request.typ.method, CLASS_SUCCESS_RESPONSE, id, &[(TICKET, ticket)]);
        answer[8..20].copy_from_slice(&request.transaction_id.0);
        self.0.write_all(&answer).await.unwrap();
    }
}

/// A client with an allocation and a ticket for it.
async fn allocated() -> (TurnBridge, TcpListener, UdpSocket, Server) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = TurnUrl::parse(&format!("turn:127.0.0.1:{port}?transport=tcp")).unwrap();
    let account = Account { username: "user".into(), credential: "secret".into() };
    let usage = Arc::new(RelayUse::new(Instant::now()));
    let bridge = TurnBridge::open(url, account, usage).await.unwrap();
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    client.connect(bridge.address()).await.unwrap();
    let proof: [(AttrType, &[u8]); 2] = [(ATTR_REALM, b"realm"), (ATTR_NONCE, b"nonce")];
    client.send(&message(METHOD_ALLOCATE, CLASS_REQUEST, 1, &proof)).await.unwrap();
    let mut server = Server::accept(&listener).await;
    let question = server.asked(METHOD_BINDING).await;
    server.allows(&question, b"").await;
    let request = server.asked(METHOD_ALLOCATE).await;
    assert_eq!(request.get(TICKET).unwrap(), b"", "a ticket was asked for");
    server.allows(&request, b"ticket").await;
    let mut answer = [0; 256];
    client.recv(&mut answer).await.unwrap();
    (bridge, listener, client, server)
}

#[tokio::test]
async fn an_allocation_goes_on_over_another_stream_when_the_first_breaks() {
    let (_bridge, listener, client, mut first) = allocated().await;
    client.send(&message(METHOD_CREATE_PERMISSION, CLASS_REQUEST, 2, &[])).await.unwrap();
    first.asked(METHOD_CREATE_PERMISSION).await;
    drop(first);
    let mut second = Server::accept(&listener).await;
    let request = second.asked(METHOD_REFRESH).await;
    assert_eq!(request.get(TICKET).unwrap(), b"ticket");
    second.allows(&request, b"next").await;
    // The requests that the first stream did not answer are sent on the second.
    second.asked(METHOD_CREATE_PERMISSION).await;
    second.0.write_all(&DATA).await.unwrap();
    let mut buffer = [0; 64];
    let length = client.recv(&mut buffer).await.unwrap();
    assert_eq!(buffer[..length], DATA);
    // The ticket of the second stream is the newer one.
    drop(second);
    let mut third = Server::accept(&listener).await;
    assert_eq!(third.asked(METHOD_REFRESH).await.get(TICKET).unwrap(), b"next");
}

#[tokio::test]
async fn an_answer_without_a_header_is_asked_about() {
    let (_bridge, listener, client, first) = allocated().await;
    drop(first);
    let mut second = Server::accept(&listener).await;
    second.asked(METHOD_REFRESH).await;
    second.0.write_all(&[0x28, 0, 4, 0, 0x53, 0x54, 0x55, 0x4e]).await.unwrap();
    let request = second.asked(METHOD_REFRESH).await;
    assert!(request.get(TICKET).is_err());
    second.allows(&request, b"next").await;
    second.0.write_all(&DATA).await.unwrap();
    let mut buffer = [0; 64];
    let length = client.recv(&mut buffer).await.unwrap();
    assert_eq!(buffer[..length], DATA);
}

#[tokio::test]
async fn a_stuck_stream_is_replaced_and_old_data_is_not_sent_on_the_new_one() {
    let (_bridge, listener, client, mut first) = allocated().await;
    // From here on the first stream is silent.
    let speaks = async {
        loop {
            client.send(&DATA).await.unwrap();
            first.receives().await;
        }
    };
    let mut second = tokio::select! {
        () = speaks => unreachable!(),
        second = Server::accept(&listener) => second,
    };
    // It is stuck now. Data would be useless later, but a request would still be useful.
    client.send(&NEWER).await.unwrap();
    let check = [&[0x40, 0, 0, 20][..], &message(METHOD_BINDING, CLASS_REQUEST, 3, &[])].concat();
    client.send(&check).await.unwrap();
    let request = message(METHOD_CREATE_PERMISSION, CLASS_REQUEST, 2, &[]);
    client.send(&request).await.unwrap();
    loop {
        let bytes = first.receives().await;
        assert!(bytes != NEWER && bytes != check);
        if bytes == request {
            break;
        }
    }
    let request = second.asked(METHOD_REFRESH).await;
    second.allows(&request, b"next").await;
    second.asked(METHOD_CREATE_PERMISSION).await;
    assert_eq!(second.carries().await, check, "the path is checked at once");
    client.send(&NEWER).await.unwrap();
    assert_eq!(second.carries().await, NEWER);
    // What the first stream still held was thrown away with it.
    let mut rest = Vec::new();
    let closed = first.0.read_to_end(&mut rest).await;
    assert_eq!(closed.map_err(|error| error.kind()), Err(io::ErrorKind::ConnectionReset));
}
