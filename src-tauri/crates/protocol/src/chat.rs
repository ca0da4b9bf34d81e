//! What travels over the `chat` channel: `docs/protocol.md`, section 17.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identity::{Identity, IdentityKey, MessageSignature};
use crate::limits::{CHAT_AUTHORS, CHAT_BATCH, CHAT_TEXT_BYTES, MAX_SEQ, ROOM_PARTICIPANTS};
use crate::{MessageNumber, NameError, ParseError, ParticipantId, Profile, error::parse_tagged};

/// What a chat message consists of, whoever it is for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatText {
    /// Counts the messages of the author for these readers, from 1.
    pub number: MessageNumber,
    /// The author's Lamport clock: greater than that of every message the author knew when it was written. Messages are
    /// ordered by it, then by author, then by number. At most 2^53 - 1.
    pub clock: u64,
    /// When it was written by the author's clock, in milliseconds of Unix time. Only for people to read.
    pub at_ms: u64,
    /// What was written; see [`text_is_allowed`].
    pub text: String,
}

/// A message to everyone. Anyone may pass it on, because the author signed it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedMessage {
    /// Who signed it.
    pub author: Identity,
    /// The participant who wrote it.
    pub participant: ParticipantId,
    /// Their name then; as in a [`Profile`].
    pub name: String,
    /// The message.
    #[serde(flatten)]
    pub content: ChatText,
    /// By the author, over everything above.
    pub signature: MessageSignature,
}

/// How much of everyone's messages the sender of this has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Have {
    /// Of each author, every message up to this number. Authors without any are left out.
    pub everyone: BTreeMap<Identity, MessageNumber>,
    /// Of the messages that each author wrote to the sender alone, every one up to this number. Says nothing about an
    /// author that it does not name. The receiver looks for itself here: the sender may not know yet that the receiver
    /// is another client than before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub direct: BTreeMap<Identity, MessageNumber>,
}

/// One message of the `chat` channel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatFrame {
    /// The first when the channel opens, and each time it opens again; also the answer to a hello that is not for us.
    Hello {
        /// The sender.
        identity: Identity,
        /// Who the sender believes to speak to; left out before it knows. If that is not the receiver, the receiver
        /// says hello again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Identity>,
        /// How many messages to everyone the sender has written.
        written: MessageNumber,
        /// Everything the sender has.
        #[serde(flatten)]
        have: Have,
    },
    /// What the sender has by now, of the authors named; it has not less of the others.
    Have(Have),
    /// Messages to everyone, of any authors; of one author in order.
    Messages {
        /// At least one.
        messages: Vec<SignedMessage>,
    },
    /// Messages of the sender to the receiver alone, in order.
    Direct {
        /// At least one.
        messages: Vec<ChatText>,
    },
}

/// Why a text cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChatTextError {
    /// Nothing but white space.
    #[error("the message is empty")]
    Empty,
    /// Longer than [`CHAT_TEXT_BYTES`].
    #[error("the message is longer than 8192 bytes")]
    TooLong,
    /// A control character that is not a line break or a tab.
    #[error("the message contains a control character")]
    ControlCharacter,
}

impl ChatTextError {
    /// Stable code, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "chat_empty",
            Self::TooLong => "chat_too_long",
            Self::ControlCharacter => "chat_control_character",
        }
    }
}

/// Checks a text: 1 to 8192 bytes, not only white space, and no control characters but line feeds and tabs.
///
/// # Errors
/// If one of these does not hold.
pub fn text_is_allowed(text: &str) -> Result<(), ChatTextError> {
    if text.len() > CHAT_TEXT_BYTES {
        Err(ChatTextError::TooLong)
    } else if text.trim().is_empty() {
        Err(ChatTextError::Empty)
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        Err(ChatTextError::ControlCharacter)
    } else {
        Ok(())
    }
}

impl ChatText {
    fn within_bounds(&self) -> bool {
        (1..=MAX_SEQ).contains(&self.number.0)
            && self.clock <= MAX_SEQ
            && self.at_ms <= MAX_SEQ
            && text_is_allowed(&self.text).is_ok()
    }
}

impl SignedMessage {
    /// Signs a message to everyone.
    ///
    /// # Errors
    /// If the name cannot be used.
    pub fn sign(
        key: &IdentityKey,
        participant: ParticipantId,
        name: &str,
        content: ChatText,
    ) -> Result<Self, NameError> {
        let name = Profile::new(name)?.name;
        let signature = key.sign(&signed_bytes(&participant, &name, &content));
        Ok(Self { author: key.identity(), participant, name, content, signature })
    }

    /// Whether its author signed it.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        let bytes = signed_bytes(&self.participant, &self.name, &self.content);
        self.author.verifies(&bytes, &self.signature)
    }

    fn within_bounds(&self) -> bool {
        self.content.within_bounds()
            && Profile::new(&self.name).is_ok_and(|profile| profile.name == self.name)
    }
}

/// `"holdfast/1 chat" 0 participant 0 name 0 number clock at_ms text`, the numbers as u64 BE. The parts in front of the
/// numbers contain no zero byte.
fn signed_bytes(participant: &ParticipantId, name: &str, content: &ChatText) -> Vec<u8> {
    let mut bytes = ["holdfast/1 chat", participant.as_str(), name, ""].join("\0").into_bytes();
    for number in [content.number.0, content.clock, content.at_ms] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(content.text.as_bytes());
    bytes
}

impl ChatFrame {
    const TYPES: [&str; 4] = ["hello", "have", "messages", "direct"];

    /// Reads the JSON of one frame. Never panics, whatever the text.
    ///
    /// # Errors
    /// If it is not a frame, or one of a later version, or beyond a bound. Signatures are not checked here.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let frame: Self = parse_tagged(text, &Self::TYPES)?;
        if frame.within_bounds() { Ok(frame) } else { Err(ParseError::Malformed) }
    }

    /// The JSON of this frame.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn within_bounds(&self) -> bool {
        let have = |have: &Have| {
            [&have.everyone, &have.direct].into_iter().all(|held| {
                held.len() <= CHAT_AUTHORS + ROOM_PARTICIPANTS
                    && held.values().all(|number| number.0 <= MAX_SEQ)
            })
        };
        match self {
            Self::Hello { written, have: all, .. } => written.0 <= MAX_SEQ && have(all),
            Self::Have(some) => have(some),
            Self::Messages { messages } => {
                (1..=CHAT_BATCH).contains(&messages.len())
                    && messages.iter().all(SignedMessage::within_bounds)
            }
            Self::Direct { messages } => {
                (1..=CHAT_BATCH).contains(&messages.len()) && messages.iter().all(ChatText::within_bounds)
            }
        }
    }
}

/// Only the kind: what people write and their names must not reach a log.
impl fmt::Debug for ChatFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Hello { .. } => "hello",
            Self::Have(_) => "have",
            Self::Messages { .. } => "messages",
            Self::Direct { .. } => "direct",
        };
        write!(f, "ChatFrame({kind})")
    }
}

/// Without the text.
impl fmt::Debug for ChatText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatText")
            .field("number", &self.number)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// Without name and text.
impl fmt::Debug for SignedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedMessage").field("content", &self.content).finish_non_exhaustive()
    }
}
