//! The last word to the remote.

use std::time::Duration;

use holdfast_protocol::PeerMessage;

use super::Actor;

/// How long a goodbye may take to be acknowledged. Signaling carries one too, so this is a courtesy.
const GOODBYE_WAIT: Duration = Duration::from_millis(200);
/// How often that is looked at.
const GOODBYE_POLL: Duration = Duration::from_millis(5);

impl Actor {
    pub(super) async fn say_goodbye(&self) {
        let goodbye = PeerMessage::Goodbye {}.to_json();
        for live in self.connections.open_controls() {
            live.connection.send_control(&goodbye).await;
        }
        let flushed = async {
            // One copy is enough.
            'wait: loop {
                let mut waiting = false;
                for live in self.connections.open_controls() {
                    if live.connection.control_outstanding().await == 0 {
                        break 'wait;
                    }
                    waiting = true;
                }
                if !waiting {
                    break;
                }
                tokio::time::sleep(GOODBYE_POLL).await;
            }
        };
        // Not acknowledged in time: the path is bad, and signaling says it too.
        let _ = tokio::time::timeout(GOODBYE_WAIT, flushed).await;
    }
}
