//! The machine itself: its parts, its timers, and what is due.

use std::collections::VecDeque;
use std::time::Duration;

use holdfast_delivery::{ChannelId, ChannelSnapshot, Channels};
use holdfast_negotiation::{
    Config, Input as Negotiate, OpId, Outcome, Recorded, Recording, Snapshot, TrackSource, Tracks,
};
use holdfast_terms::{Elapsed, Generation, Revision, SourceTable};
use serde::Serialize;

use crate::connections::Connections;
use crate::control::Control;
use crate::farewell::Farewell;
use crate::keyframes::KeyframePace;
use crate::routing::Said;
use crate::stats::{PeerStats, Window};
use crate::{Action, Input, PeerEvent};

/// The driver says at least this often on which connections media came. The machine looks this often at a control
/// channel with unacknowledged bytes, and tells the owner of a new attempt.
pub const HEARD_INTERVAL: Duration = Duration::from_millis(250);

/// How often the driver tells the counts. Rates are computed from them.
pub const STATS_INTERVAL: Duration = Duration::from_secs(1);

/// Everything known about one remote, for the debug panel.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PeerSnapshot {
    /// The queue, the exchange, recovery.
    pub negotiation: Snapshot,
    /// The numbers as of the last second.
    pub stats: PeerStats,
    /// The channels that pass the machine: `control`. A driver adds the others ([`holdfast_delivery::DataChannels`]).
    pub channels: Vec<ChannelSnapshot>,
}

/// An operation the driver has not answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operating {
    pub(crate) op: OpId,
    /// It makes the connection of this generation.
    pub(crate) creates: Option<Generation>,
}

/// The decisions about one remote participant.
pub struct PeerMachine {
    pub(crate) negotiation: Recorded,
    pub(crate) connections: Connections,
    pub(crate) actions: VecDeque<Action>,
    /// Time of the last input or timeout.
    pub(crate) now: Elapsed,
    pub(crate) operating: Option<Operating>,
    /// What this side wants to send.
    pub(crate) tracks: Tracks,
    /// The signaling server can be reached.
    pub(crate) signaling: bool,
    /// The owner was told that the control channel carries its messages.
    pub(crate) control_flows: bool,
    /// The last text that was sent. It is needed if the driver refuses it.
    pub(crate) said: Option<Said>,
    /// When to look next at control channels with unacknowledged bytes.
    pub(crate) look: Option<Duration>,
    /// Revision of the newest media state that the remote sent over a control channel.
    pub(crate) told_revision: Option<Revision>,
    keyframes: SourceTable<KeyframePace>,
    /// The attempt the owner was told of, and when to tell the next.
    attempt: u32,
    attempt_due: Option<Duration>,
    window: Window,
    window_began: Duration,
    stats: PeerStats,
    pub(crate) control: Control,
    pub(crate) farewell: Farewell,
}

impl std::fmt::Debug for PeerMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerMachine").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl PeerMachine {
    /// Begins to connect to a remote, over connections that have `channels`. Local media should be ready, because it is
    /// offered at once.
    #[must_use]
    pub fn new(config: Config, channels: Channels, now: Elapsed) -> Self {
        let tracks = config.tracks;
        let mut negotiation = Recorded::new(config, now);
        negotiation.handle_input(Negotiate::Start, now);
        Self {
            negotiation,
            connections: Connections::default(),
            actions: VecDeque::new(),
            now,
            operating: None,
            tracks,
            signaling: true,
            control_flows: false,
            said: None,
            look: None,
            told_revision: None,
            keyframes: SourceTable::default(),
            attempt: 0,
            attempt_due: None,
            window: Window::default(),
            window_began: now,
            stats: PeerStats::default(),
            control: Control::new(channels.control(), now),
            farewell: Farewell::default(),
        }
    }

    /// Takes in what happened.
    pub fn handle_input(&mut self, input: Input, now: Elapsed) {
        self.now = now;
        if self.is_closing() {
            return self.handle_last(input);
        }
        match input {
            Input::Command(command) => self.handle_command(command),
            Input::Report { generation, report } => self.handle_report(generation, report),
            Input::Outcome { op, outcome } => self.operated(op, outcome),
            Input::MediaReceived { generation } => {
                if self.connections.is_live(generation) {
                    self.negotiate(Negotiate::MediaReceived { generation });
                }
            }
            Input::Refused { channel: ChannelId::CONTROL } => self.control_refused(),
            Input::Outstanding { generation, channel: ChannelId::CONTROL, bytes } => {
                self.outstanding(generation, bytes);
            }
            // What the other channels carry does not come here.
            Input::Refused { .. } | Input::Outstanding { .. } => {}
            Input::KeyframeWanted { source } => self.want_keyframe(source),
            Input::Totals(totals) => {
                let elapsed = now.saturating_sub(self.window_began);
                self.window_began = now;
                let stats = self.window.close(*totals, elapsed);
                self.stats = PeerStats {
                    control_malformed: self.control.malformed,
                    control_dropped: self.control.dropped,
                    control_over_rate: self.control.over_rate,
                    ..stats
                };
            }
            Input::Close { goodbye } => self.close(goodbye),
        }
        self.note_attempt();
    }

    /// Does what is due. It may be called too early.
    pub fn handle_timeout(&mut self, now: Elapsed) {
        self.now = now;
        if self.is_closing() {
            return self.farewell_due();
        }
        if self.negotiation.poll_timeout().is_some_and(|at| at <= now) {
            self.negotiation.handle_timeout(now);
        }
        let mut closed = false;
        while let Some(generation) = self.connections.take_replaced(now) {
            self.actions.push_back(Action::CloseConnection { generation });
            closed = true;
        }
        if closed {
            self.note_control();
        }
        while let Some(generation) = self.connections.take_silent(now) {
            self.actions.push_back(Action::CloseOutlet { generation });
        }
        if self.look.is_some_and(|at| at <= now) {
            self.look_at_controls();
        }
        self.tell_keyframes();
        self.note_attempt();
    }

    /// The next thing to do, until there is none. Nothing while an operation is under way.
    pub fn poll_action(&mut self) -> Option<Action> {
        loop {
            if let Some(action) = self.actions.pop_front() {
                return Some(action);
            }
            if self.operating.is_some() {
                return None;
            }
            let action = self.negotiation.poll_action()?;
            self.carry_out(action);
        }
    }

    /// When [`Self::handle_timeout`] is due next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.is_closing() {
            return self.farewell.poll_timeout();
        }
        let keyframes = self.keyframes.values().filter_map(KeyframePace::poll_timeout);
        [self.negotiation.poll_timeout(), self.connections.poll_timeout(), self.look, self.attempt_due]
            .into_iter()
            .flatten()
            .chain(keyframes)
            .min()
    }

    /// Everything known.
    #[must_use]
    pub fn snapshot(&self, now: Elapsed) -> PeerSnapshot {
        PeerSnapshot {
            negotiation: self.negotiation.snapshot(now),
            stats: self.stats.clone(),
            channels: vec![self.control.snapshot(self.connections.control_generation(), now)],
        }
    }

    /// The numbers as of the last second.
    #[must_use]
    pub fn stats(&self) -> &PeerStats {
        &self.stats
    }

    /// What the negotiation was told.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        self.negotiation.recording()
    }

    /// Generation of the current connection; before the first connection, the generation that it will have.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.negotiation.generation()
    }

    /// Whether the control channel carries the owner's messages, as the owner was last told.
    #[must_use]
    pub fn control_flows(&self) -> bool {
        self.control_flows
    }

    /// The connection that carries the next message on its control channel, if there is one.
    #[must_use]
    pub fn control_generation(&self) -> Option<Generation> {
        self.connections.control_generation()
    }

    /// Generations of the connections that were not replaced, oldest first.
    pub fn live_connections(&self) -> impl Iterator<Item = Generation> {
        self.connections.live()
    }

    pub(crate) fn negotiate(&mut self, input: Negotiate) {
        self.negotiation.handle_input(input, self.now);
    }

    pub(crate) fn emit(&mut self, event: PeerEvent) {
        self.actions.push_back(Action::Emit(event));
    }

    fn operated(&mut self, op: OpId, outcome: Outcome) {
        if let Some(operating) = self.operating.take_if(|operating| operating.op == op)
            && let Some(generation) = operating.creates
            && outcome == Outcome::Done
        {
            self.connections.add(generation);
        }
        self.negotiate(Negotiate::Outcome { op, outcome });
    }

    /// A keyframe of ours is wanted. Tells the owner now, or later if the last request was a moment ago.
    pub(crate) fn want_keyframe(&mut self, source: TrackSource) {
        if source != TrackSource::Microphone {
            self.keyframes[source].want();
            self.tell_keyframes();
        }
    }

    fn tell_keyframes(&mut self) {
        let now = self.now;
        let due = self.keyframes.iter_mut().filter_map(|(source, pace)| pace.take_due(now).then_some(source));
        self.actions.extend(due.map(|source| Action::Emit(PeerEvent::KeyframeRequested(source))));
    }

    /// Tells the owner of an attempt that lasts. Quick attempts are skipped, because the number is read only some time
    /// after it changed.
    fn note_attempt(&mut self) {
        let attempt = self.negotiation.attempt_number();
        match self.attempt_due {
            Some(at) if at <= self.now => {
                self.attempt_due = None;
                if std::mem::replace(&mut self.attempt, attempt) != attempt {
                    self.emit(PeerEvent::Attempt(attempt));
                }
            }
            None if attempt != self.attempt => self.attempt_due = Some(self.now + HEARD_INTERVAL),
            _ => {}
        }
    }
}
