//! A `tls=1` link: the client joins when the system trusts the server's certificate, and is refused otherwise. The
//! trusted roots are read from the environment, so the joining runs in a process of its own.

use std::path::Path;

use crate::common::*;
use holdfast_signaling_client::SignalingError;
use holdfast_signaling_server::{Server, ServerConfig, TlsFiles};

const LINK: &str = "HOLDFAST_TEST_LINK";

#[tokio::test]
async fn a_trusted_certificate_is_accepted_and_another_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) =
            (folder.path().join(format!("{name}.pem")), folder.path().join(format!("{name}.key")));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        TlsFiles { certificate, key }
    };
    let (ours, other) = (make("ours"), make("other"));
    let server = Server::spawn(ServerConfig { listen: loopback(), tls: Some(ours.clone()) }).unwrap();
    let mut link = link(server.local_addr(), 1);
    link.server.host = "localhost".into();
    link.server.tls = true;
    assert_eq!(outcome(&link.to_string(), &ours.certificate).await, "joined");
    assert_eq!(outcome(&link.to_string(), &other.certificate).await, SignalingError::Tls.code());
    server.shutdown().await;
}

/// What a process that trusts only `roots` says when it joins.
async fn outcome(link: &str, roots: &Path) -> String {
    let output = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls_is_checked::join_in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env(LINK, link)
        .env("SSL_CERT_FILE", roots)
        .env_remove("SSL_CERT_DIR")
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let outcome = text.split("outcome:").nth(1).unwrap_or_else(|| panic!("{text}"));
    outcome.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn join_in_a_process_of_its_own() {
    let Ok(link) = std::env::var(LINK) else { return };
    let outcome = match Client::try_join(link.parse().unwrap(), 1).await {
        Ok(_) => "joined",
        Err(error) => error.code(),
    };
    println!("outcome:{outcome}");
}
