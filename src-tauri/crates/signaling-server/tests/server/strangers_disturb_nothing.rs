//! Frames that no client of ours sends, over real sockets: each gets its error, and the room goes on.

use crate::common::*;
use holdfast_protocol::{Bounds, ClientMessage, ErrorCode, ServerMessage, limits};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn fatal_frames_before_and_after_joining() {
    let server = server();
    let mut witness = Raw::joined(server.local_addr(), 1).await;
    let cases = [
        ("not json".to_owned(), ErrorCode::Malformed),
        ("{}".to_owned(), ErrorCode::Malformed),
        ("x".repeat(limits::FRAME_BYTES + 1), ErrorCode::FrameTooLarge),
        ("x".repeat(3 * limits::FRAME_BYTES), ErrorCode::FrameTooLarge),
    ];
    for (frame, code) in cases {
        let mut stranger = Raw::connect(server.local_addr()).await;
        stranger.send_text(&frame).await;
        assert_eq!(stranger.fate().await, (Some(code), Some((4000, code.as_str().to_owned()))));

        let mut joined = Raw::joined(server.local_addr(), 2).await;
        joined.send_text(&frame).await;
        assert_eq!(joined.fate().await.0, Some(code));
    }
    let mut binary = Raw::connect(server.local_addr()).await;
    binary.send_raw(Message::binary(vec![0; 10])).await;
    assert_eq!(binary.fate().await.0, Some(ErrorCode::Malformed));
    let mut binary = Raw::connect(server.local_addr()).await;
    binary.send_raw(Message::binary(vec![0; limits::FRAME_BYTES + 1])).await;
    assert_eq!(binary.fate().await.0, Some(ErrorCode::FrameTooLarge));

    witness.still_works().await;
    server.shutdown().await;
}

/// Far over the limit, the server reads the rest without keeping it, so that closing a socket with unread data does not
/// destroy its answer.
#[tokio::test]
async fn a_frame_of_megabytes_is_answered() {
    let server = server();
    let mut witness = Raw::joined(server.local_addr(), 1).await;
    for bytes in [limits::FRAME_BYTES * 4 + 1, 1 << 20, 8 << 20] {
        let mut stranger = Raw::connect(server.local_addr()).await;
        stranger.send_raw(Message::text("x".repeat(bytes))).await;
        let code = ErrorCode::FrameTooLarge;
        assert_eq!(stranger.fate().await, (Some(code), Some((4000, code.as_str().to_owned()))), "{bytes}");
    }
    witness.still_works().await;
    server.shutdown().await;
}

/// How much the server still reads of a closed connection is bounded; after that it resets the connection.
#[tokio::test]
async fn a_frame_without_end_is_cut_off() {
    let server = server();
    let mut witness = Raw::joined(server.local_addr(), 1).await;
    let mut stranger = TcpStream::connect(server.local_addr()).await.unwrap();
    let request = "GET /v1 HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    stranger.write_all(request.as_bytes()).await.unwrap();
    // A text frame of 2^40 bytes, masked with zeros.
    stranger.write_all(&[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await.unwrap();
    let mut written = 0u64;
    let block = vec![b'x'; 64 * 1024];
    while written < 1 << 32 && timeout(PATIENCE, stranger.write_all(&block)).await.expect("not read").is_ok()
    {
        written += block.len() as u64;
    }
    assert!(written < 1 << 32, "four gigabytes were taken in");
    witness.still_works().await;
    server.shutdown().await;
}

#[tokio::test]
async fn an_unknown_type_is_answered_and_ignored() {
    let server = server();
    let mut client = Raw::joined(server.local_addr(), 1).await;
    client.send_text(r#"{"type":"of_version_2","x":1}"#).await;
    assert!(matches!(
        client.receive().await,
        ServerMessage::Error { code: ErrorCode::UnknownType, fatal: false, .. }
    ));
    client.still_works().await;
    server.shutdown().await;
}

#[tokio::test]
async fn an_unknown_version_is_refused() {
    let server = server();
    let mut client = Raw::connect(server.local_addr()).await;
    client.send(ClientMessage::Hello { version: 2, client: "test".into() }).await;
    assert_eq!(client.fate().await.0, Some(ErrorCode::UnsupportedVersion));
    server.shutdown().await;
}

#[tokio::test]
async fn the_handshake_has_its_order() {
    let server = server();
    let addr = server.local_addr();
    let mut early = Raw::connect(addr).await;
    early.send(ClientMessage::Profile { profile: String::new() }).await;
    assert_eq!(early.fate().await.0, Some(ErrorCode::NotJoined));

    let mut unannounced = Raw::connect(addr).await;
    unannounced.send(unannounced.join_message(1, "a challenge of its own", None)).await;
    assert_eq!(unannounced.fate().await.0, Some(ErrorCode::NotJoined));

    let mut twice = Raw::connect(addr).await;
    let challenge = twice.hello().await;
    twice.send(ClientMessage::Hello { version: 1, client: "test".into() }).await;
    assert_eq!(twice.fate().await.0, Some(ErrorCode::AlreadyJoined));

    // A challenge is valid only for its own connection.
    let mut replayed = Raw::connect(addr).await;
    assert_ne!(replayed.hello().await, challenge);
    replayed.send(replayed.join_message(1, &challenge, None)).await;
    assert_eq!(replayed.fate().await.0, Some(ErrorCode::WrongSecret));

    let mut again = Raw::joined(addr, 1).await;
    again.send(again.join_message(1, "x", None)).await;
    assert_eq!(again.fate().await.0, Some(ErrorCode::AlreadyJoined));
    server.shutdown().await;
}

#[tokio::test]
async fn too_many_messages_end_the_connection_and_not_the_seat() {
    let server = server();
    let addr = server.local_addr();
    let mut witness = Raw::joined(addr, 1).await;
    let mut flood = Raw::connect(addr).await;
    let (token, _, _) = flood.join(2, None).await;
    for nonce in 0..2 * limits::RATE_BURST {
        if flood.try_send(Message::text(ClientMessage::Ping { nonce }.to_json())).await.is_err() {
            break;
        }
    }
    assert_eq!(flood.fate().await.0, Some(ErrorCode::RateLimited));
    let mut back = Raw::connect(addr).await;
    let (_, resumed, _) = back.join(2, Some((token, 0))).await;
    assert!(resumed);
    witness.still_works().await;
    server.shutdown().await;
}

#[tokio::test]
async fn who_does_not_join_in_time_is_sent_away() {
    let timing = holdfast_signaling_server::Timing {
        join_timeout: std::time::Duration::from_millis(100),
        ..Default::default()
    };
    let server = server_with(timing);
    let mut silent = Raw::connect(server.local_addr()).await;
    assert_eq!(silent.fate().await.0, Some(ErrorCode::TimedOut));
    server.shutdown().await;
}

#[tokio::test]
async fn the_same_participant_from_a_second_connection() {
    let server = server();
    let addr = server.local_addr();
    let mut first = Raw::connect(addr).await;
    let (token, resumed, bounds) = first.join(1, None).await;
    assert!(!resumed);
    assert_eq!(bounds, Bounds::V1);

    let mut thief = Raw::connect(addr).await;
    let challenge = thief.hello().await;
    thief.send(thief.join_message(1, &challenge, None)).await;
    assert_eq!(thief.fate().await.0, Some(ErrorCode::IdTaken));

    let mut second = Raw::connect(addr).await;
    let (same, resumed, _) = second.join(1, Some((token.clone(), 0))).await;
    assert!(resumed && same == token);
    assert_eq!(first.fate().await.0, Some(ErrorCode::Replaced));
    second.still_works().await;
    server.shutdown().await;
}

#[tokio::test]
async fn leaving_closes_normally() {
    let server = server();
    let mut client = Raw::joined(server.local_addr(), 1).await;
    client.send(ClientMessage::Leave {}).await;
    assert_eq!(client.fate().await, (None, Some((1000, String::new()))));
    server.shutdown().await;
}
