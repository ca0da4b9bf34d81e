//! Who signed something: a key of one stay in a meeting.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::encoding;

/// The text is not an identity or a signature: it is not base64url of the right length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an identity or a signature is base64url of 32 or 64 bytes")]
pub struct IdentityError;

/// The private key of one stay (Ed25519, RFC 8032). A client makes it at random when it joins and never stores it.
pub struct IdentityKey(SigningKey);

impl IdentityKey {
    /// The key for 32 bytes from a cryptographic random source.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(bytes))
    }

    /// The public half.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity(self.0.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> MessageSignature {
        MessageSignature(self.0.sign(bytes).to_bytes())
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityKey(..)")
    }
}

/// The public key of one stay: who signed. On the wire base64url, 43 characters. Ordered by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identity([u8; 32]);

impl Identity {
    /// Its bytes, by which identities are ordered.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the signature is of this identity over these bytes.
    pub(crate) fn verifies(&self, bytes: &[u8], signature: &MessageSignature) -> bool {
        // Strict: a key of small order would accept one signature for everything.
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(&signature.0)).is_ok())
    }
}

impl TryFrom<String> for Identity {
    type Error = IdentityError;

    fn try_from(text: String) -> Result<Self, IdentityError> {
        encoding::decode_array(&text).map(Self).ok_or(IdentityError)
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> Self {
        encoding::encode(&identity.0)
    }
}

/// An Ed25519 signature; on the wire base64url, 86 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageSignature([u8; 64]);

impl TryFrom<String> for MessageSignature {
    type Error = IdentityError;

    fn try_from(text: String) -> Result<Self, IdentityError> {
        encoding::decode_array(&text).map(Self).ok_or(IdentityError)
    }
}

impl From<MessageSignature> for String {
    fn from(signature: MessageSignature) -> Self {
        encoding::encode(&signature.0)
    }
}
