//! Whether there is a call, and which one. Owns the phase, and everything that distinguishes one call from the next.
//! Knows nothing of pages, preferences or the disk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_meeting::Meeting;
use holdfast_signaling_server::RunningServer;
use tokio::sync::{OwnedMutexGuard, TryLockError, oneshot};

use super::demo::Company;

enum Phase {
    /// No meeting.
    Idle,
    /// Entering a meeting. The sender calls it off.
    Entering { attempt: u64, cancel: oneshot::Sender<()> },
    /// In a meeting.
    In(Box<Active>),
}

/// The meeting we are in, and what belongs to it.
pub(super) struct Active {
    /// Number of the attempt that entered it. It distinguishes this meeting from a later one, in which we may have the
    /// same id.
    pub(super) attempt: u64,
    pub(super) meeting: Meeting,
    pub(super) server: Option<RunningServer>,
    pub(super) company: Option<Company>,
}

/// The one call there may be. Every change is one step, so two calls never overlap.
pub(super) struct CallPhase {
    phase: Mutex<Phase>,
    attempts: AtomicU64,
    /// The person left the meetings of all attempts with a lower number, or they ended before.
    left_before: AtomicU64,
    /// Held while a call that was left says goodbye. The next call begins after it.
    leaving: Arc<tokio::sync::Mutex<()>>,
}

/// What was left.
pub(super) enum Left<F> {
    /// There was no meeting, or we were only entering one, which is called off now.
    NoMeeting,
    /// A meeting: its goodbye, and the turn to say it.
    Meeting(F, Result<OwnedMutexGuard<()>, TryLockError>),
}

impl CallPhase {
    /// No call yet.
    pub(super) fn new() -> Self {
        Self {
            phase: Mutex::new(Phase::Idle),
            attempts: AtomicU64::new(0),
            left_before: AtomicU64::new(0),
            leaving: Arc::default(),
        }
    }

    /// The meeting, if we are in one.
    pub(super) fn meeting(&self) -> Option<Meeting> {
        match &*self.lock() {
            Phase::In(active) => Some(active.meeting.clone()),
            _ => None,
        }
    }

    /// Whether we are neither in a meeting nor entering one.
    pub(super) fn is_idle(&self) -> bool {
        matches!(*self.lock(), Phase::Idle)
    }

    /// Begins to enter. Returns the number of the attempt, and a receiver that resolves if it is called off. `None`
    /// while there is a call.
    pub(super) fn enter(&self) -> Option<(u64, oneshot::Receiver<()>)> {
        let mut phase = self.lock();
        if !matches!(*phase, Phase::Idle) {
            return None;
        }
        let (cancel, cancelled) = oneshot::channel();
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        *phase = Phase::Entering { attempt, cancel };
        Some((attempt, cancelled))
    }

    /// Makes this the call; gives it back if its attempt was called off.
    pub(super) fn entered(&self, active: Active) -> Option<Active> {
        let mut phase = self.lock();
        if phase.is_entering(active.attempt) {
            *phase = Phase::In(Box::new(active));
            None
        } else {
            Some(active)
        }
    }

    /// Ends this attempt, if it is still under way.
    pub(super) fn give_up(&self, attempt: u64) {
        let mut phase = self.lock();
        if phase.is_entering(attempt) {
            *phase = Phase::Idle;
        }
    }

    /// Frees the phase if it still holds the meeting of this attempt, which ended by itself.
    pub(super) fn ended(&self, attempt: u64) -> Option<Box<Active>> {
        let mut phase = self.lock();
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::In(active) if active.attempt == attempt => Some(active),
            other => {
                *phase = other;
                None
            }
        }
    }

    /// Leaves, or calls off entering. From here on, nothing more is sent.
    pub(super) fn leave(&self) -> Left<impl Future<Output = ()> + Send + use<>> {
        let mut phase = self.lock();
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::Idle => Left::NoMeeting,
            Phase::Entering { cancel, .. } => {
                let _ = cancel.send(());
                Left::NoMeeting
            }
            Phase::In(active) => {
                self.mark_left(active.attempt);
                // While the phase is locked, so that the next call cannot begin in between.
                Left::Meeting(active.close(), Arc::clone(&self.leaving).try_lock_owned())
            }
        }
    }

    /// Waits for the turn to say goodbye, after an earlier call has said it.
    pub(super) async fn turn_to_leave(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.leaving).lock_owned().await
    }

    /// The person left the meeting of this attempt.
    pub(super) fn mark_left(&self, attempt: u64) {
        self.left_before.store(attempt + 1, Ordering::Release);
    }

    /// Whether the person left the meeting of this attempt.
    pub(super) fn was_left(&self, attempt: u64) -> bool {
        attempt < self.left_before.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        // Every change is a single assignment, so the value is valid after any failure.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Phase {
    /// Whether this attempt is still the current one. After it was called off there may be another.
    fn is_entering(&self, attempt: u64) -> bool {
        matches!(self, Self::Entering { attempt: of, .. } if *of == attempt)
    }
}

impl Active {
    /// Closes our own part before it returns. The future that it returns closes the rest.
    pub(super) fn close(self) -> impl Future<Output = ()> + Send + use<> {
        let left = self.meeting.leave();
        async move {
            left.await;
            if let Some(company) = self.company {
                company.leave().await;
            }
            if let Some(server) = self.server {
                server.shutdown().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_second_call_waits_until_the_first_attempt_is_over() {
        let phase = CallPhase::new();
        let (first, _) = phase.enter().unwrap();
        assert!(phase.enter().is_none());
        phase.give_up(first);
        assert!(phase.is_idle());
        let (second, _) = phase.enter().unwrap();
        assert_ne!(first, second);
    }

    #[tokio::test]
    async fn an_attempt_that_was_called_off_ends_no_later_one() {
        let phase = CallPhase::new();
        let (first, cancelled) = phase.enter().unwrap();
        assert!(matches!(phase.leave(), Left::NoMeeting));
        assert_eq!(cancelled.await, Ok(()), "it is told");
        let (_second, _still) = phase.enter().unwrap();
        phase.give_up(first);
        assert!(!phase.is_idle(), "the second is under way");
    }

    #[test]
    fn only_meetings_up_to_the_one_that_was_left_count_as_left() {
        let phase = CallPhase::new();
        assert!(!phase.was_left(0));
        phase.mark_left(3);
        assert!(phase.was_left(3) && phase.was_left(0) && !phase.was_left(4));
    }
}
