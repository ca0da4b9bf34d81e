//! One person: what they want, their machine, and the app process that runs there, if any.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use holdfast_meeting_machine::{DeviceWishes, LinkEvent, Machine};
use holdfast_negotiation::{OpId, PeerState, Tracks};
use holdfast_peer_machine::{Command, Operation, PeerMachine, Report};
use holdfast_protocol::{Generation, Instance, MediaState, ParticipantId, Sealer};
use holdfast_signaling_session::session::Session;

use crate::queue::{Event, ProcessKey};

/// What a person wants. It outlives crashes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes {
    /// To be in the meeting.
    pub(crate) present: bool,
    pub(crate) microphone: bool,
    pub(crate) camera: bool,
    pub(crate) hand: bool,
    pub(crate) screen: bool,
}

impl Wishes {
    pub(crate) fn same_as(&self, media: &MediaState) -> bool {
        (self.microphone, self.camera, self.hand) == (media.microphone, media.camera, media.hand)
    }

    pub(crate) fn tracks(&self) -> Tracks {
        Tracks { screen: self.screen, ..Tracks::default() }
    }
}

/// A process that does not run for a while.
#[derive(Debug)]
pub(crate) struct Freeze {
    pub(crate) since: Duration,
    /// The machine sleeps, and its monotonic clock with it; otherwise only the process stands still.
    pub(crate) clock_stops: bool,
    /// Events that happen to it as soon as it runs.
    pub(crate) deferred: Vec<Event>,
}

/// One person and their machine.
pub(crate) struct Seat {
    pub(crate) wishes: Wishes,
    pub(crate) process: Option<Process>,
    pub(crate) incarnations: u32,
    pub(crate) freeze: Option<Freeze>,
    /// How far this machine's monotonic clock is behind.
    pub(crate) slept: Duration,
    /// When its timers are next looked at.
    pub(crate) wake: Option<Duration>,
    /// Stays after a crash if the person comes back as the same participant.
    pub(crate) id: Option<ParticipantId>,
}

impl Seat {
    pub(crate) fn new() -> Self {
        Self {
            wishes: Wishes::default(),
            process: None,
            incarnations: 0,
            freeze: None,
            slept: Duration::ZERO,
            wake: None,
            id: None,
        }
    }

    /// The process while it takes part: joined, and not leaving.
    pub(crate) fn in_meeting(&self) -> Option<&Process> {
        self.process.as_ref().filter(|process| process.machine.is_some() && !process.leaving)
    }
}

/// One run of the app.
pub(crate) struct Process {
    pub(crate) key: ProcessKey,
    pub(crate) id: ParticipantId,
    pub(crate) instance: Instance,
    pub(crate) name: String,
    pub(crate) client: Client,
    /// Present once the server has let us in.
    pub(crate) machine: Option<Machine>,
    pub(crate) peers: BTreeMap<ParticipantId, Peer>,
    /// Peers that were given up and have not ended yet.
    pub(crate) parting: Vec<Peer>,
    /// Whether they want their microphone open. The camera is not simulated here.
    pub(crate) devices: DeviceWishes,
    /// The microphone's device is open; it stays so while muted.
    pub(crate) captures: bool,
    pub(crate) leaving: bool,
    /// When the process is gone for good, even if the server has not said so.
    pub(crate) gone_at: Option<Duration>,
    /// Signaling messages that the machine wanted to send, and library calls that it made.
    pub(crate) signals: u64,
    pub(crate) calls: u64,
}

impl Process {
    /// The peers in use and those that were given up.
    pub(crate) fn all_peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values().chain(&self.parting)
    }

    /// The same, mutable.
    pub(crate) fn all_peers_mut(&mut self) -> impl Iterator<Item = &mut Peer> {
        self.peers.values_mut().chain(&mut self.parting)
    }
}

/// The signaling client's task.
pub(crate) struct Client {
    pub(crate) session: Session,
    pub(crate) sealer: Sealer,
    pub(crate) stream: Option<usize>,
    pub(crate) joined: bool,
    pub(crate) ended: bool,
    /// Sessions with a server, without resumed ones.
    pub(crate) sessions: u32,
    /// How often each sealed text was delivered, by hash.
    pub(crate) delivered: HashMap<u64, u32>,
    pub(crate) transmitted: u64,
}

/// A library call that is running.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) op: OpId,
    pub(crate) operation: Operation,
    /// Whether it will fail.
    pub(crate) fails: bool,
}

/// The task behind one remote participant.
pub(crate) struct Peer {
    pub(crate) instance: u64,
    pub(crate) machine: PeerMachine,
    pub(crate) call: Option<Call>,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) reports: VecDeque<(Generation, Report)>,
    /// Ends of connections, oldest first.
    pub(crate) ends: Vec<usize>,
    /// Whether media came since the last look.
    pub(crate) heard: bool,
    /// Set when the owner has given it up; true means with a goodbye. The task tells the machine later.
    pub(crate) closing: Option<bool>,
    pub(crate) shown: PeerState,
}

impl Peer {
    pub(crate) fn new(instance: u64, machine: PeerMachine) -> Self {
        Self {
            instance,
            machine,
            call: None,
            commands: VecDeque::new(),
            reports: VecDeque::new(),
            ends: Vec::new(),
            heard: false,
            closing: None,
            shown: PeerState::Waiting,
        }
    }
}

/// An input for the meeting's task.
#[derive(Debug)]
pub(crate) enum News {
    Peer { instance: u64, of: ParticipantId, event: LinkEvent },
    Input(holdfast_meeting_machine::Input),
}
