//! Requests that a TURN server has not answered yet (RFC 8489, 6.2.1). Pure.
//!
//! The library repeats a request after 200 ms, then 400, 800 and 1600, which suits any server on the internet. Here a
//! call waits for a server that a person chose. If a request was lost while the path was down, the path can be used
//! again only once that request is answered.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::framing::MAGIC_COOKIE;

/// How often a request is repeated. A lost request costs at most this time, and a path that is back is noticed within
/// it. A request is about 150 bytes.
pub(super) const REPEAT: Duration = Duration::from_millis(100);

/// How long it is repeated: the library gives a request up after 7.8 s.
const PATIENCE: Duration = Duration::from_secs(8);

/// Most requests at the same time: an allocation needs one, each of the remote's candidates two. The oldest are dropped
/// first.
const MOST: usize = 32;

/// Header of a STUN message (RFC 8489, section 5).
const HEADER: usize = 20;

/// The part that a request and its answer have in common.
pub(super) type Transaction = [u8; 12];

#[derive(Debug, PartialEq, Eq)]
enum Class {
    Request,
    Answer,
}

/// The kind of this STUN message, and its transaction; `None` for data and indications.
fn transaction(datagram: &[u8]) -> Option<(Class, Transaction)> {
    let header: &[u8; HEADER] = datagram.first_chunk()?;
    if header[0] >> 6 != 0 || header[4..8] != MAGIC_COOKIE {
        return None;
    }
    // The two bits of the class are apart (RFC 8489, figure 3).
    let class = match (header[0] & 0x01, header[1] & 0x10) {
        (0, 0) => Class::Request,
        (0, _) => return None,
        _ => Class::Answer,
    };
    Some((class, *header.last_chunk()?))
}

/// Whether this is a request. Unlike data, it is still useful later.
pub(super) fn is_request(datagram: &[u8]) -> bool {
    matches!(transaction(datagram), Some((Class::Request, _)))
}

#[derive(Debug)]
struct Request {
    transaction: Transaction,
    bytes: Vec<u8>,
    since: Instant,
    due: Instant,
}

/// The requests of one client.
#[derive(Debug, Default)]
pub(super) struct Pending {
    requests: VecDeque<Request>,
}

impl Pending {
    /// Something was sent to the server.
    pub(super) fn sent(&mut self, datagram: &[u8], now: Instant) {
        let Some((Class::Request, transaction)) = transaction(datagram) else { return };
        let due = now + REPEAT;
        if let Some(known) = self.requests.iter_mut().find(|request| request.transaction == transaction) {
            known.due = due;
            return;
        }
        if self.requests.len() == MOST {
            self.requests.pop_front();
        }
        self.requests.push_back(Request { transaction, bytes: datagram.to_vec(), since: now, due });
    }

    /// Something came from the server.
    pub(super) fn received(&mut self, datagram: &[u8]) {
        if let Some((Class::Answer, transaction)) = transaction(datagram) {
            self.requests.retain(|request| request.transaction != transaction);
        }
    }

    /// What to send again now.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Vec<u8>> {
        self.requests.retain(|request| now < request.since + PATIENCE);
        let due = self.requests.iter_mut().filter(|request| request.due <= now);
        due.map(|request| {
            request.due = now + REPEAT;
            request.bytes.clone()
        })
        .collect()
    }

    /// Requests without an answer yet, to be sent at once on another way.
    pub(super) fn unanswered(&mut self, now: Instant) -> impl Iterator<Item = &[u8]> {
        self.requests.retain(|request| now < request.since + PATIENCE);
        self.requests.iter().map(|request| &request.bytes[..])
    }

    /// When to call [`Self::take_due`].
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.requests.iter().map(|request| request.due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOCATE: [u8; 2] = [0x00, 0x03];
    const ALLOCATED: [u8; 2] = [0x01, 0x03];
    const REFUSED: [u8; 2] = [0x01, 0x13];
    const SEND_INDICATION: [u8; 2] = [0x00, 0x16];

    fn message(kind: [u8; 2], transaction: u8) -> Vec<u8> {
        [&kind[..], &[0, 0], &MAGIC_COOKIE, &[transaction; 12]].concat()
    }

    #[test]
    fn a_request_is_repeated_until_it_is_answered() {
        let (mut pending, start) = (Pending::default(), Instant::now());
        pending.sent(&message(ALLOCATE, 1), start);
        pending.sent(&message(ALLOCATE, 2), start);
        assert!(pending.take_due(start + REPEAT / 2).is_empty());
        assert_eq!(pending.poll_timeout(), Some(start + REPEAT));
        assert_eq!(pending.take_due(start + REPEAT).len(), 2);
        assert!(pending.take_due(start + REPEAT).is_empty());
        pending.received(&message(REFUSED, 1));
        assert_eq!(pending.take_due(start + 2 * REPEAT), [message(ALLOCATE, 2)]);
        pending.received(&message(ALLOCATED, 2));
        assert_eq!(pending.poll_timeout(), None);
    }

    #[test]
    fn what_the_library_repeats_itself_is_not_repeated_twice() {
        let (mut pending, start) = (Pending::default(), Instant::now());
        pending.sent(&message(ALLOCATE, 1), start);
        pending.sent(&message(ALLOCATE, 1), start + REPEAT / 2);
        assert_eq!(pending.poll_timeout(), Some(start + REPEAT / 2 + REPEAT));
        assert_eq!(pending.take_due(start + 2 * REPEAT).len(), 1);
    }

    #[test]
    fn requests_are_bounded_in_time_and_in_number() {
        let (mut pending, start) = (Pending::default(), Instant::now());
        for transaction in 0..=u8::MAX {
            pending.sent(&message(ALLOCATE, transaction), start);
        }
        assert_eq!(pending.take_due(start + REPEAT).len(), MOST);
        assert!(pending.take_due(start + PATIENCE).is_empty());
        assert_eq!(pending.poll_timeout(), None);
    }

    #[test]
    fn another_way_is_asked_everything_that_is_not_answered() {
        let (mut pending, start) = (Pending::default(), Instant::now());
        pending.sent(&message(ALLOCATE, 1), start);
        pending.sent(&message(ALLOCATE, 2), start + PATIENCE / 2);
        pending.sent(&message(ALLOCATE, 3), start + PATIENCE / 2);
        pending.received(&message(ALLOCATED, 2));
        assert_eq!(
            pending.unanswered(start + PATIENCE / 2).collect::<Vec<_>>(),
            [message(ALLOCATE, 1), message(ALLOCATE, 3)]
        );
        assert_eq!(pending.unanswered(start + PATIENCE).collect::<Vec<_>>(), [message(ALLOCATE, 3)]);
    }

    #[test]
    fn data_and_garbage_are_not_requests() {
        let (mut pending, start) = (Pending::default(), Instant::now());
        pending.sent(&message(SEND_INDICATION, 1), start);
        pending.sent(&[0x40, 0, 0, 1, 7], start);
        pending.sent(&[0; 40], start);
        pending.sent(&[], start);
        assert!(!is_request(&message(SEND_INDICATION, 1)));
        assert!(is_request(&message(ALLOCATE, 1)));
        assert_eq!(pending.poll_timeout(), None);
    }
}
