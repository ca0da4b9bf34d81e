//! The chat of a meeting, as one participant has it.
//!
//! Knows every message that came, in which order all show them, who has which of them, and what to send to whom next.
//! Does not know channels, connections or the page: it is told which links are open ([`Input`]) and says what to send
//! ([`Action`]).
//!
//! # How everyone comes to have the same
//!
//! A message to everyone is signed by its author and numbered by author. Each participant keeps all of them and tells
//! the others how many it has of each author ([`holdfast_protocol::chat::Have`]). An author sends what a link lacks at
//! once. If a link still lacks something after a while, because the author cannot reach it or is gone, another
//! participant passes it on, each after a wait of its own ([`PASS_ON_AFTER`]). So a message arrives wherever a chain of working links leads, and people who
//! come later get what was said before. All show messages by Lamport clock, then author, then number, so equal sets of
//! messages are in equal order.
//!
//! A message to one participant goes over the link to them only. It waits while that link is closed.
//!
//! ```text
//!  driver                                    Chat
//!    │ handle_input(Input, now) / handle_timeout(now) ──▶│
//!    │◀──────────── poll_action() until None ────────────│
//!    │◀──────────── poll_timeout(): call handle_timeout then
//! ```
#![forbid(unsafe_code)]

mod chat;
mod entry;
mod link;
mod stream;
mod transcript;

pub use chat::{Action, Chat, ChatCounts, Input, LinkId, Me, WriteError};
pub use entry::{Audience, Delivery, Entry, Position};
pub use link::{GIVE_UP_AFTER, PASS_ON_AFTER, TELL_AFTER, WINDOW_BYTES};
pub use stream::{AUTHOR_BYTES, AUTHOR_MESSAGES, DIRECT_MESSAGES};
pub use transcript::MEETING_BYTES;
