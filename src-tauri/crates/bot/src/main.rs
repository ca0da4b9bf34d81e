//! `holdfast-bot`: a participant without a window, with the same core as the app.
//!
//! For demos, tests and measurements, and to find out what a meeting really delivers. The exit status is 0 only if it
//! met someone and received the media they said they send.

mod cli;
mod error;
mod events;
mod ivf;
mod observer;
mod orders;
mod pictures;
mod reading;
mod recording;
mod remote;
mod report;
mod session;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use holdfast_protocol::{MeetingLink, RoomId, Secret, ServerAddress};
use holdfast_signaling_server::{RunningServer, Server, ServerConfig};
use tracing_subscriber::EnvFilter;

use cli::{Action, Arguments, Common};
use error::BotError;

/// Logs only our own crates: the libraries log addresses and session descriptions.
const DEFAULT_LOG: &str = "off,holdfast=info";

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("HOLDFAST_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads for the network: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(arguments, started));
    runtime.shutdown_background();
    match outcome {
        Ok(shortfalls) if shortfalls.is_empty() => ExitCode::SUCCESS,
        Ok(shortfalls) => {
            for shortfall in shortfalls {
                let about = shortfall.name.map(|name| format!(" ({name})")).unwrap_or_default();
                eprintln!("not a success: {}{about}", shortfall.code);
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {}: {error}", error.code());
            // The same status that clap uses for the rest of the command line.
            if matches!(error, BotError::Link(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(arguments: Arguments, started: Instant) -> Result<Vec<report::Shortfall>, BotError> {
    match arguments.action {
        Action::Join { link, common } => {
            let link = link.parse().map_err(BotError::Link)?;
            session::attend(link, common, started, false).await
        }
        Action::Host { listen, common } => {
            let server = Server::spawn(ServerConfig { listen, tls: None }).map_err(BotError::Server)?;
            let link = link_to(&server, &common)?;
            println!("{link}");
            let outcome = session::attend(link, common, started, true).await;
            server.shutdown().await;
            outcome
        }
    }
}

/// A link to a new meeting on our own server. A server that listens everywhere is reached at the first media
/// address.
fn link_to(server: &RunningServer, common: &Common) -> Result<MeetingLink, BotError> {
    let address = server.local_addr();
    let host = match common.bind.first() {
        Some(bind) if address.ip().is_unspecified() => *bind,
        _ => address.ip(),
    };
    // 64 random bits, so that two meetings on one server do not get the same name.
    let room: RoomId = format!("{:016x}", rand::random::<u64>()).parse().map_err(BotError::Room)?;
    Ok(MeetingLink {
        server: ServerAddress { host: host.to_string(), port: address.port(), tls: false },
        room,
        secret: Secret::from_bytes(rand::random()),
    })
}
