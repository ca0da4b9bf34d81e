//! Messages that wait, in order and bounded.

use std::collections::VecDeque;

use crate::channel::{ChannelBounds, ChannelMessage};
use crate::log::Refusal;

#[derive(Debug, Default)]
pub(super) struct Queue {
    messages: VecDeque<ChannelMessage>,
    bytes: usize,
}

impl Queue {
    pub(super) fn push(&mut self, message: ChannelMessage, bounds: ChannelBounds) -> Result<(), Refusal> {
        if !bounds.has_room(self.waiting(), message.len()) {
            return Err(Refusal::Full);
        }
        self.bytes += message.len();
        self.messages.push_back(message);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<ChannelMessage> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Messages and bytes.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.messages.len(), self.bytes)
    }
}
