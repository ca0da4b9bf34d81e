//! `holdfast-server`: the signaling server on its own.
//!
//! Logs are JSON lines on standard error and contain no addresses, names or secrets.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Parser;
use holdfast_signaling_server::{Server, ServerConfig, TlsFiles};
use tracing_subscriber::EnvFilter;

/// Signaling server for Holdfast meetings.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address and port to listen on, for example 127.0.0.1:8443; port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// Certificate chain (PEM); with it the server speaks TLS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key (PEM) of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Only our own crates by default: the libraries below log addresses.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("off,holdfast_signaling_server=info,holdfast_server=info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(code = error.code(), "cannot serve");
            eprintln!("holdfast-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), holdfast_signaling_server::ServerError> {
    let tls = arguments.tls_cert.zip(arguments.tls_key);
    let tls = tls.map(|(certificate, key)| TlsFiles { certificate, key });
    let server = Server::bind(ServerConfig { listen: arguments.listen, tls })?;
    // For the person or program that chose port 0. Standard output carries no log.
    println!("listening on {}", server.local_addr());
    server.run_until(stop_signal()).await
}

/// Resolves at ctrl-c or SIGTERM.
async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
