//! The handle to one remote participant.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdfast_delivery::ChannelId;
use holdfast_negotiation::{Config, TrackSource, Tracks};
use holdfast_peer_machine::{Command as Asked, PeerMachine, PeerSnapshot, PeerStats};
use holdfast_protocol::{Generation, PeerMessage};
use tokio::sync::{Notify, mpsc, oneshot};
use tracing::Instrument;

use crate::actor::{self, Actor};
use crate::channels::{Data, PeerChannel};
use crate::config::{COMMAND_QUEUE, PeerConfig};
use crate::diagnostics::{ConnectionDiagnostics, KeptDescriptions, MachineReport, PeerDiagnostics};
use crate::event::PeerOutput;
use crate::impairment::{CUT, Impairment};
use crate::outbox::Outbox;
use crate::overflow::Overflow;
use crate::packetizer::RtpBatch;
use crate::traffic::Traffic;

/// How long the panel waits for a peer's task, which may be in the middle of a library call.
const INSPECTION_WAIT: Duration = Duration::from_millis(400);

/// What the handle asks of the actor.
#[derive(Debug)]
pub(crate) enum Command {
    Machine(Asked),
    Inspect(oneshot::Sender<Vec<ConnectionDiagnostics>>),
}

impl Command {
    /// Whether the command must not be lost. It is false for messages, because a lost message is sent again.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self, Self::Machine(asked) if !matches!(asked, Asked::Signal { .. } | Asked::Control(_)))
    }
}

/// What handle and actor share.
pub(crate) struct Shared {
    pub(crate) epoch: Instant,
    pub(crate) machine: Mutex<PeerMachine>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) outbox: Outbox,
    /// The channels beside `control`.
    pub(crate) data: Arc<Data>,
    pub(crate) descriptions: Mutex<KeptDescriptions>,
    pub(crate) impairment: Arc<Impairment>,
    pub(crate) overflow: Overflow,
    /// Whether the control channel carries messages, as the owner was last told.
    pub(crate) control_flows: AtomicBool,
    pub(crate) closing: AtomicBool,
    /// Without a goodbye.
    pub(crate) given_up: AtomicBool,
    pub(crate) close: Notify,
}

impl Shared {
    pub(crate) fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    pub(crate) fn descriptions(&self) -> MutexGuard<'_, KeptDescriptions> {
        // Two queues of finished texts, valid after any panic.
        self.descriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn machine(&self) -> MutexGuard<'_, PeerMachine> {
        // Never held over an await. A panic inside the machine would be a bug of its own; going on with it is
        // still better than ending every other call of the process.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One remote participant. Clones are the same participant; when the last is dropped, the connection closes as
/// with [`Peer::close`]. No method waits.
#[derive(Clone)]
pub struct Peer {
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

impl Peer {
    /// Starts connecting to a participant. Local media should be ready: what it sends is offered at once. Needs a
    /// tokio runtime.
    ///
    /// `outputs` should hold at least a hundred: media leaves a few places free, and everything else waits for a place.
    /// The channel closes when the peer is closed and its connection is gone.
    pub fn spawn(config: PeerConfig, outputs: mpsc::Sender<PeerOutput>) -> Self {
        let epoch = Instant::now();
        let traffic = Arc::<Traffic>::default();
        let machine = PeerMachine::new(
            Config {
                local: config.local.to_string(),
                remote: config.remote.to_string(),
                seed: config.seed,
                relay: config.has_relay(),
                tracks: Tracks::default(),
                first_generation: config.first_generation,
            },
            config.channels,
            Duration::ZERO,
        );
        let shared = Arc::new(Shared {
            epoch,
            machine: Mutex::new(machine),
            traffic,
            outbox: Outbox::default(),
            data: Arc::new(Data::new(config.channels, epoch)),
            descriptions: Mutex::default(),
            impairment: Arc::default(),
            overflow: Overflow::default(),
            control_flows: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            close: Notify::new(),
        });
        let (commands, queue) = mpsc::channel(COMMAND_QUEUE);
        let span = tracing::info_span!("peer", remote = %config.remote);
        let actor = Actor::new(config, Arc::clone(&shared), outputs);
        tokio::spawn(actor::run(actor, queue).instrument(span));
        Self { commands, shared }
    }

    /// A description or a candidate that came through the signaling server. Do not pass other messages.
    pub fn signal(&self, generation: Generation, message: PeerMessage) {
        self.ask(Asked::Signal { generation, message });
    }

    /// Sends media on every connection that is up, or drops and counts it when there is none or it cannot keep up.
    pub fn send(&self, batch: Arc<RtpBatch>) {
        self.shared.outbox.send(&batch);
    }

    /// Whether a screen is shared.
    pub fn set_screen(&self, shared: bool) {
        self.ask(Asked::SetScreen(shared));
    }

    /// Sends a message over the control channel of the newest connection that can carry one. Returns false and sends
    /// nothing if there is no such channel, or if it has delivered nothing for a second although something waits.
    pub fn control(&self, message: PeerMessage) -> bool {
        self.shared.control_flows.load(Ordering::Acquire) && self.ask(Asked::Control(message))
    }

    /// A channel beside `control`, to send on and to listen to; none when the table has no such row.
    pub fn channel(&self, channel: ChannelId) -> Option<PeerChannel> {
        self.shared.data.handle(channel)
    }

    /// Asks the remote for a keyframe of one source, or of everything it shows.
    pub fn request_keyframe(&self, source: Option<TrackSource>) {
        self.ask(Asked::RequestKeyframe(source));
    }

    /// Tells whether the remote sends anything, according to its media state. Silence counts as trouble only then. A
    /// media state that comes over the control channel is seen without this call.
    pub fn expect_media(&self, expected: bool) {
        self.ask(Asked::ExpectMedia(expected));
    }

    /// Whether the signaling server can be reached. While it cannot, negotiation uses the control channel.
    pub fn set_signaling(&self, reachable: bool) {
        self.ask(Asked::Signaling(reachable));
    }

    /// The addresses of this machine changed.
    pub fn address_changed(&self) {
        self.ask(Asked::AddressChanged);
    }

    /// This machine slept.
    pub fn woke(&self) {
        self.ask(Asked::Woke);
    }

    /// The remote joined afresh with the same id: its end of the connection is gone.
    pub fn remote_restarted(&self) {
        self.ask(Asked::RemoteRestarted);
    }

    /// The person wants another try now.
    pub fn retry(&self) {
        self.ask(Asked::Retry);
    }

    /// Says goodbye over the control channel, closes the connection and ends the event channel. Waits only for messages
    /// on their way, a fraction of a second at most.
    pub fn close(&self) {
        self.shared.closing.store(true, Ordering::Release);
        self.shared.close.notify_one();
    }

    /// Closes the connection and ends the event channel without a goodbye. After a goodbye the remote would believe
    /// that we have left.
    pub fn give_up(&self) {
        self.shared.given_up.store(true, Ordering::Release);
        self.close();
    }

    /// The numbers as of the last second.
    pub fn stats(&self) -> PeerStats {
        self.shared.machine().stats().clone()
    }

    /// Generation of the current connection; before the first connection, the generation that it will have.
    pub fn generation(&self) -> Generation {
        self.shared.machine().generation()
    }

    /// Everything known, for the debug panel.
    pub fn snapshot(&self) -> PeerSnapshot {
        let now = self.shared.now();
        let mut snapshot = self.shared.machine().snapshot(now);
        snapshot.channels.extend(self.shared.data.snapshot());
        snapshot
    }

    /// Everything known, and what the library says about the connections. It costs nothing until it is called. If the
    /// peer is closed, or busy for too long, the connections are missing.
    pub async fn diagnostics(&self) -> PeerDiagnostics {
        let (reply, answer) = oneshot::channel();
        // Does not use `ask`: a request of the panel that fails must not count as a lost command.
        let asked = self.commands.try_send(Command::Inspect(reply)).is_ok();
        let connections = match asked {
            true => tokio::time::timeout(INSPECTION_WAIT, answer).await.ok().and_then(Result::ok),
            false => None,
        };
        let now = self.shared.now();
        let PeerSnapshot { negotiation, stats, channels } = self.snapshot();
        PeerDiagnostics {
            negotiation,
            stats,
            channels,
            clock_ms: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            connections: connections.unwrap_or_default(),
            descriptions: self.shared.descriptions().report(now),
            impaired: self.shared.impairment.percent(now),
        }
    }

    /// The negotiation as it stands and everything it was told, at one moment.
    pub fn report(&self) -> MachineReport {
        let now = self.shared.now();
        let machine = self.shared.machine();
        MachineReport {
            snapshot: machine.snapshot(now).negotiation,
            recording: machine.recording().clone(),
            at_ns: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// Loses everything to and from this remote for a while, like a cut of the network.
    pub fn cut(&self, time: Duration) {
        self.lose(CUT, time);
    }

    /// Loses a share of everything to and from this remote, in percent, for a while.
    pub fn lose(&self, percent: u8, time: Duration) {
        self.shared.impairment.set(percent, self.shared.now().saturating_add(time));
    }

    /// Pieces of sound and whole pictures that came so far.
    pub fn media_received(&self) -> u64 {
        self.shared.traffic.totals().media_received()
    }

    fn ask(&self, asked: Asked) -> bool {
        let taken = self.shared.overflow.send(&self.commands, Command::Machine(asked));
        if !taken {
            self.shared.traffic.command_dropped();
        }
        taken
    }
}
