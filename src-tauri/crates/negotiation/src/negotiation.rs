//! The machine itself: what it holds, how inputs and timers reach the parts, and what happens after each.

mod candidates;
mod connection;
pub(crate) mod descriptions;
mod future;
mod path;
mod recovery;
mod refusals;
mod tasks;
mod view;

use std::{collections::VecDeque, time::Duration};

use crate::{
    Action, Cause, Config, Counters, Description, Input, OpId, PeerState, TaskResult, Tracks, Transition,
    limits, rng::Rng, task::Queue, timer::Timer, timer::Timers, timing,
};

use candidates::Candidates;
use descriptions::Exchange;
use path::{Path, Previous};
use recovery::Recovery;
use tasks::Flight;

/// The negotiation with one remote participant. `now` is a duration since any fixed moment; it never goes back.
#[derive(Debug, Clone)]
pub struct Negotiation {
    config: Config,
    rng: Rng,
    actions: VecDeque<Action>,
    timers: Timers,
    counters: Counters,
    history: VecDeque<Transition>,

    state: PeerState,
    state_since: Duration,
    /// Why the state is what it is.
    why: Cause,
    started: bool,
    closed: bool,
    ever_connected: bool,

    /// Of the connection that counts; before the first, of the one there will be.
    generation: u32,
    relay_only: bool,
    path: Path,
    /// Goes on beside the current connection until that has recovered. Never outlives `recovery`.
    previous: Option<Previous>,
    /// A first exchange of this generation is complete.
    established: bool,
    /// This side may make the first offer of this generation.
    opener: bool,
    signaling: bool,

    exchange: Exchange,
    exchange_since: Duration,
    /// The one operation the exchange waits for.
    operation: Option<OpId>,
    next_op: u64,

    queue: Queue,
    flight: Option<Flight>,
    next_task: u64,
    last_result: Option<TaskResult>,
    /// The remote offer the waiting answer task is for.
    remote_offer: Option<Description>,

    wanted: Tracks,
    /// `None` while it is uncertain what the remote knows.
    negotiated: Option<Tracks>,
    remote_tracks: Tracks,
    /// Offers in a row that failed, for the pause before the next.
    offer_failures: u32,
    /// Operations of an exchange the library refused in a row.
    refusals: u32,
    /// An offer of the remote that the library refused and that is to be applied again.
    refused_offer: Option<Description>,

    /// Number of the latest description sent; starts anywhere.
    number: u32,
    /// Highest number seen from the remote in this generation.
    remote_number: Option<u32>,
    /// The remote has answered an offer of this generation, so `remote_number` is of its present life.
    number_proven: bool,
    /// Number of the latest description from the remote in any generation.
    remote_latest: Option<u32>,
    /// When a remote that began anew was met by its own offer.
    met_anew: Option<Duration>,
    /// The latest offer of the remote was ignored, so its candidates are too.
    ignoring: bool,
    /// That offer, until it is known whether it collided or only overtook the answer to ours.
    ignored_offer: Option<Description>,
    remote_ufrag: Option<String>,
    /// The library may hold credentials of a restart that was not completed; the next exchange puts them in force.
    staged: bool,
    /// Exchanges that renewed the ICE credentials, by either side.
    restarts: u64,

    candidates: Candidates,

    recovery: Option<Recovery>,
    media_expected: bool,
    /// Attempts in a row after which only media was missing.
    silent_attempts: u32,
}

impl Negotiation {
    /// A machine that waits for [`Input::Start`].
    pub fn new(config: Config, now: Duration) -> Self {
        let mut rng = Rng::new(config.seed);
        // Not 0: answers to what this side offered before it lost its memory must not fit.
        let number = u32::try_from(rng.next() >> 34).unwrap_or_default();
        let mut timers = Timers::default();
        timers.set(Timer::LocalMedia, now + timing::LOCAL_MEDIA_WAIT);
        Self {
            rng,
            actions: VecDeque::new(),
            timers,
            counters: Counters::default(),
            history: VecDeque::new(),
            state: PeerState::Waiting,
            state_since: now,
            why: Cause::Started,
            started: false,
            closed: false,
            ever_connected: false,
            generation: config.first_generation.clamp(1, limits::GENERATION_MAX),
            relay_only: false,
            path: Path::new(now),
            previous: None,
            established: false,
            opener: false,
            signaling: true,
            exchange: Exchange::NoConnection,
            exchange_since: now,
            operation: None,
            next_op: 0,
            queue: Queue::default(),
            flight: None,
            next_task: 0,
            last_result: None,
            remote_offer: None,
            wanted: config.tracks,
            negotiated: None,
            remote_tracks: Tracks::NONE,
            offer_failures: 0,
            refusals: 0,
            refused_offer: None,
            number,
            remote_number: None,
            number_proven: false,
            remote_latest: None,
            met_anew: None,
            ignoring: false,
            ignored_offer: None,
            remote_ufrag: None,
            staged: false,
            restarts: 0,
            candidates: Candidates::default(),
            recovery: None,
            media_expected: false,
            silent_attempts: 0,
            config,
        }
    }

    /// Tells the machine what happened.
    pub fn handle_input(&mut self, input: Input, now: Duration) {
        if self.closed {
            self.counters.after_close = self.counters.after_close.saturating_add(1);
            return;
        }
        match input {
            Input::Start => self.start(now),
            Input::Wanted(tracks) => self.wanted = tracks,
            Input::Remote { generation, message } => self.remote_message(generation, message, now),
            Input::Outcome { op, outcome } => self.outcome(op, outcome, now),
            Input::LocalCandidate { generation, candidate } => self.local_candidate(generation, candidate),
            Input::Transport { generation, state } => self.transport_changed(generation, state, now),
            Input::MediaReceived { generation } => self.media_received(generation, now),
            Input::MediaExpected(expected) => {
                self.media_expected = expected;
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
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(timer) = self.timers.take_due(now) {
            match timer {
                Timer::LocalMedia => self.start(now),
                Timer::Operation => self.broken(Cause::OperationTimedOut, now),
                Timer::Stable => self.turn_timed_out(now),
                Timer::Answer => self.answer_timed_out(now),
                Timer::Debounce => self.offer_changes(now),
                Timer::Connect => {
                    let cause = if self.established { Cause::ConnectTimedOut } else { Cause::NoFirstOffer };
                    self.begin_recovery(cause, now);
                }
                Timer::Silence => {
                    self.path.silent = true;
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
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// When [`Self::handle_timeout`] is due next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.timers.next()
    }

    /// The attempt to get the connection back that is under way, counted from 1 since it was lost and by both sides;
    /// 0 while nothing is being repaired.
    pub fn attempt_number(&self) -> u32 {
        self.recovery.as_ref().map_or(0, |recovery| recovery.attempt)
    }

    /// What follows from any change: the next task starts, changed tracks are noticed, candidates whose time has
    /// come go on, people see the new state.
    fn settle(&mut self, now: Duration) {
        if !self.closed {
            self.start_tasks(now);
            self.notice_changes(now);
            self.pass_on_candidates();
            self.watch_silence(now);
            self.watch_control(now);
        }
        self.show_state(now);
    }

    fn show_state(&mut self, now: Duration) {
        let state = if self.closed {
            PeerState::Left
        } else if !self.started {
            PeerState::Waiting
        } else {
            match &self.recovery {
                // Being repaired or replaced shows only once it is felt.
                Some(_) if self.ever_connected && self.works() => PeerState::Connected,
                Some(recovery) if recovery.exhausted => PeerState::Failed,
                _ if !self.ever_connected => PeerState::Connecting,
                Some(_) => PeerState::Reconnecting,
                None => PeerState::Connected,
            }
        };
        if state != self.state {
            self.state = state;
            self.state_since = now;
            self.actions.push_back(Action::StateChanged { state, reason: self.why });
            self.record(self.why, now);
        }
    }

    fn next_op(&mut self) -> OpId {
        self.next_op += 1;
        OpId(self.next_op)
    }

    /// Begins the one operation the exchange waits for.
    fn begin_operation(&mut self, now: Duration) -> OpId {
        let op = self.next_op();
        self.operation = Some(op);
        self.timers.set(Timer::Operation, now + timing::OPERATION_WAIT);
        op
    }
}
