//! Checks a STUN or TURN server once, before a person relies on it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use rtc::turn::client::{Client, ClientConfig, Event};
use tokio::net::UdpSocket;

use crate::config::IceServer;
use crate::turn::{Account, NoWay, RelayUse, TurnBridge, TurnUrl};

/// How long a server may take, with resolving its name and opening a stream. A usable one takes a tenth of this.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a server may take to accept a returned relay. It has answered before, so this is far more than enough.
const GOODBYE: Duration = Duration::from_secs(1);

/// The part that a request and its answer have in common (RFC 8489, section 5).
const TRANSACTION: Range<usize> = 8..20;

/// Largest answer that we read; answers are a few hundred bytes.
const DATAGRAM: usize = 2048;

/// Why a server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IceServerError {
    /// Not a `stun:`, `turn:` or `turns:` URL.
    #[error("not the URL of a STUN or TURN server")]
    Url,
    /// Nothing answers there.
    #[error("the server does not answer")]
    Unreachable,
    /// Its certificate is not trusted, not valid now, or another server's. We sent it nothing.
    #[error("the certificate of the server cannot be trusted")]
    Certificate,
    /// It answers, and refuses: usually because of the user name or the password.
    #[error("the server refused")]
    Refused,
}

impl IceServerError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Url => "ice_url",
            Self::Unreachable => "ice_unreachable",
            Self::Certificate => "ice_certificate",
            Self::Refused => "ice_refused",
        }
    }
}

impl From<NoWay> for IceServerError {
    fn from(why: NoWay) -> Self {
        match why {
            NoWay::Unreachable => Self::Unreachable,
            NoWay::Certificate => Self::Certificate,
        }
    }
}

/// Asks a STUN server for our address (RFC 8489 section 12), or a TURN server for a relay (RFC 8656 section 7), over
/// UDP, TCP or TLS as its URL says. Takes at most five seconds.
///
/// # Errors
/// Why the server cannot be used.
pub async fn check_ice_server(server: &IceServer) -> Result<(), IceServerError> {
    tokio::time::timeout(PATIENCE, check(server)).await.unwrap_or(Err(IceServerError::Unreachable))
}

async fn check(server: &IceServer) -> Result<(), IceServerError> {
    let url = server.urls.first().ok_or(IceServerError::Url)?;
    let relays = server.is_relay();
    // The two differ only in their scheme (RFC 7064, RFC 7065).
    let turn = if relays { url.clone() } else { url.replacen("stun:", "turn:", 1) };
    let turn = TurnUrl::parse(&turn).ok_or(IceServerError::Url)?;
    let unreachable = |_| IceServerError::Unreachable;
    if !relays {
        let mut found =
            tokio::net::lookup_host((turn.host.as_str(), turn.port)).await.map_err(unreachable)?;
        let address = found.next().ok_or(IceServerError::Unreachable)?;
        return ask(address, relays, server).await;
    }
    // In the same way as connections reach it.
    let usage = Arc::new(RelayUse::new(Instant::now()));
    let account = Account { username: server.username.clone(), credential: server.credential.clone() };
    let bridge = TurnBridge::open(turn, account, usage).await.map_err(unreachable)?;
    tokio::select! {
        answered = ask(bridge.address(), relays, server) => answered,
        why = bridge.no_way() => Err(why.into()),
    }
}

async fn ask(address: SocketAddr, relays: bool, server: &IceServer) -> Result<(), IceServerError> {
    let unreachable = |_| IceServerError::Unreachable;
    let any = if address.is_ipv4() {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
    } else {
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
    };
    let socket = UdpSocket::bind(any).await.map_err(unreachable)?;
    // With a connected socket, a closed port is reported at once, and answers of others are not received.
    socket.connect(address).await.map_err(unreachable)?;
    let local = socket.local_addr().map_err(unreachable)?;
    let config = ClientConfig {
        stun_serv_addr: address.to_string(),
        turn_serv_addr: address.to_string(),
        local_addr: local,
        transport_protocol: TransportProtocol::UDP,
        username: server.username.clone(),
        password: server.credential.clone(),
        ..ClientConfig::default()
    };
    let crypto = rtc::crypto::default_provider().map_err(|_| IceServerError::Unreachable)?;
    let mut client = Client::new(config, crypto).map_err(|_| IceServerError::Unreachable)?;
    let begun =
        if relays { client.allocate(Instant::now()) } else { client.send_binding_request(Instant::now()) };
    begun.map_err(|_| IceServerError::Unreachable)?;
    let mut buffer = [0; DATAGRAM];
    loop {
        while let Some(datagram) = client.poll_write() {
            socket.send(&datagram.message).await.map_err(unreachable)?;
        }
        match client.poll_event() {
            Some(Event::BindingResponse(..)) => return Ok(()),
            Some(Event::AllocateResponse(_, relay)) => {
                give_back(&mut client, relay, &socket).await;
                return Ok(());
            }
            Some(Event::BindingError(..) | Event::AllocateError(..)) => return Err(IceServerError::Refused),
            Some(Event::TransactionTimeout(_)) => return Err(IceServerError::Unreachable),
            Some(_) => continue,
            None => {}
        }
        let wait =
            client.poll_timeout().map_or(PATIENCE, |due| due.saturating_duration_since(Instant::now()));
        match tokio::time::timeout(wait, socket.recv(&mut buffer)).await {
            Ok(received) => {
                let length = received.map_err(unreachable)?;
                let transport = TransportContext {
                    local_addr: local,
                    peer_addr: address,
                    transport_protocol: TransportProtocol::UDP,
                    ..TransportContext::default()
                };
                let message = BytesMut::from(&buffer[..length]);
                // A message that is not an answer counts as no answer.
                let _ = client.handle_read(TaggedBytesMut { now: Instant::now(), transport, message });
            }
            Err(_) => client.handle_timeout(Instant::now()).map_err(|_| IceServerError::Unreachable)?,
        }
    }
}

/// Returns the relay, because the server may count those of one user. Waits for the answer, because the way to the
/// server is needed until then.
async fn give_back(client: &mut Client, relay: SocketAddr, socket: &UdpSocket) {
    if client.relay(relay).and_then(|mut relay| relay.close(Instant::now())).is_err() {
        return;
    }
    let mut question = None;
    while let Some(datagram) = client.poll_write() {
        question = datagram.message.get(TRANSACTION).map(<[u8]>::to_vec);
        let _ = socket.send(&datagram.message).await;
    }
    let answered = async {
        let mut buffer = [0; DATAGRAM];
        while let Ok(length) = socket.recv(&mut buffer).await {
            if buffer[..length].get(TRANSACTION) == question.as_deref() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(GOODBYE, answered).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> IceServer {
        IceServer { urls: vec![url.into()], username: "ada".into(), credential: "secret".into() }
    }

    #[tokio::test]
    async fn what_is_no_url_is_not_asked() {
        for url in ["", "http://localhost", "turn:", "stun:"] {
            assert_eq!(check_ice_server(&server(url)).await, Err(IceServerError::Url), "{url}");
        }
    }

    #[tokio::test]
    async fn without_a_server_the_check_says_unreachable() {
        let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.and_then(|socket| socket.local_addr());
        let port = free.map(|address| address.port()).unwrap_or(9);
        for url in [
            format!("stun:127.0.0.1:{port}"),
            format!("turn:127.0.0.1:{port}?transport=udp"),
            format!("turn:127.0.0.1:{port}?transport=tcp"),
        ] {
            assert_eq!(check_ice_server(&server(&url)).await, Err(IceServerError::Unreachable), "{url}");
        }
    }
}
