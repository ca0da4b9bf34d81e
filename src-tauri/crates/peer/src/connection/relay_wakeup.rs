//! Keeps a relayed connection from waiting.
//!
//! The library gives relayed data to its TURN client only after it has asked that client for data to send. So the data
//! waits there until something else happens: up to 200 ms for each message of a handshake, a second for all of them.
//! While the relay is used, this code makes something happen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::LocalTrack;
use crate::turn::RelayUse;

/// How long data may wait there. A round of the library's loop with nothing to do takes about 20 µs.
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
