//! Operations the library refuses: which are tried again on the same connection, and which begin the ladder.

use holdfast_terms::Elapsed;

use super::{Negotiation, descriptions::Exchange};
use crate::{Cause, Priority, TaskKind, TaskResult, timer::Timer, timing};

impl Negotiation {
    /// The library refused the operation `exchange` waited for.
    pub(super) fn refused(&mut self, exchange: &Exchange, now: Elapsed) {
        self.counters.operations_refused = self.counters.operations_refused.saturating_add(1);
        self.failures.operation_refused();
        if let Some(recovery) = &mut self.recovery {
            recovery.refuse();
        }
        let restarts = self.tasks.is_in_flight(TaskKind::IceRestart);
        self.finish_flight(TaskResult::Refused);
        match exchange {
            Exchange::CreatingOffer { .. } => {
                self.failures.offer_failed();
                self.enter(Exchange::Stable, Cause::OperationRefused, now);
                // What is wanted is still not negotiated, which is noticed, and offered again after a pause.
                if restarts || !self.bears_refusal() {
                    self.begin_recovery(Cause::OperationRefused, now);
                }
            }
            Exchange::ApplyingOffer { remote, offer } => {
                self.enter(Exchange::Stable, Cause::OperationRefused, now);
                if self.credentials.is_restart(remote.ufrag.as_ref()) || !self.bears_refusal() {
                    self.begin_recovery(Cause::OperationRefused, now);
                } else {
                    self.offers.refuse((**offer).clone());
                    self.timers.set(Timer::ApplyAgain, now + timing::OFFER_RETRY);
                }
            }
            Exchange::ApplyingAnswer { .. } => {
                self.failures.offer_failed();
                self.roll_back(Cause::OperationRefused, now);
                if restarts || !self.bears_refusal() {
                    self.begin_recovery(Cause::OperationRefused, now);
                }
            }
            // After a remote offer that cannot be answered, or an own one that cannot be taken back, no operation leads
            // the connection back to the stable state.
            _ => self.broken(Cause::OperationRefused, now),
        }
    }

    /// Whether to try again on the same connection after a refusal: the connection works, and the refusals were few.
    fn bears_refusal(&self) -> bool {
        self.connection.is_established()
            && self.recovery.is_none()
            && self.works()
            && self.failures.few_refusals()
    }

    /// The offer the library refused a while ago has another chance, unless it is out of date.
    pub(super) fn apply_again(&mut self, now: Elapsed) {
        let numbering = &self.numbering;
        if self.offers.take_up_refused(|offer| numbering.is_latest(offer.number)) {
            self.enqueue(TaskKind::Answer, Priority::Urgent, now);
        }
    }
}
