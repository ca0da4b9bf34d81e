//! A connection that does not become a WebSocket is closed, whatever the stranger sends or does not send.

use std::{net::SocketAddr, time::Duration};

use crate::common::*;
use holdfast_signaling_server::{RunningServer, Timing};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, interval, timeout},
};
use tokio_tungstenite::connect_async;

fn impatient() -> RunningServer {
    server_with(Timing { http_timeout: Duration::from_millis(500), ..Timing::default() })
}

/// Reads to the end, which must come.
async fn answer(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let end = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("the connection stays open");
    // A reset is an end, too.
    let _ = end;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn after(addr: SocketAddr, sent: &str) -> String {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    socket.write_all(sent.as_bytes()).await.unwrap();
    answer(&mut socket).await
}

#[tokio::test]
async fn with_nothing_or_half_a_request_or_a_body_that_never_comes() {
    let server = impatient();
    let addr = server.local_addr();
    assert_eq!(after(addr, "").await, "");
    assert_eq!(after(addr, "GET /v1 HT").await, "");
    assert_eq!(after(addr, "GET /v1 HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n").await, "");
    // Answered, and not kept for another request.
    let idle = after(addr, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
    let post = after(addr, "POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nx").await;
    assert!(post.starts_with("HTTP/1.1 405"), "{post}");
    server.shutdown().await;
}

#[tokio::test]
async fn with_a_byte_now_and_then() {
    let server = impatient();
    let mut socket = TcpStream::connect(server.local_addr()).await.unwrap();
    let (mut reader, mut writer) = socket.split();
    let trickle = async {
        let mut ticks = interval(Duration::from_millis(20));
        writer.write_all(b"GET /v1 HTTP/1.1\r\n").await.unwrap();
        while writer.write_all(b"a: b\r\n").await.is_ok() {
            ticks.tick().await;
        }
    };
    let mut buffer = [0; 1024];
    let closed = async { while !matches!(reader.read(&mut buffer).await, Ok(0) | Err(_)) {} };
    timeout(PATIENCE, async {
        tokio::select! { () = trickle => {}, () = closed => {} }
    })
    .await
    .expect("the connection stays open");
    server.shutdown().await;
}

#[tokio::test]
async fn with_tls_that_is_never_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = Some(holdfast_signaling_server::TlsFiles { certificate, key });
    let timing = Timing { http_timeout: Duration::from_millis(500), ..Timing::default() };
    let config = holdfast_signaling_server::ServerConfig { listen: loopback(), tls };
    let server = holdfast_signaling_server::Server::bind_with(config, timing).unwrap().start();
    assert_eq!(after(server.local_addr(), "").await, "");
    server.shutdown().await;
}

#[tokio::test]
async fn but_one_that_upgraded_is_kept() {
    let server = impatient();
    let url = format!("ws://{}/v1", server.local_addr());
    // A machine that is too slow for the impatience may need more than one try.
    let socket = timeout(PATIENCE, async {
        loop {
            if let Ok((socket, _)) = connect_async(&url).await {
                return socket;
            }
        }
    });
    let mut client = Raw::over(socket.await.unwrap());
    client.join(1, None).await;
    let start = Instant::now();
    let mut ticks = interval(Duration::from_millis(100));
    while start.elapsed() < Duration::from_secs(1) {
        ticks.tick().await;
        client.still_works().await;
    }
    server.shutdown().await;
}
