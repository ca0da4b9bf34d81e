//! What goes over which link next, and how far our messages came.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_protocol::chat::{ChatFrame, Have};
use holdfast_protocol::limits::CHAT_BATCH;
use holdfast_protocol::{Identity, MessageNumber, ParticipantId};
use holdfast_terms::Elapsed;

use super::{Action, Chat, LinkId};
use crate::entry::{Audience, Delivery, Position};
use crate::link::{Link, PASS_ON_AFTER, Source};
use crate::stream::Stream;

/// Text bytes in one frame. JSON makes the longest text twice as long at most, and the rest of a message is below
/// 700 bytes, so a frame of one message and one of many short ones fit the channel.
const FRAME_TEXT_BYTES: usize = 8 * 1024;

/// What each message costs in a frame besides its text.
const MESSAGE_OVERHEAD: usize = 256;

impl Chat {
    pub(super) fn say_hello(&mut self, id: LinkId) {
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

    pub(super) fn settle(&mut self, now: Elapsed) {
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

    pub(super) fn tell_if_due(&mut self, id: LinkId, now: Elapsed) {
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
    pub(super) fn fill(&mut self, id: LinkId, here: &BTreeSet<Identity>, now: Elapsed) {
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
    pub(super) fn passes_on_at(
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

    pub(super) fn next_pass_on(&mut self, now: Elapsed) -> Option<Elapsed> {
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
    pub(super) fn send_messages(&mut self, id: LinkId, author: Identity, now: Elapsed) -> bool {
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
    pub(super) fn send_direct(&mut self, id: LinkId, now: Elapsed) -> bool {
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
    pub(super) fn judge_deliveries(&mut self) {
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
