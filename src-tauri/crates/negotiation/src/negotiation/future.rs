//! What the machine will do depends on less than it holds. Knows which part, so that an exhaustive exploration
//! can tell that two ways led to the same place.

use std::{
    hash::{Hash, Hasher},
    time::Duration,
};

use super::{
    Negotiation,
    descriptions::{Exchange, RemoteOffer},
    path::Path,
};
use crate::{limits, task::Task, timer::Timer, timing};

impl Path {
    fn hash_future(&self, state: &mut impl Hasher) {
        let Self { transport, since: _, control_open, control_lost, silent } = self;
        (transport, control_open, control_lost, silent).hash(state);
    }
}

impl Negotiation {
    /// Puts everything into `state` that decides what the machine will do. Two machines of the same
    /// [`crate::Config`] that put in the same answer the same inputs alike from here on, but for ages, counters and
    /// numbers in what they show.
    ///
    /// Left out is what is only shown, and what only tells things apart: numbers of operations and tasks, and
    /// everything that merely grows. Times are relative to `now`, timers rounded up to whole multiples of
    /// `granularity`, own description numbers relative to the latest, the remote's relative to `remote_sent`, the
    /// latest it sent. Actions not polled yet are not looked at.
    pub fn hash_future(
        &self,
        now: Duration,
        granularity: Duration,
        remote_sent: u32,
        state: &mut impl Hasher,
    ) {
        // Every field is named, so that a new one is not forgotten here.
        let Self {
            config: _,
            rng,
            actions: _,
            timers,
            counters: _,
            history: _,
            state: people,
            state_since: _,
            why: _,
            started,
            closed,
            ever_connected,
            generation,
            relay_only,
            path,
            previous,
            established,
            opener,
            signaling,
            exchange,
            exchange_since: _,
            operation,
            next_op: _,
            queue,
            flight,
            next_task: _,
            last_result: _,
            remote_offer,
            wanted,
            negotiated,
            remote_tracks,
            offer_failures,
            refusals,
            refused_offer,
            number,
            remote_number,
            number_proven,
            remote_latest,
            met_anew,
            ignoring,
            ignored_offer,
            remote_ufrag,
            staged,
            restarts,
            candidates,
            recovery,
            media_expected,
            silent_attempts,
        } = self;
        let own = |sent: u32| number.wrapping_sub(sent);
        let theirs = |seen: u32| remote_sent.wrapping_sub(seen);
        rng.hash(state);
        for timer in Timer::ALL {
            let left = timers.get(timer).map(|at| at.saturating_sub(now));
            left.map(|left| left.as_millis().div_ceil(granularity.as_millis().max(1))).hash(state);
        }
        (people, started, closed, ever_connected, generation, relay_only).hash(state);
        path.hash_future(state);
        if let Some(previous) = previous {
            previous.generation.hash(state);
            previous.path.hash_future(state);
        }
        (previous.is_some(), established, opener, signaling, operation.is_some()).hash(state);
        exchange.phase().hash(state);
        match exchange {
            Exchange::CreatingOffer { tracks, abandoned } => (tracks, abandoned).hash(state),
            Exchange::HaveLocalOffer { tracks, number } => (tracks, own(*number)).hash(state),
            Exchange::ApplyingAnswer { tracks, remote, ufrag } => (tracks, remote, ufrag).hash(state),
            Exchange::ApplyingOffer { remote, .. } | Exchange::CreatingAnswer { remote } => {
                let RemoteOffer { number, tracks, ufrag } = remote;
                (number.map(theirs), tracks, ufrag).hash(state);
            }
            Exchange::NoConnection
            | Exchange::CreatingConnection
            | Exchange::Stable
            | Exchange::RollingBack
            | Exchange::Closed => {}
        }
        let hash_task = |task: &Task, state: &mut _| {
            let Task { id: _, kind, priority, created_at: _, restarts_seen } = task;
            (kind, priority, restarts - restarts_seen).hash(state);
        };
        queue.iter().for_each(|task| hash_task(task, state));
        if let Some(flight) = flight {
            hash_task(&flight.task, state);
        }
        (queue.iter().count(), flight.is_some()).hash(state);
        for offer in [remote_offer, ignored_offer, refused_offer] {
            offer.as_ref().map(|offer| (offer.number.map(theirs), &offer.sdp, &offer.tracks)).hash(state);
        }
        (wanted, negotiated, remote_tracks, offer_failures.min(&9)).hash(state);
        (remote_number.map(theirs), number_proven, ignoring, remote_ufrag, staged).hash(state);
        (remote_latest.map(theirs), refusals.min(&limits::REFUSALS)).hash(state);
        met_anew.map(|at| now.saturating_sub(at) <= timing::TOLD_WITHIN).hash(state);
        candidates.hash_future(state);
        if let Some(recovery) = recovery {
            recovery.hash_future(now, state);
        }
        (recovery.is_some(), media_expected, silent_attempts).hash(state);
    }
}
