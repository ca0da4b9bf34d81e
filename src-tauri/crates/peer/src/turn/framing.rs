//! Where one message of a TURN stream ends and the next begins (RFC 8656 section 12.4 and 12.5, RFC 8489 section
//! 6.2.2). Pure.

/// In every STUN message (RFC 8489, section 5).
pub(super) const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// How many bytes show the kind and the length of either kind of message.
pub(super) const PREFIX: usize = 4;

/// Bytes of a STUN message beyond the length that its header states.
const STUN_HEADER: usize = 20;
/// Header of a ChannelData message.
const CHANNEL_HEADER: usize = 4;
/// ChannelData is padded to a multiple of this on a stream.
const PADDING: usize = 4;

/// How long the message is that begins with these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// The message itself, prefix included.
    pub(super) message: usize,
    /// Bytes after it on a stream, without meaning.
    pub(super) padding: usize,
}

/// Whether these bytes begin a STUN message, if they begin a message at all.
pub(super) fn is_stun(prefix: [u8; PREFIX]) -> bool {
    prefix[0] >> 6 == 0
}

/// Reads the first bytes of a message. `None` if they are not STUN and not ChannelData: from there on the stream cannot
/// be understood.
pub(super) fn extent(prefix: [u8; PREFIX]) -> Option<Extent> {
    let length = usize::from(u16::from_be_bytes([prefix[2], prefix[3]]));
    match prefix[0] >> 6 {
        0 => length.is_multiple_of(4).then_some(Extent { message: STUN_HEADER + length, padding: 0 }),
        1 => {
            let message = CHANNEL_HEADER + length;
            Some(Extent { message, padding: message.next_multiple_of(PADDING) - message })
        }
        _ => None,
    }
}

/// Whether this is ChannelData with an ICE connectivity check in it, or with the answer to one (RFC 8445, section 7).
pub(super) fn is_check(message: &[u8]) -> bool {
    let inner = message.get(CHANNEL_HEADER..).unwrap_or_default();
    message.first().is_some_and(|kind| kind >> 6 == 1)
        && inner.first().is_some_and(|kind| kind >> 6 == 0)
        && inner.get(4..8) == Some(&MAGIC_COOKIE)
}

/// The padding that a datagram of the library needs on a stream; `None` if it is not exactly one message.
pub(super) fn padding(datagram: &[u8]) -> Option<usize> {
    let prefix = datagram.first_chunk()?;
    let Extent { message, padding } = extent(*prefix)?;
    // A datagram may already have its padding.
    match datagram.len().checked_sub(message)? {
        0 => Some(padding),
        more if more == padding => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stun_message_is_its_length_and_twenty() {
        assert_eq!(extent([0x00, 0x01, 0x00, 0x08]), Some(Extent { message: 28, padding: 0 }));
    }

    #[test]
    fn channel_data_is_padded_to_four_on_a_stream() {
        assert_eq!(extent([0x40, 0x00, 0x00, 0x05]), Some(Extent { message: 9, padding: 3 }));
        assert_eq!(extent([0x4f, 0xff, 0x00, 0x08]), Some(Extent { message: 12, padding: 0 }));
    }

    #[test]
    fn anything_else_is_no_turn() {
        assert_eq!(extent([0x80, 0x60, 0x00, 0x00]), None);
        assert_eq!(extent([0x00, 0x01, 0x00, 0x03]), None, "STUN is a multiple of four");
    }

    #[test]
    fn a_check_is_stun_in_channel_data() {
        let check = [&[0x40, 0, 0, 20, 0, 1, 0, 0][..], &MAGIC_COOKIE, &[7; 12]].concat();
        assert!(is_check(&check));
        assert!(!is_check(&check[4..]), "a request to the server itself");
        let media = [&[0x40, 0, 0, 20, 0x80, 96, 0, 0][..], &MAGIC_COOKIE, &[7; 12]].concat();
        assert!(!is_check(&media));
        for length in 0..12 {
            assert!(!is_check(&check[..length]));
        }
    }

    #[test]
    fn datagrams_are_one_whole_message() {
        assert_eq!(padding(&[0x40, 0, 0, 1, 9]), Some(3));
        assert_eq!(padding(&[0x40, 0, 0, 1, 9, 0, 0, 0]), Some(0));
        assert_eq!(padding(&[0x40, 0, 0, 1]), None);
        assert_eq!(padding(&[0x40, 0, 0, 1, 9, 0]), None);
        assert_eq!(padding(&[0x40]), None);
    }
}
