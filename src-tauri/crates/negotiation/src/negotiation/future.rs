//! What the machine will do depends on less than it holds. Knows which part, so that an exhaustive exploration
//! can tell that two ways led to the same place.

use std::{
    hash::{Hash, Hasher},
    time::Duration,
};

use holdfast_terms::{DescriptionNumber, Elapsed};

use super::{
    Negotiation,
    descriptions::{Exchange, RemoteOffer},
    numbering::since,
};
use crate::timer::Timer;

impl Negotiation {
    /// Puts everything into `state` that decides what the machine will do. Two machines of the same
    /// [`crate::Config`] that put in the same answer the same inputs alike from here on, except for ages, counters and
    /// numbers in what they show.
    ///
    /// Left out is what is only shown, and what only tells things apart: numbers of operations and tasks, and
    /// everything that merely grows. Times are relative to `now`, timers rounded up to whole multiples of
    /// `granularity`, own description numbers relative to the latest, the remote's relative to `remote_sent`, the
    /// latest it sent. Actions not polled yet are not looked at.
    pub fn hash_future(
        &self,
        now: Elapsed,
        granularity: Duration,
        remote_sent: DescriptionNumber,
        state: &mut impl Hasher,
    ) {
        // Every field is named, so that a new one is not forgotten here.
        let Self {
            config: _,
            rng,
            actions: _,
            timers,
            counters: _,
            shown,
            started,
            closed,
            ever_connected,
            connection,
            previous,
            signaling,
            exchange,
            exchange_since: _,
            operations,
            tasks,
            offers,
            tracks,
            failures,
            numbering,
            credentials,
            candidates,
            recovery,
            media,
        } = self;
        rng.hash(state);
        for timer in Timer::ALL {
            let left = timers.get(timer).map(|at| at.saturating_sub(now));
            left.map(|left| left.as_millis().div_ceil(granularity.as_millis().max(1))).hash(state);
        }
        (shown.state(), started, closed, ever_connected, signaling, operations.is_awaiting()).hash(state);
        connection.hash_future(state);
        if let Some(previous) = previous {
            previous.hash_future(state);
        }
        previous.is_some().hash(state);
        exchange.phase().hash(state);
        match exchange {
            Exchange::CreatingOffer { tracks, abandoned } => (tracks, abandoned).hash(state),
            Exchange::HaveLocalOffer { tracks, number } => {
                (tracks, numbering.sent_ago(*number)).hash(state);
            }
            Exchange::ApplyingAnswer { tracks, remote, ufrag } => (tracks, remote, ufrag).hash(state),
            Exchange::ApplyingOffer { remote, .. } | Exchange::CreatingAnswer { remote } => {
                let RemoteOffer { number, tracks, ufrag } = remote;
                (number.map(|seen| since(remote_sent, seen)), tracks, ufrag).hash(state);
            }
            Exchange::NoConnection
            | Exchange::CreatingConnection
            | Exchange::Stable
            | Exchange::RollingBack
            | Exchange::Closed => {}
        }
        tasks.hash_future(credentials.restarts(), state);
        offers.hash_future(remote_sent, state);
        tracks.hash_future(state);
        failures.hash_future(state);
        numbering.hash_future(now, remote_sent, state);
        credentials.hash_future(state);
        candidates.hash_future(state);
        if let Some(recovery) = recovery {
            recovery.hash_future(now, state);
        }
        recovery.is_some().hash(state);
        media.hash_future(state);
    }
}
