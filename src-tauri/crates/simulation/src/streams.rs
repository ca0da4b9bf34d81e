//! How TCP carries what clients and the server say: it connects, stalls, recovers late, ends.

use std::time::Duration;

use holdfast_protocol::{ClientMessage, ServerMessage};
use holdfast_signaling_session::SignalingError;

use crate::queue::Event;
use crate::stream::Frame;
use crate::world::{Work, World};

/// After a cut, TCP tries again at growing intervals (RFC 6298 doubles the timer). The delay is at most this long, and
/// at most as long as the cut. The cuts that matter here last seconds.
const LATEST_RETRY: Duration = Duration::from_secs(4);

/// Pauses before a connection attempt is repeated (RFC 6298, 5.5: from one second, doubling).
const SYN_RETRY: Duration = Duration::from_secs(1);

impl World {
    fn stream_bound(&self, stream: usize) -> bool {
        let Some(stream) = self.streams.get(stream) else { return false };
        stream.address == self.network.links[stream.client.seat].address
    }

    fn gets_up(&self, stream: usize) -> bool {
        let seat = self.streams[stream].client.seat;
        self.stream_bound(stream) && self.network.links[seat].tcp_out() && self.server.reachable()
    }

    fn gets_down(&self, stream: usize) -> bool {
        let seat = self.streams[stream].client.seat;
        self.stream_bound(stream)
            && self.network.links[seat].tcp_in()
            && self.server.reachable()
            && self.runs(seat)
    }

    pub(crate) fn stream_connects(&mut self, number: usize, attempt: u32) {
        let stream = &self.streams[number];
        if !stream.client_open || stream.accepted {
            return;
        }
        let key = stream.client;
        if !self.gets_up(number) || !self.gets_down(number) {
            let pause = SYN_RETRY * 2u32.saturating_pow(attempt.min(6));
            return self.queue.push(self.now + pause, Event::StreamConnects(number, attempt + 1));
        }
        if !self.server.up {
            // The port is closed, so a reset comes back.
            let latency = self.network.server_latency(key.seat, &mut self.random);
            self.stream_push_down(number, Frame::End, latency * 2);
            return;
        }
        let stream = &mut self.streams[number];
        stream.accepted = true;
        stream.server_open = true;
        self.server_accepts(number);
        // One round trip for TCP, one for the WebSocket; the name and TLS are left out.
        let latency = self.network.server_latency(key.seat, &mut self.random);
        self.queue.push(self.now + latency * 4, Event::StreamOpened(number));
    }

    /// The handshake is complete on the client's side too.
    pub(crate) fn stream_opened(&mut self, number: usize) {
        let key = self.streams[number].client;
        let local = self.local(key.seat);
        if !self.streams[number].client_open {
            return;
        }
        if let Some(process) = self.process(key)
            && process.client.stream == Some(number)
        {
            process.client.session.connected(local);
            self.work.push_back(Work::Client(key));
        }
    }

    pub(crate) fn stream_push_up(&mut self, number: usize, frame: Frame<ClientMessage>, latency: Duration) {
        if let Some(at) = self.streams[number].up.push(frame, self.now + latency) {
            self.queue.push(at, Event::StreamUp(number));
        }
    }

    pub(crate) fn stream_push_down(&mut self, number: usize, frame: Frame<ServerMessage>, latency: Duration) {
        if let Some(at) = self.streams[number].down.push(frame, self.now + latency) {
            self.queue.push(at, Event::StreamDown(number));
        }
    }

    /// Something may arrive at the server.
    pub(crate) fn stream_up(&mut self, number: usize) {
        let open = self.gets_up(number);
        let now = self.now;
        let (arrived, next) = self.streams[number].up.arrive(open, now);
        self.queue_at(next, Event::StreamUp(number));
        for frame in arrived {
            if !self.streams[number].server_open {
                // The client is gone, so a reset goes back.
                if matches!(frame, Frame::Message(_)) {
                    let seat = self.streams[number].client.seat;
                    let latency = self.network.server_latency(seat, &mut self.random);
                    self.stream_push_down(number, Frame::End, latency);
                }
                continue;
            }
            self.checks.counts.server_messages += 1;
            match frame {
                Frame::Message(message) => self.server_hears(number, message),
                Frame::End => self.server_detaches(number),
            }
        }
        self.work.push_back(Work::Server);
    }

    /// Something may arrive at a client.
    pub(crate) fn stream_down(&mut self, number: usize) {
        let open = self.gets_down(number);
        let now = self.now;
        let (arrived, next) = self.streams[number].down.arrive(open, now);
        self.queue_at(next, Event::StreamDown(number));
        let key = self.streams[number].client;
        let local = self.local(key.seat);
        for frame in arrived {
            if !self.streams[number].client_open {
                continue;
            }
            let Some(process) = self.process(key) else { return };
            if process.client.stream != Some(number) {
                continue;
            }
            match frame {
                Frame::Message(message) => process.client.session.message(message, local),
                Frame::End => {
                    process.client.stream = None;
                    process.client.session.closed(SignalingError::Unreachable, local);
                    self.streams[number].client_open = false;
                }
            }
            self.client_acts(key);
        }
    }

    fn queue_at(&mut self, at: Option<Duration>, event: Event) {
        if let Some(at) = at {
            self.queue.push(at, event);
        }
    }

    /// The network changed: a stream that was stuck goes on when its sender tries again.
    pub(crate) fn resume_streams(&mut self) {
        for number in 0..self.streams.len() {
            let stalled = self.streams[number].up.stalled_for(self.now);
            if let Some(stalled) = stalled
                && self.gets_up(number)
            {
                let at = self.now + self.retry_after(stalled);
                let next = self.streams[number].up.resume(at);
                self.queue_at(next, Event::StreamUp(number));
            }
            let stalled = self.streams[number].down.stalled_for(self.now);
            if let Some(stalled) = stalled
                && self.gets_down(number)
            {
                let at = self.now + self.retry_after(stalled);
                let next = self.streams[number].down.resume(at);
                self.queue_at(next, Event::StreamDown(number));
            }
        }
    }

    fn retry_after(&mut self, stalled: Duration) -> Duration {
        self.random.between(Duration::from_millis(5), stalled.clamp(Duration::from_millis(200), LATEST_RETRY))
    }
}
