//! Which channel goes next on a connection, and how much of it the library gets.
//!
//! The library sends all messages in the order in which it got them, from all channels. So less urgent messages wait
//! here. Then a message of a high priority has little in front of it.

use crate::channel::{ChannelId, Channels, Priority};
use crate::rate::Rate;

/// Bytes the remote has not acknowledged, by channel, on one connection.
pub type Outstanding<'a> = &'a [(ChannelId, usize)];

/// The library gets the next message of a channel only while fewer bytes than this are unacknowledged on the
/// connection. Only bytes of the same or a higher priority count. On a path of 1 Mbit/s, the bytes in front of a
/// control message are sent in an eighth of a second. With a round trip of 50 ms, bulk data still gets 2.6 Mbit/s.
const fn room(priority: Priority) -> usize {
    match priority {
        Priority::VeryLow => 16 * 1024,
        Priority::Low => 64 * 1024,
        Priority::Medium => 256 * 1024,
        Priority::High => 1024 * 1024,
    }
}

/// Whether the library has room for one more message of this priority.
pub(super) fn has_room(channels: Channels, priority: Priority, outstanding: Outstanding<'_>) -> bool {
    let counts = |id: &ChannelId| channels.get(*id).is_some_and(|row| row.priority >= priority);
    let before: usize = outstanding.iter().filter(|(id, _)| counts(id)).map(|(_, bytes)| *bytes).sum();
    before < room(priority)
}

/// How many messages may be unacknowledged on one connection. If a path stalls and is whole again, all of them arrive
/// in one burst. The connection before it may bring as many, and the pace lets through as many at once. So a remote
/// never counts more than its burst.
pub(super) fn in_flight(rate: Rate) -> u32 {
    (rate.burst / 4).max(1)
}

/// How fast this end sends: a tenth less than it may, since two clocks never agree.
pub(super) fn pace(rate: Rate) -> Rate {
    let per_second = rate.per_second - rate.per_second / 10;
    Rate { per_second, burst: in_flight(rate) }
}
