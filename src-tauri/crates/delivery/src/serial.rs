//! Numbers that begin again at 0 after the last (serial number arithmetic, RFC 1982 section 3.2).

/// Whether `number` comes after `than`: fewer than half of all numbers lie between them. Of two numbers exactly half
/// the range apart the RFC says nothing; here neither is newer, so that nobody takes such a jump for progress.
#[must_use]
pub const fn is_newer_u16(number: u16, than: u16) -> bool {
    let ahead = number.wrapping_sub(than);
    ahead != 0 && ahead < 1 << 15
}

/// The same for 32 bits.
#[must_use]
pub const fn is_newer_u32(number: u32, than: u32) -> bool {
    let ahead = number.wrapping_sub(than);
    ahead != 0 && ahead < 1 << 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_newer_than_fewer_than_half_of_the_numbers_before_it() {
        for base in [0, 1, 32_767, 32_768, 65_535] {
            let after = |step: u16| is_newer_u16(u16::wrapping_add(base, step), base);
            assert!(after(1) && after(32_767), "from {base}");
            assert!(!after(0) && !after(32_768) && !after(32_769) && !after(65_535), "from {base}");
        }
        assert!(is_newer_u32(0, u32::MAX) && is_newer_u32((1 << 31) - 1, 0));
        assert!(!is_newer_u32(1 << 31, 0) && !is_newer_u32(7, 7));
    }

    #[test]
    fn of_two_numbers_at_most_one_is_newer() {
        for step in 0..=u16::MAX {
            assert!(!(is_newer_u16(step, 0) && is_newer_u16(0, step)), "{step}");
        }
    }
}
