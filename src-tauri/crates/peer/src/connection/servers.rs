//! The STUN and TURN servers as the library is to see them: those it cannot speak to itself stand behind a bridge.

use webrtc::peer_connection::RTCIceServer;

use crate::config::IceServer;
use crate::turn::{TurnBridge, TurnUrl, Via};

/// What the library is given, and what has to live as long as its connection.
#[derive(Debug, Default)]
pub(super) struct Servers {
    pub(super) known: Vec<RTCIceServer>,
    pub(super) bridges: Vec<TurnBridge>,
}

/// Opens a bridge for every TURN server over TCP or TLS. One that cannot be opened is left out, and the connection
/// does without it.
pub(super) async fn prepare(servers: &[IceServer]) -> Servers {
    let mut prepared = Servers::default();
    for server in servers {
        let mut urls = Vec::new();
        for url in &server.urls {
            match TurnUrl::parse(url) {
                Some(turn) if turn.via != Via::Udp => match TurnBridge::open(turn).await {
                    Ok(bridge) => {
                        urls.push(bridge.url());
                        prepared.bridges.push(bridge);
                    }
                    Err(error) => tracing::warn!(kind = ?error.kind(), "no port for a TURN bridge"),
                },
                _ => urls.push(url.clone()),
            }
        }
        prepared.known.push(RTCIceServer {
            urls,
            username: server.username.clone(),
            credential: server.credential.clone(),
        });
    }
    prepared
}
