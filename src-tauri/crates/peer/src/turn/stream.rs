//! One client's way to its TURN server over a stream (RFC 8656, section 2.1), and over another stream once the first
//! carries nothing any more.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use rtc_stun::message::{BINDING_REQUEST, Message};
use tokio::sync::mpsc;

use super::bridge::{Account, Way, until};
use super::dial::{Dials, Stream};
use super::framing;
use super::link::Link;
use super::liveness::Liveness;
use super::mobility::{Incoming, Mobility, Resumption};
use super::pending::{Pending, Transaction, is_request};

/// How long a server may take to move an allocation, once it has accepted the stream.
const RESUME_WAIT: Duration = Duration::from_secs(1);

/// What coturn up to 4.6 sends instead of its answer to a ticket: only the last attribute (FINGERPRINT, because every
/// request has one). The allocation is still moved to the new stream.
const HEADLESS_ANSWER: usize = 8;

/// The newest ICE checks are sent on the new stream at once, because the next ones are up to 200 ms away. After a long
/// silence nothing else is sent on a path before a check is answered. As many as there may be pairs.
const CHECKS: usize = 8;

/// How long we look for a stream in place of a broken one. The allocation is kept for longer, but a connection that
/// carried nothing for this time has been replaced.
const BROKEN_MOST: Duration = Duration::from_secs(120);

/// The client's way.
struct Carrier<'a> {
    way: &'a Way,
    mobility: Mobility,
    pending: Pending,
    liveness: Liveness,
    /// The transaction of the request that asks whether the stream carries anything.
    question: Transaction,
    dials: Dials,
    /// The stream that carries the client now; `None` after it broke.
    link: Option<Link>,
    broken_until: Option<Instant>,
    /// The stream to which the allocation will move.
    next: Option<Next>,
    /// The newest withheld messages that are still useful.
    checks: VecDeque<Vec<u8>>,
    /// Datagrams that were not sent, because they would have come late.
    withheld: u64,
}

/// A new stream on which the ticket was shown.
struct Next {
    link: Link,
    transaction: Transaction,
    until: Instant,
}

/// What happened.
enum Happened {
    Sent(Option<Vec<u8>>),
    Received(io::Result<bytes::BytesMut>),
    Answered(io::Result<bytes::BytesMut>),
    Dialled(io::Result<Box<dyn Stream>>),
    Time,
}

/// Carries a client over the first stream that is accepted, until either end closes it. The client asks again by
/// itself, and gets a new way.
pub(super) async fn carry(
    way: &Way,
    dials: Dials,
    first: Box<dyn Stream>,
    account: &Account,
    mut queue: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    let mut carrier = Carrier {
        way,
        mobility: Mobility::new(account.username.clone(), account.credential.clone()),
        pending: Pending::default(),
        liveness: Liveness::new(Instant::now()),
        question: Transaction::default(),
        dials,
        link: Some(Link::new(first)),
        broken_until: None,
        next: None,
        checks: VecDeque::new(),
        withheld: 0,
    };
    carrier.ask();
    loop {
        let due = carrier.advance(Instant::now())?;
        let takes = carrier.link.as_ref().is_none_or(Link::has_room) || carrier.is_stuck(Instant::now());
        let happened = tokio::select! {
            bytes = queue.recv(), if takes => Happened::Sent(bytes),
            received = receive(carrier.link.as_mut()) => Happened::Received(received),
            received = receive(carrier.next.as_mut().map(|next| &mut next.link)) => Happened::Answered(received),
            dialled = carrier.dials.next() => Happened::Dialled(dialled),
            () = until(due) => Happened::Time,
        };
        let now = Instant::now();
        match happened {
            Happened::Sent(Some(bytes)) => carrier.send(&bytes, now),
            Happened::Sent(None) => return Ok(()),
            Happened::Received(Ok(message)) => carrier.received(&message, now).await,
            Happened::Received(Err(_)) if carrier.mobility.is_given_back() => return Ok(()),
            Happened::Received(Err(error)) => carrier.broke(error, now)?,
            Happened::Answered(Ok(message)) => carrier.answered(&message, now).await?,
            Happened::Answered(Err(error)) => carrier.not_understood(&error),
            Happened::Dialled(Ok(stream)) => carrier.show_ticket(Link::new(stream), now),
            Happened::Dialled(Err(_)) | Happened::Time => {}
        }
    }
}

async fn receive(link: Option<&mut Link>) -> io::Result<bytes::BytesMut> {
    match link {
        Some(link) => link.receive().await,
        None => std::future::pending().await,
    }
}

impl Carrier<'_> {
    fn is_stuck(&self, now: Instant) -> bool {
        self.link.is_none() || self.liveness.is_stuck(now)
    }

    /// Does what is due. Returns when to call it again.
    fn advance(&mut self, now: Instant) -> io::Result<Option<Instant>> {
        if self.broken_until.is_some_and(|until| until <= now) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if self.liveness.asks(now) {
            self.ask();
        }
        if self.next.as_ref().is_some_and(|next| next.until <= now) {
            self.next = None;
        }
        let mut due = [self.liveness.poll_timeout(), self.broken_until, None, None];
        if !self.is_stuck(now) {
            self.dials.clear();
        } else if self.mobility.has_ticket() && self.next.is_none() {
            due[2] = Some(self.dials.begin_if_due(now));
        }
        due[3] = self.next.as_ref().map(|next| next.until);
        Ok(due.into_iter().flatten().filter(|due| *due > now).min())
    }

    /// Asks the server whether the stream carries anything (RFC 8489, section 7.1). This request is not the library's.
    fn ask(&mut self) {
        self.question = rand::random();
        let mut message = Message::new();
        message.transaction_id.0 = self.question;
        message.typ = BINDING_REQUEST;
        message.write_header();
        if let Some(link) = &mut self.link {
            link.send(&message.raw);
        }
    }

    /// Sends a message of the library.
    fn send(&mut self, bytes: &[u8], now: Instant) {
        self.liveness.sent(now);
        let bytes = self.mobility.outgoing(bytes);
        self.pending.sent(&bytes, now);
        let stuck = self.link.is_none() || self.liveness.is_stuck(now);
        match &mut self.link {
            // If it were sent now, it would arrive once the path is back. By then the others may know that the
            // microphone is closed.
            _ if stuck && !is_request(&bytes) => {
                self.withheld += 1;
                if framing::is_check(&bytes) {
                    self.checks.push_back(bytes.into_owned());
                    self.checks.drain(..self.checks.len().saturating_sub(CHECKS));
                }
            }
            Some(link) => link.send(&bytes),
            None => {}
        }
    }

    async fn received(&mut self, message: &[u8], now: Instant) {
        let is_answer = message.get(8..20) == Some(&self.question[..]);
        self.liveness.heard(is_answer, now);
        if is_answer {
            return;
        }
        self.pending.received(message);
        match self.mobility.incoming(message) {
            Incoming::Pass => self.way.back(message).await,
            Incoming::Answer(bytes) => {
                self.pending.sent(&bytes, now);
                if let Some(link) = &mut self.link {
                    link.send(&bytes);
                }
            }
        }
    }

    fn broke(&mut self, error: io::Error, now: Instant) -> io::Result<()> {
        self.link = None;
        self.broken_until = Some(now + BROKEN_MOST);
        if self.mobility.has_ticket() { Ok(()) } else { Err(error) }
    }

    /// A new stream was accepted: the path is back, and what the old stream still holds comes late or never.
    fn show_ticket(&mut self, mut link: Link, now: Instant) {
        let transaction = rand::random();
        let Some(bytes) = self.mobility.resume(transaction) else { return };
        link.send(&bytes);
        self.dials.clear();
        self.next = Some(Next { link, transaction, until: now + RESUME_WAIT });
    }

    /// The new stream broke, or carries something that is not TURN.
    fn not_understood(&mut self, error: &io::Error) {
        let Some(mut next) = self.next.take() else { return };
        if error.kind() != io::ErrorKind::InvalidData {
            return;
        }
        if let Some(bytes) = self.mobility.confirm(next.transaction) {
            next.link.skip(HEADLESS_ANSWER);
            next.link.send(&bytes);
            self.next = Some(next);
        }
    }

    /// A message came on the new stream.
    async fn answered(&mut self, message: &[u8], now: Instant) -> io::Result<()> {
        let Some(mut next) = self.next.take() else { return Ok(()) };
        match self.mobility.resumed(message, next.transaction) {
            Resumption::Waiting => {
                self.way.back(message).await;
                self.next = Some(next);
            }
            Resumption::Again(bytes) => {
                next.link.send(&bytes);
                self.next = Some(next);
            }
            Resumption::Resumed => self.take_over(next.link, now),
            Resumption::Refused => {
                tracing::info!("the TURN server does not know the allocation any more");
                if self.link.is_none() {
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
            }
        }
        Ok(())
    }

    fn take_over(&mut self, link: Link, now: Instant) {
        if let Some(old) = self.link.replace(link) {
            old.abandon();
        }
        self.broken_until = None;
        self.liveness = Liveness::new(now);
        self.ask();
        if let Some(link) = &mut self.link {
            for request in self.pending.unanswered(now) {
                link.send(request);
            }
            for check in &self.checks {
                link.send(check);
            }
        }
        tracing::info!(withheld = self.withheld, "a relay goes on over another stream");
        self.checks.clear();
        self.withheld = 0;
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
