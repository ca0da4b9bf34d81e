//! Which channel goes next on a connection, and how much of it the library is handed.
//!
//! The library sends what it has in the order it was given, whatever the channel. So what can wait is kept back here:
//! a message of a high priority then has little in front of it.

use crate::channel::{ChannelId, Channels, Priority};
use crate::rate::Rate;

/// Bytes the remote has not acknowledged, by channel, on one connection.
pub type Outstanding<'a> = &'a [(ChannelId, usize)];

/// A channel is handed to the library only while fewer bytes than this are unacknowledged on the connection, those of
/// its own and of higher priorities. On a path of 1 Mbit/s, what a control message finds in front of it is sent in an
/// eighth of a second; with a round trip of 50 ms bulk still gets 2.6 Mbit/s.
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

/// What a path that stalls lets through at once when it is whole again comes in one burst at the remote: so many
/// messages may be unacknowledged on one connection. With as many on the connection before it, and as many that the
/// pace lets through at once, a remote never counts more than its burst.
pub(super) fn in_flight(rate: Rate) -> u32 {
    (rate.burst / 4).max(1)
}

/// How fast this end sends: a tenth less than it may, since two clocks never agree.
pub(super) fn pace(rate: Rate) -> Rate {
    let per_second = rate.per_second - rate.per_second / 10;
    Rate { per_second, burst: in_flight(rate) }
}
