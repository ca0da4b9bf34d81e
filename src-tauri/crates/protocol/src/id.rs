//! Instances and room names, and which texts are well formed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits;

/// An id or room name that breaks the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdError {
    /// Not 16 lower-case hexadecimal characters.
    #[error("an instance is 16 lower-case hexadecimal characters")]
    Instance,
    /// Not 1 to 64 characters of `a-z`, `0-9` and `-`.
    #[error("a room is 1 to 64 characters of a-z, 0-9 and -")]
    Room,
}

/// One stay of a client process in a meeting: 16 lower-case hexadecimal characters, chosen at random when the process
/// joins. A process that crashed and came back with the same participant id has another instance. So the others can
/// tell it from a process that only lost its session on the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instance(String);

impl Instance {
    /// The instance for 64 random bits.
    pub fn from_random(bits: u64) -> Self {
        Self(format!("{bits:016x}"))
    }

    /// The instance as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Instance {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if is_hex_of_64_bits(text) { Ok(Self(text.to_owned())) } else { Err(IdError::Instance) }
    }
}

fn is_hex_of_64_bits(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A room of a signaling server: 1 to 64 characters of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "typescript", ts(type = "string"))]
pub struct RoomId(String);

impl RoomId {
    /// The room name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoomId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let well_formed = (1..=limits::ROOM_CHARS).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'-'));
        if well_formed { Ok(Self(text.to_owned())) } else { Err(IdError::Room) }
    }
}

macro_rules! text_form {
    ($id:ty) => {
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $id {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $id {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.0
            }
        }
    };
}

text_form!(Instance);
text_form!(RoomId);
