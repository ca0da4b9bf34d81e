//! Extends counters that wrap: 16-bit sequence numbers and 32-bit timestamps (RFC 3550).

/// Extends a wrapping counter to one that does not wrap within any meeting: it takes every value as the one nearest to
/// the last.
#[derive(Debug, Clone)]
pub(super) struct Unwrap<const BITS: u32> {
    last: Option<u64>,
}

impl<const BITS: u32> Unwrap<BITS> {
    /// Where counting begins: far enough from zero that nothing earlier is ever below it.
    const ORIGIN: u64 = 1 << 40;

    pub(super) fn new() -> Self {
        Self { last: None }
    }

    /// The extended value of `value`, without remembering it.
    pub(super) fn peek(&self, value: u32) -> u64 {
        let Some(last) = self.last else { return Self::ORIGIN + u64::from(value) };
        let modulus = 1u64 << BITS;
        let ahead = u64::from(value).wrapping_sub(last) & (modulus - 1);
        if ahead < modulus / 2 { last + ahead } else { (last + ahead).saturating_sub(modulus) }
    }

    /// The extended value of `value`, which becomes the reference for the next one.
    pub(super) fn advance(&mut self, value: u32) -> u64 {
        let extended = self.peek(value);
        self.last = Some(extended);
        extended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_on_over_the_wrap_in_both_directions() {
        let mut sequence = Unwrap::<16>::new();
        let start = sequence.advance(65_534);
        assert_eq!(sequence.advance(1), start + 3);
        assert_eq!(sequence.advance(65_535), start + 1);
        let mut timestamp = Unwrap::<32>::new();
        let start = timestamp.advance(u32::MAX - 959);
        assert_eq!(timestamp.advance(0), start + 960);
    }
}
