//! The machine: what is written, what comes, and what goes where.

mod receiving;
mod sending;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use holdfast_protocol::chat::{ChatFrame, ChatText, ChatTextError, SignedMessage, text_is_allowed};
use holdfast_protocol::limits::MAX_SEQ;
use holdfast_protocol::{Identity, IdentityKey, MessageNumber, ParticipantId, Revision};
use holdfast_terms::Elapsed;
use thiserror::Error;

use crate::entry::{Audience, Delivery, Entry, Position};
use crate::link::Link;
use crate::stream::{DIRECT_MESSAGES, Stream};
use crate::transcript::Transcript;

/// One link of the meeting. A link that was made anew has another id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u64);

/// Who we are.
#[derive(Debug)]
pub struct Me {
    /// Signs what we write; of this stay only.
    pub key: IdentityKey,
    /// Our id.
    pub participant: ParticipantId,
    /// Our name.
    pub name: String,
}

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// Someone is in the meeting. Harmless when that is known.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// Their name now.
        name: String,
        /// Whether they were here when we came, so that what they have was written before.
        before_us: bool,
    },
    /// Someone left.
    Left(ParticipantId),
    /// There is a link to a participant; its channel is closed.
    Linked(LinkId, ParticipantId),
    /// A link is gone.
    Unlinked(LinkId),
    /// The channel of a link opened.
    Opened(LinkId),
    /// It closed.
    Closed(LinkId),
    /// A message came over it.
    Frame(LinkId, String),
    /// The channel did not take the last frames: they are sent again.
    Refused(LinkId),
    /// The person has seen everything.
    Read,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send this over the channel of the link.
    Send(LinkId, String),
    /// Entries changed: there is something after an earlier revision.
    Changed,
}

/// Why something cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The text cannot be sent.
    #[error(transparent)]
    Text(#[from] ChatTextError),
    /// This stay's limit is reached.
    #[error("no more messages can be written in this meeting")]
    Full,
    /// No one of this id was ever here.
    #[error("this person is not in the meeting")]
    Unknown,
}

impl WriteError {
    /// Stable code, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Text(error) => error.code(),
            Self::Full => "chat_full",
            Self::Unknown => "chat_unknown_participant",
        }
    }
}

/// What was not taken, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChatCounts {
    /// Frames that could not be read.
    pub malformed: u64,
    /// Messages that their author did not sign.
    pub forged: u64,
    /// Messages that were here already.
    pub repeated: u64,
    /// Messages that came before an earlier one of the same author.
    pub gaps: u64,
    /// Messages beyond what an author or a meeting may write.
    pub beyond: u64,
}

/// What we wrote to one participant.
#[derive(Debug, Default)]
struct Outbox {
    kept: Vec<ChatText>,
}

/// The chat of one stay.
#[derive(Debug)]
pub struct Chat {
    me: Me,
    identity: Identity,
    clock: u64,
    here: BTreeMap<ParticipantId, String>,
    before_us: BTreeSet<ParticipantId>,
    links: BTreeMap<LinkId, Link>,
    streams: BTreeMap<Identity, Stream>,
    outboxes: BTreeMap<ParticipantId, Outbox>,
    /// What each author wrote to us alone.
    received: BTreeMap<Identity, MessageNumber>,
    /// Messages up to this number were written before we came.
    earlier: BTreeMap<Identity, MessageNumber>,
    transcript: Transcript,
    /// Messages of ours that have not reached everyone.
    undelivered: BTreeSet<Position>,
    /// Something changed that decides how far our messages came.
    reached: bool,
    unread: usize,
    counts: ChatCounts,
    actions: VecDeque<Action>,
}

impl Chat {
    /// The chat of someone who just came.
    #[must_use]
    pub fn new(me: Me) -> Self {
        Self {
            identity: me.key.identity(),
            me,
            clock: 0,
            here: BTreeMap::new(),
            before_us: BTreeSet::new(),
            links: BTreeMap::new(),
            streams: BTreeMap::new(),
            outboxes: BTreeMap::new(),
            received: BTreeMap::new(),
            earlier: BTreeMap::new(),
            transcript: Transcript::default(),
            undelivered: BTreeSet::new(),
            reached: false,
            unread: 0,
            counts: ChatCounts::default(),
            actions: VecDeque::new(),
        }
    }

    /// Writes a message.
    ///
    /// # Errors
    /// If the text cannot be sent, nothing more can be written, or the one it is for was never here.
    pub fn write(
        &mut self,
        to: Audience,
        text: &str,
        at_ms: u64,
        now: Elapsed,
    ) -> Result<Position, WriteError> {
        text_is_allowed(text)?;
        let at_ms = at_ms.min(MAX_SEQ);
        let clock = self.clock.saturating_add(1).min(MAX_SEQ);
        let number = match &to {
            Audience::Everyone => {
                let own = self.streams.entry(self.identity).or_default();
                if !own.has_room(text.len()) {
                    return Err(WriteError::Full);
                }
                own.through().next()
            }
            Audience::One(participant) => {
                if !self.here.contains_key(participant) && !self.outboxes.contains_key(participant) {
                    return Err(WriteError::Unknown);
                }
                let written = self.outboxes.get(participant).map_or(0, |outbox| outbox.kept.len());
                if written >= DIRECT_MESSAGES {
                    return Err(WriteError::Full);
                }
                MessageNumber(written as u64).next()
            }
        };
        let content = ChatText { number, clock, at_ms, text: text.to_owned() };
        match &to {
            Audience::Everyone => {
                let Me { key, participant, name } = &self.me;
                let signed = SignedMessage::sign(key, participant.clone(), name, content)
                    .map_err(|_| WriteError::Text(ChatTextError::ControlCharacter))?;
                self.streams.entry(self.identity).or_default().take(signed);
            }
            Audience::One(participant) => {
                self.outboxes.entry(participant.clone()).or_default().kept.push(content);
            }
        }
        self.clock = clock;
        let position = Position { clock, author: self.identity, audience: to, number };
        self.transcript.add(Entry {
            position: position.clone(),
            participant: self.me.participant.clone(),
            name: self.me.name.clone(),
            at_ms,
            text: text.to_owned(),
            delivery: Some(Delivery::Waiting),
            earlier: false,
            revision: Revision::NONE,
        });
        // Someone may have left already.
        self.reached |= matches!(position.audience, Audience::One(_));
        self.undelivered.insert(position.clone());
        self.changed();
        self.settle(now);
        Ok(position)
    }

    /// Tells the chat what happened.
    pub fn handle_input(&mut self, input: Input, now: Elapsed) {
        match input {
            Input::Joined { participant, name, before_us } => {
                if before_us {
                    self.before_us.insert(participant.clone());
                }
                self.reached |= self.here.insert(participant, name).is_none();
            }
            Input::Left(participant) => self.reached |= self.here.remove(&participant).is_some(),
            Input::Linked(link, remote) => {
                self.links.insert(link, Link::new(remote));
                self.reached = true;
            }
            Input::Unlinked(link) => {
                self.links.remove(&link);
                self.reached = true;
            }
            Input::Opened(link) => self.say_hello(link),
            Input::Closed(link) => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.open = false;
                }
            }
            Input::Frame(link, text) => match ChatFrame::parse(&text) {
                Ok(frame) => self.frame(link, frame, now),
                Err(_) => self.counts.malformed += 1,
            },
            Input::Refused(link) => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.refused(now);
                }
            }
            Input::Read => {
                if std::mem::take(&mut self.unread) > 0 {
                    self.changed();
                }
            }
        }
        self.settle(now);
    }

    /// Does what is due. Harmless when nothing is due.
    pub fn handle_timeout(&mut self, now: Elapsed) {
        for link in self.links.values_mut() {
            link.give_up(now);
        }
        self.settle(now);
    }

    /// The next thing to do. Call it until it returns `None`.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Self::handle_timeout`] is due next.
    pub fn poll_timeout(&mut self, now: Elapsed) -> Option<Elapsed> {
        let open = self.links.values().filter(|link| link.open);
        let told = open.flat_map(|link| [link.tell_at, link.hello_at]).flatten();
        let given_up = self.links.values().filter_map(Link::gives_up_at);
        let due = told.chain(given_up).min();
        due.into_iter().chain(self.next_pass_on(now)).min()
    }

    /// Grows with each change.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.transcript.revision()
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.transcript.len()
    }

    /// Whether no one has written anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Messages of others that came since the person last looked.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Whether we wrote it in this stay.
    #[must_use]
    pub fn is_own(&self, position: &Position) -> bool {
        position.author == self.identity
    }

    /// What was not taken.
    #[must_use]
    pub fn counts(&self) -> ChatCounts {
        self.counts
    }

    /// One message.
    #[must_use]
    pub fn entry(&self, position: &Position) -> Option<&Entry> {
        self.transcript.get(position)
    }

    /// What changed after this revision, oldest change first.
    pub fn since(&self, revision: Revision) -> impl Iterator<Item = &Entry> {
        self.transcript.since(revision)
    }

    /// Every message, in the order that all show.
    pub fn in_order(&self) -> impl Iterator<Item = &Entry> {
        self.transcript.in_order()
    }
}
