//! Everything the machine knows, for the debug panel. Times are whole milliseconds; ages are relative to the
//! `now` the snapshot was taken with, `at` values are on the caller's clock.

use holdfast_terms::Generation;
use serde::{Deserialize, Serialize};

use crate::{Priority, TaskId, TaskKind, TaskResult, Tracks, TransportState};

/// How a participant is reached, as people see it (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum PeerState {
    /// Nothing started: local media is not ready.
    Waiting,
    /// First connection under way.
    Connecting,
    /// Media can flow.
    Connected,
    /// Was connected, is being brought back.
    Reconnecting,
    /// The ladder is exhausted; retries go on in the background.
    Failed,
    /// Over.
    Left,
}

/// Where the exchange of descriptions stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// There is no connection.
    NoConnection,
    /// The driver is making a connection.
    CreatingConnection,
    /// Nothing outstanding.
    Stable,
    /// The driver is making an offer.
    CreatingOffer,
    /// An offer is out, its answer is awaited.
    HaveLocalOffer,
    /// The driver is applying the answer.
    ApplyingAnswer,
    /// The driver is taking an offer back.
    RollingBack,
    /// The driver is applying an offer of the remote.
    ApplyingOffer,
    /// The driver is making the answer.
    CreatingAnswer,
    /// Closed for good.
    Closed,
}

/// Which rung of the recovery ladder an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Rung {
    /// Fresh ICE credentials on the same connection.
    IceRestart,
    /// A new connection.
    Rebuild,
    /// A new connection over the relay only.
    RelayOnly,
    /// The ladder is exhausted; new connections at growing, random intervals.
    Background,
}

/// Why something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Local media is ready, or was waited for long enough.
    Started,
    /// The turn of a task came.
    TaskStarted,
    /// The driver finished an operation.
    OperationDone,
    /// The library refused an operation.
    OperationRefused,
    /// The driver did not finish an operation in time.
    OperationTimedOut,
    /// A remote offer came.
    RemoteOffer,
    /// A remote answer came.
    RemoteAnswer,
    /// Both sides offered; this side yields.
    Glare,
    /// No answer came in time.
    Unanswered,
    /// A message of a newer generation came.
    NewerGeneration,
    /// The first offer of the remote did not come in time.
    NoFirstOffer,
    /// The transport did not connect in time.
    ConnectTimedOut,
    /// The transport connected.
    TransportConnected,
    /// The transport reported a lost path.
    TransportDisconnected,
    /// The transport gave up.
    TransportFailed,
    /// No media came although some was expected.
    Silence,
    /// The exchange is done and media flows again.
    MediaBack,
    /// The addresses of this machine changed.
    AddressChanged,
    /// This machine slept.
    Woke,
    /// The signaling server is back.
    SignalingBack,
    /// The remote joined afresh.
    RemoteRestarted,
    /// The person asked for another try.
    Retry,
    /// An attempt of the ladder did not bring the connection back.
    AttemptFailed,
    /// A newer attempt takes the place of what was outstanding.
    Superseded,
    /// There is a way to the remote again.
    ReachableAgain,
    /// The control channel is gone for good although the path answers.
    ControlClosed,
    /// The connection kept beside its successor was closed: the successor took over, or the old path ended.
    PreviousClosed,
    /// Someone left.
    Closed,
}

/// One change of phase, state or rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// When, on the caller's clock.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub at_ms: u64,
    /// Generation at that time.
    pub generation: Generation,
    /// Phase after it.
    pub phase: Phase,
    /// State after it.
    pub state: PeerState,
    /// Rung after it; none outside recovery.
    pub rung: Option<Rung>,
    /// Why.
    pub cause: Cause,
}

/// A waiting task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TaskSnapshot {
    /// Its number.
    pub id: TaskId,
    /// What it negotiates.
    pub kind: TaskKind,
    /// How urgent it is.
    pub priority: Priority,
    /// How long it exists.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub age_ms: u64,
}

/// The task in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FlightSnapshot {
    /// The task.
    pub task: TaskSnapshot,
    /// How long ago it started.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub started_ms_ago: u64,
}

/// Where recovery stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RecoverySnapshot {
    /// What began it.
    pub cause: Cause,
    /// Rung of the latest attempt.
    pub rung: Rung,
    /// Attempts begun since, by either side.
    pub attempt: u32,
    /// Attempts of the current ladder that failed.
    pub failed: u32,
    /// How long ago it began.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub since_ms_ago: u64,
    /// When the next attempt comes; none while there is no way to reach the remote.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub next_attempt_in_ms: Option<u64>,
}

/// The connection before the current one, kept until that has recovered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PreviousSnapshot {
    /// Its generation.
    pub generation: Generation,
    /// Latest report of its transport.
    pub transport: TransportState,
    /// How long it is so.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub transport_since_ms_ago: u64,
    /// Whether its control channel is open.
    pub control_open: bool,
    /// Whether it answers and media came lately, or none was due.
    pub carries_media: bool,
}

/// A running timer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TimerSnapshot {
    /// Which.
    pub timer: &'static str,
    /// When it fires.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub in_ms: u64,
}

/// What was counted since the machine was made. Every refusal of an input has its own counter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Times both sides offered at once.
    pub glares: u32,
    /// Local offers taken back.
    pub rollbacks: u32,
    /// Connections made in place of another.
    pub rebuilds: u32,
    /// Connections kept beside their successor.
    pub kept: u32,
    /// ICE restarts begun by this side.
    pub ice_restarts: u32,
    /// Exchanges completed.
    pub negotiations: u32,
    /// Tasks made.
    pub tasks: u32,
    /// Tasks that ended with anything but `done` or `notNeeded`.
    pub tasks_failed: u32,
    /// Remote messages of an older generation, dropped.
    pub older_generation: u32,
    /// Remote messages of an impossible generation, dropped.
    pub impossible_generation: u32,
    /// Colliding offers ignored by the impolite side.
    pub ignored_offers: u32,
    /// Candidates of ignored offers, dropped.
    pub ignored_candidates: u32,
    /// Descriptions seen before, or overtaken by a later one, dropped.
    pub repeated_descriptions: u32,
    /// Answers to an offer that is no longer out, dropped.
    pub late_answers: u32,
    /// Answers to no offer of ours, dropped.
    pub unasked_answers: u32,
    /// Descriptions that are none, oversized descriptions and candidates; dropped.
    pub malformed: u32,
    /// Remote candidates that fell out of the full buffer of early ones, or that were more than one description may have.
    pub candidates_dropped: u32,
    /// Local candidates that fell out of the full hold.
    pub local_candidates_dropped: u32,
    /// Remote candidates the library refused.
    pub candidates_refused: u32,
    /// Operations the library refused.
    pub operations_refused: u32,
    /// Reports about connections or operations that no longer exist, ignored.
    pub late_reports: u32,
    /// Transitions made; the latest of them are in the history.
    pub transitions: u32,
    /// Inputs after the end, ignored.
    pub after_close: u32,
}

/// Everything the machine knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", ts(rename = "NegotiationSnapshot"))]
pub struct Snapshot {
    /// Own participant id.
    pub local: String,
    /// The other's participant id.
    pub remote: String,
    /// Whether this side yields on glare.
    pub polite: bool,
    /// As people see it.
    pub state: PeerState,
    /// How long it is so.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub state_since_ms_ago: u64,
    /// Generation of the connection that counts; before the first, of the one there will be.
    pub generation: Generation,
    /// Whether this connection may use the relay only.
    pub relay_only: bool,
    /// Where the exchange stands.
    pub phase: Phase,
    /// How long it stands there.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub phase_since_ms_ago: u64,
    /// Latest report of the transport.
    pub transport: TransportState,
    /// How long it is so.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub transport_since_ms_ago: u64,
    /// Whether the control channel is open.
    pub control_open: bool,
    /// Whether the path answers and media came lately, or none was due.
    pub carries_media: bool,
    /// The connection before this one, while it is kept.
    pub previous: Option<PreviousSnapshot>,
    /// Whether the signaling server can be reached.
    pub signaling: bool,
    /// Whether a message has any way to the remote: the server, or an open control channel on a connected path.
    pub reachable: bool,
    /// Whether the remote says it is sending anything.
    pub media_expected: bool,
    /// What this side wants to send.
    pub wanted: Tracks,
    /// What the remote is known to have agreed to; none before the first exchange of this generation, and while
    /// it is uncertain what the remote saw.
    pub negotiated: Option<Tracks>,
    /// What the remote sends, by its latest description.
    pub remote_tracks: Tracks,
    /// The task in flight.
    pub in_flight: Option<FlightSnapshot>,
    /// Waiting tasks in the order they will run.
    pub queue: Vec<TaskSnapshot>,
    /// Result of the latest finished task.
    pub last_result: Option<TaskResult>,
    /// Early remote candidates waiting now, of at most [`crate::limits::CANDIDATE_BUFFER`].
    pub candidates_waiting: usize,
    /// Local candidates waiting for their description to go out.
    pub local_candidates_held: usize,
    /// Where recovery stands; none when nothing is wrong.
    pub recovery: Option<RecoverySnapshot>,
    /// Running timers.
    pub timers: Vec<TimerSnapshot>,
    /// Counts since the machine was made.
    pub counters: Counters,
    /// The latest transitions, oldest first.
    pub history: Vec<Transition>,
}
