//! The faults: what happens in each, what we expect of Holdfast, and what Chromium needs for the same.

use std::time::Duration;

use holdfast_testkit::net::{LinkEnd, Mobility, Traffic};

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The name for `--only`.
    pub(crate) name: &'static str,
    /// The title for people.
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    /// How long it lasts, before chance makes it up to a fifth shorter or longer.
    pub(crate) length: Duration,
    /// Whether a third participant takes part, whom the fault must not disturb.
    pub(crate) third: bool,
    /// Whether Bo is the app in its real window. Then Bo's figures come from what its page shows.
    pub(crate) in_window: bool,
    /// Whether it belongs to the short table.
    pub(crate) short: bool,
    pub(crate) expected: Expected,
    /// Chromium 156 with a page that follows the recommendations: time from the whole network to the next picture.
    pub(crate) chromium: &'static str,
}

/// What happens to the participant called Bo, or to a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Their traffic, in and out, does not pass the router.
    Blocked(Traffic),
    /// Their link is down.
    LinkDown(LinkEnd),
    /// Their address is replaced by one of another subnet, at once.
    AddressReplaced,
    /// The new address comes first; the old one goes after `length`.
    AddressAdded,
    /// The signaling server is killed; a new one starts after `length`.
    ServerKilled,
    /// Packets are lost at random.
    Loss(f64),
    /// Their process is stopped.
    Stopped,
    /// Their process is killed; a new one joins as the same participant after `length`.
    Killed,
    /// All connections go over a relay, with this transport; then this traffic of Bo's is blocked.
    Relayed(Transport, Mobility, Traffic),
}

/// How a relay is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

/// The limits, in milliseconds, for the medians (issue 3, section 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    /// From the cut to the badge.
    pub(crate) badge: Option<i64>,
    /// From the whole network to the next picture.
    pub(crate) back: Option<i64>,
    /// Whether there must be no gap at all.
    pub(crate) no_gap: bool,
}

const CUT: Expected = Expected { badge: Some(2_500), back: Some(500), no_gap: false };
const MOVED: Expected = Expected { badge: None, back: Some(1_000), no_gap: false };
const UNDISTURBED: Expected = Expected { badge: None, back: None, no_gap: true };
const NOTHING: Expected = Expected { badge: None, back: None, no_gap: false };
const BADGE: Expected = Expected { badge: Some(2_500), back: None, no_gap: false };

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn fault(
    name: &'static str,
    title: &'static str,
    kind: Kind,
    length: u64,
    expected: Expected,
) -> Fault {
    Fault {
        name,
        title,
        kind,
        length: seconds(length),
        third: false,
        in_window: false,
        short: false,
        expected,
        chromium: "",
    }
}

impl Fault {
    const fn with_third(self) -> Self {
        Self { third: true, ..self }
    }

    const fn in_window(self) -> Self {
        Self { in_window: true, ..self }
    }

    const fn short(self) -> Self {
        Self { short: true, ..self }
    }

    const fn chromium(self, chromium: &'static str) -> Self {
        Self { chromium, ..self }
    }
}

use Kind::{AddressAdded, AddressReplaced, Blocked, Killed, LinkDown, Loss, Relayed, ServerKilled, Stopped};

/// Every fault, in the order of the table.
pub(crate) const FAULTS: &[Fault] = &[
    fault("udp-5", "UDP blocked, 5 s", Blocked(Traffic::Udp), 5, CUT).short().chromium("2.1 s"),
    fault("udp-15", "UDP blocked, 15 s", Blocked(Traffic::Udp), 15, CUT).with_third().chromium("3.3 s"),
    fault("udp-45", "UDP blocked, 45 s", Blocked(Traffic::Udp), 45, CUT).chromium("never"),
    fault("all-5", "everything blocked, 5 s", Blocked(Traffic::Everything), 5, CUT).short(),
    fault("all-15", "everything blocked, 15 s", Blocked(Traffic::Everything), 15, CUT).with_third(),
    fault("link-5", "own link down, 5 s", LinkDown(LinkEnd::Host), 5, CUT),
    fault("link-15", "own link down, 15 s", LinkDown(LinkEnd::Host), 15, CUT).with_third().chromium("3.1 s"),
    fault("link-45", "own link down, 45 s", LinkDown(LinkEnd::Host), 45, CUT),
    fault("router-5", "router's link down, 5 s", LinkDown(LinkEnd::Router), 5, CUT),
    fault("router-15", "router's link down, 15 s", LinkDown(LinkEnd::Router), 15, CUT),
    fault("router-45", "router's link down, 45 s", LinkDown(LinkEnd::Router), 45, CUT),
    fault("address", "address replaced", AddressReplaced, 0, MOVED).short().chromium("9.1 s"),
    fault("address-added", "address added, old one gone 3 s later", AddressAdded, 3, MOVED),
    fault("server-restart", "signaling server killed and restarted", ServerKilled, 0, UNDISTURBED)
        .with_third()
        .short(),
    fault("server-gone", "signaling server gone for a minute", ServerKilled, 60, UNDISTURBED),
    fault(
        "relay-udp",
        "relay only over UDP; UDP blocked, 5 s",
        Relayed(Transport::Udp, Mobility::Allowed, Traffic::Udp),
        5,
        CUT,
    ),
    fault(
        "relay-tcp",
        "relay only over TCP; UDP blocked, 5 s",
        Relayed(Transport::Tcp, Mobility::Allowed, Traffic::Udp),
        5,
        UNDISTURBED,
    ),
    fault(
        "relay-tcp-all",
        "relay only over TCP; everything blocked, 5 s",
        Relayed(Transport::Tcp, Mobility::Allowed, Traffic::Everything),
        5,
        CUT,
    ),
    fault(
        "relay-tcp-all-15",
        "relay only over TCP; everything blocked, 15 s",
        Relayed(Transport::Tcp, Mobility::Allowed, Traffic::Everything),
        15,
        CUT,
    ),
    // For a stream that cannot be replaced, the time depends on TCP.
    fault(
        "relay-plain",
        "relay without mobility, only over TCP; everything blocked, 5 s",
        Relayed(Transport::Tcp, Mobility::Forbidden, Traffic::Everything),
        5,
        NOTHING,
    ),
    fault("loss-5", "5 % loss, 20 s", Loss(0.05), 20, NOTHING),
    fault("loss-15", "15 % loss, 20 s", Loss(0.15), 20, NOTHING),
    fault("stopped", "process stopped, 30 s", Stopped, 30, CUT).with_third(),
    fault("killed", "process killed, a new one 2 s later", Killed, 2, BADGE).with_third(),
    fault("window-udp-5", "real window: UDP blocked, 5 s", Blocked(Traffic::Udp), 5, CUT).in_window(),
    fault("window-udp-15", "real window: UDP blocked, 15 s", Blocked(Traffic::Udp), 15, CUT).in_window(),
    fault("window-link-5", "real window: own link down, 5 s", LinkDown(LinkEnd::Host), 5, CUT).in_window(),
    fault("window-address", "real window: address replaced", AddressReplaced, 1, MOVED).in_window(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        let mut names: Vec<_> = FAULTS.iter().map(|fault| fault.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FAULTS.len());
    }
}
