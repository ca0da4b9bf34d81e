//! The handle to the signaling connection, and what it tells.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use holdfast_protocol::{LeaveReason, MeetingLink, ParticipantId, PeerMessage, Profile};
use tokio::sync::{mpsc, oneshot};

use crate::{SignalingError, actor};

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

/// One other person in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub participant: ParticipantId,
    /// What they tell about themselves.
    pub profile: Profile,
    /// Whether their signaling connection is alive.
    pub present: bool,
}

/// The room as it was when we came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcomed {
    /// Everyone else.
    pub roster: Vec<Member>,
}

/// Why something was dropped. Every drop is reported with how many it were, so that the sum is the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// More than 100 messages waited for the server; the oldest went.
    QueueOverflow,
    /// A message of ours was too large or malformed and was not sent.
    Unsendable,
    /// The server would not pass a message on: its receiver is gone, or it did not understand it.
    Refused,
    /// The server repeated an event; expected around a reconnect.
    Duplicate,
    /// Someone's message or profile had a broken seal: tampered with, or not for us.
    BrokenSeal,
    /// Someone's message was older than one already seen; expected after a server restart.
    Replayed,
    /// Someone's message was not understood though its seal was right.
    NotUnderstood,
}

impl DropReason {
    /// Stable name for counters.
    pub fn code(self) -> &'static str {
        match self {
            Self::QueueOverflow => "queue_overflow",
            Self::Unsendable => "unsendable",
            Self::Refused => "refused",
            Self::Duplicate => "duplicate",
            Self::BrokenSeal => "broken_seal",
            Self::Replayed => "replayed",
            Self::NotUnderstood => "not_understood",
        }
    }
}

/// What happens in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalingEvent {
    /// Someone began a session. For an id already known the [instance](Profile::instance) says what that means: with
    /// the same one their client lost only its session and its connections live; with another, or none, it started
    /// anew. The same holds for every other event with a profile.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// What they tell about themselves.
        profile: Profile,
    },
    /// Someone changed the profile, lost the signaling connection or came back.
    Changed {
        /// Who.
        participant: ParticipantId,
        /// What they tell about themselves.
        profile: Profile,
        /// Whether their signaling connection is alive.
        present: bool,
    },
    /// Someone is gone.
    Left {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// Someone sent us a message.
    Message {
        /// Who; proven by the seal.
        from: ParticipantId,
        /// Generation of the connection it belongs to.
        generation: u32,
        /// What.
        message: PeerMessage,
    },
    /// The server has not answered for a second and a half, though the connection is still open: what is sent now may
    /// not be carried. Followed by [`SignalingEvent::Heard`] when it speaks again, or by
    /// [`SignalingEvent::Disconnected`] within a few seconds.
    Silent,
    /// The server speaks again on the same connection; nothing sent meanwhile was lost.
    Heard,
    /// The server is away. Everything sent meanwhile is queued.
    Disconnected {
        /// How long the attempt took that failed; zero when a session was lost.
        tried: Duration,
        /// When the next attempt is made; zero for at once.
        retry_in: Duration,
    },
    /// The server is back. When it had forgotten us (`resumed: false`), whoever it does not know yet is in the
    /// roster as not present, and is reported as left if they stay away for the resume window.
    Reconnected {
        /// Whether the session goes on without a gap.
        resumed: bool,
        /// Everyone else; events that were missed follow.
        roster: Vec<Member>,
    },
    /// The server will not have us any more. Nothing follows.
    Refused(SignalingError),
    /// Something was dropped.
    Dropped {
        /// Why.
        reason: DropReason,
        /// How many since the last report with this reason.
        count: u64,
    },
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
    /// finds the queue full is dropped and reported as [`DropReason::QueueOverflow`].
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
