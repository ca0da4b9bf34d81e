//! The channels beside `control`: the owner's handle of each, and what the handles share with the readers and the
//! writers of the connections. Their messages do not pass through the actor or the queue of media.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdfast_delivery::{
    Channel, ChannelEvent, ChannelId, ChannelMessage, ChannelSnapshot, Channels, DataChannels, EndId,
    Outstanding, Ready, Refusal,
};
use holdfast_terms::Generation;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// What handles, readers and writers share.
pub(crate) struct Data {
    epoch: Instant,
    channels: Channels,
    machine: Mutex<DataChannels>,
    /// A writer may have something to do.
    written: Notify,
    /// A listener may have something to hear.
    arrived: Notify,
    ended: AtomicBool,
}

impl Data {
    pub(crate) fn new(channels: Channels, epoch: Instant) -> Self {
        let end = || EndId::from_random(rand::random());
        Self {
            epoch,
            channels,
            machine: Mutex::new(DataChannels::new(channels, end, Duration::ZERO)),
            written: Notify::new(),
            arrived: Notify::new(),
            ended: AtomicBool::new(false),
        }
    }

    fn machine(&self) -> MutexGuard<'_, DataChannels> {
        // Never held over an await. As with the peer's machine, going on is better than ending every other call.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn changed(&self) {
        self.written.notify_waiters();
        self.arrived.notify_waiters();
    }

    /// Returns when a writer may have something to do.
    pub(crate) fn written(&self) -> Notified<'_> {
        self.written.notified()
    }

    /// A moment of the machine's time.
    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.epoch + at
    }

    pub(crate) fn opened(&self, generation: Generation, channel: ChannelId) {
        self.machine().handle_open(generation, channel, self.now());
        self.changed();
    }

    pub(crate) fn closed(&self, generation: Generation, channel: ChannelId) {
        self.machine().handle_close(generation, channel);
        self.changed();
    }

    pub(crate) fn came(&self, generation: Generation, channel: ChannelId, message: ChannelMessage) {
        self.machine().handle_message(generation, channel, message, self.now());
        self.changed();
    }

    /// The path of a connection works, or does not.
    pub(crate) fn path(&self, generation: Generation, works: bool) {
        self.machine().handle_path(generation, works);
        self.changed();
    }

    /// A connection is gone.
    pub(crate) fn gone(&self, generation: Generation) {
        self.machine().handle_gone(generation);
        self.changed();
    }

    /// The peer is closed: nothing more comes.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.changed();
    }

    pub(crate) fn ready(&self, generation: Generation, channel: ChannelId) -> Ready {
        self.machine().poll_ready(generation, channel, self.now())
    }

    pub(crate) fn transmit(
        &self,
        generation: Generation,
        channel: ChannelId,
        outstanding: Outstanding<'_>,
    ) -> Option<ChannelMessage> {
        self.machine().poll_transmit(generation, channel, outstanding, self.now())
    }

    /// The library did not take a message.
    pub(crate) fn refused(&self, channel: ChannelId) {
        self.machine().handle_refused(channel);
    }

    pub(crate) fn snapshot(&self) -> Vec<ChannelSnapshot> {
        self.machine().snapshot(self.now())
    }

    pub(crate) fn handle(self: &Arc<Self>, channel: ChannelId) -> Option<PeerChannel> {
        let row = self.channels.others().iter().find(|row| row.id == channel)?;
        Some(PeerChannel { row, data: Arc::clone(self) })
    }
}

/// One channel to one remote, over any connection. All handles of a channel share the incoming events: each event goes
/// to only one of them. A handle does not keep the peer alive.
#[derive(Clone)]
pub struct PeerChannel {
    row: &'static Channel,
    data: Arc<Data>,
}

impl std::fmt::Debug for PeerChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerChannel").field("label", &self.row.label).finish_non_exhaustive()
    }
}

impl PeerChannel {
    /// Queues a message; it is sent when a connection carries the channel and nothing of a higher priority waits.
    /// Never waits.
    ///
    /// # Errors
    /// If the message does not fit the channel, or the queue is full. Such messages are counted.
    pub fn send(&self, message: ChannelMessage) -> Result<(), Refusal> {
        self.data.machine().send(self.row.id, message, self.data.now())?;
        self.data.written.notify_waiters();
        Ok(())
    }

    /// The next event; `None` when the peer is closed and no event is left. Only a limited number of messages can wait
    /// here. Above that, a log makes its remote wait, and the other channels drop messages and count them.
    pub async fn recv(&self) -> Option<ChannelEvent> {
        loop {
            let mut arrived = std::pin::pin!(self.data.arrived.notified());
            arrived.as_mut().enable();
            let ended = self.data.ended.load(Ordering::Acquire);
            if let Some(event) = self.try_recv() {
                return Some(event);
            }
            if ended {
                return None;
            }
            arrived.await;
        }
    }

    /// The next event, if there is one now.
    pub fn try_recv(&self) -> Option<ChannelEvent> {
        let event = self.data.machine().poll_event(self.row.id);
        if event.is_some() {
            // The log may have been full. Now it has room and can ask for the message it refused.
            self.data.written.notify_waiters();
        }
        event
    }
}
