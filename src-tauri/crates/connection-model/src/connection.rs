//! Descriptions and credentials of one connection.

use std::collections::BTreeSet;

use holdfast_negotiation::{TrackMap, Tracks};
use thiserror::Error;

use crate::sdp::{Lines, Ufrag};

/// A call the library would not carry out; the connection is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// The signaling state (W3C webrtc-pc, 4.3.1) does not allow it.
    #[error("{0} in the wrong signaling state")]
    State(&'static str),
    /// The description cannot be read.
    #[error("the description is malformed")]
    Malformed,
    /// The answer is for another offer than the one that is out.
    #[error("the answer is for another offer")]
    OtherOffer,
    /// A candidate before the remote description.
    #[error("a candidate before the remote description")]
    Early,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Signaling {
    Stable,
    LocalOffer(u32),
    RemoteOffer { number: u32, screen: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Remote {
    /// As in the first description; a later one cannot change it (the library looks at it once).
    identity: u64,
    ufrag: Ufrag,
}

/// A local description that was made and set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its text.
    pub sdp: String,
    /// What it sends, by mid.
    pub tracks: TrackMap,
    /// Whether it began a round of gathering: the first does, and each that renews the ICE credentials.
    pub gathers: bool,
}

/// How descriptions of one end are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Naming {
    /// Each has another number.
    Counted,
    /// Two that say the same are the same.
    ByContent,
}

/// One end of a connection. Ends that hash alike answer the same calls alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Connection {
    identity: u64,
    /// How its descriptions are told apart.
    naming: Naming,
    ufrag: Ufrag,
    signaling: Signaling,
    remote: Option<Remote>,
    /// Descriptions made, as far as they are counted.
    described: u32,
    gathered: Option<Ufrag>,
    /// Local credentials a candidate was found for.
    found: Option<Ufrag>,
    /// Credentials made so far.
    credentials_made: u32,
    /// Number of the credentials a restart has made that is not in force yet.
    staged: Option<u32>,
    /// Remote credentials a candidate came for.
    candidates: BTreeSet<(u64, u32)>,
}

impl Connection {
    /// A fresh connection. `identity` stands for its DTLS certificate and must be its own alone.
    #[must_use]
    pub fn new(identity: u64) -> Self {
        Self {
            identity,
            naming: Naming::Counted,
            ufrag: Ufrag { identity, number: 0 },
            signaling: Signaling::Stable,
            remote: None,
            described: 0,
            gathered: None,
            found: None,
            credentials_made: 0,
            staged: None,
            candidates: BTreeSet::new(),
        }
    }

    /// The same, but two of its descriptions that say the same are the same text. An exploration of all that can happen
    /// recognises by this that two ways led to the same place.
    #[must_use]
    pub fn named_by_content(identity: u64) -> Self {
        Self { naming: Naming::ByContent, ..Self::new(identity) }
    }

    /// What it was made with.
    #[must_use]
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// Identity of the other end, as its first description said.
    #[must_use]
    pub fn remote_identity(&self) -> Option<u64> {
        self.remote.map(|remote| remote.identity)
    }

    /// Number of our credentials, and which of theirs go with them; none before the first remote description.
    #[must_use]
    pub fn credentials(&self) -> Option<(u32, (u64, u32))> {
        self.remote.map(|remote| (self.ufrag.number, (remote.ufrag.identity, remote.ufrag.number)))
    }

    /// Creates an offer and sets it. One that restarts is in force only with its answer; until then the old path goes
    /// on, as the `peer` crate sees to. What a rollback takes back stays staged, and is in every further offer.
    ///
    /// # Errors
    /// Unless stable.
    pub fn offer(&mut self, ice_restart: bool, tracks: Tracks) -> Result<Described, Refused> {
        if self.signaling != Signaling::Stable {
            return Err(Refused::State("an offer"));
        }
        if ice_restart {
            self.staged = Some(self.new_credentials());
        }
        let (described, number) = self.describe(None, tracks);
        self.signaling = Signaling::LocalOffer(number);
        Ok(described)
    }

    /// Creates an answer and sets it. A shared screen is in it only if the offer has room for one.
    ///
    /// # Errors
    /// Without a remote offer.
    pub fn answer(&mut self, tracks: Tracks, narrow: bool) -> Result<Described, Refused> {
        let Signaling::RemoteOffer { number, screen } = self.signaling else {
            return Err(Refused::State("an answer"));
        };
        let tracks = Tracks { screen: tracks.screen && (screen || !narrow), ..tracks };
        let (described, _) = self.describe(Some(number), tracks);
        self.signaling = Signaling::Stable;
        Ok(described)
    }

    /// Takes the local offer back.
    ///
    /// # Errors
    /// Without a local offer.
    pub fn roll_back(&mut self) -> Result<(), Refused> {
        let Signaling::LocalOffer(_) = self.signaling else { return Err(Refused::State("a rollback")) };
        self.signaling = Signaling::Stable;
        Ok(())
    }

    /// Sets a remote offer. Returns whether it renewed the ICE credentials of both ends.
    ///
    /// # Errors
    /// Unless stable; when it cannot be read.
    pub fn apply_offer(&mut self, sdp: &str) -> Result<bool, Refused> {
        if self.signaling != Signaling::Stable {
            return Err(Refused::State("a remote offer"));
        }
        let lines = Lines::read(sdp).ok_or(Refused::Malformed)?;
        let restart = self.remote.is_some_and(|remote| remote.ufrag != lines.ufrag);
        let staged = self.staged.take();
        if restart {
            self.ufrag.number = self.new_credentials();
        } else if let Some(staged) = staged {
            // The answer would carry them anyway.
            self.ufrag.number = staged;
        }
        self.set_remote(&lines);
        self.signaling = Signaling::RemoteOffer { number: lines.number, screen: lines.screen };
        Ok(restart)
    }

    /// Sets a remote answer. Returns whether it began a round of gathering, which that of a restart does only here.
    ///
    /// # Errors
    /// Without a local offer; when it cannot be read or is for another offer.
    pub fn apply_answer(&mut self, sdp: &str) -> Result<bool, Refused> {
        let Signaling::LocalOffer(number) = self.signaling else {
            return Err(Refused::State("a remote answer"));
        };
        let lines = Lines::read(sdp).ok_or(Refused::Malformed)?;
        if lines.answers != Some(number) {
            return Err(Refused::OtherOffer);
        }
        if let Some(staged) = self.staged.take() {
            self.ufrag.number = staged;
        }
        self.set_remote(&lines);
        self.signaling = Signaling::Stable;
        Ok(self.gathers())
    }

    /// The local candidate of the current credentials that gathering is going to find.
    #[must_use]
    pub fn candidate(&self) -> String {
        format!("candidate:{}.{}", self.ufrag.identity, self.ufrag.number)
    }

    /// Gathering found a local candidate. Every description of these credentials made from here on names it, as in the
    /// library; so a side that ignored an offer of ours, and the candidates that came with it, has them with our answer.
    pub fn found(&mut self, candidate: &str) {
        if candidate == self.candidate() {
            self.found = Some(self.ufrag);
        }
    }

    /// Takes a remote candidate; one of other credentials than the current is of no use, as in the library.
    ///
    /// # Errors
    /// Before the remote description.
    pub fn add_candidate(&mut self, candidate: &str) -> Result<(), Refused> {
        if self.remote.is_none() {
            return Err(Refused::Early);
        }
        let ufrag = candidate.strip_prefix("candidate:").and_then(|text| text.split_once('.'));
        if let Some((identity, number)) = ufrag
            && let (Ok(identity), Ok(number)) = (identity.parse(), number.parse())
        {
            self.candidates.insert((identity, number));
        }
        Ok(())
    }

    /// Whether the two ends know each other's certificate and current credentials, so that checks are answered.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let (Some(mine), Some(theirs)) = (self.remote, other.remote) else { return false };
        mine.identity == other.identity
            && theirs.identity == self.identity
            && mine.ufrag == other.ufrag
            && theirs.ufrag == self.ufrag
    }

    /// Whether a candidate of the other end's current credentials is known here.
    #[must_use]
    pub fn knows_candidate_of(&self, other: &Self) -> bool {
        self.candidates.contains(&(other.ufrag.identity, other.ufrag.number))
    }

    fn set_remote(&mut self, lines: &Lines) {
        let identity = self.remote.map_or(lines.identity, |remote| remote.identity);
        self.remote = Some(Remote { identity, ufrag: lines.ufrag });
        if lines.candidate {
            self.candidates.insert((lines.ufrag.identity, lines.ufrag.number));
        }
    }

    /// Returns the number of the description, too.
    fn describe(&mut self, answers: Option<u32>, tracks: Tracks) -> (Described, u32) {
        let ufrag = Ufrag { number: self.staged.unwrap_or(self.ufrag.number), ..self.ufrag };
        let number = match self.naming {
            Naming::Counted => {
                self.described += 1;
                self.described
            }
            // One bit for each source, behind the number of the credentials.
            Naming::ByContent => {
                tracks.sources().fold(ufrag.number << 4, |bits, source| bits | 1 << source as u32)
            }
        };
        let lines = Lines {
            identity: self.identity,
            ufrag,
            number,
            answers,
            screen: tracks.screen,
            candidate: self.found == Some(ufrag),
        };
        let gathers = self.staged.is_none() && self.gathers();
        let tracks: TrackMap =
            tracks.sources().enumerate().map(|(mid, source)| (mid.to_string().into(), source)).collect();
        (Described { sdp: lines.write(), tracks, gathers }, number)
    }

    fn new_credentials(&mut self) -> u32 {
        self.credentials_made += 1;
        self.credentials_made
    }

    /// Whether gathering for the credentials in force begins now.
    fn gathers(&mut self) -> bool {
        self.gathered.replace(self.ufrag) != Some(self.ufrag)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const BOTH: Tracks = Tracks { microphone: true, camera: true, ..Tracks::NONE };

    fn exchange(offerer: &mut Connection, answerer: &mut Connection, ice_restart: bool) {
        let offer = offerer.offer(ice_restart, BOTH).unwrap();
        answerer.apply_offer(&offer.sdp).unwrap();
        let answer = answerer.answer(BOTH, true).unwrap();
        offerer.apply_answer(&answer.sdp).unwrap();
    }

    #[test]
    fn an_exchange_makes_a_match_and_a_restart_makes_another() {
        let (mut a, mut b) = (Connection::new(1), Connection::new(2));
        exchange(&mut a, &mut b, false);
        assert!(a.matches(&b) && b.matches(&a));
        let offer = b.offer(true, BOTH).unwrap();
        assert!(a.matches(&b) && !offer.gathers, "the old path goes on until the answer");
        assert!(a.apply_offer(&offer.sdp).unwrap());
        assert!(!a.matches(&b), "the answering end has dropped it");
        assert!(b.apply_answer(&a.answer(BOTH, true).unwrap().sdp).unwrap(), "gathering begins");
        assert!(a.matches(&b));
    }

    #[test]
    fn a_restart_that_was_rolled_back_leaves_the_path_and_is_in_the_next_exchange() {
        for offerer in 0..2 {
            let (mut a, mut b) = (Connection::new(1), Connection::new(2));
            exchange(&mut a, &mut b, false);
            a.offer(true, BOTH).unwrap();
            a.roll_back().unwrap();
            assert!(a.matches(&b));
            let before = a.credentials();
            if offerer == 0 {
                exchange(&mut a, &mut b, false);
            } else {
                exchange(&mut b, &mut a, false);
            }
            assert!(a.matches(&b) && a.credentials() != before);
        }
    }

    #[test]
    fn candidates_found_for_an_offer_that_was_taken_back_are_in_the_answer() {
        let (mut a, mut b) = (Connection::new(1), Connection::new(2));
        b.offer(false, BOTH).unwrap();
        b.found(&b.candidate());
        b.roll_back().unwrap();
        exchange(&mut a, &mut b, false);
        assert!(a.knows_candidate_of(&b) && !b.knows_candidate_of(&a));
        exchange(&mut a, &mut b, true);
        assert!(!a.knows_candidate_of(&b), "those of a restart have to be found first");
    }

    #[test]
    fn an_offer_answered_by_another_connection_never_connects() {
        let (mut a, mut b, mut c) = (Connection::new(1), Connection::new(2), Connection::new(3));
        exchange(&mut a, &mut b, false);
        let offer = a.offer(true, BOTH).unwrap();
        c.apply_offer(&offer.sdp).unwrap();
        a.apply_answer(&c.answer(BOTH, true).unwrap().sdp).unwrap();
        assert!(!a.matches(&c) && !c.matches(&a) && !a.matches(&b));
    }

    #[test]
    fn descriptions_named_by_content_differ_only_in_what_they_say() {
        let mut end = Connection::named_by_content(1);
        let mut offer = |restart, tracks| {
            let sdp = end.offer(restart, tracks).unwrap().sdp;
            end.roll_back().unwrap();
            sdp
        };
        let first = offer(false, BOTH);
        assert_eq!(offer(false, BOTH), first);
        let screen = offer(false, Tracks { screen: true, ..BOTH });
        let restart = offer(true, BOTH);
        assert!(screen != first && restart != first && restart != screen);
        assert_eq!(offer(false, BOTH), restart, "what was rolled back stays staged");
    }

    #[test]
    fn calls_out_of_turn_are_refused() {
        let (mut a, mut b) = (Connection::new(1), Connection::new(2));
        assert_eq!(a.answer(BOTH, true), Err(Refused::State("an answer")));
        assert_eq!(a.roll_back(), Err(Refused::State("a rollback")));
        assert_eq!(a.add_candidate(&b.candidate()), Err(Refused::Early));
        let first = a.offer(false, BOTH).unwrap();
        assert_eq!(a.offer(false, BOTH), Err(Refused::State("an offer")));
        assert_eq!(a.apply_offer(&first.sdp), Err(Refused::State("a remote offer")));
        b.apply_offer(&first.sdp).unwrap();
        let late = b.answer(BOTH, true).unwrap();
        a.roll_back().unwrap();
        a.offer(false, BOTH).unwrap();
        assert_eq!(a.apply_answer(&late.sdp), Err(Refused::OtherOffer));
    }

    #[test]
    fn an_answer_has_a_screen_only_where_the_offer_has_room() {
        let (mut a, mut b) = (Connection::new(1), Connection::new(2));
        b.apply_offer(&a.offer(false, BOTH).unwrap().sdp).unwrap();
        let answer = b.answer(Tracks { screen: true, ..BOTH }, true).unwrap();
        assert!(!Tracks::of(&answer.tracks).screen);
    }
}
