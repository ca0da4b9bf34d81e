//! Operations the library refuses: which are tried again on the same connection, and which begin the ladder.

use std::time::Duration;

use super::{Negotiation, descriptions::Exchange};
use crate::{Cause, Priority, TaskKind, TaskResult, limits, timer::Timer, timing};

impl Negotiation {
    /// The library refused the operation `exchange` waited for.
    pub(super) fn refused(&mut self, exchange: &Exchange, now: Duration) {
        self.counters.operations_refused = self.counters.operations_refused.saturating_add(1);
        self.refusals = self.refusals.saturating_add(1);
        if let Some(recovery) = &mut self.recovery {
            recovery.refused = true;
        }
        let restarts = self.flight.as_ref().is_some_and(|flight| flight.task.kind == TaskKind::IceRestart);
        self.finish_flight(TaskResult::Refused);
        match exchange {
            Exchange::CreatingOffer { .. } => {
                self.offer_failures = self.offer_failures.saturating_add(1);
                self.enter(Exchange::Stable, Cause::OperationRefused, now);
                // What is wanted is still not negotiated, which is noticed, and offered again after a pause.
                if restarts || !self.bears_refusal() {
                    self.begin_recovery(Cause::OperationRefused, now);
                }
            }
            Exchange::ApplyingOffer { remote, offer } => {
                self.enter(Exchange::Stable, Cause::OperationRefused, now);
                if self.is_restart(remote) || !self.bears_refusal() {
                    self.begin_recovery(Cause::OperationRefused, now);
                } else {
                    self.refused_offer = Some((**offer).clone());
                    self.timers.set(Timer::ApplyAgain, now + timing::OFFER_RETRY);
                }
            }
            Exchange::ApplyingAnswer { .. } => {
                self.offer_failures = self.offer_failures.saturating_add(1);
                self.roll_back(Cause::OperationRefused, now);
                if restarts || !self.bears_refusal() {
                    self.begin_recovery(Cause::OperationRefused, now);
                }
            }
            // A remote offer that cannot be answered or an own one that cannot be taken back leaves the
            // connection in a state nothing leads out of.
            _ => self.broken(Cause::OperationRefused, now),
        }
    }

    /// Whether a refusal is worth another try on the same connection: it works, and they were few.
    fn bears_refusal(&self) -> bool {
        self.established && self.recovery.is_none() && self.works() && self.refusals < limits::REFUSALS
    }

    /// The offer the library refused a while ago has another chance, unless it is out of date.
    pub(super) fn apply_again(&mut self, now: Duration) {
        let Some(offer) = self.refused_offer.take() else { return };
        if self.remote_offer.is_none() && self.remote_number <= offer.number {
            self.remote_offer = Some(offer);
            self.enqueue(TaskKind::Answer, Priority::Urgent, now);
        }
    }

    pub(super) fn forget_refused(&mut self) {
        self.refused_offer = None;
        self.timers.clear(Timer::ApplyAgain);
    }
}
