//! One person: what they want, the machine they sit at, and the app process that runs there, if any.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use holdfast_meeting_machine::{DeviceWishes, LinkEvent, Machine};
use holdfast_negotiation::{Action, Negotiation, PeerState, Tracks};
use holdfast_protocol::{Instance, MediaState, ParticipantId, PeerMessage, Sealer};
use holdfast_signaling_session::session::Session;

use crate::queue::{Event, ProcessKey};

/// What a person wants. Outlives crashes.
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
    /// What happens to it as soon as it runs.
    pub(crate) deferred: Vec<Event>,
}

/// One person and their machine.
pub(crate) struct Seat {
    pub(crate) wishes: Wishes,
    pub(crate) process: Option<Process>,
    pub(crate) incarnations: u32,
    pub(crate) freeze: Option<Freeze>,
    /// How far the monotonic clock of this machine is behind.
    pub(crate) slept: Duration,
    /// When its timers are looked at next.
    pub(crate) wake: Option<Duration>,
    /// Kept over a crash when the person comes back as the same participant.
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

    /// The process while it takes part: let in, and not on its way out.
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
    /// From the moment the server has let us in.
    pub(crate) machine: Option<Machine>,
    pub(crate) peers: BTreeMap<ParticipantId, Peer>,
    /// What is wanted of their microphone; the camera is not followed here.
    pub(crate) devices: DeviceWishes,
    /// The microphone's device is open; it stays so while muted.
    pub(crate) captures: bool,
    pub(crate) leaving: bool,
    /// When it is gone for good although the server has not said so.
    pub(crate) gone_at: Option<Duration>,
    /// Signaling messages the machine wanted sent, and library calls made.
    pub(crate) signals: u64,
    pub(crate) calls: u64,
}

/// The signaling client's task.
pub(crate) struct Client {
    pub(crate) session: Session,
    pub(crate) sealer: Sealer,
    pub(crate) stream: Option<usize>,
    pub(crate) joined: bool,
    pub(crate) ended: bool,
    /// Sessions with a server that were not resumed ones.
    pub(crate) sessions: u32,
    /// How often each sealed text was brought, by hash.
    pub(crate) delivered: HashMap<u64, u32>,
    pub(crate) transmitted: u64,
}

/// What a connection's handle asks of its task.
#[derive(Debug)]
pub(crate) enum Command {
    Signal { generation: u32, message: PeerMessage },
    Control(PeerMessage),
    Screen(Tracks),
    ExpectMedia(bool),
    Signaling(bool),
    AddressChanged,
    Woke,
    RemoteRestarted,
    Retry,
}

/// What a connection reports to its task.
#[derive(Debug)]
pub(crate) enum Report {
    Transport(holdfast_negotiation::TransportState),
    LocalCandidate(String),
    ControlOpen,
    ControlClosed,
    Control { about: u32, message: PeerMessage },
}

/// The task behind one remote participant.
pub(crate) struct Peer {
    pub(crate) instance: u64,
    pub(crate) negotiation: Negotiation,
    /// The library call that is running.
    pub(crate) call: Option<Action>,
    pub(crate) commands: std::collections::VecDeque<Command>,
    pub(crate) reports: std::collections::VecDeque<(u32, Report)>,
    /// Ends of connections, oldest first.
    pub(crate) ends: Vec<usize>,
    pub(crate) signaling: bool,
    pub(crate) heard: bool,
    /// Its owner was told that what it says on a control channel is carried.
    pub(crate) flows: bool,
    pub(crate) shown: PeerState,
}

impl Peer {
    pub(crate) fn new(instance: u64, negotiation: Negotiation) -> Self {
        Self {
            instance,
            negotiation,
            call: None,
            commands: std::collections::VecDeque::new(),
            reports: std::collections::VecDeque::new(),
            ends: Vec::new(),
            signaling: true,
            heard: false,
            flows: false,
            shown: PeerState::Waiting,
        }
    }
}

/// What goes to the meeting's task.
#[derive(Debug)]
pub(crate) enum News {
    Peer { instance: u64, of: ParticipantId, event: LinkEvent },
    Input(holdfast_meeting_machine::Input),
}
