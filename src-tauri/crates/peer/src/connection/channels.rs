//! The data channels of a connection: one for each row of the table, made at both ends by the same table.

use std::sync::Arc;

use holdfast_delivery::{Channel, ChannelId, ChannelMessage, Channels, Reliability};
use rtc::data_channel::RTCDataChannelInit;
use rtc::shared::error::Error;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::PeerConnection;

use holdfast_peer_machine::Report;

use super::{Connection, EventSender};

/// A row and the library's channel for it.
pub(super) struct Opened {
    row: &'static Channel,
    handle: Arc<dyn DataChannel>,
}

/// Makes the channels; they open with the connection.
pub(super) async fn create(
    inner: &Arc<dyn PeerConnection>,
    channels: Channels,
) -> Result<Vec<Opened>, Error> {
    let mut opened = Vec::with_capacity(channels.rows().len());
    for row in channels.rows() {
        let options = RTCDataChannelInit {
            ordered: row.ordered,
            max_retransmits: match row.reliability {
                Reliability::Reliable => None,
                Reliability::Unrepeated => Some(0),
            },
            // Both ends know the row, so nothing about it travels.
            negotiated: Some(row.stream),
            ..Default::default()
        };
        opened.push(Opened { row, handle: inner.create_data_channel(row.label, Some(options)).await? });
    }
    Ok(opened)
}

/// Begins to report what happens on the channels, each until it is over.
pub(super) fn read(generation: u32, opened: &[Opened], events: &EventSender) {
    for Opened { row, handle } in opened {
        tokio::spawn(read_one(generation, row.id, Arc::clone(handle), events.clone()));
    }
}

async fn read_one(generation: u32, channel: ChannelId, handle: Arc<dyn DataChannel>, events: EventSender) {
    while let Some(event) = handle.poll().await {
        let report = match event {
            DataChannelEvent::OnOpen => Report::ChannelOpen { channel },
            DataChannelEvent::OnMessage(came) => {
                Report::Message { channel, message: message(came.is_string, &came.data) }
            }
            DataChannelEvent::OnClose => Report::ChannelClosed { channel },
            _ => continue,
        };
        if events.send((generation, report)).await.is_err() {
            return;
        }
    }
}

/// A string message that is no UTF-8 counts as binary: nobody takes it for text.
fn message(is_string: bool, data: &[u8]) -> ChannelMessage {
    match std::str::from_utf8(data) {
        Ok(text) if is_string => ChannelMessage::Text(text.to_owned()),
        _ => ChannelMessage::Binary(data.to_vec()),
    }
}

impl Connection {
    /// Sends a message over a channel; false when the channel is not open, nobody has read for long, or the message
    /// is longer than the other side accepts.
    pub(crate) async fn send_message(&self, channel: ChannelId, message: ChannelMessage) -> bool {
        let Some(Opened { row, handle }) = self.channel(channel) else { return false };
        let bounds = row.bounds;
        let waiting = handle.outstanding_bytes().await.unwrap_or(0);
        if message.len() > bounds.message_bytes || waiting + message.len() > bounds.queue_bytes {
            return false;
        }
        let sent = match message {
            ChannelMessage::Text(text) => handle.try_send_text(&text).await,
            ChannelMessage::Binary(bytes) => handle.try_send(bytes.as_slice().into()).await,
        };
        sent.is_ok()
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
