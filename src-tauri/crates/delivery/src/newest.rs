//! The newest value wins: older values are dropped, and nothing is sent again.
//!
//! On the wire each value follows 12 bytes, both numbers big-endian: the sender's [`EndId`] (8), and a number that
//! grows by one with each value and starts again after the last (4, RFC 1982).

use holdfast_terms::Generation;

use crate::end::{EndId, Remote, Speaker};
use crate::serial::is_newer;

/// Bytes in front of each value.
pub const NEWEST_HEADER_BYTES: usize = 12;

/// Numbers values.
#[derive(Debug, Clone)]
pub struct NewestSender {
    own: EndId,
    next: u32,
}

impl NewestSender {
    /// For an end that has sent nothing.
    #[must_use]
    pub const fn new(own: EndId) -> Self {
        Self { own, next: 0 }
    }

    /// The bytes to send for this value, on any connection.
    pub fn frame(&mut self, value: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(NEWEST_HEADER_BYTES + value.len());
        frame.extend(self.own.get().to_be_bytes());
        frame.extend(self.next.to_be_bytes());
        frame.extend(value);
        self.next = self.next.wrapping_add(1);
        frame
    }
}

/// What happened to the values that came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewestCounts {
    /// Delivered.
    pub delivered: u64,
    /// Came twice, or after a newer one.
    pub stale: u64,
    /// Could not be read.
    pub malformed: u64,
}

/// Delivers only values that are newer than everything before.
#[derive(Debug, Clone, Default)]
pub struct NewestReceiver {
    remote: Option<Remote>,
    last: u32,
    counts: NewestCounts,
}

impl NewestReceiver {
    /// The value in a frame that came over the connection `generation`; `None` if it is not the newest. A remote that
    /// began anew counts from the start.
    pub fn accept<'a>(&mut self, generation: Generation, frame: &'a [u8]) -> Option<&'a [u8]> {
        let Some((end, number, value)) = parse(frame) else {
            self.counts.malformed += 1;
            return None;
        };
        let newest = match Remote::heard(&mut self.remote, end, generation) {
            Speaker::Newcomer => true,
            Speaker::Known => is_newer(number, self.last),
            Speaker::Gone => false,
        };
        if !newest {
            self.counts.stale += 1;
            return None;
        }
        self.last = number;
        self.counts.delivered += 1;
        Some(value)
    }

    /// What happened to the values so far.
    #[must_use]
    pub const fn counts(&self) -> NewestCounts {
        self.counts
    }
}

fn parse(frame: &[u8]) -> Option<(EndId, u32, &[u8])> {
    let (end, rest) = frame.split_first_chunk()?;
    let (number, value) = rest.split_first_chunk()?;
    Some((EndId::read(u64::from_be_bytes(*end))?, u32::from_be_bytes(*number), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Generation = Generation(1);

    #[test]
    fn what_is_older_or_comes_twice_is_dropped_and_counted() {
        let mut sender = NewestSender::new(EndId::from_random(7));
        let mut receiver = NewestReceiver::default();
        let frames: Vec<_> = ["a", "b", "c"].map(|value| sender.frame(value.as_bytes())).into();
        assert_eq!(receiver.accept(ONE, &frames[0]), Some(&b"a"[..]));
        assert_eq!(receiver.accept(ONE, &frames[2]), Some(&b"c"[..]));
        assert_eq!(receiver.accept(Generation(2), &frames[1]), None, "late, whichever way it came");
        assert_eq!(receiver.accept(ONE, &frames[2]), None);
        assert_eq!(receiver.accept(ONE, &frames[0][..11]), None);
        assert_eq!(receiver.accept(ONE, &[0; 12]), None, "no end has the id 0");
        assert_eq!(receiver.counts(), NewestCounts { delivered: 2, stale: 2, malformed: 2 });
    }

    #[test]
    fn numbers_go_on_after_the_last() {
        let mut sender = NewestSender { own: EndId::from_random(7), next: u32::MAX };
        let mut receiver = NewestReceiver::default();
        let (last, first) = (sender.frame(b"last"), sender.frame(b"first"));
        assert!(receiver.accept(ONE, &last).is_some());
        assert!(receiver.accept(ONE, &first).is_some());
        assert!(receiver.accept(ONE, &last).is_none());
    }

    #[test]
    fn a_remote_that_began_anew_is_heard_and_its_earlier_end_is_not() {
        let mut before = NewestSender { own: EndId::from_random(7), next: 500 };
        let mut after = NewestSender::new(EndId::from_random(8));
        let mut receiver = NewestReceiver::default();
        assert!(receiver.accept(ONE, &before.frame(b"old")).is_some());
        assert!(receiver.accept(Generation(2), &after.frame(b"new")).is_some());
        assert!(receiver.accept(ONE, &before.frame(b"late")).is_none());
    }
}
