//! The handle to the signaling connection.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use holdfast_protocol::{MeetingLink, ParticipantId, PeerMessage, Profile};
use holdfast_signaling_session::{SignalingError, SignalingEvent, Welcomed};
use tokio::sync::{mpsc, oneshot};

use crate::actor;

/// Commands that may wait for the client's task. It takes them at once unless the machine is overloaded.
const COMMANDS: usize = 1024;

/// Events that may wait for the application. When they do, the client stops reading, and in the end the server
/// lets it resume later.
const EVENTS: usize = 256;

/// Where to join, and as whom.
#[derive(Clone)]
pub struct SignalingConfig {
    /// The invitation.
    pub link: MeetingLink,
    /// Own id, kept for the whole meeting.
    pub participant: ParticipantId,
    /// What the others are shown.
    pub profile: Profile,
    /// Seeds the jitter of reconnecting; nothing secret comes from it.
    pub seed: u64,
}

pub(crate) enum Command {
    Send { to: ParticipantId, generation: u32, message: PeerMessage },
    Profile(Profile),
    Reconnect,
    Check,
    Drop,
    Leave(oneshot::Sender<()>),
}

/// A handle to the signaling connection. Clones speak for the same participant; when the last one is dropped,
/// the participant leaves.
#[derive(Clone)]
pub struct Signaling {
    commands: mpsc::Sender<Command>,
    /// Commands that found the queue full; the task reports them.
    overflow: Arc<AtomicU64>,
}

impl Signaling {
    /// Joins the room of the link. Afterwards the connection is kept up in the background.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses. Nothing is retried then; dropping the future gives up.
    pub async fn join(
        config: SignalingConfig,
    ) -> Result<(Self, Welcomed, mpsc::Receiver<SignalingEvent>), SignalingError> {
        let (commands, command_receiver) = mpsc::channel(COMMANDS);
        let (event_sender, events) = mpsc::channel(EVENTS);
        let (joined, outcome) = oneshot::channel();
        let overflow = Arc::new(AtomicU64::new(0));
        actor::spawn(config, command_receiver, event_sender, joined, Arc::clone(&overflow))?;
        let welcomed = outcome.await.map_err(|_| SignalingError::Left)??;
        Ok((Self { commands, overflow }, welcomed, events))
    }

    /// Seals a message for one participant and sends it, now or when the server is back. Never blocks; what
    /// finds the queue full is dropped and reported as [`DropReason::QueueOverflow`](crate::DropReason::QueueOverflow).
    pub fn send(&self, to: ParticipantId, generation: u32, message: PeerMessage) {
        self.command(Command::Send { to, generation, message });
    }

    /// Tells everyone a changed profile, also those who join later.
    pub fn set_profile(&self, profile: Profile) {
        self.command(Command::Profile(profile));
    }

    /// The network changed or the machine woke up: whatever connection there is, a new one is opened now and the
    /// session goes on over it. At most four times a second; the last of a burst is always done.
    pub fn reconnect(&self) {
        self.command(Command::Reconnect);
    }

    /// Something suggests that the path to the server is gone, or back. While connected, the server is asked at once
    /// and a new connection opened when nothing comes within a second; while waiting to connect again, that is done
    /// now. Bounded like [`Signaling::reconnect`].
    pub fn check(&self) {
        self.command(Command::Check);
    }

    /// Closes the socket, as a network that fails would; the client comes back by itself. To see that it does.
    pub fn drop_connection(&self) {
        self.command(Command::Drop);
    }

    /// Leaves for good: sends what is queued, says so, and waits for the server to hang up; at most about two
    /// seconds, and no time at all while the server is away.
    pub async fn leave(&self) {
        let (done, left) = oneshot::channel();
        if self.commands.send(Command::Leave(done)).await.is_ok() {
            // An error means that it ended in another way, which is as good.
            let _ = left.await;
        }
    }

    fn command(&self, command: Command) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.commands.try_send(command) {
            self.overflow.fetch_add(1, Ordering::Relaxed);
        }
    }
}
