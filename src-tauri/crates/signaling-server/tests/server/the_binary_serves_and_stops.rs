//! `holdfast-server` as people run it: health check, TLS, a clean stop, and a log without secrets or addresses.

use std::{net::SocketAddr, path::PathBuf, process::Stdio, sync::Arc};

use crate::common::*;
use holdfast_protocol::ErrorCode;
use holdfast_signaling_server::{Server, ServerConfig, ServerError, TlsFiles};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};
use tokio_tungstenite::{Connector, connect_async_tls_with_config};

async fn start(arguments: &[&str]) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_holdfast-server"))
        .args(["--listen", "127.0.0.1:0"])
        .args(arguments)
        .env("RUST_LOG", "trace,hyper=off,rustls=off,tungstenite=off,tokio_tungstenite=off,mio=off")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    (child, line.strip_prefix("listening on ").unwrap().parse().unwrap())
}

async fn get(addr: SocketAddr, path: &str) -> String {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn it_answers_the_health_check_and_stops_at_sigterm() {
    let (mut child, addr) = start(&[]).await;
    let health = get(addr, "/healthz").await;
    assert!(health.starts_with("HTTP/1.1 200") && health.ends_with("ok\n"), "{health}");
    assert!(get(addr, "/").await.starts_with("HTTP/1.1 404"));

    let mut client = Raw::connect(addr).await;
    let (token, _, _) = client.join(1, None).await;
    let mut stranger = Raw::connect(addr).await;
    stranger.send_text("hush hush").await;
    assert_eq!(stranger.fate().await.0, Some(ErrorCode::Malformed));

    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert_eq!(client.fate().await, (Some(ErrorCode::ServerClosing), Some((4000, "server_closing".into()))));
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
    assert!(timeout(PATIENCE, child.wait()).await.unwrap().unwrap().success());

    assert!(log.lines().count() >= 3, "{log}");
    for line in log.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "not JSON: {line}");
    }
    for secret in [token.as_str(), "127.0.0.1", &addr.port().to_string(), "hush", "profile", "challenge"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

#[tokio::test]
async fn it_speaks_tls() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (_child, addr) =
        start(&["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()]).await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let url = format!("wss://localhost:{}/v1", addr.port());
    let connector = Connector::Rustls(Arc::new(config));
    let (socket, _) = connect_async_tls_with_config(url, None, false, Some(connector)).await.unwrap();
    let mut client = Raw::over(socket);
    client.join(1, None).await;
    client.still_works().await;
}

#[tokio::test]
async fn what_cannot_be_served_has_a_reason() {
    let running = server();
    let error = |listen, tls| Server::bind(ServerConfig { listen, tls }).err().unwrap();
    assert_eq!(error(running.local_addr(), None).code(), "server_address_in_use");
    let folder = tempfile::tempdir().unwrap();
    let (missing, garbage) = (folder.path().join("missing"), folder.path().join("garbage"));
    std::fs::write(&garbage, "garbage").unwrap();
    let files = |certificate: &PathBuf, key: &PathBuf| {
        Some(TlsFiles { certificate: certificate.clone(), key: key.clone() })
    };
    assert!(matches!(error(loopback(), files(&missing, &missing)), ServerError::Certificate));
    assert!(matches!(error(loopback(), files(&garbage, &garbage)), ServerError::Certificate));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    assert!(matches!(error(loopback(), files(&certificate, &garbage)), ServerError::Key));
    std::fs::write(&key, other.signing_key.serialize_pem()).unwrap();
    assert!(matches!(error(loopback(), files(&certificate, &key)), ServerError::Tls(_)));
    running.shutdown().await;

    let output = Command::new(env!("CARGO_BIN_EXE_holdfast-server"))
        .args(["--listen", "127.0.0.1:0", "--tls-cert"])
        .args([&certificate, &PathBuf::from("--tls-key"), &garbage])
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"code\":\"server_key\""));
}

/// The embedded server: the same thing without a process, stopped by hand or by being dropped.
#[tokio::test]
async fn dropping_the_embedded_server_stops_it() {
    let running = server();
    let mut client = Raw::joined(running.local_addr(), 1).await;
    drop(running);
    assert_eq!(client.fate().await.0, Some(ErrorCode::ServerClosing));
}
