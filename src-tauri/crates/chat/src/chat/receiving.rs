//! What comes over the links.

use std::collections::BTreeSet;

use holdfast_protocol::chat::{ChatFrame, ChatText, SignedMessage};
use holdfast_protocol::limits::CHAT_AUTHORS;
use holdfast_protocol::{Identity, ParticipantId, Revision};
use holdfast_terms::Elapsed;

use super::{Action, Chat, LinkId};
use crate::entry::{Audience, Entry, Position};
use crate::link::{Link, Source};
use crate::stream::{DIRECT_MESSAGES, Stream, Taken};

impl Chat {
    pub(super) fn frame(&mut self, id: LinkId, frame: ChatFrame, now: Elapsed) {
        let Some(link) = self.links.get_mut(&id) else { return };
        match frame {
            ChatFrame::Hello { identity, to, written, have } => {
                let remote = link.remote.clone();
                let new = link.introduced(identity);
                self.counts.beyond += link.note(&have, self.identity, now);
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
                self.counts.beyond += link.note(&have, self.identity, now);
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
    pub(super) fn message(&mut self, message: SignedMessage, now: Elapsed) {
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
        let stream = self.streams.entry(author).or_default();
        let taken = if self.transcript.has_room(message.content.text.len()) {
            stream.take(message.clone())
        } else {
            stream.pass_over();
            Taken::Beyond
        };
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
    pub(super) fn direct(
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
            if message.number.0 > DIRECT_MESSAGES as u64 || !self.transcript.has_room(message.text.len()) {
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

    pub(super) fn add(
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

    pub(super) fn changed(&mut self) {
        if self.actions.back() != Some(&Action::Changed) {
            self.actions.push_back(Action::Changed);
        }
    }

    /// The authors who are here, as far as their links told.
    pub(super) fn authors_here(&self) -> BTreeSet<Identity> {
        let here = |link: &&Link| self.here.contains_key(&link.remote);
        self.links.values().filter(here).filter_map(|link| link.identity).collect()
    }

    /// Everyone is to be told how much we have of this source.
    pub(super) fn tell(&mut self, source: Source, now: Elapsed) {
        for link in self.links.values_mut() {
            link.owe(source, now);
        }
    }
}
