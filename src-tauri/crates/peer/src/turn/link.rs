//! One open stream to a TURN server, which takes and gives complete messages.

use std::io;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};

use super::dial::Stream;
use super::framing::{self, MAGIC_COOKIE, PREFIX};

/// Bytes that may wait in front of the system's own buffer. With more, data would only get old here.
const ROOM: usize = 8 * 1024;

/// A stream, the bytes that were read and not yet understood, and the bytes that were not yet written.
pub(super) struct Link {
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    incoming: BytesMut,
    outgoing: BytesMut,
    unflushed: bool,
}

impl Link {
    /// A stream on which nothing was sent yet.
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self { reader, writer, incoming: BytesMut::new(), outgoing: BytesMut::new(), unflushed: false }
    }

    /// Whether it takes more data now.
    pub(super) fn has_room(&self) -> bool {
        self.outgoing.len() < ROOM
    }

    /// Queues a message, padded as on a stream. It is written while [`Self::receive`] is awaited.
    pub(super) fn send(&mut self, message: &[u8]) {
        self.outgoing.extend_from_slice(message);
    }

    /// The next message, without its padding. May be dropped at any moment without loss.
    ///
    /// # Errors
    /// The stream is at its end, or carries something that is not TURN.
    pub(super) async fn receive(&mut self) -> io::Result<BytesMut> {
        loop {
            if let Some(message) = self.take_message()? {
                return Ok(message);
            }
            let writes = !self.outgoing.is_empty() || self.unflushed;
            tokio::select! {
                read = self.reader.read_buf(&mut self.incoming) => {
                    if read? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                written = write(&mut self.writer, &mut self.outgoing, &mut self.unflushed), if writes => written?,
            }
        }
    }

    fn take_message(&mut self) -> io::Result<Option<BytesMut>> {
        let Some(prefix) = self.incoming.first_chunk::<PREFIX>() else { return Ok(None) };
        let extent = framing::extent(*prefix).ok_or(io::ErrorKind::InvalidData)?;
        // With a meaningless length, we would wait for everything after it.
        if framing::is_stun(*prefix) && self.incoming.get(4..8).is_some_and(|cookie| cookie != MAGIC_COOKIE) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if self.incoming.len() < extent.message + extent.padding {
            return Ok(None);
        }
        let message = self.incoming.split_to(extent.message);
        self.incoming.advance(extent.padding);
        Ok(Some(message))
    }

    /// Skips this many bytes, where [`Self::receive`] found no TURN.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.incoming.advance(bytes.min(self.incoming.len()));
    }

    /// Closes it, and throws away what the system has not delivered yet: media of a moment that has passed.
    pub(super) fn abandon(self) {
        if let Err(error) = self.reader.unsplit(self.writer).tcp().set_zero_linger() {
            tracing::debug!(kind = ?error.kind(), "what a stream still held may arrive late");
        }
    }
}

/// Writes some of what waits. What the stream itself still holds goes first, because TLS would hold eight times as much
/// as we do.
async fn write(
    writer: &mut WriteHalf<Box<dyn Stream>>,
    outgoing: &mut BytesMut,
    unflushed: &mut bool,
) -> io::Result<()> {
    if *unflushed {
        writer.flush().await?;
        *unflushed = false;
    } else if writer.write_buf(outgoing).await? == 0 {
        return Err(io::ErrorKind::WriteZero.into());
    } else {
        *unflushed = true;
    }
    Ok(())
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
