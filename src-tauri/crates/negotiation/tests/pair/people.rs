//! What people do that the machine of the other end hears of later: they mute and unmute, and they leave.

use std::time::Duration;

use holdfast_negotiation::{Input, PeerState, Tracks};
use holdfast_terms::Generation;

use super::Pair;

impl Pair {
    /// Mutes or unmutes all of a side: media ends or begins at once, the other end is told of it later.
    pub(crate) fn mute(&mut self, side: usize, muted: bool, told_after: Duration) {
        let before = self.sends(side);
        self.ends[side].muted = muted;
        if self.sends(side) != before {
            self.tell(side, told_after);
        }
    }

    /// A side leaves. The other end is told of it later, as far as there is a way, or never.
    pub(crate) fn leave(&mut self, side: usize, told_after: Option<Duration>) {
        if self.has_left(side) {
            return;
        }
        self.ends[side].goodbye_at = told_after.map(|after| self.now + after);
        self.input(side, Input::Close);
    }

    pub(crate) fn has_left(&self, side: usize) -> bool {
        self.snapshot(side).state == PeerState::Left
    }

    /// Whether a side, by its own word, sends anything.
    pub(super) fn sends(&self, side: usize) -> bool {
        !self.ends[side].muted && self.ends[side].wanted != Tracks::NONE
    }

    /// Whether media of a side comes out at the other end of the connections of this generation: it was negotiated there
    /// and is still wanted.
    pub(super) fn sends_over(&self, side: usize, generation: Generation) -> bool {
        let end = &self.ends[side];
        let negotiated = end.driver.sending(generation);
        !end.muted && end.wanted.sources().any(|source| negotiated.contains(source)) && self.flows(generation)
    }

    /// The other end is going to be told whether this one sends anything. The word is repeated until it is acknowledged and
    /// carries a number, so it is neither lost nor overtaken by an older one.
    pub(super) fn tell(&mut self, side: usize, after: Duration) {
        let sends = self.sends(side);
        let told = &mut self.ends[side].told;
        let at = told.back().map_or(self.now + after, |(before, _)| (self.now + after).max(*before));
        told.push_back((at, sends));
    }

    /// When an end is next told something; never while there is no way to tell it.
    pub(super) fn next_news(&self) -> Option<Duration> {
        if !self.can_tell() {
            return None;
        }
        let news = |end: &super::End| [end.told.front().map(|(at, _)| *at), end.goodbye_at];
        self.ends.iter().flat_map(news).flatten().min()
    }

    pub(super) fn deliver_news(&mut self) {
        for side in 0..2 {
            while self.can_tell()
                && let Some((_, sends)) =
                    self.ends[side].told.front().copied().filter(|(at, _)| *at <= self.now)
            {
                self.ends[side].told.pop_front();
                self.input(1 - side, Input::MediaExpected(sends));
            }
            if self.can_tell() && self.ends[side].goodbye_at.is_some_and(|at| at <= self.now) {
                self.ends[side].goodbye_at = None;
                self.input(1 - side, Input::Close);
            }
        }
    }

    fn can_tell(&self) -> bool {
        self.ends.iter().all(|end| end.signaling) || self.control_flows()
    }
}
