//! The machine itself: what it holds, how inputs and timers reach the parts, and what happens after each.

mod agreement;
mod candidates;
mod connection;
pub(crate) mod credentials;
mod current;
pub(crate) mod descriptions;
mod failures;
mod future;
mod ladder;
mod media;
mod numbering;
mod offers;
mod operations;
mod path;
mod recovery;
mod refusals;
mod reports;
mod shown;
mod tasks;
mod view;
mod ways;

use std::{collections::VecDeque, time::Duration};

use holdfast_terms::{DescriptionNumber, Elapsed, Generation};

use crate::{
    Action, Cause, Config, Counters, Input, OpId, PeerState, limits, rng::Rng, timer::Timer, timer::Timers,
    timing,
};

use agreement::TrackAgreement;
use candidates::Candidates;
use credentials::Credentials;
use current::{Current, Previous};
use descriptions::Exchange;
use failures::Failures;
use media::ExpectedMedia;
use numbering::Numbering;
use offers::RemoteOffers;
use operations::Operations;
use recovery::Recovery;
use shown::Shown;
use tasks::Tasks;

/// The negotiation with one remote participant. `now` is a duration since any fixed moment; it never goes back.
#[derive(Debug, Clone)]
pub struct Negotiation {
    config: Config,
    rng: Rng,
    actions: VecDeque<Action>,
    timers: Timers,
    counters: Counters,

    shown: Shown,
    started: bool,
    closed: bool,
    ever_connected: bool,

    connection: Current,
    /// Goes on beside the current connection until that has recovered. Never outlives `recovery`.
    previous: Option<Previous>,
    signaling: bool,

    exchange: Exchange,
    exchange_since: Duration,
    operations: Operations,
    tasks: Tasks,
    offers: RemoteOffers,
    tracks: TrackAgreement,
    failures: Failures,
    numbering: Numbering,
    credentials: Credentials,
    candidates: Candidates,

    recovery: Option<Recovery>,
    media: ExpectedMedia,
}

impl Negotiation {
    /// A machine that waits for [`Input::Start`].
    pub fn new(config: Config, now: Elapsed) -> Self {
        let mut rng = Rng::new(config.seed);
        // Not 0: answers to what this side offered before it lost its memory must not fit.
        let number = DescriptionNumber(u32::try_from(rng.next() >> 34).unwrap_or_default());
        let mut timers = Timers::default();
        timers.set(Timer::LocalMedia, now + timing::LOCAL_MEDIA_WAIT);
        Self {
            rng,
            actions: VecDeque::new(),
            timers,
            counters: Counters::default(),
            shown: Shown::new(now),
            started: false,
            closed: false,
            ever_connected: false,
            connection: Current::new(
                config.first_generation.clamp(Generation::FIRST, limits::GENERATION_MAX),
                now,
            ),
            previous: None,
            signaling: true,
            exchange: Exchange::NoConnection,
            exchange_since: now,
            operations: Operations::default(),
            tasks: Tasks::default(),
            offers: RemoteOffers::default(),
            tracks: TrackAgreement::new(config.tracks),
            failures: Failures::default(),
            numbering: Numbering::new(number),
            credentials: Credentials::default(),
            candidates: Candidates::default(),
            recovery: None,
            media: ExpectedMedia::default(),
            config,
        }
    }

    /// Tells the machine what happened.
    pub fn handle_input(&mut self, input: Input, now: Elapsed) {
        if self.closed {
            self.counters.after_close = self.counters.after_close.saturating_add(1);
            return;
        }
        match input {
            Input::Start => self.start(now),
            Input::Wanted(tracks) => self.tracks.want(tracks),
            Input::Remote { generation, message } => self.remote_message(generation, message, now),
            Input::Outcome { op, outcome } => self.outcome(op, outcome, now),
            Input::LocalCandidate { generation, candidate } => self.local_candidate(generation, candidate),
            Input::Transport { generation, state } => self.transport_changed(generation, state, now),
            Input::MediaReceived { generation } => self.media_received(generation, now),
            Input::MediaExpected(expected) => {
                self.media.expect(expected);
                self.check_recovered(now);
            }
            Input::AddressChanged => self.rebuild_now(Cause::AddressChanged, now),
            Input::RemoteRestarted => self.remote_restarted(now),
            Input::Woke => self.woke(now),
            Input::Signaling(up) => self.signaling_changed(up, now),
            Input::ControlOpen { generation, open } => self.control_changed(generation, open, now),
            Input::Retry => self.retry(now),
            Input::Close => self.close(now),
        }
        self.settle(now);
    }

    /// Lets due timers fire; harmless when none is due.
    pub fn handle_timeout(&mut self, now: Elapsed) {
        while let Some(timer) = self.timers.take_due(now) {
            match timer {
                Timer::LocalMedia => self.start(now),
                Timer::Operation => self.broken(Cause::OperationTimedOut, now),
                Timer::Stable => self.turn_timed_out(now),
                Timer::Answer => self.answer_timed_out(now),
                Timer::Debounce => self.offer_changes(now),
                Timer::Connect => {
                    let cause = if self.connection.is_established() {
                        Cause::ConnectTimedOut
                    } else {
                        Cause::NoFirstOffer
                    };
                    self.begin_recovery(cause, now);
                }
                Timer::Silence => {
                    self.connection.path_mut().fall_silent();
                    self.begin_recovery(Cause::Silence, now);
                }
                Timer::PreviousSilence => self.previous_silent(),
                Timer::ApplyAgain => self.apply_again(now),
                Timer::Control => self.rebuild_now(Cause::ControlClosed, now),
                Timer::Attempt => self.attempt_failed(now),
                Timer::Backoff => self.attempt(Cause::AttemptFailed, now),
            }
            self.settle(now);
        }
    }

    /// The next thing to do, until there is none.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Generation of the connection that counts; before the first, of the one there will be.
    pub fn generation(&self) -> Generation {
        self.connection.generation()
    }

    /// When [`Self::handle_timeout`] is due next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// The attempt to get the connection back that is under way, counted from 1 since it was lost and by both sides;
    /// 0 while nothing is being repaired.
    pub fn attempt_number(&self) -> u32 {
        self.recovery.as_ref().map_or(0, Recovery::attempt)
    }

    /// What follows from any change: the next task starts, changed tracks are noticed, candidates whose time has
    /// come go on, people see the new state.
    fn settle(&mut self, now: Elapsed) {
        if !self.closed {
            self.start_tasks(now);
            self.notice_changes(now);
            self.pass_on_candidates();
            self.watch_silence(now);
            self.watch_control(now);
        }
        self.show_state(now);
    }

    fn show_state(&mut self, now: Elapsed) {
        let state = if self.closed {
            PeerState::Left
        } else if !self.started {
            PeerState::Waiting
        } else {
            match &self.recovery {
                // Being repaired or replaced shows only once it is felt.
                Some(_) if self.ever_connected && self.works() => PeerState::Connected,
                Some(recovery) if recovery.is_exhausted() => PeerState::Failed,
                _ if !self.ever_connected => PeerState::Connecting,
                Some(_) => PeerState::Reconnecting,
                None => PeerState::Connected,
            }
        };
        if self.shown.show(state, now) {
            let reason = self.shown.reason();
            self.actions.push_back(Action::StateChanged { state, reason });
            self.record(reason, now);
        }
    }

    /// Begins the one operation the exchange waits for.
    fn begin_operation(&mut self, now: Elapsed) -> OpId {
        let op = self.operations.begin_awaited();
        self.timers.set(Timer::Operation, now + timing::OPERATION_WAIT);
        op
    }
}
