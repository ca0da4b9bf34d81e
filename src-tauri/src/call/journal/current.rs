//! What the file must say, and when the next write is due. Pure: the caller passes the time in.

use std::time::Duration;

use tokio::time::Instant;

use super::super::record::CallRecord;

/// Pause between two writes that are not urgent: a person drags a slider, raises a hand, opens the microphone.
pub(super) const ORDINARY: Duration = Duration::from_secs(1);

/// How often the time in the file is renewed, so that a call of a whole day does not look like yesterday's.
pub(super) const STILL_HERE: Duration = Duration::from_secs(5 * 60);

/// The call that is being recorded.
pub(super) struct Current {
    /// What the file must say, without the devices.
    pub(super) record: CallRecord,
    pub(super) wished: OpenDevices,
    pub(super) actual: OpenDevices,
    pub(super) on_disk: Option<CallRecord>,
    pub(super) written_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenDevices {
    pub(super) microphone: bool,
    pub(super) camera: bool,
}

impl Current {
    pub(super) fn wanted(&self) -> CallRecord {
        CallRecord {
            microphone: self.wished.microphone && self.actual.microphone,
            camera: self.wished.camera && self.actual.camera,
            ..self.record.clone()
        }
    }

    /// Whether the disk says "open" where it must not.
    pub(super) fn is_behind(&self) -> bool {
        self.on_disk.as_ref().is_some_and(|on_disk| self.wanted().closes(on_disk))
    }

    /// When the next write is due.
    pub(super) fn due(&self, now: Instant) -> Instant {
        let Some(written_at) = self.written_at else { return now };
        let wanted = self.wanted();
        match &self.on_disk {
            Some(on_disk) if wanted.closes(on_disk) => now,
            // The time does not count as a difference, because it always differs.
            Some(on_disk) if (CallRecord { at_ms: on_disk.at_ms, ..wanted }) == *on_disk => {
                written_at + STILL_HERE
            }
            _ => written_at + ORDINARY,
        }
    }
}
