//! Small shapes shared by targets.

use arbitrary::{Arbitrary, Unstructured};

/// As many operations as the bytes hold, but not more than `most`. Unlike a `Vec`, of which random bytes make short
/// ones, this uses everything.
pub(crate) fn operations<'a, Op: Arbitrary<'a>>(data: &'a [u8], most: usize) -> Vec<Op> {
    let mut input = Unstructured::new(data);
    let mut operations = Vec::new();
    while !input.is_empty() && operations.len() < most {
        let Ok(operation) = input.arbitrary() else { break };
        operations.push(operation);
    }
    operations
}

/// Pieces of the input, each behind its length in two bytes, little endian. A length beyond the end means the rest.
pub(crate) fn pieces(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = data.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        let (piece, rest) = rest.split_at(length);
        data = rest;
        Some(piece)
    })
}

/// base64url without padding (RFC 4648, section 5).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * digit)) & 63;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}
