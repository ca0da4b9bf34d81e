//! The machine: what is written, what comes, and what goes where.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use holdfast_protocol::chat::{ChatFrame, ChatText, ChatTextError, Have, SignedMessage, text_is_allowed};
use holdfast_protocol::limits::{CHAT_AUTHORS, CHAT_BATCH, MAX_SEQ};
use holdfast_protocol::{Identity, IdentityKey, MessageNumber, ParticipantId, Revision};
use holdfast_terms::Elapsed;
use thiserror::Error;

use crate::entry::{Audience, Delivery, Entry, Position};
use crate::link::{Link, PASS_ON_AFTER, Source};
use crate::stream::{DIRECT_MESSAGES, Stream, Taken};
use crate::transcript::Transcript;

/// Text bytes in one frame. JSON makes the longest text twice as long at most, and the rest of a message is below
/// 700 bytes, so a frame of one message and one of many short ones fit the channel.
const FRAME_TEXT_BYTES: usize = 8 * 1024;

/// What each message costs in a frame besides its text.
const MESSAGE_OVERHEAD: usize = 256;

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

    fn say_hello(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.open = true;
        link.said_hello();
        let have = Have {
            everyone: self
                .streams
                .iter()
                .filter(|(author, stream)| {
                    **author != self.identity && stream.through() > MessageNumber::NONE
                })
                .map(|(author, stream)| (*author, stream.through()))
                .collect(),
            direct: direct_from(link.identity, &self.received),
        };
        let written = self.streams.get(&self.identity).map(Stream::through).unwrap_or_default();
        let hello = ChatFrame::Hello { identity: self.identity, to: link.identity, written, have };
        self.actions.push_back(Action::Send(id, hello.to_json()));
    }

    fn frame(&mut self, id: LinkId, frame: ChatFrame, now: Elapsed) {
        let Some(link) = self.links.get_mut(&id) else { return };
        match frame {
            ChatFrame::Hello { identity, to, written, have } => {
                let remote = link.remote.clone();
                let new = link.introduced(identity, &have, self.identity, now);
                self.reached = true;
                if new && to != Some(self.identity) {
                    // Our hello may have gone to another client. This one says what they wrote to us, too.
                    self.say_hello(id);
                }
                if new && self.before_us.remove(&remote) {
                    for (author, number) in have.everyone.into_iter().chain([(identity, written)]) {
                        let earlier = self.earlier.entry(author).or_default();
                        *earlier = number.max(*earlier);
                    }
                }
            }
            ChatFrame::Have(have) => {
                link.note(&have, self.identity, now);
                self.reached = true;
            }
            ChatFrame::Messages { messages } => {
                for message in messages {
                    self.message(message, now);
                }
            }
            ChatFrame::Direct { messages } => {
                if let Some(identity) = link.identity {
                    let remote = link.remote.clone();
                    for message in messages {
                        self.direct(id, identity, &remote, message, now);
                    }
                }
            }
        }
    }

    /// Takes a message to everyone, from its author or passed on.
    fn message(&mut self, message: SignedMessage, now: Elapsed) {
        let author = message.author;
        let known = self.streams.get(&author);
        let room = self.streams.len() < CHAT_AUTHORS || self.authors_here().contains(&author);
        if known.is_none() && !room {
            self.counts.beyond += 1;
            return;
        }
        match known.unwrap_or(&Stream::default()).judge(message.content.number) {
            Taken::Repeated => {
                self.counts.repeated += 1;
                // Its sender does not know that we have it.
                return self.tell(Source::Author(author), now);
            }
            Taken::Gap => {
                self.counts.gaps += 1;
                return;
            }
            Taken::New | Taken::Beyond => {}
        }
        if author == self.identity || !message.is_genuine() {
            self.counts.forged += 1;
            return;
        }
        let taken = self.streams.entry(author).or_default().take(message.clone());
        self.tell(Source::Author(author), now);
        if taken == Taken::Beyond {
            self.counts.beyond += 1;
            return;
        }
        let earlier = self.earlier.get(&author).is_some_and(|through| message.content.number <= *through);
        let SignedMessage { participant, name, content, .. } = message;
        self.add(author, Audience::Everyone, participant, name, content, earlier);
    }

    /// Takes a message to us alone.
    fn direct(
        &mut self,
        id: LinkId,
        author: Identity,
        remote: &ParticipantId,
        message: ChatText,
        now: Elapsed,
    ) {
        let received = self.received.entry(author).or_default();
        let known = *received;
        if message.number == known.next() {
            *received = message.number;
            if message.number.0 > DIRECT_MESSAGES as u64 {
                self.counts.beyond += 1;
            } else {
                // The message carries no name: the link says who it is.
                let name = self.here.get(remote).cloned().unwrap_or_default();
                let audience = Audience::One(self.me.participant.clone());
                self.add(author, audience, remote.clone(), name, message, false);
            }
        } else if message.number > known {
            self.counts.gaps += 1;
            return;
        } else {
            self.counts.repeated += 1;
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.owe(Source::Direct, now);
        }
    }

    fn add(
        &mut self,
        author: Identity,
        audience: Audience,
        participant: ParticipantId,
        name: String,
        content: ChatText,
        earlier: bool,
    ) {
        let ChatText { number, clock, at_ms, text } = content;
        self.clock = self.clock.max(clock);
        let position = Position { clock, author, audience, number };
        let entry = Entry {
            position,
            participant,
            name,
            at_ms,
            text,
            delivery: None,
            earlier,
            revision: Revision::NONE,
        };
        self.transcript.add(entry);
        self.unread += usize::from(!earlier);
        self.changed();
    }

    fn changed(&mut self) {
        if self.actions.back() != Some(&Action::Changed) {
            self.actions.push_back(Action::Changed);
        }
    }

    /// The authors who are here, as far as their links told.
    fn authors_here(&self) -> BTreeSet<Identity> {
        let here = |link: &&Link| self.here.contains_key(&link.remote);
        self.links.values().filter(here).filter_map(|link| link.identity).collect()
    }

    /// Everyone is to be told how much we have of this source.
    fn tell(&mut self, source: Source, now: Elapsed) {
        for link in self.links.values_mut() {
            link.owe(source, now);
        }
    }

    fn settle(&mut self, now: Elapsed) {
        let ids: Vec<_> = self.links.keys().copied().collect();
        let here = self.authors_here();
        for id in ids {
            if self.links.get_mut(&id).is_some_and(|link| link.take_hello(now)) {
                self.say_hello(id);
            }
            self.tell_if_due(id, now);
            self.fill(id, &here, now);
        }
        self.judge_deliveries();
    }

    fn tell_if_due(&mut self, id: LinkId, now: Elapsed) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.open) else { return };
        let Some(owed) = link.take_owed(now) else { return };
        let through = |author: Identity| Some((author, self.streams.get(&author)?.through()));
        let have = Have {
            everyone: owed.into_iter().filter_map(through).collect(),
            direct: direct_from(link.identity, &self.received),
        };
        self.actions.push_back(Action::Send(id, ChatFrame::Have(have).to_json()));
    }

    /// Sends over a link what it lacks and what fits.
    fn fill(&mut self, id: LinkId, here: &BTreeSet<Identity>, now: Elapsed) {
        if !self.links.get(&id).is_some_and(Link::is_ready) {
            return;
        }
        let authors: Vec<_> = self.streams.keys().copied().collect();
        for author in authors {
            let due = |at: Elapsed| at <= now;
            let may = author == self.identity || self.passes_on_at(id, author, here, now).is_some_and(due);
            while may && self.send_messages(id, author, now) {}
        }
        while self.send_direct(id, now) {}
    }

    /// When it is our turn to pass on what a link lacks of someone else; `None` if it lacks nothing.
    fn passes_on_at(
        &mut self,
        id: LinkId,
        author: Identity,
        authors_here: &BTreeSet<Identity>,
        now: Elapsed,
    ) -> Option<Elapsed> {
        let through = self.streams.get(&author)?.through();
        let link = self.links.get(&id).filter(|link| link.is_ready() && link.identity != Some(author))?;
        let source = Source::Author(author);
        let lacks = link.wants(source) && link.held(source) < through;
        let remote = link.remote.clone();
        let author_is_here = authors_here.contains(&author);
        // The turns: everyone but the one who lacks it, in the order of their ids. An author who is here comes first.
        let before =
            self.here.keys().filter(|other| **other != remote && **other < self.me.participant).count();
        let turn = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(u32::from(author_is_here));
        let since = self.links.get_mut(&id)?.lacks_since(author, lacks, now)?;
        Some(since.saturating_add(PASS_ON_AFTER.saturating_mul(turn)))
    }

    fn next_pass_on(&mut self, now: Elapsed) -> Option<Elapsed> {
        let ids: Vec<_> = self.links.keys().copied().collect();
        let authors: Vec<_> =
            self.streams.keys().copied().filter(|author| *author != self.identity).collect();
        let here = self.authors_here();
        let mut next = None;
        for id in ids {
            for author in &authors {
                // What is due already waits for room, and for that something has to come.
                let at = self.passes_on_at(id, *author, &here, now).filter(|at| *at > now);
                next = next.into_iter().chain(at).min();
            }
        }
        next
    }

    /// Sends one frame of an author's messages. Returns whether there may be more to send.
    fn send_messages(&mut self, id: LinkId, author: Identity, now: Elapsed) -> bool {
        let (Some(link), Some(stream)) = (self.links.get_mut(&id), self.streams.get(&author)) else {
            return false;
        };
        let source = Source::Author(author);
        if !link.is_ready() || !link.wants(source) {
            return false;
        }
        let lacking = stream.after(link.sent(source));
        let (count, bytes) = batch(lacking.iter().map(|message| message.content.text.len()), link.room());
        let messages = lacking[..count].to_vec();
        let Some(last) = messages.last().map(|message| message.content.number) else { return false };
        link.note_sent(source, last, bytes, now);
        self.actions.push_back(Action::Send(id, ChatFrame::Messages { messages }.to_json()));
        true
    }

    /// Sends one frame of our messages to the other end alone. Returns whether there may be more to send.
    fn send_direct(&mut self, id: LinkId, now: Elapsed) -> bool {
        let Some(link) = self.links.get_mut(&id) else { return false };
        let Some(outbox) = self.outboxes.get(&link.remote) else { return false };
        if !link.is_ready() || !link.wants(Source::Direct) {
            return false;
        }
        let from = usize::try_from(link.sent(Source::Direct).0).unwrap_or(usize::MAX).min(outbox.kept.len());
        let lacking = &outbox.kept[from..];
        let (count, bytes) = batch(lacking.iter().map(|message| message.text.len()), link.room());
        let messages = lacking[..count].to_vec();
        let Some(last) = messages.last().map(|message| message.number) else { return false };
        link.note_sent(Source::Direct, last, bytes, now);
        self.actions.push_back(Action::Send(id, ChatFrame::Direct { messages }.to_json()));
        true
    }

    /// Compares what we wrote with what everyone has.
    fn judge_deliveries(&mut self) {
        if !std::mem::take(&mut self.reached) {
            return;
        }
        let own = Source::Author(self.identity);
        let links: BTreeMap<_, _> = self.links.values().map(|link| (&link.remote, link)).collect();
        let held =
            |who: &ParticipantId, source| links.get(who).map(|link| link.held(source)).unwrap_or_default();
        let everyone: Vec<_> = self.here.keys().map(|who| held(who, own)).collect();
        let (least, most) =
            (everyone.iter().min().copied(), everyone.iter().max().copied().unwrap_or_default());
        let judged = |position: &Position| match &position.audience {
            Audience::Everyone if least.is_some_and(|least| position.number <= least) => Delivery::Delivered,
            Audience::Everyone if position.number <= most => Delivery::Sent,
            Audience::One(who) if position.number <= held(who, Source::Direct) => Delivery::Delivered,
            Audience::One(who) if !self.here.contains_key(who) => Delivery::NotDelivered,
            Audience::Everyone | Audience::One(_) => Delivery::Waiting,
        };
        let judged: Vec<_> =
            self.undelivered.iter().map(|position| (position.clone(), judged(position))).collect();
        let mut news = false;
        for (position, delivery) in judged {
            news |= self.transcript.set_delivery(&position, delivery);
            if delivery == Delivery::Delivered {
                self.undelivered.remove(&position);
            }
        }
        if news {
            self.changed();
        }
    }
}

/// What came from the other end of a link to us alone.
fn direct_from(
    remote: Option<Identity>,
    received: &BTreeMap<Identity, MessageNumber>,
) -> BTreeMap<Identity, MessageNumber> {
    remote
        .and_then(|remote| received.get_key_value(&remote))
        .map(|(author, number)| (*author, *number))
        .into_iter()
        .collect()
}

/// How many of the next messages go into one frame, and their bytes. The first one goes if there is any room at all.
fn batch(texts: impl Iterator<Item = usize>, room: usize) -> (usize, usize) {
    let most = room.min(FRAME_TEXT_BYTES);
    let (mut count, mut bytes) = (0, 0);
    for text in texts.take(CHAT_BATCH) {
        let more = bytes + text + MESSAGE_OVERHEAD;
        if room == 0 || count > 0 && more > most {
            break;
        }
        (count, bytes) = (count + 1, more);
    }
    (count, bytes)
}
