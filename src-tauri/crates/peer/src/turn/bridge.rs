//! The local port and its streams.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use super::framing::{self, PREFIX};
use super::url::{TurnUrl, Via};

/// Sockets of one connection that may use the bridge: as many as it has addresses, and some for those that are being
/// replaced. Datagrams of others are dropped.
const CLIENTS: usize = 16;

/// Datagrams that may wait for a stream. What does not fit is dropped, as a network would: the stream is the slow part,
/// and old media is worth nothing.
const QUEUE: usize = 128;

/// Largest datagram.
const DATAGRAM: usize = 65_535;

/// How long a server may take to accept a stream, TLS included.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// A local port behind which a TURN server over TCP or TLS is. Gone when dropped.
#[derive(Debug)]
pub(crate) struct TurnBridge {
    address: SocketAddr,
    _task: JoinSet<()>,
}

impl TurnBridge {
    /// Opens the port. The server is connected to when something is sent there, once for each socket that sends.
    pub(crate) async fn open(server: TurnUrl) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = socket.local_addr()?;
        let mut task = JoinSet::new();
        task.spawn(run(socket, server));
        Ok(Self { address, _task: task })
    }

    /// The URL to give to the library.
    pub(crate) fn url(&self) -> String {
        format!("turn:{}?transport=udp", self.address)
    }
}

async fn run(socket: UdpSocket, server: TurnUrl) {
    let socket = Arc::new(socket);
    let mut streams: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>> = HashMap::new();
    // Dropped with this task, and the streams with it.
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let (length, client) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // A reply to someone who is gone comes back as an error here on some systems.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => continue,
            Err(_) => return,
        };
        while tasks.try_join_next().is_some() {}
        streams.retain(|_, stream| !stream.is_closed());
        let datagram = &buffer[..length];
        let Some(padding) = framing::padding(datagram) else { continue };
        if !streams.contains_key(&client) {
            if streams.len() >= CLIENTS {
                continue;
            }
            let (sender, queue) = mpsc::channel(QUEUE);
            tasks.spawn(carry(Arc::clone(&socket), client, server.clone(), queue));
            streams.insert(client, sender);
        }
        if let Some(stream) = streams.get(&client) {
            let mut bytes = datagram.to_vec();
            bytes.resize(length + padding, 0);
            let _ = stream.try_send(bytes);
        }
    }
}

/// One client's stream, until either end closes it. The client asks again by itself, and gets a new one.
async fn carry(socket: Arc<UdpSocket>, client: SocketAddr, server: TurnUrl, queue: mpsc::Receiver<Vec<u8>>) {
    let connected = tokio::time::timeout(CONNECT_WAIT, connect(&server)).await;
    let result = match connected {
        Ok(Ok(stream)) => {
            let (reader, writer) = tokio::io::split(stream);
            tokio::select! {
                result = forward(queue, writer) => result,
                result = back(reader, &socket, client) => result,
            }
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    };
    if let Err(error) = result {
        tracing::warn!(kind = ?error.kind(), via = ?server.via, "no way to the TURN server");
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(server: &TurnUrl) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect((server.host.as_str(), server.port)).await?;
    stream.set_nodelay(true)?;
    if server.via != Via::Tls {
        return Ok(Box::new(stream));
    }
    let config = tokio::task::spawn_blocking(tls_config).await.map_err(io::Error::other)??;
    let name = ServerName::try_from(server.host.clone()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(config).connect(name, stream).await?))
}

/// Trusts what the system trusts.
fn tls_config() -> io::Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

async fn forward(mut queue: mpsc::Receiver<Vec<u8>>, mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(bytes) = queue.recv().await {
        writer.write_all(&bytes).await?;
        if queue.is_empty() {
            writer.flush().await?;
        }
    }
    Ok(())
}

async fn back(mut reader: impl AsyncRead + Unpin, socket: &UdpSocket, client: SocketAddr) -> io::Result<()> {
    let mut buffer = vec![0; DATAGRAM + PREFIX];
    loop {
        let mut prefix = [0; PREFIX];
        reader.read_exact(&mut prefix).await?;
        let extent = framing::extent(prefix).ok_or(io::ErrorKind::InvalidData)?;
        let whole = extent.message + extent.padding;
        // Both lengths are 16 bits and some; the buffer holds the largest.
        let rest = buffer.get_mut(PREFIX..whole).ok_or(io::ErrorKind::InvalidData)?;
        reader.read_exact(rest).await?;
        buffer[..PREFIX].copy_from_slice(&prefix);
        // A datagram the system has no room for is lost, like any other.
        let _ = socket.send_to(&buffer[..extent.message], client).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::net::TcpListener;

    async fn bridged() -> (TurnBridge, TcpListener, UdpSocket) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = TurnUrl::parse(&format!("turn:127.0.0.1:{port}?transport=tcp")).unwrap();
        let bridge = TurnBridge::open(url).await.unwrap();
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
        let mut received = [0; 8];
        server.read_exact(&mut received).await.unwrap();
        assert_eq!(received, PADDED);
        // Two in one segment, the second in halves.
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
        // RTP, say: not a TURN server.
        server.write_all(&[0x80; 8]).await.unwrap();
        let mut rest = Vec::new();
        let _ = server.read_to_end(&mut rest).await;
        // The stream is closed; which datagram opens the next one is a matter of moments.
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
}
