//! Which events to tell a person who does not look at the window. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use holdfast_meeting::{ChatMessage, MeetingSnapshot, PeerState};
use holdfast_protocol::{ParticipantId, Revision};
use tokio::time::Instant;

/// How long people who join are collected: the beginning of a meeting is one message, not ten.
const GATHER: Duration = Duration::from_secs(2);

/// Longest name in a message.
const NAME_CHARS: usize = 64;

/// Longest part of a chat message in a notification.
const TEXT_CHARS: usize = 160;

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// These joined.
    Joined(Vec<String>),
    /// The connection to someone failed.
    Lost(String),
    /// It came back.
    Back(String),
    /// Someone wrote something, perhaps to us alone.
    Written {
        /// Who.
        name: String,
        /// What; the beginning of a long text.
        text: String,
        /// Whether it is for us alone.
        direct: bool,
    },
    /// Several messages came.
    WrittenMany(usize),
}

/// What we know of the meeting so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Before the first look at a meeting, nothing is news.
    known: Option<BTreeMap<ParticipantId, Known>>,
    joined: Vec<String>,
    due: Option<Instant>,
    /// The chat was looked at up to here.
    chat: Revision,
}

#[derive(Debug)]
struct Known {
    name: String,
    failed: bool,
}

impl Watch {
    /// Takes the current state of the meeting. `looking`: the person sees the window, so we tell nothing.
    pub(super) fn look(
        &mut self,
        meeting: Option<&MeetingSnapshot>,
        looking: bool,
        now: Instant,
    ) -> Vec<News> {
        let Some(meeting) = meeting else {
            *self = Self::default();
            return Vec::new();
        };
        if looking {
            self.joined.clear();
            self.due = None;
        }
        let mut news = Vec::new();
        let first = self.known.is_none();
        let known = self.known.get_or_insert_default();
        known.retain(|id, _| meeting.participants.iter().any(|person| person.id == *id));
        for person in &meeting.participants {
            let is_new = !known.contains_key(&person.id);
            let entry = known
                .entry(person.id.clone())
                .or_insert(Known { name: plain(&person.name, NAME_CHARS), failed: false });
            if is_new && !first && !looking {
                self.joined.push(entry.name.clone());
                self.due.get_or_insert(now + GATHER);
            }
            match person.state {
                PeerState::Failed if !entry.failed => {
                    entry.failed = true;
                    news.push(News::Lost(entry.name.clone()));
                }
                PeerState::Connected if entry.failed => {
                    entry.failed = false;
                    news.push(News::Back(entry.name.clone()));
                }
                _ => {}
            }
        }
        if looking {
            news.clear();
        }
        news
    }

    /// The chat was read up to this revision.
    pub(super) fn chat(&self) -> Revision {
        self.chat
    }

    /// Takes what changed in the chat since then.
    pub(super) fn look_at_chat(&mut self, changes: &[ChatMessage], looking: bool) -> Option<News> {
        self.chat = changes.last().map_or(self.chat, |last| last.revision);
        if looking {
            return None;
        }
        let mut new = changes.iter().filter(|message| !message.own && !message.earlier);
        let first = new.next()?;
        let more = new.count();
        Some(if more > 0 {
            News::WrittenMany(more + 1)
        } else {
            let text = plain(&first.text.split_whitespace().collect::<Vec<_>>().join(" "), TEXT_CHARS);
            News::Written { name: plain(&first.name, NAME_CHARS), text, direct: first.to.is_some() }
        })
    }

    /// When to tell who joined.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The people who joined, once it is time.
    pub(super) fn gathered(&mut self, now: Instant) -> Option<News> {
        self.due.filter(|due| *due <= now)?;
        self.due = None;
        Some(News::Joined(std::mem::take(&mut self.joined)))
    }
}

/// A text as a notification may show it: without characters that reorder text or are markup there.
fn plain(text: &str, most: usize) -> String {
    let shown = text.chars().filter(|c| !c.is_control() && !reorders(*c)).take(most);
    shown.map(|c| if matches!(c, '<' | '>' | '&') { ' ' } else { c }).collect()
}

/// Bidirectional controls (UAX #9): overrides, embeddings, isolates, marks.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use holdfast_meeting::ParticipantView;
    use holdfast_protocol::{MediaState, Revision};

    use super::*;
    use crate::call::testing::snapshot;

    const MEDIA: MediaState =
        MediaState { revision: Revision(1), microphone: true, camera: true, screen: false, hand: false };

    fn meeting(people: &[(u8, &str, PeerState)]) -> MeetingSnapshot {
        let mut meeting = snapshot(MEDIA);
        let person = |(n, name, state): &(u8, &str, PeerState)| ParticipantView {
            id: format!("{n:016x}").parse().unwrap(),
            name: (*name).into(),
            state: *state,
            ..meeting.me.clone()
        };
        meeting.participants = people.iter().map(person).collect();
        meeting
    }

    use PeerState::{Connected, Connecting, Failed};

    #[tokio::test]
    async fn those_who_join_are_told_of_together_and_those_who_were_there_not_at_all() {
        let (mut watch, now) = (Watch::default(), Instant::now());
        let start = [(1, "Ada", Connected)];
        assert_eq!(watch.look(Some(&meeting(&start)), false, now), []);
        assert_eq!(watch.due(), None);
        let more = [(1, "Ada", Connected), (2, "Bo", Connecting)];
        watch.look(Some(&meeting(&more)), false, now);
        let most = [(1, "Ada", Connected), (2, "Bo", Connected), (3, "Cy", Connecting)];
        watch.look(Some(&meeting(&most)), false, now + GATHER / 2);
        assert_eq!(watch.gathered(now + GATHER / 2), None);
        assert_eq!(watch.gathered(now + GATHER), Some(News::Joined(vec!["Bo".into(), "Cy".into()])));
        assert_eq!((watch.due(), watch.gathered(now + GATHER * 2)), (None, None));
    }

    #[tokio::test]
    async fn nothing_is_told_to_somebody_who_looks() {
        let (mut watch, now) = (Watch::default(), Instant::now());
        watch.look(Some(&meeting(&[])), false, now);
        watch.look(Some(&meeting(&[(1, "Ada", Connected)])), false, now);
        let seen = [(1, "Ada", Failed), (2, "Bo", Connected)];
        assert_eq!(watch.look(Some(&meeting(&seen)), true, now), []);
        assert_eq!(watch.due(), None, "and what waited is not told later");
    }

    #[tokio::test]
    async fn a_failure_is_told_once_and_so_is_its_end() {
        let (mut watch, now) = (Watch::default(), Instant::now());
        let mut look = |state| watch.look(Some(&meeting(&[(1, "Ada", state)])), false, now);
        assert_eq!(look(Connected), []);
        assert_eq!(look(PeerState::Reconnecting), [], "it may be over in a second");
        assert_eq!(look(Failed), [News::Lost("Ada".into())]);
        assert_eq!(look(Failed), []);
        assert_eq!(look(PeerState::Reconnecting), []);
        assert_eq!(look(Connected), [News::Back("Ada".into())]);
        assert_eq!(look(Connected), []);
    }

    #[test]
    fn a_name_from_outside_is_no_markup_and_turns_nothing_around() {
        assert_eq!(plain("\u{202e}<b>Ada</b>\u{7}\n&amp;", NAME_CHARS), " b Ada /b  amp;");
        assert_eq!(plain(&"x".repeat(1000), NAME_CHARS).len(), NAME_CHARS);
    }

    #[test]
    fn what_others_write_is_told_to_someone_who_does_not_look() {
        let message = |revision, text: &str, own| ChatMessage {
            id: String::new(),
            clock: revision,
            participant: "0000000000000002".parse().unwrap(),
            name: "Bo".into(),
            own,
            to: None,
            at_ms: 0,
            text: text.into(),
            delivery: None,
            earlier: false,
            revision: Revision(revision),
        };
        let mut watch = Watch::default();
        let written = |text: &str| News::Written { name: "Bo".into(), text: text.into(), direct: false };
        assert_eq!(watch.look_at_chat(&[message(1, "look\nhere", false)], false), Some(written("look here")));
        assert_eq!(watch.chat(), Revision(1));
        assert_eq!(watch.look_at_chat(&[message(2, "mine", true)], false), None);
        assert_eq!(watch.look_at_chat(&[message(3, "seen", false)], true), None);
        let many = [message(4, "a", false), message(5, "b", false)];
        assert_eq!(watch.look_at_chat(&many, false), Some(News::WrittenMany(2)));
        let earlier = ChatMessage { earlier: true, ..message(6, "before we came", false) };
        assert_eq!(watch.look_at_chat(&[earlier], false), None);
        assert_eq!(watch.look_at_chat(&[], false), None);
        assert_eq!(watch.chat(), Revision(6));
    }
}
