//! Makes an entered meeting the call: one at a time, and completely or not at all.

use std::io::Write as _;

use holdfast_meeting::{MeetingEvent, MeetingSnapshot};
use tokio::sync::oneshot;

use super::super::journal::unix_ms;
use super::super::phase::Active;
use super::super::recent::Recent;
use super::super::{Call, pumps};
use super::Entered;
use crate::error::AppError;

/// The right to become the call. Dropping it gives the right back, so that after a failed or cancelled attempt the app
/// is ready for the next.
pub(super) struct Reservation {
    call: Call,
    attempt: u64,
}

impl Reservation {
    /// Takes the right. Also returns a receiver that resolves if the attempt is called off.
    pub(super) fn take(call: &Call) -> Result<(Self, oneshot::Receiver<()>), AppError> {
        let (attempt, cancelled) = call.inner.phase.enter().ok_or(AppError::AlreadyInMeeting)?;
        Ok((Self { call: call.clone(), attempt }, cancelled))
    }

    /// Makes the entered meeting the call, and tells everyone who listens.
    pub(super) async fn fulfil(self, entered: Entered) -> Result<MeetingSnapshot, AppError> {
        let Entered { meeting, server, events, snapshot, record, hosted, company } = entered;
        let attempt = self.attempt;
        let (hosting, inner) = (server.is_some(), &self.call.inner);
        // A demo is not a meeting to return to.
        let recent = company.is_none().then(|| Recent::new(&record, hosted, unix_ms()));
        if company.is_none() {
            // On the disk before anyone hears that we are in: from the first moment there is a way back.
            inner.way_back.journal().begin(record, &snapshot).await;
        }
        if let Some(active) =
            inner.phase.entered(Active { attempt, meeting: meeting.clone(), server, company })
        {
            // The attempt was called off at the moment it succeeded.
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

/// For a shell or a test that started the app. A closed pipe must not end the call.
fn print_link(link: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{link}").and_then(|()| out.flush());
}
