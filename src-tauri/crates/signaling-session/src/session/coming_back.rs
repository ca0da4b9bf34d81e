//! When a new connection is tried: at once, after a wait, or because the application wants it.

use std::time::Duration;

use holdfast_protocol::{Bounds, ClientMessage};

use super::{Action, Phase, Report, Session};
use crate::backoff::Backoff;

/// How long the first join may take, connecting included; the server gives up after as long.
const JOIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one attempt to come back may take, from opening the connection to the welcome. While packets vanish the
/// system would send its SYN again after 1, 3, 7, 15 … seconds; a new attempt notices sooner that they do not any more.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// On a slow path an attempt may take this many times what the last greeting and join took, up to [`JOIN_TIMEOUT`]:
/// opening the connection takes up to twice as long as they do (TCP, TLS and WebSocket against two exchanges), and all
/// three may be three times slower than then. The opening itself is not counted, as it may have waited for a network.
pub(super) const SLOWER_ATTEMPT: u32 = 9;

/// A connection that was of use for less than this is not followed by the next at once: a server that lets us in and
/// throws us out again must not be hammered.
const STEADY: Duration = Duration::from_secs(1);

/// What the application wants at once is done at most this often. Changes of a network come in bursts; the last of a
/// burst counts and is never lost.
pub(super) const WISH_EVERY: Duration = Duration::from_millis(250);

/// What the application wants done at once; the greater includes the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    Check,
    Reconnect,
}

/// What is known about connecting.
#[derive(Debug)]
pub(super) struct Attempts {
    backoff: Backoff,
    /// How long one may take.
    timeout: Duration,
    /// When the last one began.
    began: Duration,
    wish: Option<Wish>,
    /// When the next wish may be carried out.
    wish_at: Duration,
    /// Since when our id is said to be taken; see [`Attempts::is_taken_for_good`].
    taken_since: Option<Duration>,
}

impl Attempts {
    pub(super) fn new(seed: u64, now: Duration) -> Self {
        Self {
            backoff: Backoff::new(seed),
            timeout: JOIN_TIMEOUT,
            began: now,
            wish: None,
            wish_at: now,
            taken_since: None,
        }
    }

    /// One succeeded; greeting and join took this long.
    pub(super) fn succeeded(&mut self, took: Duration) {
        self.timeout = (took * SLOWER_ATTEMPT).clamp(ATTEMPT_TIMEOUT, JOIN_TIMEOUT);
        self.backoff.reset();
        self.taken_since = None;
    }

    /// When a wish is to be carried out.
    pub(super) fn wish_at(&self) -> Option<Duration> {
        self.wish.map(|_| self.wish_at)
    }

    /// Whether the holder of our id is someone else. It may be ourselves: when the welcome to a new session is lost,
    /// its token is, too, and the server believes in that connection until it was silent for long enough.
    pub(super) fn is_taken_for_good(&mut self, bounds: &Bounds, now: Duration) -> bool {
        let since = *self.taken_since.get_or_insert(now);
        let dead = Duration::from_millis(bounds.dead_ms.into());
        now.saturating_sub(since) > dead + dead / 3
    }
}

impl Session {
    /// Opens a connection; the older one is closed.
    pub(super) fn connect(&mut self, now: Duration) {
        self.attempts.began = now;
        self.phase = Phase::Joining { since: now, deadline: now + self.attempts.timeout };
        self.actions.push_back(Action::Connect);
    }

    pub(super) fn wish(&mut self, wish: Wish, now: Duration) {
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Joining { .. } | Phase::Live { .. }) {
            self.attempts.wish = self.attempts.wish.max(Some(wish));
            self.carry_out_wish(now);
        }
    }

    pub(super) fn carry_out_wish(&mut self, now: Duration) {
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
                    // Somebody waits for the first join: starting over does not give it more time.
                    self.phase = Phase::Joining { since: now, deadline };
                }
            }
            (Phase::Waiting { .. }, _) => self.connect(now),
            // An attempt under way says by itself whether there is a path.
            (Phase::Joining { .. }, Wish::Check) | (Phase::Leaving { .. } | Phase::Ended, _) => {}
        }
    }

    /// The connection broke without the server having said so.
    pub(super) fn lost(&mut self, now: Duration) {
        match self.phase {
            Phase::Live { since } if since + STEADY <= now => self.come_back_at_once(now),
            _ => self.retry(now),
        }
    }

    pub(super) fn retry(&mut self, now: Duration) {
        let retry_in = self.attempts.backoff.next();
        let tried = match self.phase {
            Phase::Joining { .. } => now.saturating_sub(self.attempts.began),
            _ => Duration::ZERO,
        };
        self.phase = Phase::Waiting { until: now + retry_in };
        tracing::debug!(retry_ms = retry_in.as_millis() as u64, "signaling connection lost");
        self.report(Report::Disconnected { tried, retry_in });
    }

    fn come_back_at_once(&mut self, now: Duration) {
        tracing::debug!(retry_ms = 0, "signaling connection lost");
        self.report(Report::Disconnected { tried: Duration::ZERO, retry_in: Duration::ZERO });
        self.connect(now);
    }
}
