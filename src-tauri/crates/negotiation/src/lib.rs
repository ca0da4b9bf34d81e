//! How two participants agree on a connection, and how they get it back.
//!
//! One [`Negotiation`] per remote participant. It knows the queue of negotiations, who yields when both sides
//! offer at once, which generation of the connection counts, which candidates are early, and which rung of the
//! recovery ladder comes next. It does not know WebRTC, the network, the clock or chance: it is told what
//! happened ([`Input`], with the time), and says what to do ([`Action`]).
//!
//! ```text
//!  driver                                         Negotiation
//!    │ handle_input(Input, now) / handle_timeout(now) ─▶│
//!    │◀──────────────── poll_action() until None ───────│
//!    │◀──────────────── poll_timeout(): call handle_timeout then
//! ```
//!
//! # What a driver has to do
//!
//! 1. After every `handle_input` or `handle_timeout`, take actions until [`Negotiation::poll_action`] is `None`
//!    and carry them out **in that order, one at a time**. Every action with an `op` is answered with exactly
//!    one [`Input::Outcome`] of that number; late or unknown numbers are counted and ignored. After
//!    [`Action::Rebuilt`] or [`Action::CloseConnection`] no outcome is expected for operations of the generation
//!    that no longer counts (sending it anyway does no harm).
//! 2. An operation either does all it says or leaves the connection as it was. [`Action::CreateOffer`] and
//!    [`Action::CreateAnswer`] create the description *and* set it as the local one.
//! 3. Everything a connection reports carries the generation of that connection.
//! 4. A [`Message`] goes over whichever path is open (signaling, or the `control` channel of either connection,
//!    with the generation of the action on it); the machine does not care which, and stands duplicates, loss and
//!    reordering.
//!
//! # Two connections
//!
//! At most two connections exist at a time. A rebuild keeps the old connection beside the new one when it was
//! established and its path answers or may answer again by itself; its transport, media and control channel go on
//! being reported, and everything the application sends goes on travelling over it. Nothing is negotiated on it any
//! more. It is closed ([`Action::CloseConnection`] with its generation) once the new one has taken over, once its
//! own transport has failed, and at once when the far end of it is known to be gone. When a further rebuild comes
//! first, the connection in the middle, which never worked, is closed and the older one stays. As long as one of
//! the two carries what is due, people see nothing.
//!
//! # Numbers on descriptions
//!
//! [`Description::number`] grows with every description a side sends, [`Description::answers`] says which offer
//! an answer belongs to. Without them an answer to an offer that was rolled back cannot be told from the answer
//! to the offer that replaced it, and after a cut, when queued offers and answers arrive in a burst, the wrong
//! one would be applied. A remote that does not send them is understood, without that protection.

mod action;
mod config;
mod input;
mod message;
mod negotiation;
mod recording;
mod rng;
mod snapshot;
mod task;
mod timer;

pub use action::{Action, OpId};
pub use config::{Config, limits, timing};
pub use input::{Input, Outcome, TransportState};
pub use message::{Candidate, Description, DescriptionKind, Message, TrackMap, TrackSource, Tracks};
pub use negotiation::Negotiation;
pub use recording::{
    Entry, Recorded, RecordedConfig, RecordedInput, RecordedMessage, RecordedOutcome, Recording, Replay,
    replay,
};
pub use snapshot::{
    Cause, Counters, FlightSnapshot, PeerState, Phase, PreviousSnapshot, RecoverySnapshot, Rung, Snapshot,
    TaskSnapshot, TimerSnapshot, Transition,
};
pub use task::{Priority, TaskId, TaskKind, TaskResult};
