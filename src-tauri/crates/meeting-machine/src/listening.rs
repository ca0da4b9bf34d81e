//! How someone is heard here.

use serde::{Deserialize, Serialize};

/// Loudness of someone as they send it, in percent.
const AS_SENT: u16 = 100;

/// How someone is heard here (requirement M3). Only this side chooses it, and it survives every reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
pub struct Listening {
    /// Percent: 0 silent, 100 as sent, 200 the loudest.
    pub volume: u16,
    /// Not heard here at all.
    pub muted: bool,
}

impl Default for Listening {
    fn default() -> Self {
        Self { volume: AS_SENT, muted: false }
    }
}

impl Listening {
    /// Twice as loud as sent.
    pub const LOUDEST: u16 = 200;

    /// The same within bounds.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self { volume: self.volume.min(Self::LOUDEST), ..self }
    }
}
