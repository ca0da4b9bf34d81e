//! What a machine is made with, and the numbers it lives by.

use holdfast_terms::Generation;

use crate::Tracks;

/// What a machine is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Own participant id.
    pub local: String,
    /// The other's participant id. The side with the lexicographically greater id is polite.
    pub remote: String,
    /// Seeds the jitter; nothing else is random.
    pub seed: u64,
    /// A relay is configured, so that relay only is worth trying.
    pub relay: bool,
    /// What this side wants to send at first.
    pub tracks: Tracks,
    /// Generation of the first connection, from 1 to [`limits::GENERATION_MAX`]; 1 for two who never met. A side
    /// that had a connection with this remote and forgot it (the application was started again) gives the last
    /// generation plus one: it opens the first offer itself, polite or not, and the remote follows.
    pub first_generation: Generation,
}

impl Config {
    /// Microphone and camera wanted, no relay, never met before.
    pub fn new(local: impl Into<String>, remote: impl Into<String>, seed: u64) -> Self {
        Self {
            local: local.into(),
            remote: remote.into(),
            seed,
            relay: false,
            tracks: Tracks::default(),
            first_generation: Generation::FIRST,
        }
    }

    /// Whether this side yields when both offer at once.
    pub fn polite(&self) -> bool {
        self.local > self.remote
    }
}

/// When the machine does what. The decided numbers are those of requirements N1-N6 and R2.
pub mod timing {
    use std::time::Duration;

    /// Connecting starts at the latest this long after the machine was made, local media or not (M2).
    pub const LOCAL_MEDIA_WAIT: Duration = Duration::from_secs(10);
    /// Changes of tracks within this time become one offer (N3).
    pub const DEBOUNCE: Duration = Duration::from_millis(150);
    /// A task whose turn it is waits this long for the stable state (N2).
    pub const STABLE_WAIT: Duration = Duration::from_secs(10);
    /// An offer waits this long for its answer (N2).
    pub const ANSWER_WAIT: Duration = Duration::from_secs(30);
    /// An operation the driver does not finish in this time has failed; the connection is then rebuilt, as
    /// nothing is known about it any more. Longer than any library call was seen to take by two orders.
    pub const OPERATION_WAIT: Duration = Duration::from_secs(10);
    /// The polite side waits this long for the very first offer: [`ANSWER_WAIT`] and some, so that an offerer
    /// whose offer was lost tries again before the other side breaks the rule of who starts.
    pub const FIRST_OFFER_WAIT: Duration = Duration::from_secs(35);
    /// A first connection has this long from its first completed exchange, and one that the remote restarted while
    /// nothing was wrong here. ICE itself never gives up. A relay takes 2 s (it is held back for a direct path), and
    /// a lost packet of the DTLS handshake one more.
    pub const CONNECT_WAIT: Duration = Duration::from_secs(5);
    /// No media for this long while some is expected is trouble; with it the badge shows within 2.5 s (R9).
    pub const SILENCE: Duration = Duration::from_secs(2);
    /// One attempt of the recovery ladder. Its checks go on for 36 s, far longer than this, but a path that is there
    /// answers within a round trip, and a relay, with the answer's way and the DTLS handshake, within 3 s. What has
    /// not come by then needs another attempt; the old path goes on being checked meanwhile.
    pub const ATTEMPT: Duration = Duration::from_secs(3);
    /// A path that comes at the end of an attempt has this long to carry media: a round trip until the remote has it too,
    /// and a keyframe. The badge of a path that stays silent comes no later, as it is shown already.
    pub const FIRST_MEDIA: Duration = Duration::from_secs(1);
    /// First pause of background retries after the ladder is exhausted; doubles, drawn from 0 to it.
    pub const BACKOFF_MIN: Duration = Duration::from_secs(2);
    /// Longest pause of background retries, drawn from 0 to it.
    pub const BACKOFF_MAX: Duration = Duration::from_secs(30);
    /// First pause before an offer of changed tracks that failed is made again; doubles up to [`BACKOFF_MAX`]. Also
    /// the pause before a refused offer of the remote is applied again.
    pub const OFFER_RETRY: Duration = Duration::from_secs(1);
    /// A control channel closed for this long on a path that answers is gone for good (SCTP gave it up), and only
    /// another connection has a new one. A remote that closes it because it leaves says so within this time.
    pub const CONTROL_WAIT: Duration = Duration::from_secs(1);
    /// The polite side waits so much longer for that, as both lose the channel at once and one rebuild will do.
    pub const CONTROL_WAIT_POLITE: Duration = Duration::from_secs(2);
    /// Being told that the remote began anew this long after we met the new one by its own offer is not news. The
    /// server tells within a round trip, or when our session with it is back, a few seconds later.
    pub const TOLD_WITHIN: Duration = Duration::from_secs(10);
}

/// How much the machine holds.
pub mod limits {
    use holdfast_terms::Generation;

    /// Remote candidates that wait for a remote description; oldest dropped (N6).
    pub const CANDIDATE_BUFFER: usize = 50;
    /// Remote candidates passed on between two remote descriptions; more are dropped. Real ones are a few dozen.
    pub const CANDIDATES_PER_DESCRIPTION: u32 = 200;
    /// Local candidates held back until the description they belong to was sent; oldest dropped. A host with
    /// many interfaces finds a few dozen.
    pub const LOCAL_CANDIDATES: usize = 100;
    /// Inputs recorded of a machine, from its start; a calm hour is a few dozen, a troubled minute about a hundred.
    pub const RECORDED: usize = 4096;
    /// Transitions kept for the debug panel.
    pub const HISTORY: usize = 100;
    /// Longest accepted session description in bytes: what fits a 64 KiB frame after sealing and base64.
    pub const DESCRIPTION_BYTES: usize = 45 * 1024;
    /// Longest accepted candidate in bytes, with its mid; real ones stay under 300.
    pub const CANDIDATE_BYTES: usize = 1024;
    /// Most entries of a track map; far above the three media sections with media.
    pub const TRACK_MAP: usize = 16;
    /// Highest accepted generation; leaves us room to go on rebuilding after a remote that counts wildly.
    pub const GENERATION_MAX: Generation = Generation(u32::MAX / 2);
    /// Failed ICE restarts before the connection is rebuilt (R2).
    pub const RESTARTS: u32 = 2;
    /// Failed attempts before relay only is tried (R2).
    pub const DIRECT_ATTEMPTS: u32 = 5;
    /// Refusals by the library in a row, while the connection works, before it is believed that only another
    /// connection helps. Its media goes on meanwhile; the ladder's restart would interrupt it.
    pub const REFUSALS: u32 = 3;
    /// A description number this far from the last one is from a client that began anew, whose numbers start
    /// anywhere in 30 bits. One that goes on makes one per attempt, at most a dozen a minute.
    pub const NUMBER_STEP: u32 = 1_000;
    /// Attempts on behalf of silence alone (transport connected, no media) before it is believed that the
    /// remote has nothing to send: two restarts and a rebuild.
    pub const SILENCE_ATTEMPTS: u32 = 3;
}
