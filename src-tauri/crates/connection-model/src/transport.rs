//! The state of one end's transport, as ICE and DTLS report it (W3C webrtc-pc, 4.3.3).

use std::time::Duration;

use holdfast_negotiation::TransportState;

/// Nothing received for this long: disconnected. What the `peer` crate sets.
pub const DISCONNECTED_AFTER: Duration = Duration::from_secs(2);

/// A path that was selected is checked this often for as long as the connection lives, answered or not. What the
/// `peer` crate sets; it also tells the library never to give up.
pub const KEEPALIVE: Duration = Duration::from_millis(200);

/// For this long the pairs of new credentials are checked, every 20 ms; then only in answer to the other end's
/// checks. What the `peer` crate sets.
pub const CHECKED_FOR: Duration = Duration::from_secs(36);

/// One end's transport.
#[derive(Debug, Clone)]
pub struct Transport {
    state: TransportState,
    entered: Duration,
    /// Since when what is differs from what the state says.
    since: Option<Duration>,
}

impl Transport {
    /// One that nothing happened to.
    #[must_use]
    pub fn new(now: Duration) -> Self {
        Self { state: TransportState::New, entered: now, since: None }
    }

    /// As last reported.
    #[must_use]
    pub fn state(&self) -> TransportState {
        self.state
    }

    /// Whether there is a path this end sends media on: it may be interrupted.
    #[must_use]
    pub fn has_path(&self) -> bool {
        matches!(self.state, TransportState::Connected | TransportState::Disconnected)
    }

    /// Whether this end answers checks, and what comes from the other is for it.
    #[must_use]
    pub fn listens(&self) -> bool {
        !matches!(self.state, TransportState::New | TransportState::Failed | TransportState::Closed)
    }

    /// Whether this end sends checks, or anything else that keeps a path alive, without being asked.
    #[must_use]
    pub fn checks(&self, now: Duration) -> bool {
        match self.state {
            TransportState::Connecting => now < self.entered + CHECKED_FOR,
            TransportState::Connected | TransportState::Disconnected => true,
            TransportState::New | TransportState::Failed | TransportState::Closed => false,
        }
    }

    /// The credentials were renewed, or there are some for the first time: the old path is gone, checks begin.
    /// Returns the state to report, if it is another.
    pub fn begin_checks(&mut self, now: Duration) -> Option<TransportState> {
        let news = self.state != TransportState::Connecting;
        self.enter(TransportState::Connecting, now);
        news.then_some(TransportState::Connecting)
    }

    /// Looks at the path: `answered` if checks are answered in both directions, `heard` if anything comes in.
    /// Connecting takes `connect_after` of answered checks. Returns the state to report, if it is another.
    pub fn observe(
        &mut self,
        answered: bool,
        heard: bool,
        connect_after: Duration,
        now: Duration,
    ) -> Option<TransportState> {
        let differs = match self.state {
            TransportState::Connecting => answered,
            TransportState::Connected => !heard,
            TransportState::Disconnected => heard,
            _ => false,
        };
        if differs {
            self.since.get_or_insert(now);
        } else {
            self.since = None;
        }
        let (state, _) = self.next(connect_after).filter(|(_, at)| *at <= now)?;
        self.enter(state, now);
        // The state it enters may differ from what is already.
        Some(state)
    }

    /// When to call [`Self::observe`] again if nothing else happens.
    #[must_use]
    pub fn next_look(&self, connect_after: Duration) -> Option<Duration> {
        self.next(connect_after).map(|(_, at)| at)
    }

    fn next(&self, connect_after: Duration) -> Option<(TransportState, Duration)> {
        let since = self.since?;
        match self.state {
            TransportState::Connecting => Some((TransportState::Connected, since + connect_after)),
            // At the latest the next check of the old path finds it.
            TransportState::Disconnected => Some((TransportState::Connected, since + KEEPALIVE)),
            TransportState::Connected => Some((TransportState::Disconnected, since + DISCONNECTED_AFTER)),
            _ => None,
        }
    }

    fn enter(&mut self, state: TransportState, now: Duration) {
        self.state = state;
        self.entered = now;
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Observes at every step the transport asks for, up to `until`.
    fn pass(transport: &mut Transport, whole: bool, from: u64, until: u64) -> Vec<(u128, TransportState)> {
        let mut seen = Vec::new();
        let mut now = ms(from);
        loop {
            seen.extend(transport.observe(whole, whole, ms(50), now).map(|state| (now.as_millis(), state)));
            transport.observe(whole, whole, ms(50), now);
            match transport.next_look(ms(50)) {
                Some(at) if at <= ms(until) => now = at.max(now),
                _ => return seen,
            }
        }
    }

    #[test]
    fn a_cut_shows_after_two_seconds_and_heals_by_itself_however_long_it_was() {
        use TransportState::{Connected, Connecting, Disconnected};
        let mut transport = Transport::new(ms(0));
        assert_eq!(transport.begin_checks(ms(0)), Some(Connecting));
        assert_eq!(pass(&mut transport, true, 10, 1000), [(60, Connected)]);
        assert_eq!(pass(&mut transport, false, 1000, 90_000), [(3000, Disconnected)]);
        assert!(transport.checks(ms(90_000)));
        assert_eq!(pass(&mut transport, true, 90_000, 99_000), [(90_200, Connected)]);
    }

    #[test]
    fn checks_that_are_never_answered_end_but_those_of_the_other_end_are_answered() {
        let mut transport = Transport::new(ms(0));
        transport.begin_checks(ms(0));
        assert_eq!(pass(&mut transport, false, 0, 60_000), []);
        assert!(transport.checks(ms(35_999)) && !transport.checks(ms(36_000)));
        assert_eq!(pass(&mut transport, true, 60_000, 61_000), [(60_050, TransportState::Connected)]);
    }
}
