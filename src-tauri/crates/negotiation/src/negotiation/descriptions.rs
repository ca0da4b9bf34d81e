//! The exchange of descriptions: perfect negotiation with explicit rollback. Knows which description may be set
//! when, and which side yields; does not know why an offer is made.

use holdfast_terms::{DescriptionNumber, Elapsed};

use super::{Negotiation, credentials::ufrag};
use crate::{
    Action, Cause, Description, DescriptionKind, Message, OpId, Outcome, Phase, Priority, TaskKind,
    TaskResult, TrackMap, Tracks, limits, timer::Timer, timing,
};

/// The state of the exchange, with what is known in that state.
#[derive(Debug, Clone)]
pub(super) enum Exchange {
    NoConnection,
    CreatingConnection,
    Stable,
    CreatingOffer { tracks: Tracks, abandoned: Abandoned },
    HaveLocalOffer { tracks: Tracks, number: DescriptionNumber },
    ApplyingAnswer { tracks: Tracks, remote: Tracks, ufrag: Option<String> },
    RollingBack,
    ApplyingOffer { remote: RemoteOffer, offer: Box<Description> },
    CreatingAnswer { remote: RemoteOffer },
    Closed,
}

/// Whether an offer that is still being made is taken back as soon as it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Abandoned {
    /// No: it is sent.
    No,
    /// The remote offered meanwhile and this side yields; the task runs again.
    Glare,
    /// Something newer took its place; the task has its result.
    Superseded,
}

/// What is kept of an offer of the remote while it is answered.
#[derive(Debug, Clone)]
pub(super) struct RemoteOffer {
    pub(super) number: Option<DescriptionNumber>,
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

/// Whether a message of the remote is looked at.
pub(crate) fn acceptable(message: &Message) -> bool {
    match message {
        // Every session description begins like this (RFC 8866, section 5.1).
        Message::Description(description) => {
            description.sdp.starts_with("v=0")
                && description.sdp.len() <= limits::DESCRIPTION_BYTES
                && description.tracks.len() <= limits::TRACK_MAP
        }
        Message::Candidate(candidate) => {
            let mid = candidate.sdp_mid.as_ref().map_or(0, |mid| mid.as_str().len());
            candidate.candidate.len() + mid <= limits::CANDIDATE_BYTES
        }
    }
}

impl Negotiation {
    pub(super) fn remote_description(&mut self, description: Description, now: Elapsed) {
        // An answer that says what it answers cannot be taken for another, also when a later offer overtook it.
        let overtakable = description.kind == DescriptionKind::Answer && description.answers.is_some();
        if !overtakable && description.number.is_some_and(|number| self.numbering.is_old(number)) {
            self.counters.repeated_descriptions = self.counters.repeated_descriptions.saturating_add(1);
            return;
        }
        match description.kind {
            DescriptionKind::Offer => self.remote_offer(description, now),
            DescriptionKind::Answer => self.remote_answer(description, now),
        }
    }

    fn remote_offer(&mut self, description: Description, now: Elapsed) {
        self.numbering.offer_came(description.number, !self.connection.is_opener(), now);
        // An offer of ours that is taken back anyway does not collide.
        let collides = matches!(
            self.exchange,
            Exchange::CreatingOffer { abandoned: Abandoned::No, .. } | Exchange::HaveLocalOffer { .. }
        );
        if collides {
            self.counters.glares = self.counters.glares.saturating_add(1);
            if !self.config.polite() {
                self.counters.ignored_offers = self.counters.ignored_offers.saturating_add(1);
                self.offers.ignore(description);
                return;
            }
            match &mut self.exchange {
                Exchange::CreatingOffer { abandoned, .. } => *abandoned = Abandoned::Glare,
                _ => {
                    self.tasks.requeue_in_flight();
                    self.roll_back(Cause::Glare, now);
                }
            }
        }
        self.take_offer(description, now);
    }

    /// The offer is answered when its turn comes.
    fn take_offer(&mut self, description: Description, now: Elapsed) {
        self.offers.take_up(description);
        self.timers.clear(Timer::ApplyAgain);
        self.candidates.description_came();
        self.finish_waiting(TaskKind::Answer, TaskResult::Superseded);
        self.enqueue(TaskKind::Answer, Priority::Urgent, now);
    }

    fn remote_answer(&mut self, description: Description, now: Elapsed) {
        let Exchange::HaveLocalOffer { tracks, number } = self.exchange else {
            let counter = match description.answers {
                Some(answered) if self.numbering.may_have_sent(answered) => &mut self.counters.late_answers,
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
        // Not before: an answer that does not belong to the offer must not make what comes next look old.
        self.numbering.answer_came(description.number, description.answers.is_some());
        let overtaking = self.offers.answer_came(description.number);
        self.candidates.description_came();
        self.timers.clear(Timer::Answer);
        let remote = Tracks::of(&description.tracks);
        let ufrag = ufrag(&description.sdp);
        self.enter(Exchange::ApplyingAnswer { tracks, remote, ufrag }, Cause::RemoteAnswer, now);
        self.apply(DescriptionKind::Answer, description.sdp, description.tracks, now);
        if let Some(offer) = overtaking {
            self.take_offer(offer, now);
        }
    }

    fn apply(&mut self, kind: DescriptionKind, sdp: String, tracks: TrackMap, now: Elapsed) {
        let op = self.begin_operation(now);
        self.actions.push_back(Action::ApplyRemote {
            op,
            generation: self.connection.generation(),
            kind,
            sdp,
            tracks,
        });
    }

    pub(super) fn apply_remote_offer(&mut self, now: Elapsed) {
        let Some(offer) = self.offers.take_waiting() else { return };
        let remote =
            RemoteOffer { number: offer.number, tracks: Tracks::of(&offer.tracks), ufrag: ufrag(&offer.sdp) };
        let drops_path = self.credentials.answer_drops_path(remote.ufrag.as_ref());
        if drops_path && (!self.answer_has_a_way() || self.current_works()) {
            // To answer drops the path: one that may be the only way for the answer, or that carries media here, as
            // when the restart is meant for a break that is over. A new connection is made beside it instead.
            self.finish_flight(TaskResult::Superseded);
            return self.rebuild_now(Cause::RemoteOffer, now);
        }
        let (sdp, tracks) = (offer.sdp.clone(), offer.tracks.clone());
        self.enter(Exchange::ApplyingOffer { remote, offer: Box::new(offer) }, Cause::RemoteOffer, now);
        self.apply(DescriptionKind::Offer, sdp, tracks, now);
    }

    pub(super) fn create_offer(&mut self, ice_restart: bool, now: Elapsed) {
        let tracks = self.tracks.wanted();
        self.enter(Exchange::CreatingOffer { tracks, abandoned: Abandoned::No }, Cause::TaskStarted, now);
        if ice_restart {
            self.credentials.stage();
            self.counters.ice_restarts = self.counters.ice_restarts.saturating_add(1);
        }
        let op = self.begin_operation(now);
        self.actions.push_back(Action::CreateOffer {
            op,
            generation: self.connection.generation(),
            ice_restart,
            tracks,
        });
    }

    fn create_answer(&mut self, remote: RemoteOffer, now: Elapsed) {
        self.enter(Exchange::CreatingAnswer { remote }, Cause::OperationDone, now);
        let op = self.begin_operation(now);
        let tracks = self.tracks.wanted();
        self.actions.push_back(Action::CreateAnswer { op, generation: self.connection.generation(), tracks });
    }

    /// Takes our offer back; the exchange is stable once the driver has done it.
    pub(super) fn roll_back(&mut self, cause: Cause, now: Elapsed) {
        self.counters.rollbacks = self.counters.rollbacks.saturating_add(1);
        self.timers.clear(Timer::Answer);
        self.offers.forget_ignored();
        self.enter(Exchange::RollingBack, cause, now);
        let op = self.begin_operation(now);
        self.actions.push_back(Action::SetLocalRollback { op, generation: self.connection.generation() });
    }

    /// Gives up an offer of ours, made or being made; its task ends with `superseded`.
    pub(super) fn supersede_offer(&mut self, now: Elapsed) {
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

    pub(super) fn answer_timed_out(&mut self, now: Elapsed) {
        self.finish_flight(TaskResult::Unanswered);
        self.failures.offer_failed();
        if !self.connection.is_established() {
            self.begin_recovery(Cause::Unanswered, now);
        }
        // Otherwise the path may be fine and only the messages lost: no reason to touch it. What is still wanted
        // is noticed and offered again.
        if matches!(self.exchange, Exchange::HaveLocalOffer { .. }) {
            self.roll_back(Cause::Unanswered, now);
        }
    }

    pub(super) fn outcome(&mut self, op: OpId, outcome: Outcome, now: Elapsed) {
        if self.candidates.finish(op) {
            if outcome == Outcome::Failed {
                self.counters.candidates_refused = self.counters.candidates_refused.saturating_add(1);
            }
            return;
        }
        if !self.operations.finish(op) {
            self.counters.late_reports = self.counters.late_reports.saturating_add(1);
            return;
        }
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
                    self.tasks.requeue_in_flight();
                }
                if matches!(outcome, Outcome::Description { .. }) {
                    let cause = if abandoned == Abandoned::Glare { Cause::Glare } else { Cause::Superseded };
                    self.roll_back(cause, now);
                } else {
                    self.stable(now);
                }
            }
            (Exchange::ApplyingAnswer { tracks, remote, ufrag }, Outcome::Done) => {
                let restart = self.tasks.is_in_flight(TaskKind::IceRestart);
                self.credentials.exchanged(ufrag, restart);
                self.exchanged(tracks, remote, restart, false, now);
            }
            (Exchange::RollingBack, Outcome::Done) => self.stable(now),
            (Exchange::ApplyingOffer { remote, .. }, Outcome::Done) => {
                self.candidates.description_set();
                self.create_answer(remote, now);
            }
            (Exchange::CreatingAnswer { remote }, Outcome::Description { sdp, tracks: map }) => {
                self.answer_made(remote, sdp, map, now);
            }
            (exchange, _) => self.refused(&exchange, now),
        }
    }

    fn offer_made(&mut self, tracks: Tracks, sdp: String, map: TrackMap, now: Elapsed) {
        let number = self.numbering.number_next();
        self.tracks.offered();
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

    fn answer_made(&mut self, remote: RemoteOffer, sdp: String, map: TrackMap, now: Elapsed) {
        let number = self.numbering.number_next();
        let carried = Tracks::of(&map);
        self.send(Message::Description(Description {
            kind: DescriptionKind::Answer,
            number: Some(number),
            answers: remote.number,
            sdp,
            tracks: map,
        }));
        self.send_held_candidates();
        let restart = self.credentials.is_restart(remote.ufrag.as_ref());
        self.credentials.exchanged(remote.ufrag, restart);
        self.exchanged(carried, remote.tracks, restart, true, now);
    }

    /// An exchange is complete.
    fn exchanged(&mut self, own: Tracks, remote: Tracks, restart: bool, by_remote: bool, now: Elapsed) {
        self.counters.negotiations = self.counters.negotiations.saturating_add(1);
        self.tracks.agreed(own, remote);
        self.failures.forget();
        self.candidates.description_set();
        let first = self.connection.establish();
        self.finish_flight(TaskResult::Done);
        self.stable(now);
        self.path_exchanged(first, restart, by_remote, now);
    }

    fn stable(&mut self, now: Elapsed) {
        self.enter(Exchange::Stable, Cause::OperationDone, now);
    }

    pub(super) fn enter(&mut self, exchange: Exchange, cause: Cause, now: Elapsed) {
        self.exchange = exchange;
        self.exchange_since = now;
        self.record(cause, now);
    }
}
