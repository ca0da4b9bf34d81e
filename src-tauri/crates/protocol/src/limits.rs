//! Every bound of protocol version 1, each beside its reason. Both sides enforce them.

use std::time::Duration;

/// Largest WebSocket message in bytes, either direction. A session description with all our tracks is about
/// 6 KiB; ten times that leaves room without letting one client make the server hold megabytes.
pub const FRAME_BYTES: usize = 64 * 1024;

/// Longest sealed `payload` of a relay in characters: a frame minus the longest possible envelope around it.
pub const PAYLOAD_CHARS: usize = 64_000;

/// Longest sealed `profile` in characters. The longest name, JSON-escaped and sealed, is below 600.
pub const PROFILE_CHARS: usize = 1024;

/// People in one room, with those away: a full mesh of more does not fit a usual uplink.
pub const ROOM_PARTICIPANTS: usize = 16;

/// Longest display name in Unicode scalar values.
pub const NAME_CHARS: usize = 64;

/// Longest room name in characters.
pub const ROOM_CHARS: usize = 64;

/// Longest `client` text of a hello in bytes.
pub const CLIENT_CHARS: usize = 64;

/// Messages per second one connection may send on average. A joining client in a full room sends about 200
/// (15 offers and their candidates) at once and then almost none.
pub const RATE_PER_SECOND: u32 = 100;

/// Messages one connection may send at once before the average counts.
pub const RATE_BURST: u32 = 200;

/// Messages kept for a participant who is away, and by a client for a server that is away. If more than this were
/// missed, a fresh negotiation is better than a replay.
pub const QUEUE_MESSAGES: usize = 100;

/// Sent but unacknowledged messages kept for a resume, per direction and participant. Acknowledgements come
/// every [`ACK_EVERY`] messages, so this is only reached by a peer that never acknowledges.
pub const UNACKED_MESSAGES: usize = 512;

/// Bytes of unacknowledged messages the server keeps per participant, so that 16 people cannot make it hold
/// [`UNACKED_MESSAGES`] full frames each.
pub const UNACKED_BYTES: usize = 1024 * 1024;

/// A receiver acknowledges after at most this many messages with a `seq` ...
pub const ACK_EVERY: u64 = 16;

/// ... and at most this long after the first unacknowledged one.
pub const ACK_DELAY: Duration = Duration::from_millis(250);

/// Each side pings this often.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// A connection on which nothing at all arrived for this long is dead: three missed heartbeats.
pub const DEAD_AFTER: Duration = Duration::from_secs(15);

/// How long a participant with a broken connection is kept, so that the restart of a router does not end a call.
pub const RESUME_WINDOW: Duration = Duration::from_secs(60);

/// A new connection has this long to send `hello` and `join`.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Largest `seq` and `revision`: 2^53 - 1, the largest integer JavaScript holds exactly.
pub const MAX_SEQ: u64 = (1 << 53) - 1;

/// Tracks one description may name: microphone, camera, screen, and room for growth.
pub const TRACKS: usize = 8;

/// Longest ICE candidate line in bytes; real ones stay below 300.
pub const CANDIDATE_BYTES: usize = 1024;

/// Longest media stream identification tag (`mid`) in bytes; RFC 9143 suggests at most 3 for RTP.
pub const MID_BYTES: usize = 32;

/// Longest invite link in bytes. The longest well-formed one (253-byte host, 64-character room) is below 400.
pub const LINK_BYTES: usize = 512;

/// Longest chat message in bytes of UTF-8: four pages of text, or a screen of code.
pub const CHAT_TEXT_BYTES: usize = 8 * 1024;

/// Chat messages in one frame: a frame of the shortest messages stays far below [`FRAME_BYTES`].
pub const CHAT_BATCH: usize = 100;

/// Authors of chat messages in one meeting who are not here any more: everyone in a full room, who came back fifteen
/// times each.
pub const CHAT_AUTHORS: usize = 256;
