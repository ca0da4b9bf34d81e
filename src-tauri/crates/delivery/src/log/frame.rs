//! What a log puts on the wire: 25 bytes, and behind them the message.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | kind: 1 message, 2 acknowledgement, 3 acknowledgement that names a gap |
//! | 8 | the sender's [`EndId`] |
//! | 8 | the receiver's, 0 when the sender does not know it |
//! | 8 | number of the message; in an acknowledgement of the last one received in order, 0 for none |
//!
//! All numbers are big-endian.

use holdfast_terms::MessageNumber;
use thiserror::Error;

use crate::end::EndId;

/// Bytes in front of each message.
pub const HEADER_BYTES: usize = 25;

/// Bytes that are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Shorter than its header, or an acknowledgement followed by other bytes.
    #[error("the frame has a wrong length")]
    Length,
    /// A kind this version does not know.
    #[error("the frame has an unknown kind")]
    Kind,
    /// An id that must be known is 0, or a message has the number 0.
    #[error("the frame lacks an end that must be known, or numbers a message 0")]
    Number,
}

/// One frame of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A numbered message.
    Message {
        /// Who sends it.
        from: EndId,
        /// Who receives it. The number counts the messages for this end.
        to: EndId,
        /// Its number; the first message has 1.
        number: MessageNumber,
        /// The message.
        payload: &'a [u8],
    },
    /// What has come so far. Also sent when a connection opens, to introduce the sender.
    Acknowledgement {
        /// Who sends it.
        from: EndId,
        /// Who sent the acknowledged messages; `None` while no remote is known.
        to: Option<EndId>,
        /// Everything up to this number came.
        through: MessageNumber,
        /// Whether something after it came, but not the next one.
        gap: bool,
    },
}

const MESSAGE: u8 = 1;
const ACKNOWLEDGEMENT: u8 = 2;
const GAP: u8 = 3;

impl<'a> Frame<'a> {
    /// The bytes that travel.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let (kind, from, to, number, payload) = match self {
            Self::Message { from, to, number, payload } => (MESSAGE, from, Some(to), number, payload),
            Self::Acknowledgement { from, to, through, gap } => {
                (if gap { GAP } else { ACKNOWLEDGEMENT }, from, to, through, &[][..])
            }
        };
        let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len());
        bytes.push(kind);
        bytes.extend(from.get().to_be_bytes());
        bytes.extend(to.map_or(0, EndId::get).to_be_bytes());
        bytes.extend(number.get().to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    /// Reads the bytes. Never panics, for any bytes.
    ///
    /// # Errors
    /// If they are not a frame.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        let (&[kind], rest) = bytes.split_first_chunk().ok_or(FrameError::Length)?;
        let (from, rest) = number(rest)?;
        let (to, rest) = number(rest)?;
        let (count, payload) = number(rest)?;
        let from = EndId::read(from).ok_or(FrameError::Number)?;
        let to = EndId::read(to);
        match kind {
            MESSAGE if count == 0 => Err(FrameError::Number),
            MESSAGE => {
                let to = to.ok_or(FrameError::Number)?;
                Ok(Self::Message { from, to, number: MessageNumber(count), payload })
            }
            ACKNOWLEDGEMENT | GAP if !payload.is_empty() => Err(FrameError::Length),
            ACKNOWLEDGEMENT | GAP => {
                Ok(Self::Acknowledgement { from, to, through: MessageNumber(count), gap: kind == GAP })
            }
            _ => Err(FrameError::Kind),
        }
    }
}

fn number(bytes: &[u8]) -> Result<(u64, &[u8]), FrameError> {
    let (number, rest) = bytes.split_first_chunk().ok_or(FrameError::Length)?;
    Ok((u64::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_reads_back() {
        let [from, to] = [1, u64::MAX].map(EndId::from_random);
        for frame in [
            Frame::Message { from, to, number: MessageNumber(u64::MAX), payload: b"said" },
            Frame::Message { from, to, number: MessageNumber(1), payload: b"" },
            Frame::Acknowledgement { from, to: None, through: MessageNumber::NONE, gap: false },
            Frame::Acknowledgement { from, to: Some(to), through: MessageNumber(7), gap: true },
        ] {
            assert_eq!(Frame::parse(&frame.to_bytes()), Ok(frame));
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let [from, to] = [1, 2].map(EndId::from_random);
        let whole = Frame::Message { from, to, number: MessageNumber(1), payload: b"" }.to_bytes();
        for length in 0..HEADER_BYTES {
            assert_eq!(Frame::parse(&whole[..length]), Err(FrameError::Length), "{length}");
        }
        let with = |at: usize, byte| {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            bytes
        };
        assert_eq!(Frame::parse(&with(0, 0)), Err(FrameError::Kind));
        assert_eq!(Frame::parse(&with(0, 4)), Err(FrameError::Kind));
        assert_eq!(Frame::parse(&with(8, 0)), Err(FrameError::Number), "no sender");
        assert_eq!(Frame::parse(&with(16, 0)), Err(FrameError::Number), "no receiver");
        assert_eq!(Frame::parse(&with(24, 0)), Err(FrameError::Number), "numbered 0");
        let mut longer = with(0, 2);
        longer.push(0);
        assert_eq!(Frame::parse(&longer), Err(FrameError::Length));
    }
}
