//! Sealing: XChaCha20-Poly1305, which also authenticates everything that the server could change.
//!
//! Knows which counter was last used, and the highest counter seen from each sender. Does not know where nonces and the
//! first counter come from.

use std::collections::BTreeMap;

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use thiserror::Error;

use crate::{
    Generation, NameError, ParticipantId, PeerMessage, PeerMessageError, Profile, RoomId, Secret, encoding,
    limits::{PAYLOAD_CHARS, PROFILE_CHARS},
};

/// Bytes before the ciphertext: counter and nonce.
const HEADER: usize = 8 + 24;

/// Length of the Poly1305 tag.
const TAG: usize = 16;

/// Receiver of a profile: everyone.
const EVERYONE: &str = "*";

/// How many senders' highest counters are kept: far more than a meeting has people. Beyond it, the oldest one goes into
/// a common floor, below which nothing is accepted. So memory is bounded and replays stay refused.
const SENDERS: usize = 256;

/// Why something could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// The sealed text would be longer than the protocol allows.
    #[error("the message is too large to be sealed")]
    TooLarge,
    /// The message breaks a bound of its own.
    #[error("the message is malformed")]
    Malformed,
    /// The profile has a name that cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// All 2^64 counters are used.
    #[error("the counter is exhausted")]
    Exhausted,
}

impl SealError {
    /// Stable code, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "seal_too_large",
            Self::Malformed => "seal_malformed",
            Self::Name(error) => error.code(),
            Self::Exhausted => "seal_exhausted",
        }
    }
}

/// Why a sealed text was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Not base64url, too short or too long.
    #[error("the sealed text is malformed")]
    Malformed,
    /// Not sealed with this secret for this version, room, sender, receiver, generation and counter.
    #[error("the seal is broken")]
    Broken,
    /// Seen before, or older than something seen before.
    #[error("the message is a replay")]
    Replayed,
    /// The seal is right, but the content is not a message of this version.
    #[error("the sealed content is malformed")]
    Content,
    /// The content has a `type` this version does not know.
    #[error("the sealed content has an unknown type")]
    UnknownType,
}

impl OpenError {
    /// Stable code, for programs and counters.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "open_malformed",
            Self::Broken => "open_broken",
            Self::Replayed => "open_replayed",
            Self::Content => "open_content",
            Self::UnknownType => "open_unknown_type",
        }
    }
}

/// Seals what one participant sends and opens what it receives.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    room: RoomId,
    local: ParticipantId,
    /// Next counter to use; `None` when all are used.
    next: Option<u64>,
    highest: BTreeMap<ParticipantId, u64>,
    floor: Option<u64>,
}

impl Sealer {
    /// A sealer for `local` in `room`. `first_counter` is the unix time in microseconds, so that the counters still
    /// grow when a participant starts again with the same id.
    pub fn new(secret: &Secret, room: RoomId, local: ParticipantId, first_counter: u64) -> Self {
        let key = secret.derive("seal");
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(*key)),
            room,
            local,
            next: Some(first_counter),
            highest: BTreeMap::new(),
            floor: None,
        }
    }

    /// Seals a message for one participant. `nonce` must be random and used once.
    pub fn seal(
        &mut self,
        to: &ParticipantId,
        generation: Generation,
        message: &PeerMessage,
        nonce: [u8; 24],
    ) -> Result<String, SealError> {
        let json = message.to_json();
        if PeerMessage::parse(&json).is_err() {
            return Err(SealError::Malformed);
        }
        self.seal_text(to.as_str(), generation, &json, nonce, PAYLOAD_CHARS)
    }

    /// Seals our own profile for everyone in the room. `nonce` must be random and used once.
    pub fn seal_profile(&mut self, profile: &Profile, nonce: [u8; 24]) -> Result<String, SealError> {
        let profile = profile.normalized()?;
        let json = serde_json::to_string(&profile).unwrap_or_default();
        self.seal_text(EVERYONE, Generation::NONE, &json, nonce, PROFILE_CHARS)
    }

    /// Opens a message of another participant. Refuses a counter that is not greater than the highest opened from that
    /// sender.
    pub fn open(
        &mut self,
        from: &ParticipantId,
        generation: Generation,
        payload: &str,
    ) -> Result<PeerMessage, OpenError> {
        let (counter, text) =
            self.open_text(from, self.local.as_str(), generation, payload, PAYLOAD_CHARS)?;
        if self.highest.get(from).copied().or(self.floor).is_some_and(|highest| counter <= highest) {
            return Err(OpenError::Replayed);
        }
        self.remember(from, counter);
        PeerMessage::parse(&text).map_err(|error| match error {
            PeerMessageError::Malformed => OpenError::Content,
            PeerMessageError::UnknownType => OpenError::UnknownType,
        })
    }

    /// Opens the profile of a participant. The server shows the same profile to everyone who joins later, so the
    /// counter is not checked.
    pub fn open_profile(&self, from: &ParticipantId, profile: &str) -> Result<Profile, OpenError> {
        let (_, text) = self.open_text(from, EVERYONE, Generation::NONE, profile, PROFILE_CHARS)?;
        let profile: Profile = serde_json::from_str(&text).map_err(|_| OpenError::Content)?;
        profile.normalized().map_err(|_| OpenError::Content)
    }

    fn seal_text(
        &mut self,
        receiver: &str,
        generation: Generation,
        text: &str,
        nonce: [u8; 24],
        limit: usize,
    ) -> Result<String, SealError> {
        if sealed_chars(text.len()) > limit {
            return Err(SealError::TooLarge);
        }
        let counter = self.next.ok_or(SealError::Exhausted)?;
        let aad = associated_data(&self.room, self.local.as_str(), receiver, generation, counter);
        let ciphertext = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: text.as_bytes(), aad: &aad })
            .map_err(|_| SealError::TooLarge)?;
        self.next = counter.checked_add(1);
        let mut sealed = Vec::with_capacity(HEADER + ciphertext.len());
        sealed.extend_from_slice(&counter.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(encoding::encode(&sealed))
    }

    fn open_text(
        &self,
        sender: &ParticipantId,
        receiver: &str,
        generation: Generation,
        sealed: &str,
        limit: usize,
    ) -> Result<(u64, String), OpenError> {
        if sealed.len() > limit {
            return Err(OpenError::Malformed);
        }
        let sealed = encoding::decode(sealed).ok_or(OpenError::Malformed)?;
        let (counter, rest) = sealed.split_first_chunk::<8>().ok_or(OpenError::Malformed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<24>().ok_or(OpenError::Malformed)?;
        if ciphertext.len() < TAG {
            return Err(OpenError::Malformed);
        }
        let counter = u64::from_be_bytes(*counter);
        let aad = associated_data(&self.room, sender.as_str(), receiver, generation, counter);
        let text = self
            .cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
            .map_err(|_| OpenError::Broken)?;
        Ok((counter, String::from_utf8(text).map_err(|_| OpenError::Content)?))
    }

    fn remember(&mut self, from: &ParticipantId, counter: u64) {
        self.highest.insert(from.clone(), counter);
        if self.highest.len() > SENDERS
            && let Some(oldest) = self.highest.iter().min_by_key(|(_, counter)| **counter)
        {
            let (id, counter) = (oldest.0.clone(), *oldest.1);
            self.highest.remove(&id);
            self.floor = self.floor.max(Some(counter));
        }
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("local", &self.local).finish_non_exhaustive()
    }
}

/// Characters of the base64url text of a sealed plaintext of `len` bytes.
fn sealed_chars(len: usize) -> usize {
    (HEADER + len + TAG).saturating_mul(4).div_ceil(3)
}

/// `"holdfast/1" 0 room 0 sender 0 receiver 0 generation(u32 BE) counter(u64 BE)`.
fn associated_data(
    room: &RoomId,
    sender: &str,
    receiver: &str,
    generation: Generation,
    counter: u64,
) -> Vec<u8> {
    let mut aad = ["holdfast/1", room.as_str(), sender, receiver, ""].join("\0").into_bytes();
    aad.extend_from_slice(&generation.get().to_be_bytes());
    aad.extend_from_slice(&counter.to_be_bytes());
    aad
}
