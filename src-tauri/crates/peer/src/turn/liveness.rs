//! Whether a stream to a TURN server still carries anything. Pure.
//!
//! TCP does not report a path that is down. It sends again after pauses that double. Once the path is back, both ends
//! may have to wait until the end of the last pause. So after a silence we send a request that every server answers. If
//! it is not answered, another stream is needed.

use std::time::{Duration, Instant};

/// After this silence we ask the server. On a path in use something comes every 200 ms.
pub(super) const SILENCE: Duration = Duration::from_millis(400);

/// How long an answer may take, if the server was never slower. TCP repeats one lost segment after 200 ms and a round
/// trip.
const ANSWER_WAIT: Duration = Duration::from_millis(400);

/// An answer that takes this many times longer than the slowest before will not come.
const SLOWER: u32 = 3;

/// Longest wait for an answer.
const ANSWER_WAIT_MOST: Duration = Duration::from_secs(3);

/// If a client sends nothing for this long, it does not use its relay, and we do not ask.
const UNUSED: Duration = Duration::from_secs(1);

/// The state of a stream for one client.
#[derive(Debug)]
pub(super) struct Liveness {
    heard: Instant,
    sent: Instant,
    /// When the request without an answer was sent.
    asked: Option<Instant>,
    /// The slowest answer; `None` until one came. If a server does not answer such requests, it is not asked again.
    slowest: Option<Duration>,
}

impl Liveness {
    /// For a stream that was just opened, on which the server is asked at once.
    pub(super) fn new(now: Instant) -> Self {
        Self { heard: now, sent: now, asked: Some(now), slowest: None }
    }

    /// The client has sent something.
    pub(super) fn sent(&mut self, now: Instant) {
        self.sent = now;
    }

    /// Something came from the server: its answer, or anything else.
    pub(super) fn heard(&mut self, is_answer: bool, now: Instant) {
        self.heard = now;
        if is_answer && let Some(asked) = self.asked.take() {
            let took = now.saturating_duration_since(asked);
            self.slowest = Some(self.slowest.map_or(took, |slowest| slowest.max(took)));
        }
    }

    /// Whether the stream carries nothing although something should come.
    pub(super) fn is_stuck(&self, now: Instant) -> bool {
        self.gives_up_at().is_some_and(|at| at <= now)
    }

    /// Whether to ask the server now. If so, this counts as asked.
    pub(super) fn asks(&mut self, now: Instant) -> bool {
        let due = self.asks_at().is_some_and(|at| at <= now);
        if due {
            self.asked = Some(now);
        }
        due
    }

    /// When [`Self::asks`] or [`Self::is_stuck`] may change by itself.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.asks_at().or_else(|| self.gives_up_at())
    }

    fn asks_at(&self) -> Option<Instant> {
        self.slowest?;
        let at = self.heard + SILENCE;
        (self.asked.is_none() && at <= self.sent + UNUSED).then_some(at)
    }

    /// Anything that came after the request counts as its answer.
    fn gives_up_at(&self) -> Option<Instant> {
        let wait = (self.slowest? * SLOWER).clamp(ANSWER_WAIT, ANSWER_WAIT_MOST);
        self.asked.map(|asked| asked.max(self.heard) + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(30);

    /// A stream with a server that has answered.
    fn answered(after: Duration) -> (Liveness, Instant) {
        let start = Instant::now();
        let mut liveness = Liveness::new(start);
        liveness.heard(true, start + after);
        (liveness, start + after)
    }

    #[test]
    fn silence_is_asked_about_and_no_answer_means_stuck() {
        let (mut liveness, start) = answered(ROUND_TRIP);
        liveness.sent(start + SILENCE);
        assert_eq!(liveness.poll_timeout(), Some(start + SILENCE));
        assert!(!liveness.asks(start + SILENCE / 2));
        assert!(liveness.asks(start + SILENCE));
        assert!(!liveness.asks(start + SILENCE), "once");
        let gives_up = start + SILENCE + ANSWER_WAIT;
        assert_eq!(liveness.poll_timeout(), Some(gives_up));
        assert!(!liveness.is_stuck(gives_up - ROUND_TRIP));
        assert!(liveness.is_stuck(gives_up));
        liveness.heard(false, gives_up);
        assert!(!liveness.is_stuck(gives_up), "anything that comes is as good");
    }

    #[test]
    fn a_stream_on_which_things_come_is_not_asked_about() {
        let (mut liveness, start) = answered(ROUND_TRIP);
        for step in 1..100 {
            let now = start + step * SILENCE / 2;
            liveness.sent(now);
            assert!(!liveness.asks(now));
            liveness.heard(false, now);
            assert!(!liveness.is_stuck(now));
        }
    }

    #[test]
    fn an_unused_relay_is_not_asked_about() {
        let (mut liveness, start) = answered(ROUND_TRIP);
        liveness.heard(false, start + 2 * UNUSED);
        assert_eq!(liveness.poll_timeout(), None);
        assert!(!liveness.asks(start + 10 * UNUSED));
        liveness.sent(start + 10 * UNUSED);
        assert!(liveness.asks(start + 10 * UNUSED));
    }

    #[test]
    fn a_slow_server_has_more_time() {
        let slow = Duration::from_millis(600);
        let (mut liveness, start) = answered(slow);
        liveness.sent(start + SILENCE);
        assert!(liveness.asks(start + SILENCE));
        assert!(!liveness.is_stuck(start + SILENCE + 2 * slow));
        assert!(liveness.is_stuck(start + SILENCE + SLOWER * slow));
    }

    #[test]
    fn a_server_that_never_answers_this_request_is_not_given_up() {
        let start = Instant::now();
        let mut liveness = Liveness::new(start);
        liveness.heard(false, start + ROUND_TRIP);
        liveness.sent(start + 10 * SILENCE);
        assert!(!liveness.asks(start + 10 * SILENCE));
        assert!(!liveness.is_stuck(start + 100 * SILENCE));
        assert_eq!(liveness.poll_timeout(), None);
    }
}
