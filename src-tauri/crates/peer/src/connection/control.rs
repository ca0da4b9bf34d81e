//! The control channel: text to and from the remote beside the media.

use std::sync::Arc;

use holdfast_protocol::limits::FRAME_BYTES;
use rtc::data_channel::RTCDataChannelInit;
use rtc::shared::error::Error;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::PeerConnection;

use holdfast_peer_machine::Report;

use super::{Connection, EventSender};

/// Label of the control channel; with `negotiated` it never travels, both sides just know it.
const LABEL: &str = "control";
/// SCTP stream of the control channel, fixed by the protocol.
const STREAM: u16 = 0;

/// Makes the channel; it opens with the connection.
pub(super) async fn create(inner: &Arc<dyn PeerConnection>) -> Result<Arc<dyn DataChannel>, Error> {
    let options = RTCDataChannelInit { negotiated: Some(STREAM), ..Default::default() };
    inner.create_data_channel(LABEL, Some(options)).await
}

/// Reports what happens on the channel until it is over.
pub(super) async fn read(generation: u32, control: Arc<dyn DataChannel>, events: EventSender) {
    while let Some(event) = control.poll().await {
        let report = match event {
            DataChannelEvent::OnOpen => Report::ControlOpen,
            DataChannelEvent::OnMessage(message) => match String::from_utf8(message.data.to_vec()) {
                Ok(text) if message.is_string => Report::Text(text),
                _ => Report::NotText,
            },
            DataChannelEvent::OnClose => Report::ControlClosed,
            _ => continue,
        };
        if events.send((generation, report)).await.is_err() {
            return;
        }
    }
}

impl Connection {
    /// Sends text over the control channel; false when the channel is not open, nobody has read for long, or the
    /// text is longer than the other side accepts.
    pub(crate) async fn send_control(&self, text: &str) -> bool {
        text.len() <= FRAME_BYTES && self.control.try_send_text(text).await.is_ok()
    }

    /// Bytes of control messages the remote has not acknowledged.
    pub(crate) async fn control_outstanding(&self) -> usize {
        self.control.outstanding_bytes().await.unwrap_or(0)
    }
}
