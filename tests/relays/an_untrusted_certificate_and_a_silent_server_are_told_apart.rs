//! What the settings say about a relay over TLS. The test asks a real coturn on loopback, with a trusted certificate,
//! one that is not trusted, and one for another name. The environment decides what is trusted, so each question has a
//! process of its own.
#![cfg(target_os = "linux")]

use std::process::Command;

use holdfast_meeting::{IceServer, IceServerError, check_ice_server};
use holdfast_testkit::{Certificate, PATIENCE, Running, free_port, one_test};

const URL: &str = "HOLDFAST_TEST_URL";

#[test]
fn an_untrusted_certificate_and_a_silent_server_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, another, port) = (Certificate::of("127.0.0.1"), Certificate::of("127.0.0.1"), free_port());
    let mut command = Command::new("turnserver");
    command.args([
        "-n",
        "--log-file=stdout",
        "--simple-log",
        "--no-udp",
        "--no-tcp",
        "--no-dtls",
        "--no-cli",
        "--verbose",
    ]);
    command.args(["--lt-cred-mech", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"]);
    command.args(["--user=ada:right", "--realm=test"]);
    command.arg(format!("--tls-listening-port={port}")).current_dir(folder.path());
    command.arg("--cert").arg(ours.path()).arg("--pkey").arg(ours.key());
    command.arg("--pidfile").arg(folder.path().join("pid"));
    command.arg("--userdb").arg(folder.path().join("users"));
    let coturn = Running::start("coturn", &mut command);
    coturn.wait_for("its listener", PATIENCE, |line| line.contains("TLS listener opened on").then_some(()));

    let url = format!("turns:127.0.0.1:{port}");
    assert_eq!(outcome(&url, &ours), "ok");
    assert_eq!(outcome(&url, &another), IceServerError::Certificate.code());
    assert_eq!(outcome(&format!("turns:localhost:{port}"), &ours), IceServerError::Certificate.code());
    let silent = format!("turns:127.0.0.1:{}", free_port());
    assert_eq!(outcome(&silent, &ours), IceServerError::Unreachable.code());
}

/// What a process that trusts only this certificate says about the server there.
fn outcome(url: &str, trusted: &Certificate) -> String {
    let output = one_test(module_path!(), "ask_in_a_process_of_its_own")
        .env(URL, url)
        .env("SSL_CERT_FILE", trusted.path())
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let outcome = text.split("outcome:").nth(1).unwrap_or_else(|| panic!("{text}"));
    outcome.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn ask_in_a_process_of_its_own() {
    let Ok(url) = std::env::var(URL) else { return };
    let server = IceServer { urls: vec![url], username: "ada".into(), credential: "right".into() };
    println!("outcome:{}", check_ice_server(&server).await.map_or_else(IceServerError::code, |()| "ok"));
}
