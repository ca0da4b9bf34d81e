//! Who is in the meeting and what is known of each: pure, so that every rule of it can be tested without a clock.
//!
//! One owner per fact: a participant's media state is only ever replaced by a newer revision of their own, and
//! our own only through [`Roster::change_own_media`].

use holdfast_protocol::{MediaState, ParticipantId, ToldMediaState};

use crate::machine::Listening;
use crate::view::{ConnectionState, ParticipantView};

/// The tile of our own camera.
pub(crate) const OWN_TILE: u32 = 0;

/// Milliseconds of Unix time, passed in by the caller.
pub(crate) type UnixMs = u64;

/// Everyone in the meeting.
#[derive(Debug)]
pub(crate) struct Roster {
    me: ParticipantView,
    others: Vec<ParticipantView>,
    next_tile: u32,
}

/// What reconciling with the server's list changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// In the server's list, not in ours.
    pub(crate) missing: Vec<ParticipantId>,
    /// In ours, not in the server's: ghosts.
    pub(crate) ghosts: Vec<ParticipantId>,
}

impl Roster {
    pub(crate) fn new(id: ParticipantId, name: String, media: MediaState, now: UnixMs) -> Self {
        let me = ParticipantView {
            id,
            name,
            tile: OWN_TILE,
            state: ConnectionState::Connected,
            state_since_ms: now,
            attempt: 0,
            media,
            has_video: false,
            present: true,
            acknowledged_revision: 0,
            listening: Listening::default(),
            hand_since_ms: None,
            hears: None,
        };
        Self { me, others: Vec::new(), next_tile: OWN_TILE + 1 }
    }

    pub(crate) fn me(&self) -> &ParticipantView {
        &self.me
    }

    pub(crate) fn others(&self) -> &[ParticipantView] {
        &self.others
    }

    pub(crate) fn get(&self, id: &ParticipantId) -> Option<&ParticipantView> {
        self.others.iter().find(|view| view.id == *id)
    }

    fn get_mut(&mut self, id: &ParticipantId) -> Option<&mut ParticipantView> {
        self.others.iter_mut().find(|view| view.id == *id)
    }

    /// Adds someone; whoever has the same id already only gets the name.
    pub(crate) fn add(&mut self, id: ParticipantId, name: String, now: UnixMs) -> &ParticipantView {
        let index = match self.others.iter().position(|view| view.id == id) {
            Some(index) => {
                self.others[index].name = name;
                index
            }
            None => {
                let tile = self.next_tile;
                self.next_tile += 1;
                self.others.push(ParticipantView {
                    id,
                    name,
                    tile,
                    state: ConnectionState::Waiting,
                    state_since_ms: now,
                    attempt: 0,
                    media: MediaState::default(),
                    has_video: false,
                    present: true,
                    acknowledged_revision: 0,
                    listening: Listening::default(),
                    hand_since_ms: None,
                    hears: None,
                });
                self.others.len() - 1
            }
        };
        &self.others[index]
    }

    /// Someone's client began anew: what it said and held before counts no more.
    pub(crate) fn restart(&mut self, id: &ParticipantId) {
        if let Some(view) = self.get_mut(id) {
            view.media = MediaState::default();
            view.hand_since_ms = None;
            view.hears = None;
            view.acknowledged_revision = 0;
        }
    }

    /// Notes whether their signaling connection is alive. Returns whether that is news.
    pub(crate) fn set_present(&mut self, id: &ParticipantId, present: bool) -> bool {
        self.get_mut(id).is_some_and(|view| std::mem::replace(&mut view.present, present) != present)
    }

    /// Notes how they are heard here. Returns whether that is news.
    pub(crate) fn set_listening(&mut self, id: &ParticipantId, listening: Listening) -> bool {
        self.get_mut(id).is_some_and(|view| std::mem::replace(&mut view.listening, listening) != listening)
    }

    /// Notes which revision of our media state they hold.
    pub(crate) fn set_acknowledged(&mut self, id: &ParticipantId, revision: u64) {
        if let Some(view) = self.get_mut(id) {
            view.acknowledged_revision = revision;
        }
    }

    /// Removes someone; false if they were not here.
    pub(crate) fn remove(&mut self, id: &ParticipantId) -> bool {
        let before = self.others.len();
        self.others.retain(|view| view.id != *id);
        before != self.others.len()
    }

    /// Takes what someone says they send, unless something as new or newer is known. Returns whether it was taken.
    pub(crate) fn merge_media(&mut self, id: &ParticipantId, told: ToldMediaState, now: UnixMs) -> bool {
        match self.get_mut(id) {
            Some(view) if told.state.revision > view.media.revision => {
                view.media = told.state;
                view.note_hand(now.saturating_sub(told.hand_for_ms.unwrap_or(0)));
                true
            }
            _ => false,
        }
    }

    /// Notes how the connection stands; the time of entry changes only with the state.
    pub(crate) fn set_state(&mut self, id: &ParticipantId, state: ConnectionState, now: UnixMs) -> bool {
        match self.get_mut(id) {
            Some(view) if view.state != state => {
                view.state = state;
                view.state_since_ms = now;
                true
            }
            _ => false,
        }
    }

    /// Notes the attempt at repair that is under way. Returns whether that is news.
    pub(crate) fn set_attempt(&mut self, id: &ParticipantId, attempt: u32) -> bool {
        self.get_mut(id).is_some_and(|view| std::mem::replace(&mut view.attempt, attempt) != attempt)
    }

    /// Notes whose sound reaches them, or us when `id` is ours. Returns whether that is news.
    pub(crate) fn set_hears(&mut self, id: &ParticipantId, hears: Option<Vec<ParticipantId>>) -> bool {
        let view = if *id == self.me.id { Some(&mut self.me) } else { self.get_mut(id) };
        view.is_some_and(|view| {
            let news = view.hears != hears;
            view.hears = hears;
            news
        })
    }

    /// Notes that a picture of theirs arrived; true the first time.
    pub(crate) fn set_has_video(&mut self, id: &ParticipantId) -> bool {
        match self.get_mut(id) {
            Some(view) => !std::mem::replace(&mut view.has_video, true),
            None => false,
        }
    }

    /// Changes what we send. A change gets the next revision; no change keeps the old one. Returns whether it changed.
    pub(crate) fn change_own_media(&mut self, now: UnixMs, change: impl FnOnce(&mut MediaState)) -> bool {
        let before = self.me.media;
        change(&mut self.me.media);
        self.me.media.revision = before.revision;
        if self.me.media == before {
            return false;
        }
        self.me.media.revision += 1;
        self.me.note_hand(now);
        self.me.has_video |= self.me.media.camera;
        true
    }

    /// Compares with the list the server sent.
    pub(crate) fn difference<'a>(
        &self,
        present: impl IntoIterator<Item = &'a ParticipantId> + Clone,
    ) -> Difference {
        let missing = present
            .clone()
            .into_iter()
            .filter(|id| **id != self.me.id && self.get(id).is_none())
            .cloned()
            .collect();
        let ghosts = self
            .others
            .iter()
            .filter(|view| !present.clone().into_iter().any(|id| *id == view.id))
            .map(|view| view.id.clone())
            .collect();
        Difference { missing, ghosts }
    }
}

impl ParticipantView {
    /// Keeps the time of the hand true to the hand, which is up since that moment if it was not known to be.
    fn note_hand(&mut self, since: UnixMs) {
        self.hand_since_ms = self.media.hand.then(|| self.hand_since_ms.unwrap_or(since));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn id(n: u8) -> ParticipantId {
        format!("{n:016x}").parse().unwrap()
    }

    fn roster() -> Roster {
        Roster::new(id(1), "Ada".into(), MediaState::default(), 10)
    }

    #[test]
    fn an_older_or_repeated_media_state_never_replaces_a_newer_one() {
        let mut roster = roster();
        roster.add(id(2), "Bo".into(), 20);
        let muted = MediaState { revision: 5, microphone: false, ..MediaState::default() };
        let open = MediaState { revision: 4, microphone: true, ..MediaState::default() };
        assert!(roster.merge_media(&id(2), muted.into(), 30));
        assert!(!roster.merge_media(&id(2), open.into(), 30));
        assert!(!roster.merge_media(&id(2), MediaState { microphone: true, ..muted }.into(), 30));
        assert_eq!(roster.get(&id(2)).unwrap().media, muted);
    }

    #[test]
    fn own_revision_grows_with_each_change_and_with_nothing_else() {
        let mut roster = roster();
        let start = roster.me().media.revision;
        assert!(roster.change_own_media(30, |media| media.hand = true));
        assert_eq!(roster.me().media.revision, start + 1);
        assert!(!roster.change_own_media(30, |media| media.hand = true));
        assert!(!roster.change_own_media(30, |media| media.revision = 99));
        assert_eq!(roster.me().media.revision, start + 1);
    }

    #[test]
    fn a_hand_is_as_old_as_its_raising_and_not_as_the_last_change() {
        let mut roster = roster();
        roster.add(id(2), "Bo".into(), 20);
        let up = MediaState { revision: 5, hand: true, ..MediaState::default() };
        roster.merge_media(&id(2), up.into(), 30);
        roster.merge_media(&id(2), MediaState { revision: 6, camera: true, ..up }.into(), 40);
        assert_eq!(roster.get(&id(2)).unwrap().hand_since_ms, Some(30));
        roster.merge_media(&id(2), MediaState { revision: 7, hand: false, ..up }.into(), 50);
        assert_eq!(roster.get(&id(2)).unwrap().hand_since_ms, None);
        roster.change_own_media(60, |media| media.hand = true);
        assert_eq!(roster.me().hand_since_ms, Some(60));
    }

    #[test]
    fn hands_are_in_the_order_they_went_up_for_whoever_comes_later() {
        let mut roster = roster();
        let up = MediaState { revision: 5, hand: true, ..MediaState::default() };
        for (n, hand_for_ms) in [(2, 1_000), (3, 7_000)] {
            roster.add(id(n), "Someone".into(), 10_000);
            roster.merge_media(&id(n), ToldMediaState { state: up, hand_for_ms: Some(hand_for_ms) }, 10_000);
        }
        assert_eq!(roster.get(&id(2)).unwrap().hand_since_ms, Some(9_000));
        assert_eq!(roster.get(&id(3)).unwrap().hand_since_ms, Some(3_000));
        // Longer than time itself: as early as can be.
        let lie = ToldMediaState { state: up, hand_for_ms: Some(u64::MAX) };
        roster.add(id(4), "Someone".into(), 10_000);
        roster.merge_media(&id(4), lie, 10_000);
        assert_eq!(roster.get(&id(4)).unwrap().hand_since_ms, Some(0));
    }

    #[test]
    fn a_tile_is_never_given_twice() {
        let mut roster = roster();
        let first = roster.add(id(2), "Bo".into(), 20).tile;
        roster.remove(&id(2));
        let second = roster.add(id(3), "Cy".into(), 30).tile;
        let again = roster.add(id(2), "Bo".into(), 40).tile;
        assert!(first != OWN_TILE && first != second && second != again && first != again);
    }

    #[test]
    fn the_servers_list_names_the_missing_and_the_ghosts_but_never_ourselves() {
        let mut roster = roster();
        roster.add(id(2), "Bo".into(), 20);
        let difference = roster.difference(&[id(1), id(3)]);
        assert_eq!(difference, Difference { missing: vec![id(3)], ghosts: vec![id(2)] });
    }

    #[test]
    fn the_time_of_a_state_is_that_of_its_entry() {
        let mut roster = roster();
        roster.add(id(2), "Bo".into(), 20);
        assert!(roster.set_state(&id(2), ConnectionState::Connecting, 30));
        assert!(!roster.set_state(&id(2), ConnectionState::Connecting, 40));
        assert_eq!(roster.get(&id(2)).unwrap().state_since_ms, 30);
    }
}
