//! What the chat looks like from outside.

use holdfast_chat::{Audience, Chat, Delivery, Entry, Position};
use holdfast_protocol::{ParticipantId, Revision};
use serde::Serialize;
use ts_rs::TS;

/// How the chat stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChatStanding {
    /// Grows with each change; 0 while nothing was written.
    pub revision: Revision,
    /// Messages of others that came since the person last looked.
    pub unread: u32,
}

/// How far a message of ours came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ChatDelivery {
    /// No one has it yet.
    Waiting,
    /// Some of those who are here have it.
    Sent,
    /// All of those who are here have it, or the one it is for.
    Delivered,
    /// The one it is for left without it.
    NotDelivered,
}

/// One message of the chat.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChatMessage {
    /// Names it for as long as the meeting lasts.
    pub id: String,
    /// Messages are shown by `clock`, and those with the same by `id`. So everyone has them in the same order.
    #[ts(type = "number")]
    pub clock: u64,
    /// Who wrote it.
    pub participant: ParticipantId,
    /// Their name when they wrote it. It comes from outside: never use it as markup.
    pub name: String,
    /// Whether we wrote it in this stay.
    pub own: bool,
    /// The one it is for; null if it is for everyone.
    pub to: Option<ParticipantId>,
    /// When it was written by the author's clock, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// What was written; at most 8192 bytes. It comes from outside: never use it as markup.
    pub text: String,
    /// How far it came; null if someone else wrote it.
    pub delivery: Option<ChatDelivery>,
    /// Whether it was written before we came.
    pub earlier: bool,
    /// Of two states of this message, the one with the greater revision is newer.
    pub revision: Revision,
}

/// What changed in the chat, oldest change first.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChatChanges {
    /// New and changed messages; at most 500.
    pub messages: Vec<ChatMessage>,
    /// How the chat stands. There are more changes while its revision is greater than that of the last message here.
    pub standing: ChatStanding,
}

/// Messages that are read at once.
pub(crate) const CHANGES: usize = 500;

pub(crate) fn standing(chat: &Chat) -> ChatStanding {
    let unread = u32::try_from(chat.unread()).unwrap_or(u32::MAX);
    ChatStanding { revision: chat.revision(), unread }
}

pub(crate) fn changes(chat: &Chat, since: Revision) -> ChatChanges {
    let messages = chat.since(since).take(CHANGES).map(|entry| message(chat, entry)).collect();
    ChatChanges { messages, standing: standing(chat) }
}

pub(crate) fn message(chat: &Chat, entry: &Entry) -> ChatMessage {
    let Position { clock, audience, .. } = &entry.position;
    ChatMessage {
        id: id(&entry.position),
        clock: *clock,
        participant: entry.participant.clone(),
        name: entry.name.clone(),
        own: chat.is_own(&entry.position),
        to: match audience {
            Audience::Everyone => None,
            Audience::One(to) => Some(to.clone()),
        },
        at_ms: entry.at_ms,
        text: entry.text.clone(),
        delivery: entry.delivery.map(|delivery| match delivery {
            Delivery::Waiting => ChatDelivery::Waiting,
            Delivery::Sent => ChatDelivery::Sent,
            Delivery::Delivered => ChatDelivery::Delivered,
            Delivery::NotDelivered => ChatDelivery::NotDelivered,
        }),
        earlier: entry.earlier,
        revision: entry.revision,
    }
}

/// Sorts as the rest of the position does: by author, then audience, then number.
fn id(position: &Position) -> String {
    use std::fmt::Write as _;
    let mut id = String::with_capacity(100);
    for byte in position.author.as_bytes() {
        let _ = write!(id, "{byte:02x}");
    }
    let to = match &position.audience {
        Audience::Everyone => "-",
        Audience::One(to) => to.as_str(),
    };
    let _ = write!(id, "/{to}/{:016}", position.number);
    id
}
