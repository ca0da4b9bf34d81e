//! Numbers that start again at 0 after the largest one (serial number arithmetic, RFC 1982 section 3.2).

/// Whether `number` comes after `than`: fewer than half of all numbers lie between them. For two numbers exactly half
/// the range apart, the RFC leaves the order open. Here none of the two is newer, so that such a jump does not count as
/// progress.
pub(crate) const fn is_newer(number: u32, than: u32) -> bool {
    let ahead = number.wrapping_sub(than);
    ahead != 0 && ahead < 1 << 31
}

#[cfg(test)]
mod tests {
    use super::is_newer;

    #[test]
    fn a_number_is_newer_than_fewer_than_half_of_the_numbers_before_it() {
        const HALF: u32 = 1 << 31;
        for base in [0, 1, HALF - 1, HALF, u32::MAX] {
            let after = |step: u32| is_newer(u32::wrapping_add(base, step), base);
            assert!(after(1) && after(HALF - 1), "from {base}");
            assert!(!after(0) && !after(HALF) && !after(HALF + 1) && !after(u32::MAX), "from {base}");
        }
    }
}
