//! Which of two RTP sequence numbers is the newer one.

/// How far `to` is ahead of `from`, both wrapping; `None` for the same number and for one that is behind. The number
/// exactly half the range away counts as behind (RFC 1982, 3.2, leaves it open).
pub(crate) fn ahead(from: u16, to: u16) -> Option<u16> {
    let distance = to.wrapping_sub(from);
    (distance.cast_signed() > 0).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_range_and_everything_beyond_it_is_behind() {
        assert_eq!(ahead(7, 7), None);
        assert_eq!(ahead(65_535, 0), Some(1));
        assert_eq!(ahead(0, 32_767), Some(32_767));
        assert_eq!(ahead(0, 32_768), None);
        assert_eq!(ahead(0, 65_535), None);
    }
}
