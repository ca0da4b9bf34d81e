//! base64url without padding (RFC 4648 section 5), strict: one text per value.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// `None` for padding, other alphabets and non-zero trailing bits.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}
