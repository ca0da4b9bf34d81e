//! When to try a new connection: at once, after a wait, or because the application wants it.

use std::time::Duration;

use holdfast_protocol::{Bounds, ClientMessage};
use holdfast_terms::Elapsed;

use super::{Action, Phase, Report, Session};
use crate::backoff::Backoff;

/// How long the first join may take, connecting included. The server gives up after the same time.
const JOIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one attempt to come back may take, from opening the connection to the welcome. While packets vanish, the
/// system sends its SYN again only after 1, 3, 7, 15 … seconds. A new attempt notices sooner that packets pass again.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// On a slow path an attempt may take this many times what the last greeting and join took, up to [`JOIN_TIMEOUT`].
/// Opening the connection takes up to twice as long as greeting and join (TCP, TLS and WebSocket against two
/// exchanges), and all three may be three times slower than last time. The last opening is not part of the measure,
/// because it may have waited for a network.
pub(super) const SLOWER_ATTEMPT: u32 = 9;

/// If a connection worked for less than this, the next one does not follow at once. A server may let us in and throw us
/// out again, and must not get attempts without a pause.
const STEADY: Duration = Duration::from_secs(1);

/// Wishes of the application are carried out at most this often. Network changes come in bursts; the last change of a
/// burst counts and is never lost.
pub(super) const WISH_EVERY: Duration = Duration::from_millis(250);

/// What the application wants now. The greater wish includes the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    Check,
    Reconnect,
}

/// What we know about connecting.
#[derive(Debug)]
pub(super) struct Attempts {
    backoff: Backoff,
    /// How long one attempt may take.
    timeout: Duration,
    /// When the last attempt began.
    began: Elapsed,
    wish: Option<Wish>,
    /// When the next wish may be carried out.
    wish_at: Elapsed,
    /// Since when the server says that our id is taken; see [`Attempts::is_taken_for_good`].
    taken_since: Option<Elapsed>,
}

impl Attempts {
    pub(super) fn new(seed: u64, now: Elapsed) -> Self {
        Self {
            backoff: Backoff::new(seed),
            timeout: JOIN_TIMEOUT,
            began: now,
            wish: None,
            wish_at: now,
            taken_since: None,
        }
    }

    /// An attempt succeeded; greeting and join took this long.
    pub(super) fn succeeded(&mut self, took: Duration) {
        self.timeout = (took * SLOWER_ATTEMPT).clamp(ATTEMPT_TIMEOUT, JOIN_TIMEOUT);
        self.backoff.reset();
        self.taken_since = None;
    }

    /// When to carry out a wish.
    pub(super) fn wish_at(&self) -> Option<Elapsed> {
        self.wish.map(|_| self.wish_at)
    }

    /// Whether someone else holds our id. We may hold it ourselves: if the welcome to a new session is lost, its token
    /// is lost, too. Then the server believes in that connection until it has been silent for long enough.
    pub(super) fn is_taken_for_good(&mut self, bounds: &Bounds, now: Elapsed) -> bool {
        let since = *self.taken_since.get_or_insert(now);
        let dead = Duration::from_millis(bounds.dead_ms.into());
        now.saturating_sub(since) > dead + dead / 3
    }
}

impl Session {
    /// Opens a connection and closes the older one.
    pub(super) fn connect(&mut self, now: Elapsed) {
        self.attempts.began = now;
        self.phase = Phase::Joining { since: now, deadline: now + self.attempts.timeout };
        self.actions.push_back(Action::Connect);
    }

    pub(super) fn wish(&mut self, wish: Wish, now: Elapsed) {
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Joining { .. } | Phase::Live { .. }) {
            self.attempts.wish = self.attempts.wish.max(Some(wish));
            self.carry_out_wish(now);
        }
    }

    pub(super) fn carry_out_wish(&mut self, now: Elapsed) {
        let Attempts { wish, wish_at, .. } = &mut self.attempts;
        let Some(wish) = wish.take_if(|_| *wish_at <= now) else { return };
        *wish_at = now + WISH_EVERY;
        match (self.phase, wish) {
            (Phase::Live { .. }, Wish::Check) => {
                let nonce = self.liveness.check(now);
                self.transmit(ClientMessage::Ping { nonce });
            }
            (Phase::Live { .. }, Wish::Reconnect) => {
                self.actions.push_back(Action::Disconnect);
                self.come_back_at_once(now);
            }
            (Phase::Joining { deadline, .. }, Wish::Reconnect) => {
                self.actions.push_back(Action::Disconnect);
                self.connect(now);
                if self.token.is_none() {
                    // A caller waits for the first join: starting over does not give it more time.
                    self.phase = Phase::Joining { since: now, deadline };
                }
            }
            (Phase::Waiting { .. }, _) => self.connect(now),
            // A running attempt shows by itself whether there is a path.
            (Phase::Joining { .. }, Wish::Check) | (Phase::Leaving { .. } | Phase::Ended, _) => {}
        }
    }

    /// The connection broke, and the server had not announced it.
    pub(super) fn lost(&mut self, now: Elapsed) {
        match self.phase {
            Phase::Live { since } if since + STEADY <= now => self.come_back_at_once(now),
            _ => self.retry(now),
        }
    }

    pub(super) fn retry(&mut self, now: Elapsed) {
        let retry_in = self.attempts.backoff.next();
        let tried = match self.phase {
            Phase::Joining { .. } => now.saturating_sub(self.attempts.began),
            _ => Duration::ZERO,
        };
        self.phase = Phase::Waiting { until: now + retry_in };
        tracing::debug!(retry_ms = retry_in.as_millis() as u64, "signaling connection lost");
        self.report(Report::Disconnected { tried, retry_in });
    }

    fn come_back_at_once(&mut self, now: Elapsed) {
        tracing::debug!(retry_ms = 0, "signaling connection lost");
        self.report(Report::Disconnected { tried: Duration::ZERO, retry_in: Duration::ZERO });
        self.connect(now);
    }
}
