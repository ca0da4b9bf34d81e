//! What came and was not used.

/// Messages of others that came to nothing, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DropCounters {
    /// About a link that could not begin yet, when too many of them were held for it.
    pub held_messages: u64,
    /// From someone who is not in the meeting, or not any more.
    pub unknown_sender: u64,
}
