//! Breaks the network of a participant, and repairs it again.

use holdfast_testkit::net::{Block, Host, LinkEnd, Traffic};

use crate::table::Kind;

/// A network that is broken.
#[must_use]
pub(crate) enum Cut {
    /// What does not pass.
    Blocked(Block),
    /// Which end is down.
    Down(LinkEnd),
}

impl Cut {
    /// Breaks the host's network, if this fault does that.
    ///
    /// # Panics
    /// When the system refuses.
    pub(crate) fn make(kind: Kind, host: &Host) -> Option<Self> {
        let blocked = |traffic| Some(Self::Blocked(host.block(traffic).expect("a block")));
        match kind {
            Kind::Blocked(traffic) => blocked(traffic),
            Kind::Loss(share) => blocked(Traffic::SomeUdp(share)),
            Kind::LinkDown(end) => {
                host.take_link_down(end).expect("a link down");
                Some(Self::Down(end))
            }
            _ => None,
        }
    }

    /// Repairs it.
    ///
    /// # Panics
    /// When the system refuses.
    pub(crate) fn mend(self, host: &Host) {
        match self {
            Self::Blocked(block) => block.lift().expect("no block"),
            Self::Down(end) => host.bring_link_up(end).expect("a link up"),
        }
    }
}
