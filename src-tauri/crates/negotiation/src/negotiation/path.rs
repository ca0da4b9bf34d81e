//! What is known of the path of one connection: whether it answers, carries media and carries messages.

use std::hash::{Hash, Hasher};

use holdfast_terms::Elapsed;

use crate::TransportState;

/// The path of one connection.
#[derive(Debug, Clone)]
pub(super) struct Path {
    transport: TransportState,
    /// Since when the transport is in that state.
    since: Elapsed,
    control_open: bool,
    /// The control channel was open and closed. The library gives a channel up after 63 s without an acknowledgement,
    /// and opens no other on the same connection.
    control_lost: bool,
    /// Media was due for [`crate::timing::SILENCE`] and did not come, or none came since the path answers again.
    silent: bool,
}

impl Path {
    /// The path of a connection that is not made yet.
    pub(super) fn new(now: Elapsed) -> Self {
        Self {
            transport: TransportState::New,
            since: now,
            control_open: false,
            control_lost: false,
            silent: true,
        }
    }

    /// The state of the transport.
    pub(super) fn transport(&self) -> TransportState {
        self.transport
    }

    /// Since when the transport is in that state.
    pub(super) fn since(&self) -> Elapsed {
        self.since
    }

    /// Whether the path answers.
    pub(super) fn connected(&self) -> bool {
        self.transport == TransportState::Connected
    }

    /// Whether it is being checked and has not answered yet.
    pub(super) fn is_checked(&self) -> bool {
        matches!(self.transport, TransportState::New | TransportState::Connecting)
    }

    /// Whether it answers or may answer again by itself: a disconnected path goes on checking.
    pub(super) fn may_come_back(&self) -> bool {
        matches!(self.transport, TransportState::Connected | TransportState::Disconnected)
    }

    /// Enters a state; false when it is in it already.
    pub(super) fn enter(&mut self, state: TransportState, now: Elapsed) -> bool {
        if state == self.transport {
            return false;
        }
        self.transport = state;
        self.since = now;
        // Media that came before says nothing about the next path.
        self.silent |= state != TransportState::Connected;
        true
    }

    /// The control channel opened or closed.
    pub(super) fn control_changed(&mut self, open: bool) {
        self.control_lost = !open && (self.control_open || self.control_lost);
        self.control_open = open;
    }

    /// Whether the control channel is open.
    pub(super) fn is_control_open(&self) -> bool {
        self.control_open
    }

    /// Whether the control channel was open and closed.
    pub(super) fn has_lost_control(&self) -> bool {
        self.control_lost
    }

    /// Whether a message on the control channel has a chance to arrive.
    pub(super) fn carries_messages(&self) -> bool {
        self.control_open && self.connected()
    }

    /// Media came.
    pub(super) fn hear(&mut self) {
        self.silent = false;
    }

    /// Media was due and did not come.
    pub(super) fn fall_silent(&mut self) {
        self.silent = true;
    }

    /// Whether it answers and brings media.
    pub(super) fn is_heard(&self) -> bool {
        self.connected() && !self.silent
    }

    /// Whether it answers and brings media if that is due.
    pub(super) fn carries(&self, media_is_due: bool) -> bool {
        self.connected() && !(self.silent && media_is_due)
    }

    /// Puts in what the future depends on.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { transport, since: _, control_open, control_lost, silent } = self;
        (transport, control_open, control_lost, silent).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Elapsed = Elapsed::ZERO;

    #[test]
    fn media_that_came_says_nothing_of_the_path_after_an_interruption() {
        let mut path = Path::new(NOW);
        assert!(path.enter(TransportState::Connected, NOW) && !path.enter(TransportState::Connected, NOW));
        assert!(path.carries(false) && !path.carries(true) && !path.is_heard());
        path.hear();
        assert!(path.carries(true) && path.is_heard());
        path.enter(TransportState::Disconnected, NOW);
        assert!(path.may_come_back() && !path.carries(false));
        path.enter(TransportState::Connected, NOW);
        assert!(!path.is_heard(), "none came since it answers again");
    }

    #[test]
    fn a_control_channel_is_lost_once_it_was_open_until_another_opens() {
        let mut path = Path::new(NOW);
        path.control_changed(false);
        assert!(!path.has_lost_control(), "it never was open");
        path.control_changed(true);
        assert!(path.is_control_open() && !path.carries_messages(), "the path does not answer");
        path.control_changed(false);
        path.control_changed(false);
        assert!(path.has_lost_control() && !path.is_control_open());
        path.control_changed(true);
        assert!(!path.has_lost_control());
    }
}
