//! Commands that came while a peer's queue was full and that must not be lost.
//!
//! The remote's messages fill the same queue, at the remote's speed. For a command of the owner the newest of its kind
//! is enough. So one of each kind is kept here, and carried out after the queue.

use std::mem::{Discriminant, discriminant, take};
use std::sync::{Mutex, MutexGuard, PoisonError};

use holdfast_peer_machine::Command as Asked;
use tokio::sync::{Notify, mpsc};

use crate::peer::Command;

#[derive(Default)]
pub(crate) struct Overflow {
    kept: Mutex<Vec<Command>>,
    noted: Notify,
}

impl Overflow {
    /// Puts a command into the queue, or keeps it; false if it is lost.
    pub(crate) fn send(&self, queue: &mpsc::Sender<Command>, command: Command) -> bool {
        if !command.is_lasting() {
            return queue.try_send(command).is_ok();
        }
        let mut kept = self.kept();
        // While something is kept, a newer command must not overtake it.
        let refused = match kept.is_empty() {
            true => queue.try_send(command).err().map(mpsc::error::TrySendError::into_inner),
            false => Some(command),
        };
        if let Some(command) = refused {
            kept.retain(|older| kind(older) != kind(&command));
            kept.push(command);
            self.noted.notify_one();
        }
        true
    }

    /// Takes the kept commands, once the queue is empty.
    pub(crate) fn take(&self, queue: &mpsc::Receiver<Command>) -> Vec<Command> {
        let mut kept = self.kept();
        if queue.is_empty() { take(&mut *kept) } else { Vec::new() }
    }

    /// Returns when something was kept.
    pub(crate) async fn noted(&self) {
        self.noted.notified().await;
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Command>> {
        // A list of commands, which is valid after any panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kind of a command. A newer command replaces an older one of the same kind.
fn kind(command: &Command) -> Option<Discriminant<Asked>> {
    match command {
        Command::Machine(asked) => Some(discriminant(asked)),
        Command::Inspect(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn expects(command: &Command) -> Option<bool> {
        match command {
            Command::Machine(Asked::ExpectMedia(expected)) => Some(*expected),
            _ => None,
        }
    }

    #[test]
    fn the_newest_wish_of_each_kind_comes_after_a_full_queue_and_nothing_overtakes_it() {
        let (sender, mut queue) = mpsc::channel(1);
        let overflow = Overflow::default();
        assert!(overflow.send(&sender, Command::Machine(Asked::ExpectMedia(true))));
        assert!(overflow.send(&sender, Command::Machine(Asked::ExpectMedia(false))));
        assert!(overflow.send(&sender, Command::Machine(Asked::Signaling(false))));
        assert!(overflow.take(&queue).is_empty(), "first the queue");
        assert_eq!(queue.try_recv().ok().as_ref().and_then(expects), Some(true));
        assert!(overflow.send(&sender, Command::Machine(Asked::ExpectMedia(true))));
        assert!(queue.try_recv().is_err(), "it waits with the others");
        let kept = overflow.take(&queue);
        assert!(
            matches!(
                kept[..],
                [Command::Machine(Asked::Signaling(false)), Command::Machine(Asked::ExpectMedia(true))]
            ),
            "{kept:?}"
        );
        assert!(overflow.take(&queue).is_empty());
        assert!(overflow.send(&sender, Command::Machine(Asked::ExpectMedia(false))));
        assert_eq!(queue.try_recv().ok().as_ref().and_then(expects), Some(false), "as ever");
    }

    #[test]
    fn what_the_remote_says_is_not_kept() {
        let (sender, mut queue) = mpsc::channel(1);
        let overflow = Overflow::default();
        let said = || Command::Machine(Asked::Control(holdfast_protocol::PeerMessage::Goodbye {}));
        assert!(overflow.send(&sender, said()));
        assert!(!overflow.send(&sender, said()));
        queue.try_recv().unwrap();
        assert!(overflow.take(&queue).is_empty());
    }
}
