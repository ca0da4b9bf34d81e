//! What the settings say about a STUN or TURN server. The test asks a real coturn on loopback, with the right and a
//! wrong password, and an address where no server answers.
#![cfg(target_os = "linux")]

use std::process::Command;

use holdfast_meeting::{IceServer, IceServerError, check_ice_server};
use holdfast_testkit::{PATIENCE, Running, eventually_async, free_port};

fn server(url: String, password: &str) -> IceServer {
    IceServer { urls: vec![url], username: "ada".into(), credential: password.into() }
}

#[tokio::test]
async fn an_ice_server_is_tested_before_use() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut command = Command::new("turnserver");
    command.args([
        "-n",
        "--log-file=stdout",
        "--simple-log",
        "--verbose",
        "--no-tls",
        "--no-dtls",
        "--no-cli",
        "--lt-cred-mech",
    ]);
    command.args(["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--user=ada:right", "--realm=test"]);
    command.arg(format!("--listening-port={port}")).current_dir(folder.path());
    command.arg(format!("--pidfile={}", folder.path().join("pid").display()));
    command.arg(format!("--userdb={}", folder.path().join("users").display()));
    let coturn = Running::start("coturn", &mut command);

    let stun = server(format!("stun:127.0.0.1:{port}"), "");
    eventually_async("an answer", PATIENCE, async || check_ice_server(&stun).await.ok()).await;
    for transport in ["udp", "tcp"] {
        let url = format!("turn:127.0.0.1:{port}?transport={transport}");
        assert_eq!(check_ice_server(&server(url.clone(), "right")).await, Ok(()), "{transport}");
        let refused = check_ice_server(&server(url, "wrong")).await;
        assert_eq!(refused, Err(IceServerError::Refused), "{transport}");
    }
    // The test must give its allocations back, because a server may limit them for each user.
    let given_back = |line: &&String| line.contains("refreshed") && line.contains("lifetime=0");
    eventually_async("both relayed addresses given back", PATIENCE, async || {
        (coturn.lines().iter().filter(given_back).count() == 2).then_some(())
    })
    .await;
    let silent = server(format!("turn:127.0.0.1:{}?transport=tcp", free_port()), "right");
    assert_eq!(check_ice_server(&silent).await, Err(IceServerError::Unreachable));
}
