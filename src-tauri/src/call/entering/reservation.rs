//! The step from a meeting that was entered to the call: one at a time, and whole or not at all.

use std::io::Write as _;

use holdfast_meeting::{MeetingEvent, MeetingSnapshot};
use tokio::sync::oneshot;

use super::super::journal::unix_ms;
use super::super::phase::Active;
use super::super::recent::Recent;
use super::super::{Call, pumps};
use super::Entered;
use crate::error::AppError;

/// The right to become the call. It is given back when dropped, so that a failed or cancelled attempt leaves the app
/// ready for the next.
pub(super) struct Reservation {
    call: Call,
    attempt: u64,
}

impl Reservation {
    /// Takes it, and with it what resolves when the attempt is called off.
    pub(super) fn take(call: &Call) -> Result<(Self, oneshot::Receiver<()>), AppError> {
        let (attempt, cancelled) = call.inner.phase.enter().ok_or(AppError::AlreadyInMeeting)?;
        Ok((Self { call: call.clone(), attempt }, cancelled))
    }

    /// Makes what was entered the call, and tells everybody.
    pub(super) async fn fulfil(self, entered: Entered) -> Result<MeetingSnapshot, AppError> {
        let Entered { meeting, server, events, snapshot, record, hosted, company } = entered;
        let attempt = self.attempt;
        let (hosting, inner) = (server.is_some(), &self.call.inner);
        // A demo is not a meeting to go back to.
        let recent = company.is_none().then(|| Recent::new(&record, hosted, unix_ms()));
        if company.is_none() {
            // On the disk before anybody is told that they are in: from the first moment on there is a way back.
            inner.way_back.journal().begin(record, &snapshot).await;
        }
        if let Some(active) =
            inner.phase.entered(Active { attempt, meeting: meeting.clone(), server, company })
        {
            // Called off at the very moment it succeeded.
            active.close().await;
            if inner.way_back.is_open() {
                inner.way_back.journal().keep_for_later().await;
            } else {
                inner.way_back.journal().end().await;
            }
            return Err(AppError::Cancelled);
        }
        if inner.arguments.print_link {
            print_link(&snapshot.invite);
        }
        tracing::info!(hosting, "in a meeting");
        inner.frames.reset();
        inner.listeners.publish(MeetingEvent::Snapshot { snapshot: Box::new(snapshot.clone()) }).await;
        inner.way_back.set(None).await;
        if let Some(recent) = recent {
            self.call.set_recent(recent).await;
        }
        pumps::start(self.call.clone(), attempt, meeting.clone(), events);
        self.call.use_choices(&meeting, &snapshot).await;
        Ok(snapshot)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.call.inner.phase.give_up(self.attempt);
    }
}

/// For a shell or a test that started the app. A closed pipe is no reason to end the call.
fn print_link(link: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{link}").and_then(|()| out.flush());
}
