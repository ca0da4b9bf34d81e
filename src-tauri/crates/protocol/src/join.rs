//! Proof that a client knows the secret, without showing the secret to the server.
//!
//! The proof is an Ed25519 signature (RFC 8032) by a key derived from the secret. Everyone with the same link derives
//! the same key, so the server checks later joins against the public key of the first.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use thiserror::Error;

use crate::{ParticipantId, RoomId, Secret, encoding};

/// Why a join proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofError {
    /// Public key or proof is not base64url of the right length, or not a key at all.
    #[error("the public key or the proof is malformed")]
    Malformed,
    /// The signature is not of this key over this challenge, room and participant.
    #[error("the proof does not match")]
    Mismatch,
}

/// The signing key of everyone who knows a link.
pub struct JoinKey(SigningKey);

impl JoinKey {
    /// The join key of a secret.
    pub fn derive(secret: &Secret) -> Self {
        Self(SigningKey::from_bytes(&secret.derive("join")))
    }

    /// The public key, base64url.
    pub fn public_key(&self) -> String {
        encoding::encode(self.0.verifying_key().as_bytes())
    }

    /// The proof for one challenge, base64url.
    pub fn prove(&self, challenge: &str, room: &RoomId, participant: &ParticipantId) -> String {
        encoding::encode(&self.0.sign(&signed_text(challenge, room, participant)).to_bytes())
    }
}

impl std::fmt::Debug for JoinKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JoinKey(..)")
    }
}

/// Checks a proof of [`JoinKey::prove`] against a public key.
pub fn verify_join(
    public_key: &str,
    proof: &str,
    challenge: &str,
    room: &RoomId,
    participant: &ParticipantId,
) -> Result<(), ProofError> {
    let key = encoding::decode_array::<32>(public_key).ok_or(ProofError::Malformed)?;
    let proof = encoding::decode_array::<64>(proof).ok_or(ProofError::Malformed)?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| ProofError::Malformed)?;
    // Strict: a key of small order would accept one signature for every challenge.
    key.verify_strict(&signed_text(challenge, room, participant), &Signature::from_bytes(&proof))
        .map_err(|_| ProofError::Mismatch)
}

/// `"holdfast/1 join" 0 challenge 0 room 0 participant`; none of the parts can contain a zero byte.
fn signed_text(challenge: &str, room: &RoomId, participant: &ParticipantId) -> Vec<u8> {
    ["holdfast/1 join", challenge, room.as_str(), participant.as_str()].join("\0").into_bytes()
}
