//! One link: what the other end has, what is on its way to it, and what it is owed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use holdfast_protocol::chat::Have;
use holdfast_protocol::limits::{CHAT_AUTHORS, ROOM_PARTICIPANTS};
use holdfast_protocol::{Identity, MessageNumber, ParticipantId};
use holdfast_terms::Elapsed;

/// What came is told to the others this long after the first of it, so that a burst is told once.
pub const TELL_AFTER: Duration = Duration::from_millis(100);

/// Someone else's message is passed on when a link has lacked it for this long and nothing of the author came to it.
/// The participants take turns: each waits this long once more than the one before.
pub const PASS_ON_AFTER: Duration = Duration::from_secs(1);

/// Bytes of text that may be on their way over a link. The channel's queue holds four times as much.
pub const WINDOW_BYTES: usize = 128 * 1024;

/// If the other end does not say within this time that it has something, it does not want it: nothing more of the same
/// author goes to it until the channel opens again.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(30);

/// Whose messages: an author's to everyone, or ours to the other end alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Author(Identity),
    Direct,
}

#[derive(Debug)]
struct Sent {
    source: Source,
    through: MessageNumber,
    bytes: usize,
    at: Elapsed,
}

/// Authors of whom it is known how much the other end has: all of a meeting, and ours to it alone.
const HELD: usize = CHAT_AUTHORS + ROOM_PARTICIPANTS + 1;

/// When a channel was full, it is tried again after this.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What is known of the other end of a link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) remote: ParticipantId,
    pub(crate) open: bool,
    /// Who the other end says it is; `None` until its hello came.
    pub(crate) identity: Option<Identity>,
    held: BTreeMap<Source, MessageNumber>,
    sent: BTreeMap<Source, MessageNumber>,
    /// Since when it lacks something of an author, without anything of that author coming to it.
    lacks_since: BTreeMap<Identity, Elapsed>,
    on_its_way: VecDeque<Sent>,
    unwanted: BTreeSet<Source>,
    /// Authors that the other end was not told about yet, and when it will be.
    owed: BTreeSet<Identity>,
    pub(crate) tell_at: Option<Elapsed>,
    /// When to say hello again, because the channel was full.
    pub(crate) hello_at: Option<Elapsed>,
}

impl Link {
    pub(crate) fn new(remote: ParticipantId) -> Self {
        Self {
            remote,
            open: false,
            identity: None,
            held: BTreeMap::new(),
            sent: BTreeMap::new(),
            lacks_since: BTreeMap::new(),
            on_its_way: VecDeque::new(),
            unwanted: BTreeSet::new(),
            owed: BTreeSet::new(),
            tell_at: None,
            hello_at: None,
        }
    }

    /// Whether messages may go: the channel is open and takes them, and the other end said what it has.
    pub(crate) fn is_ready(&self) -> bool {
        self.open && self.identity.is_some() && self.hello_at.is_none()
    }

    /// Every message of this source up to this number is at the other end, as it says.
    pub(crate) fn held(&self, source: Source) -> MessageNumber {
        self.held.get(&source).copied().unwrap_or_default()
    }

    /// The last message of this source that is at the other end or on its way.
    pub(crate) fn sent(&self, source: Source) -> MessageNumber {
        self.sent.get(&source).copied().unwrap_or_default().max(self.held(source))
    }

    /// The other end hears everything we have.
    pub(crate) fn said_hello(&mut self) {
        self.owed.clear();
        self.tell_at = None;
        self.hello_at = None;
    }

    /// The other end says who it is; [`Self::note`] what it has. Returns whether it is another client than before. The channel itself loses
    /// nothing as long as both ends remember each other, so only another client lacks what was on its way.
    pub(crate) fn introduced(&mut self, identity: Identity) -> bool {
        let new = self.identity.replace(identity) != Some(identity);
        if new {
            self.held.clear();
            self.lacks_since.clear();
            self.forget_sent();
        }
        self.unwanted.clear();
        new
    }

    /// The other end has this by now. Returns how many authors it named beyond those that a meeting can have. They are
    /// forgotten.
    pub(crate) fn note(&mut self, have: &Have, me: Identity, now: Elapsed) -> u64 {
        let mut beyond = 0;
        let direct = have.direct.get(&me).map(|number| (Source::Direct, *number));
        let everyone = have.everyone.iter().map(|(author, number)| (Source::Author(*author), *number));
        for (source, number) in everyone.chain(direct) {
            if self.held.len() >= HELD && !self.held.contains_key(&source) {
                beyond += 1;
                continue;
            }
            let held = self.held.entry(source).or_default();
            if number > *held {
                *held = number;
                // Something of this author reaches it: whoever sends it may go on.
                if let Source::Author(author) = source
                    && let Some(since) = self.lacks_since.get_mut(&author)
                {
                    *since = now;
                }
            }
        }
        let held = &self.held;
        self.on_its_way.retain(|sent| held.get(&sent.source).is_none_or(|held| sent.through > *held));
        beyond
    }

    /// What went to the other end just now.
    pub(crate) fn note_sent(&mut self, source: Source, through: MessageNumber, bytes: usize, now: Elapsed) {
        self.sent.insert(source, through);
        self.on_its_way.push_back(Sent { source, through, bytes, at: now });
    }

    /// Bytes that may still go.
    pub(crate) fn room(&self) -> usize {
        let used: usize = self.on_its_way.iter().map(|sent| sent.bytes).sum();
        WINDOW_BYTES.saturating_sub(used)
    }

    pub(crate) fn wants(&self, source: Source) -> bool {
        !self.unwanted.contains(&source)
    }

    /// Since when it lacks something of this author that we have; counted from now if it did not before.
    pub(crate) fn lacks_since(&mut self, author: Identity, lacks: bool, now: Elapsed) -> Option<Elapsed> {
        if !lacks {
            self.lacks_since.remove(&author);
            return None;
        }
        Some(*self.lacks_since.entry(author).or_insert(now))
    }

    /// Gives up what the other end did not take for too long.
    pub(crate) fn give_up(&mut self, now: Elapsed) {
        while self.on_its_way.front().is_some_and(|sent| sent.at + GIVE_UP_AFTER <= now) {
            let Some(sent) = self.on_its_way.pop_front() else { return };
            self.unwanted.insert(sent.source);
            self.sent.remove(&sent.source);
        }
    }

    /// When [`Self::give_up`] has something to do.
    pub(crate) fn gives_up_at(&self) -> Option<Elapsed> {
        self.on_its_way.front().map(|sent| sent.at + GIVE_UP_AFTER)
    }

    /// The other end is to be told how much we have of this source.
    pub(crate) fn owe(&mut self, source: Source, now: Elapsed) {
        if !self.open {
            return;
        }
        match source {
            Source::Author(author) => drop(self.owed.insert(author)),
            // Every message of this kind says it.
            Source::Direct => {}
        }
        self.tell_at.get_or_insert(now + TELL_AFTER);
    }

    /// The authors to tell about, if it is time.
    pub(crate) fn take_owed(&mut self, now: Elapsed) -> Option<BTreeSet<Identity>> {
        self.tell_at.take_if(|at| *at <= now)?;
        Some(std::mem::take(&mut self.owed))
    }

    /// The channel did not take what was sent last.
    pub(crate) fn refused(&mut self, now: Elapsed) {
        self.forget_sent();
        self.hello_at.get_or_insert(now + RETRY_AFTER);
    }

    /// Whether it is time to say hello again.
    pub(crate) fn take_hello(&mut self, now: Elapsed) -> bool {
        self.open && self.hello_at.take_if(|at| *at <= now).is_some()
    }

    fn forget_sent(&mut self) {
        self.sent.clear();
        self.on_its_way.clear();
    }
}
