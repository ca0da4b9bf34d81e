//! What a page may say on its frame socket. Knows the messages, not what happens because of them.

use serde::Deserialize;
use ts_rs::TS;

use super::credit::FrameFormat;

/// The first message of a page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum FrameHello {
    /// Opens the connection.
    Hello {
        /// From `FrameSocketAddress`.
        token: String,
        /// The format of every feed for which the page has not asked for another.
        format: FrameFormat,
    },
}

/// What a page says about the pictures it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum FrameRequest {
    /// The page has decoded or drawn everything of the feed up to `seq`.
    Credit {
        /// The feed.
        feed: u32,
        /// The sequence number in the header of the frame.
        seq: u32,
    },
    /// From now on the page wants the feed's pictures in this format.
    Format {
        /// The feed.
        feed: u32,
        /// The format.
        format: FrameFormat,
    },
    /// The page's decoder of the feed starts afresh and needs a keyframe.
    Keyframe {
        /// The feed.
        feed: u32,
    },
}
