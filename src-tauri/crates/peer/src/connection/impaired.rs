//! The library's runtime, with sockets that lose what an [`Impairment`] says.

use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, RecvMeta, Runtime,
    TokioRuntime, Transmit,
};

use crate::impairment::{CUT, Impairment};

/// What is needed to ask the impairment.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) impairment: Arc<Impairment>,
    /// Epoch of the peer's clock.
    pub(crate) epoch: Instant,
}

impl Path {
    fn loses(&self) -> bool {
        self.impairment.is_on() && self.impairment.loses(self.epoch.elapsed(), rand::random_range(0..CUT))
    }
}

/// Tokio, except for the sockets of media.
#[derive(Debug)]
pub(super) struct ImpairedRuntime {
    path: Path,
}

impl ImpairedRuntime {
    pub(super) fn new(path: Path) -> Self {
        Self { path }
    }
}

#[derive(Debug)]
struct ImpairedSocket {
    inner: Arc<dyn AsyncUdpSocket>,
    path: Path,
}

impl AsyncUdpSocket for ImpairedSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        if self.path.loses() {
            // It is lost on the way, as far as the sender can tell.
            return Poll::Ready(Ok(transmit.contents.len()));
        }
        self.inner.poll_send(cx, transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        loop {
            let received = match self.inner.poll_recv(cx, bufs, meta) {
                Poll::Ready(Ok(received)) if self.path.impairment.is_on() => received,
                other => return other,
            };
            let kept = keep(received, bufs, meta, || !self.path.loses());
            // If all messages were dropped, the socket is asked again, until it has none and will wake us.
            if kept > 0 {
                return Poll::Ready(Ok(kept));
            }
        }
    }

    fn max_gso_segments(&self) -> usize {
        self.inner.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.inner.max_gro_segments()
    }
}

/// Moves the kept messages to the front. Returns how many there are.
fn keep(
    received: usize,
    bufs: &mut [IoSliceMut<'_>],
    meta: &mut [RecvMeta],
    mut keeps: impl FnMut() -> bool,
) -> usize {
    let mut kept = 0;
    for index in 0..received {
        if !keeps() {
            continue;
        }
        if kept != index {
            let len = meta[index].len;
            let (front, back) = bufs.split_at_mut(index);
            front[kept][..len].copy_from_slice(&back[0][..len]);
            meta[kept] = meta[index];
        }
        kept += 1;
    }
    kept
}

impl Runtime for ImpairedRuntime {
    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn(future)
    }

    fn spawn_reactor(
        &self,
        reactor_pool_size: usize,
        future: Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn_reactor(reactor_pool_size, future)
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let inner = TokioRuntime.wrap_udp_socket(socket)?;
        Ok(Arc::new(ImpairedSocket { inner, path: self.path.clone() }))
    }

    fn wrap_tcp_listener(&self, listener: std::net::TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        TokioRuntime.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(
        &'a self,
        remote_addr: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = io::Result<Arc<dyn AsyncTcpStream>>> + Send + 'a>> {
        TokioRuntime.connect_tcp(remote_addr)
    }

    fn resolve_host<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>> {
        TokioRuntime.resolve_host(host)
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        TokioRuntime.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        TokioRuntime.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        TokioRuntime.block_on(future);
    }

    fn yield_now(&self) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        TokioRuntime.yield_now()
    }

    fn name(&self) -> &'static str {
        "tokio"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_batch_moves_to_the_front() {
        let mut bytes: Vec<[u8; 4]> = (0..5).map(|n| [n; 4]).collect();
        let mut bufs: Vec<IoSliceMut<'_>> = bytes.iter_mut().map(|buf| IoSliceMut::new(buf)).collect();
        let mut meta = [RecvMeta::default(); 5];
        for (n, meta) in (1..).zip(&mut meta) {
            meta.len = std::cmp::min(n, 4);
        }
        let mut order = [false, true, false, true, true].into_iter();
        let kept = keep(5, &mut bufs, &mut meta, || order.next().unwrap_or_default());
        assert_eq!(kept, 3);
        let first: Vec<u8> = bufs[..3].iter().map(|buf| buf[0]).collect();
        assert_eq!(first, [1, 3, 4]);
        assert_eq!(meta[..3].iter().map(|meta| meta.len).collect::<Vec<_>>(), [2, 4, 4]);
    }
}
