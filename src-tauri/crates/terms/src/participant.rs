//! Who is in a meeting.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The text is no participant id: it is not 16 lower-case hexadecimal characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a participant id is 16 lower-case hexadecimal characters")]
pub struct ParticipantIdError;

/// A participant of a meeting: 16 lower-case hexadecimal characters. The client chooses it at random and keeps it for
/// the whole meeting. Ids are ordered as text; of two participants, the one with the greater id is polite.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct ParticipantId(String);

impl ParticipantId {
    /// The id for 64 random bits.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        Self(format!("{bits:016x}"))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ParticipantId {
    type Err = ParticipantIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 16 && text.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParticipantIdError)
        }
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ParticipantId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ParticipantId {
    type Error = ParticipantIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ParticipantId> for String {
    fn from(id: ParticipantId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_sixteen_lower_case_hexadecimal_characters() {
        assert!("00000000000000ff".parse::<ParticipantId>().is_ok());
        for wrong in
            ["", "ff", "00000000000000FF", "00000000000000fg", "000000000000000ff", "0000000000000éf"]
        {
            assert_eq!(wrong.parse::<ParticipantId>(), Err(ParticipantIdError), "{wrong}");
        }
    }

    #[test]
    fn random_bits_make_an_id_that_reads_back() {
        let id = ParticipantId::from_random(u64::MAX - 15);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(serde_json::to_string(&id).ok().as_deref(), Some("\"fffffffffffffff0\""));
        assert!(serde_json::from_str::<ParticipantId>("\"no id\"").is_err());
    }
}
