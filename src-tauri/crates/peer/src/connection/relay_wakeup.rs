//! Keeps a relayed connection from waiting.
//!
//! The library hands what it has to send over a relay to its TURN client only after that was asked for what it has to
//! send, and so it lies there until something else happens: up to 200 ms for each message of a handshake, a second
//! for all of them. While the relay is used, something is made to happen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::LocalTrack;
use crate::turn::RelayUse;

/// How long something may lie there. A round of the library's loop with nothing to do takes some 20 µs.
const WAKE_INTERVAL: Duration = Duration::from_millis(10);

/// Wakes a connection while its relay is used; ends when dropped.
pub(super) struct RelayWakeup {
    _task: JoinSet<()>,
}

impl RelayWakeup {
    pub(super) fn start(usage: Arc<RelayUse>, track: Arc<LocalTrack>) -> Self {
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                usage.begins().await;
                while usage.is_used(Instant::now()) {
                    track.wake_connection().await;
                    tokio::time::sleep(WAKE_INTERVAL).await;
                }
            }
        });
        Self { _task: task }
    }
}
