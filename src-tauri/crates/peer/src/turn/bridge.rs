//! The local port, and the way behind it.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::dial::{Dials, NoWay};
use super::framing;
use super::pending::Pending;
use super::stream;
use super::url::{TurnUrl, Via};
use super::usage::RelayUse;

/// How many sockets of one connection may use the bridge: as many as it has addresses, and some for sockets that are
/// being replaced. If there are more, the one that was silent longest is dropped.
const CLIENTS: usize = 16;

/// Datagrams that may wait for a stream. What does not fit is dropped, as on a network: the stream is the slow part,
/// and old media is worth nothing.
const QUEUE: usize = 128;

/// Largest datagram.
const DATAGRAM: usize = 65_535;

/// The account by which a server knows its clients (RFC 8489, section 9.2).
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) credential: String,
}

/// A local port with a TURN server behind it. Dropping it closes the port.
#[derive(Debug)]
pub(crate) struct TurnBridge {
    address: SocketAddr,
    no_way: watch::Receiver<Option<NoWay>>,
    _task: JoinSet<()>,
}

impl TurnBridge {
    /// Opens the port. Connects to the server when something is sent to the port, once for each socket that sends.
    pub(crate) async fn open(server: TurnUrl, account: Account, usage: Arc<RelayUse>) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = socket.local_addr()?;
        let mut task = JoinSet::new();
        let (told, no_way) = watch::channel(None);
        task.spawn(run(socket, server, account, usage, told));
        Ok(Self { address, no_way, _task: task })
    }

    /// Why there is no way to the server. Waits without end if there is one. A way that was lost later does not count.
    pub(crate) async fn no_way(&self) -> NoWay {
        let mut told = self.no_way.clone();
        let why = told.wait_for(Option::is_some).await.ok().and_then(|why| *why);
        match why {
            Some(why) => why,
            None => std::future::pending().await,
        }
    }

    /// The port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL to give to the library.
    pub(crate) fn url(&self) -> String {
        format!("turn:{}?transport=udp", self.address)
    }
}

/// The way of one local socket to the server.
struct Client {
    queue: mpsc::Sender<Vec<u8>>,
    heard: Instant,
}

async fn run(
    socket: UdpSocket,
    server: TurnUrl,
    account: Account,
    usage: Arc<RelayUse>,
    no_way: watch::Sender<Option<NoWay>>,
) {
    let socket = Arc::new(socket);
    let mut clients: HashMap<SocketAddr, Client> = HashMap::new();
    // Dropped with this task, together with the ways to the server.
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let (length, address) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // On some systems, a reply to a socket that is gone comes back as an error here.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => continue,
            Err(_) => return,
        };
        let heard = Instant::now();
        while tasks.try_join_next().is_some() {}
        clients.retain(|_, client| !client.queue.is_closed());
        let datagram = &buffer[..length];
        let Some(padding) = framing::padding(datagram) else { continue };
        usage.note(heard);
        if !clients.contains_key(&address) {
            make_room(&mut clients);
            let (queue, waiting) = mpsc::channel(QUEUE);
            let (socket, usage, no_way) = (Arc::clone(&socket), Arc::clone(&usage), no_way.clone());
            let way = Way { socket, client: address, usage, no_way };
            tasks.spawn(carry(way, server.clone(), account.clone(), waiting));
            clients.insert(address, Client { queue, heard });
        }
        if let Some(client) = clients.get_mut(&address) {
            client.heard = heard;
            let mut bytes = datagram.to_vec();
            if server.via != Via::Udp {
                bytes.resize(length + padding, 0);
            }
            let _ = client.queue.try_send(bytes);
        }
    }
}

fn make_room(clients: &mut HashMap<SocketAddr, Client>) {
    if clients.len() >= CLIENTS
        && let Some(oldest) =
            clients.iter().min_by_key(|(_, client)| client.heard).map(|(address, _)| *address)
    {
        clients.remove(&oldest);
    }
}

/// The way back to a local socket.
pub(super) struct Way {
    socket: Arc<UdpSocket>,
    client: SocketAddr,
    usage: Arc<RelayUse>,
    no_way: watch::Sender<Option<NoWay>>,
}

impl Way {
    pub(super) async fn back(&self, datagram: &[u8]) {
        self.usage.note(Instant::now());
        // If the system has no room for a datagram, it is lost like any other.
        let _ = self.socket.send_to(datagram, self.client).await;
    }

    /// Records that there is no server at the other end, and why.
    fn report_no_server(&self, error: &io::Error) {
        self.no_way.send_replace(Some(NoWay::of(error)));
    }
}

/// One client's way to the server, until either end closes it. The client asks again by itself, and gets a new one.
async fn carry(way: Way, server: TurnUrl, account: Account, queue: mpsc::Receiver<Vec<u8>>) {
    let result = match server.via {
        Via::Udp => {
            carry_datagrams(&way, &server, queue).await.inspect_err(|error| way.report_no_server(error))
        }
        Via::Tcp | Via::Tls => carry_stream(&way, &server, &account, queue).await,
    };
    if let Err(error) = result {
        let why = NoWay::of(&error);
        tracing::warn!(?why, kind = ?error.kind(), via = ?server.via, "no way to the TURN server");
    }
}

async fn carry_stream(
    way: &Way,
    server: &TurnUrl,
    account: &Account,
    queue: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    let mut dials = Dials::new(server.clone());
    let first = dials.first().await.inspect_err(|error| way.report_no_server(error))?;
    stream::carry(way, dials, first, account, queue).await
}

async fn carry_datagrams(way: &Way, server: &TurnUrl, mut queue: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    let resolved = tokio::net::lookup_host((server.host.as_str(), server.port)).await?.next();
    let address = resolved.ok_or(io::ErrorKind::NotFound)?;
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(address).await?;
    let mut pending = Pending::default();
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let due = pending.poll_timeout();
        // What cannot be sent now is lost, as on any network. The same applies to what the server's host refuses.
        tokio::select! {
            bytes = queue.recv() => {
                let Some(bytes) = bytes else { return Ok(()) };
                pending.sent(&bytes, Instant::now());
                let _ = socket.send(&bytes).await;
            }
            received = socket.recv(&mut buffer) => {
                let Ok(length) = received else { continue };
                pending.received(&buffer[..length]);
                way.back(&buffer[..length]).await;
            }
            () = until(due) => {
                for bytes in pending.take_due(Instant::now()) {
                    let _ = socket.send(&bytes).await;
                }
            }
        }
    }
}

/// Waits for a moment, or without end if there is none.
pub(super) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    fn account() -> Account {
        Account { username: "user".into(), credential: "secret".into() }
    }

    async fn bridged() -> (TurnBridge, TcpListener, UdpSocket) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = TurnUrl::parse(&format!("turn:127.0.0.1:{port}?transport=tcp")).unwrap();
        let bridge = TurnBridge::open(url, account(), Arc::new(RelayUse::new(Instant::now()))).await.unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        client.connect(bridge.address).await.unwrap();
        (bridge, listener, client)
    }

    const DATA: [u8; 5] = [0x40, 0, 0, 1, 7];
    const PADDED: [u8; 8] = [0x40, 0, 0, 1, 7, 0, 0, 0];

    #[tokio::test]
    async fn datagrams_go_out_padded_and_come_back_one_by_one_without_padding() {
        let (_bridge, listener, client) = bridged().await;
        client.send(&DATA).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        // The first request asks whether the stream carries anything.
        let mut question = [0; 20];
        server.read_exact(&mut question).await.unwrap();
        assert_eq!(question[..2], [0, 1]);
        let mut received = [0; 8];
        server.read_exact(&mut received).await.unwrap();
        assert_eq!(received, PADDED);
        // Two in one segment, the second in two halves.
        let both = [PADDED, PADDED].concat();
        server.write_all(&both[..11]).await.unwrap();
        server.write_all(&both[11..]).await.unwrap();
        let mut buffer = [0; 64];
        for _ in 0..2 {
            let length = client.recv(&mut buffer).await.unwrap();
            assert_eq!(buffer[..length], DATA);
        }
    }

    #[tokio::test]
    async fn a_stream_that_broke_is_replaced_by_the_next_datagram() {
        let (_bridge, listener, client) = bridged().await;
        client.send(&DATA).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        // For example RTP: not a TURN server.
        server.write_all(&[0x80; 8]).await.unwrap();
        let mut rest = Vec::new();
        let _ = server.read_to_end(&mut rest).await;
        // The stream is closed. Which datagram opens the next one depends on timing.
        let again = async {
            loop {
                client.send(&DATA).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = again => {}
            accepted = listener.accept() => drop(accepted.unwrap()),
        }
    }

    #[tokio::test]
    async fn over_udp_datagrams_pass_as_they_are_and_a_lost_request_is_repeated() {
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = TurnUrl::parse(&format!("turn:{}", server.local_addr().unwrap())).unwrap();
        let usage = Arc::new(RelayUse::new(Instant::now()));
        let bridge = TurnBridge::open(url, account(), Arc::clone(&usage)).await.unwrap();
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        client.connect(bridge.address).await.unwrap();
        assert!(!usage.is_used(Instant::now()));
        let mut buffer = [0; 64];
        client.send(&DATA).await.unwrap();
        assert_eq!(server.recv(&mut buffer).await.unwrap(), DATA.len());
        let request = [&[0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
        client.send(&request).await.unwrap();
        let mut from = None;
        for _ in 0..3 {
            let (length, address) = server.recv_from(&mut buffer).await.unwrap();
            assert_eq!(buffer[..length], request);
            from = Some(address);
        }
        let answer = [&[1, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
        server.send_to(&answer, from.unwrap()).await.unwrap();
        let length = client.recv(&mut buffer).await.unwrap();
        assert_eq!(buffer[..length], answer);
        assert!(usage.is_used(Instant::now()));
    }
}
