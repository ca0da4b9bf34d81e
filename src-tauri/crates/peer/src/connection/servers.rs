//! The STUN and TURN servers for the library: a bridge stands in front of each TURN server.

use std::sync::Arc;
use std::time::Instant;

use webrtc::peer_connection::RTCIceServer;

use crate::config::IceServer;
use crate::turn::{Account, RelayUse, TurnBridge, TurnUrl};

/// What the library gets, and what must live as long as its connection.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) known: Vec<RTCIceServer>,
    pub(super) bridges: Vec<TurnBridge>,
    pub(super) usage: Arc<RelayUse>,
}

/// Opens a bridge for every TURN server. If one cannot be opened, the connection goes without that server.
pub(super) async fn prepare(servers: &[IceServer]) -> Servers {
    let usage = Arc::new(RelayUse::new(Instant::now()));
    let mut prepared = Servers { known: Vec::new(), bridges: Vec::new(), usage };
    for server in servers {
        let mut urls = Vec::new();
        let account = Account { username: server.username.clone(), credential: server.credential.clone() };
        for url in &server.urls {
            match TurnUrl::parse(url) {
                Some(turn) => {
                    match TurnBridge::open(turn, account.clone(), Arc::clone(&prepared.usage)).await {
                        Ok(bridge) => {
                            urls.push(bridge.url());
                            prepared.bridges.push(bridge);
                        }
                        Err(error) => tracing::warn!(kind = ?error.kind(), "no port for a TURN bridge"),
                    }
                }
                None => urls.push(url.clone()),
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
