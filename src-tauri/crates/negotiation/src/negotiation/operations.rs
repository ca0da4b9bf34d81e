//! Operations of the driver: their numbers, and the one the exchange waits for.

use crate::OpId;

/// What was begun. Numbers are never used twice.
#[derive(Debug, Clone, Default)]
pub(super) struct Operations {
    begun: u64,
    /// The one operation the exchange waits for.
    awaited: Option<OpId>,
}

impl Operations {
    /// The number of an operation that begins now.
    pub(super) fn begin(&mut self) -> OpId {
        self.begun += 1;
        OpId(self.begun)
    }

    /// The number of an operation that begins now and that the exchange waits for.
    pub(super) fn begin_awaited(&mut self) -> OpId {
        let op = self.begin();
        self.awaited = Some(op);
        op
    }

    /// Whether the exchange waits for an operation.
    pub(super) fn is_awaiting(&self) -> bool {
        self.awaited.is_some()
    }

    /// The operation ended. Says whether the exchange waited for it.
    pub(super) fn finish(&mut self, op: OpId) -> bool {
        let awaited = self.awaited == Some(op);
        if awaited {
            self.awaited = None;
        }
        awaited
    }

    /// The connection is gone: the exchange waits for nothing.
    pub(super) fn forget(&mut self) {
        self.awaited = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_operation_the_exchange_waits_for_ends_the_wait_and_only_once() {
        let mut operations = Operations::default();
        let candidate = operations.begin();
        let offer = operations.begin_awaited();
        assert_ne!(candidate, offer);
        assert!(!operations.finish(candidate));
        assert!(operations.finish(offer));
        assert!(!operations.finish(offer) && !operations.is_awaiting());
    }

    #[test]
    fn an_operation_of_a_connection_that_is_gone_is_not_awaited() {
        let mut operations = Operations::default();
        let op = operations.begin_awaited();
        operations.forget();
        assert!(!operations.finish(op));
    }
}
