//! Who is at the other end.

use std::num::NonZeroU64;

use holdfast_terms::Generation;

/// The id of one end of a channel. It is random, and a new one each time an end begins without memory of the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndId(NonZeroU64);

impl EndId {
    /// The id for 64 random bits.
    #[must_use]
    pub const fn from_random(bits: u64) -> Self {
        match NonZeroU64::new(bits) {
            Some(bits) => Self(bits),
            None => Self(NonZeroU64::MIN),
        }
    }

    /// The number as it travels.
    pub(crate) const fn get(self) -> u64 {
        self.0.get()
    }

    /// Reads the number that travelled; 0 means that the end is not known.
    pub(crate) fn read(bits: u64) -> Option<Self> {
        NonZeroU64::new(bits).map(Self)
    }
}

/// The current remote end, and the newest connection on which it spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) end: EndId,
    heard: Generation,
}

/// What a message says about the remote end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// The known one.
    Known,
    /// Another one than before, or the first: the remote began anew.
    Newcomer,
    /// One that is gone: its message came late.
    Gone,
}

impl Remote {
    /// `end` spoke on the connection `generation`. An end that begins anew makes a new connection, so another id on an
    /// older connection, or on the same one, does not mean a new end.
    pub(crate) fn heard(remote: &mut Option<Self>, end: EndId, generation: Generation) -> Speaker {
        match remote {
            Some(known) if known.end == end => {
                known.heard = known.heard.max(generation);
                Speaker::Known
            }
            Some(known) if generation <= known.heard => Speaker::Gone,
            _ => {
                *remote = Some(Self { end, heard: generation });
                Speaker::Newcomer
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_end_counts_only_on_a_newer_connection() {
        let [a, b] = [1, 2].map(EndId::from_random);
        let mut remote = None;
        let mut heard = |end, generation| Remote::heard(&mut remote, end, Generation(generation));
        assert_eq!(heard(a, 1), Speaker::Newcomer);
        assert_eq!(heard(a, 3), Speaker::Known);
        assert_eq!(heard(b, 3), Speaker::Gone);
        assert_eq!(heard(b, 4), Speaker::Newcomer);
        assert_eq!(heard(a, 3), Speaker::Gone, "late, from before the restart");
    }
}
