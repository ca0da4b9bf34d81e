//! The decisions about one remote participant, without a clock, a network, a task or a WebRTC library.
//!
//! One [`PeerMachine`] per remote. It owns the [`holdfast_negotiation::Negotiation`] with that remote and decides
//! everything around it: which connections exist and which one was replaced, which control channel carries a message,
//! and what a report of a connection means. It also decides when a farewell ends, when media stops on a path that does
//! not answer, when to tell the owner that a keyframe is wanted, and who gets a goodbye. It does not know RTP packets,
//! sockets, tasks, or other participants.
//!
//! ```text
//!  driver                                              PeerMachine
//!    │ handle_input(Input, now) / handle_timeout(now) ──────▶│
//!    │◀────────────────── poll_action() until None ──────────│
//!    │◀────────────────── poll_timeout(): call handle_timeout then
//! ```
//!
//! # What a driver has to do
//!
//! 1. After each input and each timeout, take actions until [`PeerMachine::poll_action`] returns `None`, and carry them
//!    out in that order, one at a time. An [`Action::Operate`] is answered with one [`Input::Outcome`] of its number;
//!    until then `poll_action` returns `None`. A driver that waits longer than
//!    [`holdfast_negotiation::timing::OPERATION_WAIT`] answers [`Outcome::Failed`](holdfast_negotiation::Outcome).
//! 2. If a channel does not take the message of an [`Action::Send`], answer with [`Input::Refused`] before the next
//!    action. Answer an [`Action::ReadOutstanding`] with [`Input::Outstanding`].
//! 3. Before [`PeerMachine::handle_timeout`] and before each [`Input::Command`], and at least every
//!    [`HEARD_INTERVAL`], say on which connections media came ([`Input::MediaReceived`]). Silence is judged by it.
//! 4. Take reports of connections before timeouts, and timeouts before commands: a path that came back while the
//!    library was busy is not given up.
//! 5. Say [`Input::Totals`] every [`STATS_INTERVAL`].
//! 6. After [`Input::Close`], go on until [`PeerMachine::is_closed`].
//!
//! Media does not pass through the machine. The parts of media handling that need no socket are here, too: [`splice`],
//! [`stats`], [`losses`] and [`path_loss`].
#![forbid(unsafe_code)]

mod action;
mod commands;
mod connections;
mod control;
pub mod convert;
mod event;
mod farewell;
mod input;
mod keyframes;
pub mod losses;
mod machine;
mod negotiated;
pub mod path_loss;
mod reports;
mod routing;
mod sequence;
pub mod splice;
pub mod stats;

pub use action::{Action, Note, Operation};
pub use connections::{FAREWELL, LONGEST_FAREWELL, SENT_UNANSWERED, STALLED_AFTER};
pub use event::PeerEvent;
pub use farewell::{GOODBYE_POLL, GOODBYE_WAIT};
pub use holdfast_negotiation::{Cause, Config, OpId, Outcome, PeerState, Recording};
pub use input::{Command, Input, Report};
pub use keyframes::KEYFRAME_INTERVAL;
pub use machine::{HEARD_INTERVAL, PeerMachine, PeerSnapshot, STATS_INTERVAL};
pub use stats::PeerStats;

/// How many commands may wait for a machine in its driver. A burst of remote candidates is a few dozen, so a task with
/// more than this hangs. Then the remote's messages are dropped and counted, and the owner's commands are kept.
pub const COMMAND_QUEUE: usize = 512;
