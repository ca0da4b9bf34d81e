//! The state of one end's transport, as ICE and DTLS report it (W3C webrtc-pc, 4.3.3).

use std::time::Duration;

use holdfast_negotiation::TransportState;

/// Nothing received for this long: disconnected. What the `peer` crate sets.
pub const DISCONNECTED_AFTER: Duration = Duration::from_secs(2);

/// Disconnected for this long: failed. What the `peer` crate sets.
pub const FAILED_AFTER: Duration = Duration::from_secs(4);

/// Checks that are never answered fail after both together.
pub const CHECKED_FOR: Duration = DISCONNECTED_AFTER.saturating_add(FAILED_AFTER);

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

    /// Whether this end takes part in checks.
    #[must_use]
    pub fn checks(&self) -> bool {
        !matches!(self.state, TransportState::New | TransportState::Failed | TransportState::Closed)
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

    /// When [`Self::observe`] is to be called again if nothing else happens.
    #[must_use]
    pub fn next_look(&self, connect_after: Duration) -> Option<Duration> {
        self.next(connect_after).map(|(_, at)| at)
    }

    fn next(&self, connect_after: Duration) -> Option<(TransportState, Duration)> {
        let by_path = self.since.and_then(|since| match self.state {
            TransportState::Connecting | TransportState::Disconnected => {
                Some((TransportState::Connected, since + connect_after))
            }
            TransportState::Connected => Some((TransportState::Disconnected, since + DISCONNECTED_AFTER)),
            _ => None,
        });
        let by_time = match self.state {
            TransportState::Connecting => Some((TransportState::Failed, self.entered + CHECKED_FOR)),
            TransportState::Disconnected => Some((TransportState::Failed, self.entered + FAILED_AFTER)),
            _ => None,
        };
        by_path.into_iter().chain(by_time).min_by_key(|(_, at)| *at)
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
    fn a_cut_shows_after_two_seconds_fails_after_six_and_needs_new_credentials_then() {
        use TransportState::{Connected, Connecting, Disconnected, Failed};
        let mut transport = Transport::new(ms(0));
        assert_eq!(transport.begin_checks(ms(0)), Some(Connecting));
        assert_eq!(pass(&mut transport, true, 10, 1000), [(60, Connected)]);
        assert_eq!(pass(&mut transport, false, 1000, 9000), [(3000, Disconnected), (7000, Failed)]);
        assert_eq!(pass(&mut transport, true, 9000, 20_000), []);
        assert_eq!(transport.begin_checks(ms(20_000)), Some(Connecting));
        assert_eq!(pass(&mut transport, true, 20_000, 30_000), [(20_050, Connected)]);
    }

    #[test]
    fn a_short_cut_heals_by_itself() {
        let mut transport = Transport::new(ms(0));
        transport.begin_checks(ms(0));
        pass(&mut transport, true, 0, 100);
        assert_eq!(pass(&mut transport, false, 1000, 4000), [(3000, TransportState::Disconnected)]);
        assert_eq!(pass(&mut transport, true, 4000, 9000), [(4050, TransportState::Connected)]);
    }

    #[test]
    fn checks_that_are_never_answered_fail() {
        let mut transport = Transport::new(ms(0));
        transport.begin_checks(ms(0));
        assert_eq!(pass(&mut transport, false, 0, 60_000), [(6000, TransportState::Failed)]);
    }
}
