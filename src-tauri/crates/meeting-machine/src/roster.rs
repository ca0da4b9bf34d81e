//! Who is in the meeting, and what we know of each. Pure, so that every rule can be tested without a clock.
//!
//! Each fact has one owner: only a newer revision from a participant replaces their media state, and only
//! [`Roster::change_own_media`] replaces ours.

use holdfast_protocol::{MediaState, ParticipantId, Revision, ToldMediaState, TrackSource};

use crate::feed::FeedNumbers;
use crate::{FeedNumber, Listening, Participant, UnixMs};

/// Everyone in the meeting.
#[derive(Debug)]
pub(crate) struct Roster {
    me: Participant,
    others: Vec<Participant>,
    numbers: FeedNumbers,
}

/// The result of a comparison with the server's list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// In the server's list, not in ours.
    pub(crate) missing: Vec<ParticipantId>,
    /// In ours, not in the server's: ghosts.
    pub(crate) ghosts: Vec<ParticipantId>,
}

impl Roster {
    pub(crate) fn new(id: ParticipantId, name: String, media: MediaState, now: UnixMs) -> Self {
        let mut numbers = FeedNumbers::default();
        let me = Participant::new(id, name, media, numbers.allot(), now);
        Self { me, others: Vec::new(), numbers }
    }

    pub(crate) fn me(&self) -> &Participant {
        &self.me
    }

    pub(crate) fn others(&self) -> &[Participant] {
        &self.others
    }

    pub(crate) fn get(&self, id: &ParticipantId) -> Option<&Participant> {
        self.others.iter().find(|other| other.id == *id)
    }

    fn get_mut(&mut self, id: &ParticipantId) -> Option<&mut Participant> {
        self.others.iter_mut().find(|other| other.id == *id)
    }

    /// The participant whose feed has this number, and its source; this may be ourselves.
    pub(crate) fn feed(&self, number: FeedNumber) -> Option<(&Participant, TrackSource)> {
        let everyone = std::iter::once(&self.me).chain(&self.others);
        everyone.into_iter().find_map(|one| Some((one, one.feeds.numbered(number)?.source)))
    }

    /// Adds someone. If their id is already here, only the name changes.
    pub(crate) fn add(&mut self, id: ParticipantId, name: String, now: UnixMs) {
        match self.get_mut(&id) {
            Some(known) => known.name = name,
            None => {
                let feeds = self.numbers.allot();
                self.others.push(Participant::new(id, name, MediaState::default(), feeds, now));
            }
        }
    }

    /// Someone's client began anew: what it said and held before does not count any more.
    pub(crate) fn restart(&mut self, id: &ParticipantId) {
        if let Some(participant) = self.get_mut(id) {
            participant.restart();
        }
    }

    /// Notes whether their signaling connection is alive. Returns whether that is news.
    pub(crate) fn set_present(&mut self, id: &ParticipantId, present: bool) -> bool {
        self.get_mut(id).is_some_and(|one| std::mem::replace(&mut one.present, present) != present)
    }

    /// Notes how they are heard here. Returns whether that is news.
    pub(crate) fn set_listening(&mut self, id: &ParticipantId, listening: Listening) -> bool {
        self.get_mut(id).is_some_and(|one| std::mem::replace(&mut one.listening, listening) != listening)
    }

    /// Notes which revision of our media state they hold.
    pub(crate) fn set_acknowledged(&mut self, id: &ParticipantId, revision: Revision) {
        if let Some(participant) = self.get_mut(id) {
            participant.acknowledged_revision = revision;
        }
    }

    /// Removes someone. `None` if they were not here.
    pub(crate) fn remove(&mut self, id: &ParticipantId) -> Option<Participant> {
        let index = self.others.iter().position(|other| other.id == *id)?;
        Some(self.others.remove(index))
    }

    /// Takes what someone says they send, unless we know something as new or newer. Returns whether it was taken.
    pub(crate) fn merge_media(&mut self, id: &ParticipantId, told: ToldMediaState, now: UnixMs) -> bool {
        match self.get_mut(id) {
            Some(one) if told.state.revision > one.media.revision => {
                one.media = told.state;
                one.note_hand(now.saturating_sub(told.hand_for_ms.unwrap_or(0)));
                true
            }
            _ => false,
        }
    }

    /// Notes whose sound reaches them, or us when `id` is ours. Returns whether that is news.
    pub(crate) fn set_hears(&mut self, id: &ParticipantId, hears: Option<Vec<ParticipantId>>) -> bool {
        let one = if *id == self.me.id { Some(&mut self.me) } else { self.get_mut(id) };
        one.is_some_and(|one| {
            let news = one.hears != hears;
            one.hears = hears;
            news
        })
    }

    /// Notes that a picture of their feed arrived. Returns true the first time.
    pub(crate) fn note_picture(&mut self, id: &ParticipantId, source: TrackSource) -> bool {
        self.get_mut(id).is_some_and(|one| one.feeds.note_picture(source))
    }

    /// Changes what we send. A change gets the next revision; no change keeps the old one. Returns whether it changed.
    pub(crate) fn change_own_media(&mut self, now: UnixMs, change: impl FnOnce(&mut MediaState)) -> bool {
        let before = self.me.media;
        change(&mut self.me.media);
        self.me.media.revision = before.revision;
        if self.me.media == before {
            return false;
        }
        self.me.media.revision = before.revision.next();
        self.me.note_hand(now);
        if self.me.media.camera {
            self.me.feeds.note_picture(TrackSource::Camera);
        }
        true
    }

    /// Compares with the server's list.
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
            .filter(|other| !present.clone().into_iter().any(|id| *id == other.id))
            .map(|other| other.id.clone())
            .collect();
        Difference { missing, ghosts }
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
        let muted = MediaState { revision: Revision(5), microphone: false, ..MediaState::default() };
        let open = MediaState { revision: Revision(4), microphone: true, ..MediaState::default() };
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
        assert_eq!(roster.me().media.revision, start.next());
        assert!(!roster.change_own_media(30, |media| media.hand = true));
        assert!(!roster.change_own_media(30, |media| media.revision = Revision(99)));
        assert_eq!(roster.me().media.revision, start.next());
    }

    #[test]
    fn a_hand_is_as_old_as_its_raising_and_not_as_the_last_change() {
        let mut roster = roster();
        roster.add(id(2), "Bo".into(), 20);
        let up = MediaState { revision: Revision(5), hand: true, ..MediaState::default() };
        roster.merge_media(&id(2), up.into(), 30);
        roster.merge_media(&id(2), MediaState { revision: Revision(6), camera: true, ..up }.into(), 40);
        assert_eq!(roster.get(&id(2)).unwrap().hand_since_ms, Some(30));
        roster.merge_media(&id(2), MediaState { revision: Revision(7), hand: false, ..up }.into(), 50);
        assert_eq!(roster.get(&id(2)).unwrap().hand_since_ms, None);
        roster.change_own_media(60, |media| media.hand = true);
        assert_eq!(roster.me().hand_since_ms, Some(60));
    }

    #[test]
    fn hands_are_in_the_order_they_went_up_for_someone_who_comes_later() {
        let mut roster = roster();
        let up = MediaState { revision: Revision(5), hand: true, ..MediaState::default() };
        for (n, hand_for_ms) in [(2, 1_000), (3, 7_000)] {
            roster.add(id(n), "Someone".into(), 10_000);
            roster.merge_media(&id(n), ToldMediaState { state: up, hand_for_ms: Some(hand_for_ms) }, 10_000);
        }
        assert_eq!(roster.get(&id(2)).unwrap().hand_since_ms, Some(9_000));
        assert_eq!(roster.get(&id(3)).unwrap().hand_since_ms, Some(3_000));
        // Longer than the time since the epoch: counts as the earliest time.
        let lie = ToldMediaState { state: up, hand_for_ms: Some(u64::MAX) };
        roster.add(id(4), "Someone".into(), 10_000);
        roster.merge_media(&id(4), lie, 10_000);
        assert_eq!(roster.get(&id(4)).unwrap().hand_since_ms, Some(0));
    }

    #[test]
    fn a_number_of_a_feed_is_never_given_twice() {
        let mut roster = roster();
        let numbers = |roster: &Roster, n: u8| -> Vec<FeedNumber> {
            roster.get(&id(n)).unwrap().feeds.iter().map(|feed| feed.number).collect()
        };
        let mut given: Vec<_> = roster.me().feeds.iter().map(|feed| feed.number).collect();
        roster.add(id(2), "Bo".into(), 20);
        given.extend(numbers(&roster, 2));
        roster.remove(&id(2));
        roster.add(id(3), "Cy".into(), 30);
        given.extend(numbers(&roster, 3));
        roster.add(id(2), "Bo".into(), 40);
        given.extend(numbers(&roster, 2));
        let all = given.len();
        given.sort();
        given.dedup();
        assert_eq!(given.len(), all);
    }

    #[test]
    fn a_number_leads_to_its_feed_while_its_participant_is_here() {
        let mut roster = roster();
        roster.add(id(2), "Bo".into(), 20);
        let screen = roster.get(&id(2)).unwrap().feeds.number(TrackSource::Screen);
        let (whose, source) = roster.feed(screen).unwrap();
        assert_eq!((&whose.id, source), (&id(2), TrackSource::Screen));
        let own = roster.me().feeds.number(TrackSource::Camera);
        assert_eq!(roster.feed(own).unwrap().0.id, id(1));
        roster.remove(&id(2));
        assert!(roster.feed(screen).is_none());
    }

    #[test]
    fn the_servers_list_names_the_missing_and_the_ghosts_but_never_ourselves() {
        let mut roster = roster();
        roster.add(id(2), "Bo".into(), 20);
        let difference = roster.difference(&[id(1), id(3)]);
        assert_eq!(difference, Difference { missing: vec![id(3)], ghosts: vec![id(2)] });
    }
}
