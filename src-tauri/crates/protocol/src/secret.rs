//! The secret of a link and the keys derived from it.

use std::{fmt, str::FromStr};

use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::encoding;

/// Salt of the key derivation; separates versions of the protocol.
const SALT: &[u8] = b"holdfast/1";

/// Text that is not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretError {
    /// Not base64url without padding.
    #[error("the secret is not base64url without padding")]
    Encoding,
    /// Not 32 bytes.
    #[error("the secret is not 32 bytes long")]
    Length,
}

/// What everyone in a meeting knows and the server does not: 32 random bytes. Cleared from memory when dropped; `Debug`
/// shows nothing of it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A secret of 32 bytes from a cryptographic random source.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// base64url without padding, 43 characters: the fragment of a link. Only for people to pass on.
    pub fn to_base64url(&self) -> String {
        encoding::encode(&self.0)
    }

    /// HKDF-SHA256 (RFC 5869) of the secret for one purpose.
    pub(crate) fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // Expanding fails only above 255 * 32 bytes.
        let expanded = Hkdf::<Sha256>::new(Some(SALT), &self.0).expand(purpose.as_bytes(), key.as_mut());
        debug_assert!(expanded.is_ok());
        key
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let bytes = Zeroizing::new(encoding::decode(text).ok_or(SecretError::Encoding)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| SecretError::Length)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
