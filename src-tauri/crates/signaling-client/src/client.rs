//! The handle to the signaling connection.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use holdfast_protocol::{Generation, MeetingLink, ParticipantId, PeerMessage, Profile};
use holdfast_signaling_session::{SignalingError, SignalingEvent, Welcomed};
use tokio::sync::{mpsc, oneshot};

use crate::actor;

/// Commands that may wait for the client's task. The task takes them at once unless the machine is overloaded.
const COMMANDS: usize = 1024;

/// Events that may wait for the application. When the queue is full, the client stops reading. If that lasts, the
/// server ends the connection and lets the client resume later.
const EVENTS: usize = 256;

/// Which meeting to join, and as whom.
#[derive(Clone)]
pub struct SignalingConfig {
    /// The invitation.
    pub link: MeetingLink,
    /// Own id, kept for the whole meeting.
    pub participant: ParticipantId,
    /// What the others see.
    pub profile: Profile,
    /// Seeds the jitter of reconnecting. No secret is made from it.
    pub seed: u64,
}

pub(crate) enum Command {
    Send { to: ParticipantId, generation: Generation, message: PeerMessage },
    Profile(Profile),
    Reconnect,
    Check,
    Drop,
    Leave(oneshot::Sender<()>),
}

/// A handle to the signaling connection. Clones speak for the same participant. When the last one is dropped, the
/// participant leaves.
#[derive(Clone)]
pub struct Signaling {
    commands: mpsc::Sender<Command>,
    /// Commands that found the queue full. The task reports them.
    overflow: Arc<AtomicU64>,
}

impl Signaling {
    /// Joins the room of the link. Afterwards the connection is kept up in the background.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses. Then nothing is retried. Dropping the future gives up.
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

    /// Seals a message for one participant and sends it, now or when the server is back. Never blocks. A message that
    /// finds the queue full is dropped and reported as [`DropReason::QueueOverflow`](crate::DropReason::QueueOverflow).
    pub fn send(&self, to: ParticipantId, generation: Generation, message: PeerMessage) {
        self.command(Command::Send { to, generation, message });
    }

    /// Tells everyone a changed profile, also those who join later.
    pub fn set_profile(&self, profile: Profile) {
        self.command(Command::Profile(profile));
    }

    /// The network changed or the machine woke up: opens a new connection now, whatever the state of the old one, and
    /// the session goes on over it. At most four times a second; the last call of a burst always takes effect.
    pub fn reconnect(&self) {
        self.command(Command::Reconnect);
    }

    /// Something suggests that the path to the server is gone, or back. While connected, this asks the server at once
    /// and opens a new connection if nothing comes within a second. While waiting to connect again, it connects now.
    /// Bounded like [`Signaling::reconnect`].
    pub fn check(&self) {
        self.command(Command::Check);
    }

    /// Closes the socket, as a failing network would, to show that the client comes back by itself.
    pub fn drop_connection(&self) {
        self.command(Command::Drop);
    }

    /// Leaves for good: sends what is queued, says goodbye to the server and waits until it closes, for at most about
    /// two seconds. While the server is away, it does not wait.
    pub async fn leave(&self) {
        let (done, left) = oneshot::channel();
        if self.commands.send(Command::Leave(done)).await.is_ok() {
            // An error means that the session ended in another way, which is as good.
            let _ = left.await;
        }
    }

    fn command(&self, command: Command) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.commands.try_send(command) {
            self.overflow.fetch_add(1, Ordering::Relaxed);
        }
    }
}
