//! The exchange of descriptions: perfect negotiation with explicit rollback. Knows which description may be set
//! when, and which side yields; does not know why an offer is made.

use std::time::Duration;

use super::Negotiation;
use crate::{
    Action, Cause, Description, DescriptionKind, Message, OpId, Outcome, Phase, Priority, TaskKind,
    TaskResult, TrackMap, Tracks, limits, timer::Timer, timing,
};

/// Where the exchange stands, and what belongs to that.
#[derive(Debug, Clone)]
pub(super) enum Exchange {
    NoConnection,
    CreatingConnection,
    Stable,
    CreatingOffer { tracks: Tracks, abandoned: Abandoned },
    HaveLocalOffer { tracks: Tracks, number: u32 },
    ApplyingAnswer { tracks: Tracks, remote: Tracks, ufrag: Option<String> },
    RollingBack,
    ApplyingOffer { remote: RemoteOffer, offer: Box<Description> },
    CreatingAnswer { remote: RemoteOffer },
    Closed,
}

/// Whether an offer still being made is to be taken back at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Abandoned {
    /// It is to be sent.
    No,
    /// The remote offered meanwhile and this side yields; the task runs again.
    Glare,
    /// Something newer took its place; the task has its result.
    Superseded,
}

/// What is kept of an offer of the remote while it is answered.
#[derive(Debug, Clone)]
pub(super) struct RemoteOffer {
    pub(super) number: Option<u32>,
    pub(super) tracks: Tracks,
    pub(super) ufrag: Option<String>,
}

impl Exchange {
    pub(super) fn phase(&self) -> Phase {
        match self {
            Self::NoConnection => Phase::NoConnection,
            Self::CreatingConnection => Phase::CreatingConnection,
            Self::Stable => Phase::Stable,
            Self::CreatingOffer { .. } => Phase::CreatingOffer,
            Self::HaveLocalOffer { .. } => Phase::HaveLocalOffer,
            Self::ApplyingAnswer { .. } => Phase::ApplyingAnswer,
            Self::RollingBack => Phase::RollingBack,
            Self::ApplyingOffer { .. } => Phase::ApplyingOffer,
            Self::CreatingAnswer { .. } => Phase::CreatingAnswer,
            Self::Closed => Phase::Closed,
        }
    }
}

/// The ICE user name fragment (RFC 8839, 5.4): a new one means an ICE restart.
pub(crate) fn ufrag(sdp: &str) -> Option<String> {
    sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).map(|value| value.trim().to_owned())
}

/// Whether two descriptions are numbered by the same life of their maker: each begins anywhere and goes on by ones.
fn is_same_life(a: u32, b: u32) -> bool {
    a.abs_diff(b) <= limits::NUMBER_STEP
}

/// Whether a message of the remote is worth a look at all.
pub(crate) fn acceptable(message: &Message) -> bool {
    match message {
        // What begins in another way is no session description of any kind (RFC 8866, 5.1).
        Message::Description(description) => {
            description.sdp.starts_with("v=0")
                && description.sdp.len() <= limits::DESCRIPTION_BYTES
                && description.tracks.len() <= limits::TRACK_MAP
        }
        Message::Candidate(candidate) => {
            let mid = candidate.sdp_mid.as_ref().map_or(0, String::len);
            candidate.candidate.len() + mid <= limits::CANDIDATE_BYTES
        }
    }
}

impl Negotiation {
    pub(super) fn remote_description(&mut self, description: Description, now: Duration) {
        // An answer that says what it answers cannot be taken for another, also when a later offer overtook it.
        let overtakable = description.kind == DescriptionKind::Answer && description.answers.is_some();
        // What was held up for an earlier life of the remote, or of ours, is as old however high its number.
        let old = |number: u32| {
            self.remote_number
                .is_some_and(|seen| number <= seen || self.number_proven && !is_same_life(number, seen))
        };
        if !overtakable && description.number.is_some_and(old) {
            self.counters.repeated_descriptions = self.counters.repeated_descriptions.saturating_add(1);
            return;
        }
        match description.kind {
            DescriptionKind::Offer => self.remote_offer(description, now),
            DescriptionKind::Answer => self.remote_answer(description, now),
        }
    }

    fn remote_offer(&mut self, description: Description, now: Duration) {
        self.notice_new_remote(description.number, now);
        self.remote_number = self.remote_number.max(description.number);
        // An offer that is going to be taken back anyway does not collide, whoever made it.
        let collides = matches!(
            self.exchange,
            Exchange::CreatingOffer { abandoned: Abandoned::No, .. } | Exchange::HaveLocalOffer { .. }
        );
        if collides {
            self.counters.glares = self.counters.glares.saturating_add(1);
            if !self.config.polite() {
                self.counters.ignored_offers = self.counters.ignored_offers.saturating_add(1);
                self.ignoring = true;
                self.ignored_offer = Some(description);
                return;
            }
            match &mut self.exchange {
                Exchange::CreatingOffer { abandoned, .. } => *abandoned = Abandoned::Glare,
                _ => {
                    self.requeue_flight();
                    self.roll_back(Cause::Glare, now);
                }
            }
        }
        self.take_offer(description, now);
    }

    /// A client that began anew numbers its descriptions from anywhere. When it opens the generation it has met us
    /// before anyone told us of it.
    fn notice_new_remote(&mut self, number: Option<u32>, now: Duration) {
        let Some(number) = number else { return };
        let opens = self.remote_number.is_none() && !self.opener;
        let before = self.remote_latest.replace(number);
        if opens && before.is_some_and(|before| !is_same_life(before, number)) {
            self.met_anew = Some(now);
        }
    }

    /// The offer is to be answered when its turn comes.
    fn take_offer(&mut self, description: Description, now: Duration) {
        self.ignoring = false;
        self.forget_refused();
        self.candidates.description_came();
        self.finish_waiting(TaskKind::Answer, TaskResult::Superseded);
        self.remote_offer = Some(description);
        self.enqueue(TaskKind::Answer, Priority::Urgent, now);
    }

    fn remote_answer(&mut self, description: Description, now: Duration) {
        let Exchange::HaveLocalOffer { tracks, number } = self.exchange else {
            let counter = match description.answers {
                Some(answered) if answered <= self.number => &mut self.counters.late_answers,
                _ => &mut self.counters.unasked_answers,
            };
            *counter = counter.saturating_add(1);
            return;
        };
        match description.answers {
            Some(answered) if answered < number => {
                self.counters.late_answers = self.counters.late_answers.saturating_add(1);
                return;
            }
            Some(answered) if answered > number => {
                self.counters.unasked_answers = self.counters.unasked_answers.saturating_add(1);
                return;
            }
            _ => {}
        }
        // Not before: what nobody asked for must not make what comes next look old. Who answers this very offer is who
        // is there: a number seen before that is far from theirs was of an earlier life.
        let seen =
            self.remote_number.filter(|seen| description.number.is_none_or(|n| is_same_life(n, *seen)));
        self.remote_number = seen.max(description.number);
        self.number_proven |= description.number.is_some() && description.answers.is_some();
        self.remote_latest = description.number.or(self.remote_latest);
        self.ignoring = false;
        self.candidates.description_came();
        self.timers.clear(Timer::Answer);
        let remote = Tracks::of(&description.tracks);
        let ufrag = ufrag(&description.sdp);
        self.enter(Exchange::ApplyingAnswer { tracks, remote, ufrag }, Cause::RemoteAnswer, now);
        self.apply(DescriptionKind::Answer, description.sdp, description.tracks, now);
        // Made after the answer, so it did not collide: it only overtook it.
        if let Some(offer) = self.ignored_offer.take().filter(|offer| {
            description.number.zip(offer.number).is_some_and(|(n, of)| of > n && is_same_life(of, n))
        }) {
            self.take_offer(offer, now);
        }
    }

    fn apply(&mut self, kind: DescriptionKind, sdp: String, tracks: TrackMap, now: Duration) {
        let op = self.begin_operation(now);
        self.actions.push_back(Action::ApplyRemote { op, generation: self.generation, kind, sdp, tracks });
    }

    pub(super) fn apply_remote_offer(&mut self, now: Duration) {
        let Some(offer) = self.remote_offer.take() else { return };
        let remote =
            RemoteOffer { number: offer.number, tracks: Tracks::of(&offer.tracks), ufrag: ufrag(&offer.sdp) };
        // Whatever the offer says, its answer puts the credentials of an own restart in force that was taken back.
        let restart = self.is_restart(&remote) || self.staged;
        if restart && (!self.answer_has_a_way() || self.carries(&self.path)) {
            // To answer drops the path: one that may be the only way for the answer, or that carries media here, as
            // when the restart is meant for a break that is over. A new connection is made beside it instead.
            self.finish_flight(TaskResult::Superseded);
            return self.rebuild_now(Cause::RemoteOffer, now);
        }
        let (sdp, tracks) = (offer.sdp.clone(), offer.tracks.clone());
        self.enter(Exchange::ApplyingOffer { remote, offer: Box::new(offer) }, Cause::RemoteOffer, now);
        self.apply(DescriptionKind::Offer, sdp, tracks, now);
    }

    /// Whether an offer of the remote renews the ICE credentials of an exchange before it.
    pub(super) fn is_restart(&self, offer: &RemoteOffer) -> bool {
        self.remote_ufrag.is_some() && offer.ufrag.is_some() && self.remote_ufrag != offer.ufrag
    }

    pub(super) fn create_offer(&mut self, ice_restart: bool, now: Duration) {
        let tracks = self.wanted;
        self.enter(Exchange::CreatingOffer { tracks, abandoned: Abandoned::No }, Cause::TaskStarted, now);
        if ice_restart {
            self.staged = true;
            self.counters.ice_restarts = self.counters.ice_restarts.saturating_add(1);
        }
        let op = self.begin_operation(now);
        self.actions.push_back(Action::CreateOffer { op, generation: self.generation, ice_restart, tracks });
    }

    fn create_answer(&mut self, remote: RemoteOffer, now: Duration) {
        self.enter(Exchange::CreatingAnswer { remote }, Cause::OperationDone, now);
        let op = self.begin_operation(now);
        let tracks = self.wanted;
        self.actions.push_back(Action::CreateAnswer { op, generation: self.generation, tracks });
    }

    /// Takes our offer back; the exchange is stable once the driver has done it.
    pub(super) fn roll_back(&mut self, cause: Cause, now: Duration) {
        self.counters.rollbacks = self.counters.rollbacks.saturating_add(1);
        self.timers.clear(Timer::Answer);
        self.ignored_offer = None;
        self.enter(Exchange::RollingBack, cause, now);
        let op = self.begin_operation(now);
        self.actions.push_back(Action::SetLocalRollback { op, generation: self.generation });
    }

    /// Gives up an offer of ours, made or being made; its task ends with `superseded`.
    pub(super) fn supersede_offer(&mut self, now: Duration) {
        match &mut self.exchange {
            Exchange::CreatingOffer { abandoned: abandoned @ Abandoned::No, .. } => {
                *abandoned = Abandoned::Superseded;
                self.finish_flight(TaskResult::Superseded);
            }
            Exchange::HaveLocalOffer { .. } => {
                self.finish_flight(TaskResult::Superseded);
                self.roll_back(Cause::Superseded, now);
            }
            _ => {}
        }
    }

    pub(super) fn answer_timed_out(&mut self, now: Duration) {
        self.finish_flight(TaskResult::Unanswered);
        self.offer_failures = self.offer_failures.saturating_add(1);
        if !self.established {
            self.begin_recovery(Cause::Unanswered, now);
        }
        // Otherwise the path may be fine and only the messages lost: no reason to touch it. What is still wanted
        // is noticed and offered again.
        if matches!(self.exchange, Exchange::HaveLocalOffer { .. }) {
            self.roll_back(Cause::Unanswered, now);
        }
    }

    pub(super) fn outcome(&mut self, op: OpId, outcome: Outcome, now: Duration) {
        if self.candidates.finish(op) {
            if outcome == Outcome::Failed {
                self.counters.candidates_refused = self.counters.candidates_refused.saturating_add(1);
            }
            return;
        }
        if self.operation != Some(op) {
            self.counters.late_reports = self.counters.late_reports.saturating_add(1);
            return;
        }
        self.operation = None;
        self.timers.clear(Timer::Operation);
        match (self.exchange.clone(), outcome) {
            (Exchange::CreatingConnection, Outcome::Done) => self.stable(now),
            (
                Exchange::CreatingOffer { abandoned: Abandoned::No, tracks },
                Outcome::Description { sdp, tracks: map },
            ) => {
                self.offer_made(tracks, sdp, map, now);
            }
            (Exchange::CreatingOffer { abandoned, .. }, outcome) if abandoned != Abandoned::No => {
                if abandoned == Abandoned::Glare {
                    self.requeue_flight();
                }
                if matches!(outcome, Outcome::Description { .. }) {
                    let cause = if abandoned == Abandoned::Glare { Cause::Glare } else { Cause::Superseded };
                    self.roll_back(cause, now);
                } else {
                    self.stable(now);
                }
            }
            (Exchange::ApplyingAnswer { tracks, remote, ufrag }, Outcome::Done) => {
                let restart = self.flight.as_ref().is_some_and(|f| f.task.kind == TaskKind::IceRestart);
                self.remote_ufrag = ufrag;
                self.exchanged(Some(tracks), remote, restart, false, now);
            }
            (Exchange::RollingBack, Outcome::Done) => self.stable(now),
            (Exchange::ApplyingOffer { remote, .. }, Outcome::Done) => {
                self.candidates.remote_set = true;
                self.create_answer(remote, now);
            }
            (Exchange::CreatingAnswer { remote }, Outcome::Description { sdp, tracks: map }) => {
                self.answer_made(remote, sdp, map, now);
            }
            (exchange, _) => self.refused(&exchange, now),
        }
    }

    fn offer_made(&mut self, tracks: Tracks, sdp: String, map: TrackMap, now: Duration) {
        self.number = self.number.saturating_add(1);
        let number = self.number;
        // From here on the remote may or may not have seen it.
        self.negotiated = None;
        self.enter(Exchange::HaveLocalOffer { tracks, number }, Cause::OperationDone, now);
        self.timers.set(Timer::Answer, now + timing::ANSWER_WAIT);
        self.send(Message::Description(Description {
            kind: DescriptionKind::Offer,
            number: Some(number),
            answers: None,
            sdp,
            tracks: map,
        }));
        self.send_held_candidates();
    }

    fn answer_made(&mut self, remote: RemoteOffer, sdp: String, map: TrackMap, now: Duration) {
        self.number = self.number.saturating_add(1);
        let carried = Tracks::of(&map);
        self.send(Message::Description(Description {
            kind: DescriptionKind::Answer,
            number: Some(self.number),
            answers: remote.number,
            sdp,
            tracks: map,
        }));
        self.send_held_candidates();
        let restart = self.is_restart(&remote);
        self.remote_ufrag = remote.ufrag;
        self.exchanged(Some(carried), remote.tracks, restart, true, now);
    }

    /// An exchange is complete.
    fn exchanged(
        &mut self,
        own: Option<Tracks>,
        remote: Tracks,
        restart: bool,
        by_remote: bool,
        now: Duration,
    ) {
        self.counters.negotiations = self.counters.negotiations.saturating_add(1);
        self.staged = false;
        self.negotiated = own;
        self.remote_tracks = remote;
        self.offer_failures = 0;
        self.refusals = 0;
        self.candidates.remote_set = true;
        let first = !self.established;
        self.established = true;
        if restart {
            self.restarts += 1;
        }
        self.finish_flight(TaskResult::Done);
        self.stable(now);
        self.path_exchanged(first, restart, by_remote, now);
    }

    fn stable(&mut self, now: Duration) {
        self.enter(Exchange::Stable, Cause::OperationDone, now);
    }

    pub(super) fn enter(&mut self, exchange: Exchange, cause: Cause, now: Duration) {
        self.exchange = exchange;
        self.exchange_since = now;
        self.record(cause, now);
    }
}
