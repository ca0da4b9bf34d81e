//! What came and was not used.

/// Messages of others that came to nothing, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops {
    /// About a connection that could not begin yet, when too many of them waited.
    pub early: u64,
    /// From someone who is not in the meeting, or not any more.
    pub unknown_sender: u64,
}
