//! Messages that came and were not used.

/// Counts of messages from others that had no effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DropCounters {
    /// About a link that could not begin yet, when too many messages were already held for it.
    pub held_messages: u64,
    /// From someone who is not in the meeting, or no longer.
    pub unknown_sender: u64,
}
