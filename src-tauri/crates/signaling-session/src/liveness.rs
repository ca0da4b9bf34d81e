//! Whether the server still answers on an open connection. Pure.
//!
//! Knows when it asked the server, and that something came. Does not know what came or what happens to the connection.

use std::time::Duration;

use holdfast_protocol::Bounds;
use holdfast_terms::Elapsed;

/// We ask the server this often. A recovery that goes through the server takes only seconds, so we must know within
/// about one second whether messages still pass. One ping a second is a hundredth of what a connection may send.
const PING_EVERY: Duration = Duration::from_secs(1);

/// Silence for this long after a ping means that the server does not answer. Longer than a usual round trip in which
/// one lost segment is sent again (RFC 6298 section 2: after at least a second if no round trip was measured yet).
const SILENT_AFTER: Duration = Duration::from_millis(1500);

/// Silence for this long after a ping ends the connection. TCP doubles its pauses while nothing is acknowledged. From
/// here on, a new connection is quicker than waiting for the old one.
const DEAD_AFTER: Duration = Duration::from_secs(4);

/// An answer to a check must come this quickly, because there is a reason to believe that the path is gone.
const CHECK_WITHIN: Duration = Duration::from_secs(1);

/// A timer this late means that the process was stopped or starved, and did not yet read what came meanwhile. Then
/// silence is measured anew.
const LATE: Duration = Duration::from_millis(500);

/// Shortest times a server may ask for.
const SHORTEST: Duration = Duration::from_millis(50);

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Send a ping with this nonce.
    Ping(u32),
    /// Nothing came for too long after a ping.
    Silent,
    /// Give the connection up.
    Dead,
}

#[derive(Debug)]
pub(crate) struct Liveness {
    ping_every: Duration,
    silent_after: Duration,
    dead_after: Duration,
    ping_at: Elapsed,
    /// When we sent the first ping since something last came.
    asked_at: Option<Elapsed>,
    /// Something must come until then, after a check.
    answer_by: Option<Elapsed>,
    silent: bool,
    nonce: u32,
}

impl Liveness {
    /// For a connection on which the server just spoke. The server's own times matter only where they are shorter than
    /// ours.
    pub(crate) fn new(bounds: &Bounds, now: Elapsed) -> Self {
        let millis = |ms: u32| Duration::from_millis(ms.into());
        let ping_every = millis(bounds.heartbeat_ms).clamp(SHORTEST, PING_EVERY);
        let dead_after = millis(bounds.dead_ms).clamp(2 * ping_every, DEAD_AFTER);
        let silent_after = SILENT_AFTER.min(dead_after / 2);
        Self {
            ping_every,
            silent_after,
            dead_after,
            ping_at: now + ping_every,
            asked_at: None,
            answer_by: None,
            silent: false,
            nonce: 0,
        }
    }

    /// Something came. Returns `true` when this ends a silence.
    pub(crate) fn heard(&mut self) -> bool {
        self.asked_at = None;
        self.answer_by = None;
        std::mem::take(&mut self.silent)
    }

    /// Asks now and wants to hear something soon. Returns the nonce of the ping to send.
    pub(crate) fn check(&mut self, now: Elapsed) -> u32 {
        self.answer_by.get_or_insert(now + CHECK_WITHIN);
        self.ask(now)
    }

    /// The next thing that is due. Call it until it returns `None`.
    pub(crate) fn handle_timeout(&mut self, now: Elapsed) -> Option<Due> {
        if self.poll_timeout() + LATE < now {
            self.asked_at = None;
            self.answer_by = self.answer_by.map(|_| now + CHECK_WITHIN);
            return Some(Due::Ping(self.ask(now)));
        }
        let waited = self.asked_at.map(|at| now.saturating_sub(at));
        if waited.is_some_and(|waited| waited >= self.dead_after)
            || self.answer_by.is_some_and(|by| by <= now)
        {
            return Some(Due::Dead);
        }
        if !self.silent && waited.is_some_and(|waited| waited >= self.silent_after) {
            self.silent = true;
            return Some(Due::Silent);
        }
        (self.ping_at <= now).then(|| Due::Ping(self.ask(now)))
    }

    pub(crate) fn poll_timeout(&self) -> Elapsed {
        let patience = if self.silent { self.dead_after } else { self.silent_after };
        let judged_at = self.asked_at.map(|at| at + patience);
        [judged_at, self.answer_by].into_iter().flatten().fold(self.ping_at, Elapsed::min)
    }

    fn ask(&mut self, now: Elapsed) -> u32 {
        self.asked_at.get_or_insert(now);
        self.ping_at = now + self.ping_every;
        self.nonce = self.nonce.wrapping_add(1);
        self.nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn liveness() -> Liveness {
        Liveness::new(&Bounds::V1, Elapsed::ZERO)
    }

    /// Runs to `until`, with an answer `after` each ping if there is one. Returns what happened, with its millisecond.
    fn run(liveness: &mut Liveness, until: Elapsed, after: Option<Duration>) -> Vec<(u128, Due)> {
        let mut happened = Vec::new();
        let mut answers = Vec::new();
        loop {
            let timer = liveness.poll_timeout();
            let now = answers.first().copied().unwrap_or(timer).min(timer);
            if now > until {
                return happened;
            }
            if answers.first() == Some(&now) {
                answers.remove(0);
                liveness.heard();
            }
            while let Some(due) = liveness.handle_timeout(now) {
                happened.push((now.as_millis(), due));
                match due {
                    Due::Ping(_) => answers.extend(after.map(|after| now + after)),
                    Due::Silent => {}
                    Due::Dead => return happened,
                }
            }
        }
    }

    #[test]
    fn it_asks_every_second_and_an_answer_within_a_second_and_a_half_is_no_silence() {
        for answer in [1, 999, 1000, 1001, 1499] {
            let happened = run(&mut liveness(), 60 * SECOND, Some(Duration::from_millis(answer)));
            assert_eq!(happened.len(), 60, "{answer}");
            assert!(happened.iter().all(|(_, due)| matches!(due, Due::Ping(_))), "{answer}");
        }
    }

    #[test]
    fn silence_is_known_a_second_and_a_half_after_the_ping_and_ends_the_connection_after_four() {
        let happened = run(&mut liveness(), 60 * SECOND, None);
        let expected = [
            (1000, Due::Ping(1)),
            (2000, Due::Ping(2)),
            (2500, Due::Silent),
            (3000, Due::Ping(3)),
            (4000, Due::Ping(4)),
            (5000, Due::Dead),
        ];
        assert_eq!(happened, expected);
    }

    #[test]
    fn a_check_is_answered_within_a_second_or_ends_the_connection() {
        let mut unanswered = liveness();
        assert_eq!(unanswered.check(SECOND / 2), 1);
        assert_eq!(run(&mut unanswered, 60 * SECOND, None), [(1500, Due::Dead)]);
        let mut answered = liveness();
        answered.check(SECOND / 2);
        assert!(!answered.heard());
        let happened = run(&mut answered, 5 * SECOND, Some(SECOND / 100));
        assert!(happened.iter().all(|(_, due)| matches!(due, Due::Ping(_))), "{happened:?}");
    }

    #[test]
    fn a_second_check_does_not_put_the_first_off() {
        let mut liveness = liveness();
        liveness.check(Elapsed::ZERO);
        liveness.check(SECOND / 2);
        assert_eq!(liveness.poll_timeout(), SECOND);
        assert_eq!(liveness.handle_timeout(SECOND), Some(Due::Dead));
    }

    /// A process that was stopped finds old timers and unread answers at the same time.
    #[test]
    fn a_process_that_did_not_run_asks_again_before_it_judges() {
        for asked in [false, true] {
            let mut liveness = liveness();
            if asked {
                assert_eq!(liveness.handle_timeout(SECOND), Some(Due::Ping(1)));
            }
            let woken = 30 * SECOND;
            assert!(matches!(liveness.handle_timeout(woken), Some(Due::Ping(_))));
            assert_eq!(liveness.handle_timeout(woken), None);
            let happened = run(&mut liveness, woken + 10 * SECOND, None);
            let silent = happened.iter().find(|(_, due)| *due == Due::Silent).map(|(at, _)| *at);
            assert_eq!(silent, Some((woken + SILENT_AFTER).as_millis()));
        }
    }

    #[test]
    fn a_quicker_server_is_obeyed_and_silence_is_always_told_before_the_end() {
        for (heartbeat_ms, dead_ms) in
            [(0, 0), (10, 10), (200, 2000), (200, 600), (5000, 15000), (1, 1_000_000)]
        {
            let bounds = Bounds { heartbeat_ms, dead_ms, ..Bounds::V1 };
            let mut liveness = Liveness::new(&bounds, Elapsed::ZERO);
            let happened = run(&mut liveness, 60 * SECOND, None);
            let at = |wanted| happened.iter().find(|(_, due)| *due == wanted).map(|(at, _)| *at);
            assert!(at(Due::Silent) < at(Due::Dead) && at(Due::Silent).is_some(), "{happened:?}");
            assert!(at(Due::Dead) <= Some(5000), "{happened:?}");
        }
    }
}
