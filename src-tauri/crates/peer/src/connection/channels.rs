//! The data channels of a connection: one for each row of the table, made at both ends by the same table.

use holdfast_terms::Generation;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use holdfast_delivery::{Channel, ChannelId, ChannelMessage, Channels, Ready, Reliability};
use rtc::data_channel::RTCDataChannelInit;
use rtc::shared::error::Error;
use tokio::task::JoinSet;
use tokio::time::Instant;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::PeerConnection;

use holdfast_peer_machine::Report;

use super::{Connection, EventSender};
use crate::channels::Data;

/// How soon a writer looks again while enough is on its way. The library does not tell when a channel has room.
const CROWDED: Duration = Duration::from_millis(5);

/// The first message of a channel, which means nothing. The end that opens first may send before the other end's library
/// has made the channel. That library then acknowledges the message and throws it away. So the channel counts as open
/// once this one is acknowledged: by then the other end has the channel.
const FIRST: &str = " ";

/// How soon to look again whether the first message is acknowledged.
const FIRST_POLL: Duration = Duration::from_millis(5);

/// Places in the queue of reports that messages leave free, for reports that must not be lost.
const RESERVED_REPORTS: usize = 64;

/// A row and the library's channel for it.
pub(super) struct Opened {
    row: &'static Channel,
    handle: Arc<dyn DataChannel>,
    /// Messages given to the library since the remote had acknowledged everything. At least as many as it has not
    /// acknowledged: the library counts only bytes.
    given: AtomicUsize,
}

/// Makes the channels; they open with the connection.
pub(super) async fn create(
    inner: &Arc<dyn PeerConnection>,
    channels: Channels,
) -> Result<Arc<[Opened]>, Error> {
    let mut opened = Vec::with_capacity(channels.rows().len());
    for row in channels.rows() {
        let options = RTCDataChannelInit {
            ordered: row.ordered,
            max_retransmits: match row.reliability {
                Reliability::Reliable => None,
                Reliability::Unrepeated => Some(0),
            },
            // Both ends know the row, so they need not send it to each other.
            negotiated: Some(row.stream),
            ..Default::default()
        };
        let handle = inner.create_data_channel(row.label, Some(options)).await?;
        opened.push(Opened { row, handle, given: AtomicUsize::new(0) });
    }
    Ok(opened.into())
}

/// Begins to read the channels, each until it ends: `control` for the actor, the others for their listeners. Every
/// channel has a task of its own that never waits for another: the library stops reading all channels of a connection
/// while one is not read.
pub(super) fn read(generation: Generation, opened: &Arc<[Opened]>, events: &EventSender, data: &Arc<Data>) {
    for Opened { row, handle, .. } in opened.iter() {
        let handle = Arc::clone(handle);
        if row.id == ChannelId::CONTROL {
            tokio::spawn(report(generation, row.id, handle, events.clone()));
        } else {
            tokio::spawn(carry(generation, row, handle, Arc::clone(opened), Arc::clone(data)));
        }
    }
}

/// Reads a channel beside `control`, and lets a writer write to it while it is open.
async fn carry(
    generation: Generation,
    row: &'static Channel,
    handle: Arc<dyn DataChannel>,
    opened: Arc<[Opened]>,
    data: Arc<Data>,
) {
    // Ends its tasks when it is dropped.
    let mut writer = JoinSet::new();
    let mut begun = false;
    while let Some(event) = handle.poll().await {
        match event {
            DataChannelEvent::OnOpen => {
                let (handle, opened, data) = (Arc::clone(&handle), Arc::clone(&opened), Arc::clone(&data));
                writer.spawn(async move {
                    reached(&*handle).await;
                    data.opened(generation, row.id);
                    write(generation, row, handle, opened, data).await;
                });
            }
            // Only once: a later space is a message.
            DataChannelEvent::OnMessage(came) if !begun && is_first(came.is_string, &came.data) => {
                begun = true
            }
            DataChannelEvent::OnMessage(came) => {
                data.came(generation, row.id, message(came.is_string, &came.data));
            }
            DataChannelEvent::OnClose => {
                writer.abort_all();
                data.closed(generation, row.id);
            }
            _ => {}
        }
    }
    data.closed(generation, row.id);
}

async fn write(
    generation: Generation,
    row: &'static Channel,
    handle: Arc<dyn DataChannel>,
    opened: Arc<[Opened]>,
    data: Arc<Data>,
) {
    loop {
        // This comes before the check below, so that no change in between is missed.
        let mut written = std::pin::pin!(data.written());
        written.as_mut().enable();
        match data.ready(generation, row.id) {
            Ready::Now => {
                let outstanding = outstanding(&opened, row).await;
                match data.transmit(generation, row.id, &outstanding) {
                    Some(message) => {
                        if !put(&*handle, message).await {
                            data.refused(row.id);
                        }
                    }
                    None => tokio::time::sleep(CROWDED).await,
                }
            }
            Ready::At(at) => {
                let at = Instant::from_std(data.instant(at));
                // In both cases there may be something to do.
                let _ = tokio::time::timeout_at(at, written).await;
            }
            Ready::Never => written.await,
        }
    }
}

/// Unacknowledged bytes of this channel and of the channels with the same or a higher priority.
async fn outstanding(opened: &[Opened], row: &Channel) -> Vec<(ChannelId, usize)> {
    let mut outstanding = Vec::new();
    for other in opened.iter().filter(|other| other.row.priority >= row.priority) {
        outstanding.push((other.row.id, other.handle.outstanding_bytes().await.unwrap_or(0)));
    }
    outstanding
}

/// Gives a message to the library; false when it does not take it.
async fn put(handle: &dyn DataChannel, message: ChannelMessage) -> bool {
    let taken = match message {
        ChannelMessage::Text(text) => handle.try_send_text(&text).await,
        ChannelMessage::Binary(bytes) => handle.try_send(bytes.as_slice().into()).await,
    };
    taken.is_ok()
}

async fn report(
    generation: Generation,
    channel: ChannelId,
    handle: Arc<dyn DataChannel>,
    events: EventSender,
) {
    let mut unread = 0;
    // Ends its task when it is dropped.
    let mut opening = JoinSet::new();
    while let Some(event) = handle.poll().await {
        let report = match event {
            DataChannelEvent::OnOpen => {
                let (handle, events) = (Arc::clone(&handle), events.clone());
                opening.spawn(async move {
                    reached(&*handle).await;
                    // It fails only if the peer is gone.
                    let _ = events.send((generation, Report::ChannelOpen { channel })).await;
                });
                continue;
            }
            DataChannelEvent::OnMessage(came) if is_first(came.is_string, &came.data) => continue,
            DataChannelEvent::OnMessage(came) => {
                Report::Message { channel, message: message(came.is_string, &came.data) }
            }
            DataChannelEvent::OnClose => {
                opening.shutdown().await;
                Report::ChannelClosed { channel }
            }
            _ => continue,
        };
        if !report.is_kept() && events.capacity() <= RESERVED_REPORTS {
            unread += 1;
            continue;
        }
        if unread > 0 && events.try_send((generation, Report::Unread { channel, messages: unread })).is_ok() {
            unread = 0;
        }
        if events.send((generation, report)).await.is_err() {
            return;
        }
    }
}

/// Returns when the other end has the channel: it acknowledged our first message. Does not return if the path is gone.
async fn reached(handle: &dyn DataChannel) {
    let mut asked = false;
    loop {
        if !asked {
            asked = handle.try_send_text(FIRST).await.is_ok();
        } else if handle.outstanding_bytes().await.is_ok_and(|bytes| bytes == 0) {
            return;
        }
        tokio::time::sleep(FIRST_POLL).await;
    }
}

/// Whether it is the message that a channel begins with.
fn is_first(is_string: bool, data: &[u8]) -> bool {
    is_string && data == FIRST.as_bytes()
}

/// A string message that is not UTF-8 counts as binary, so that no code reads it as text.
fn message(is_string: bool, data: &[u8]) -> ChannelMessage {
    match std::str::from_utf8(data) {
        Ok(text) if is_string => ChannelMessage::Text(text.to_owned()),
        _ => ChannelMessage::Binary(data.to_vec()),
    }
}

impl Connection {
    /// Sends a message over a channel. Returns false if the channel is not open, if too much waits because the other
    /// side does not read, or if the message is longer than the other side accepts.
    pub(crate) async fn send_message(&self, channel: ChannelId, message: ChannelMessage) -> bool {
        let Some(Opened { row, handle, given }) = self.channel(channel) else { return false };
        let bounds = row.bounds;
        let bytes = handle.outstanding_bytes().await.unwrap_or(0);
        if bytes == 0 {
            given.store(0, Ordering::Relaxed);
        }
        let waiting = (given.load(Ordering::Relaxed), bytes);
        if message.len() > bounds.message_bytes || !bounds.has_room(waiting, message.len()) {
            return false;
        }
        given.fetch_add(1, Ordering::Relaxed);
        put(&**handle, message).await
    }

    /// Bytes of messages of a channel that the remote has not acknowledged.
    pub(crate) async fn outstanding(&self, channel: ChannelId) -> usize {
        match self.channel(channel) {
            Some(opened) => opened.handle.outstanding_bytes().await.unwrap_or(0),
            None => 0,
        }
    }

    fn channel(&self, id: ChannelId) -> Option<&Opened> {
        self.channels.iter().find(|opened| opened.row.id == id)
    }
}
