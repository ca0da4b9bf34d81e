//! The topology: every host has a link of its own to one router, in a subnet of its own.
//!
//! Traffic is blocked in the router. So the link of each host stays up, as when a router somewhere on the way fails.

use std::cell::Cell;
use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::Namespace;
use crate::Certificate;

/// Some hosts and the router between them.
pub struct Network {
    router: Namespace,
    hosts: Cell<u8>,
}

/// A machine in a [`Network`].
#[derive(Clone, Debug)]
pub struct Host {
    namespace: Namespace,
    router: Namespace,
    number: u8,
    trusted: Option<PathBuf>,
}

/// Which traffic is blocked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Traffic {
    /// Every packet of UDP, both ways.
    Udp,
    /// Every packet, both ways.
    Everything,
    /// This share of the packets of UDP, chosen at random, each way: 0 to 1.
    SomeUdp(f64),
}

/// One end of the link between a host and the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEnd {
    /// The host's own: it sees its interface go down.
    Host,
    /// The router's: the host's interface loses its carrier.
    Router,
}

/// A block that lasts until it is lifted.
#[derive(Debug)]
#[must_use]
pub struct Block {
    router: Namespace,
    /// Rules without the letter that adds or deletes them.
    rules: Vec<String>,
}

/// The name of a host's only interface, inside it.
const INTERFACE: &str = "eth0";

impl Network {
    /// A router without hosts.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn new() -> io::Result<Self> {
        let router = Namespace::new()?;
        router.set("ipv4/ip_forward", "1")?;
        Ok(Self { router, hosts: Cell::new(0) })
    }

    /// A new host, connected to the router and through it to all others.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn host(&self) -> io::Result<Host> {
        let number = self.hosts.get() + 1;
        self.hosts.set(number);
        let host = Host { namespace: Namespace::new()?, router: self.router.clone(), number, trusted: None };
        let (link, place) = (host.link(), host.namespace.path());
        self.router.ip(&[
            &format!("link add {link} type veth peer name {INTERFACE} netns {place}"),
            &format!("address add {}/24 dev {link}", host.gateway(Subnet::First)),
            &format!("address add {}/24 dev {link}", host.gateway(Subnet::Second)),
            &format!("link set {link} up"),
        ])?;
        host.namespace.ip(&[
            &format!("address add {}/24 dev {INTERFACE}", host.address_in(Subnet::First)),
            &format!("link set {INTERFACE} up"),
            &host.default_route(Subnet::First),
        ])?;
        Ok(host)
    }

    /// Blocks all direct traffic between two hosts.
    ///
    /// # Errors
    /// When the packet filter refuses.
    pub fn separate(&self, one: &Host, other: &Host) -> io::Result<Block> {
        let (one, other) = (one.link(), other.link());
        let rules = [(&one, &other), (&other, &one)].map(|(from, to)| format!("-i {from} -o {to} -j DROP"));
        Block::new(&self.router, rules.into())
    }

    /// Puts everything that a host sends behind a symmetric NAT: for the others it comes from the router, each flow
    /// from another random port, and only answers get in.
    ///
    /// # Errors
    /// When the packet filter refuses.
    pub fn hide(&self, host: &Host) -> io::Result<()> {
        let link = host.link();
        let (first, second) = (host.address_in(Subnet::First), host.address_in(Subnet::Second));
        let hidden = |address: &str| format!("-A POSTROUTING -s {address} -j MASQUERADE --random-fully");
        self.router.filter("nat", &[hidden(&first), hidden(&second)])?;
        let answers = "-m conntrack ! --ctstate ESTABLISHED,RELATED";
        self.router.filter("filter", &[format!("-A FORWARD -o {link} {answers} -j DROP")])
    }
}

/// Each host has a place in two subnets, and uses one at a time.
#[derive(Clone, Copy)]
enum Subnet {
    First,
    Second,
}

impl Host {
    fn link(&self) -> String {
        format!("host{}", self.number)
    }

    fn prefix(&self, subnet: Subnet) -> String {
        let number = match subnet {
            Subnet::First => self.number,
            Subnet::Second => self.number + 100,
        };
        format!("10.77.{number}")
    }

    fn gateway(&self, subnet: Subnet) -> String {
        format!("{}.1", self.prefix(subnet))
    }

    fn address_in(&self, subnet: Subnet) -> String {
        format!("{}.2", self.prefix(subnet))
    }

    fn default_route(&self, subnet: Subnet) -> String {
        format!("route replace default via {} dev {INTERFACE}", self.gateway(subnet))
    }

    /// The address at which others reach it at first.
    #[must_use]
    pub fn address(&self) -> String {
        self.address_in(Subnet::First)
    }

    /// The network as programs on this host see it.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Programs started on this host from now on trust only this certificate.
    pub fn trust(&mut self, certificate: &Certificate) {
        self.trusted = Some(certificate.path());
    }

    /// A program that will run on this host.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.namespace.command(program);
        if let Some(trusted) = &self.trusted {
            command.env("SSL_CERT_FILE", trusted).env_remove("SSL_CERT_DIR");
        }
        command
    }

    /// Stops traffic from and to this host from passing the router.
    ///
    /// # Errors
    /// When the packet filter refuses.
    pub fn block(&self, traffic: Traffic) -> io::Result<Block> {
        let what = match traffic {
            Traffic::Udp => "-p udp".to_owned(),
            Traffic::Everything => String::new(),
            Traffic::SomeUdp(share) => {
                format!("-p udp -m statistic --mode random --probability {share}")
            }
        };
        let link = self.link();
        let rules = ["-i", "-o"].map(|way| format!("{way} {link} {what} -j DROP"));
        Block::new(&self.router, rules.into())
    }

    /// Takes the link down at one end.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn take_link_down(&self, end: LinkEnd) -> io::Result<()> {
        match end {
            LinkEnd::Host => self.namespace.ip(&[&format!("link set {INTERFACE} down")]),
            LinkEnd::Router => self.router.ip(&[&format!("link set {} down", self.link())]),
        }
    }

    /// Brings the link up again, with the route that went down with it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn bring_link_up(&self, end: LinkEnd) -> io::Result<()> {
        match end {
            LinkEnd::Host => {
                self.namespace.ip(&[&format!("link set {INTERFACE} up"), &self.default_route(Subnet::First)])
            }
            LinkEnd::Router => self.router.ip(&[&format!("link set {} up", self.link())]),
        }
    }

    /// Adds the address in the other subnet; everything new is sent from there. The old address still works.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add_second_address(&self) -> io::Result<()> {
        let address = self.address_in(Subnet::Second);
        self.namespace
            .ip(&[&format!("address add {address}/24 dev {INTERFACE}"), &self.default_route(Subnet::Second)])
    }

    /// Removes the first address, with every route that needs it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove_first_address(&self) -> io::Result<()> {
        self.namespace.ip(&[&format!("address del {}/24 dev {INTERFACE}", self.address())])
    }

    /// Replaces the first address by one of another subnet, silently.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn replace_address(&self) -> io::Result<()> {
        let (old, new) = (self.address(), self.address_in(Subnet::Second));
        self.namespace.ip(&[
            &format!("address del {old}/24 dev {INTERFACE}"),
            &format!("address add {new}/24 dev {INTERFACE}"),
            &self.default_route(Subnet::Second),
        ])
    }
}

impl Block {
    fn new(router: &Namespace, rules: Vec<String>) -> io::Result<Self> {
        // Before all other rules, because some of them let answers pass.
        router
            .filter("filter", &rules.iter().map(|rule| format!("-I FORWARD {rule}")).collect::<Vec<_>>())?;
        Ok(Self { router: router.clone(), rules })
    }

    /// Lets everything pass again.
    ///
    /// # Errors
    /// When the packet filter refuses.
    pub fn lift(self) -> io::Result<()> {
        let rules: Vec<_> = self.rules.iter().map(|rule| format!("-D FORWARD {rule}")).collect();
        self.router.filter("filter", &rules)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Capability, capable};

    fn network() -> Option<Network> {
        capable(Capability::Networks, Network::new())
    }

    /// Whether a packet arrives and its answer comes back. A busy machine may need more than one try.
    fn reaches(from: &Host, address: &str) -> bool {
        (0..20).any(|_| answers(from, address))
    }

    /// Whether one packet arrives and its answer comes back within a second.
    fn answers(from: &Host, address: &str) -> bool {
        let script = "exec 3<>/dev/tcp/$0/9 2>&1";
        // No program listens there: an immediate refusal is an answer, silence is not.
        let mut command = from.namespace().command("timeout");
        let output = command.args(["1", "bash", "-c", script, address]).output().unwrap();
        output.status.code() == Some(1)
    }

    #[test]
    fn what_is_blocked_does_not_pass_until_it_is_lifted() {
        let Some(network) = network() else { return };
        let (one, other) = (network.host().unwrap(), network.host().unwrap());
        assert!(reaches(&one, &other.address()));
        let block = one.block(Traffic::Everything).unwrap();
        assert!(!answers(&one, &other.address()) && !answers(&other, &one.address()));
        block.lift().unwrap();
        assert!(reaches(&one, &other.address()));
        let block = one.block(Traffic::Udp).unwrap();
        assert!(reaches(&one, &other.address()), "TCP is not UDP");
        block.lift().unwrap();
        network.separate(&one, &other).unwrap().lift().unwrap();
        assert!(reaches(&other, &one.address()));
    }

    #[test]
    fn a_link_that_was_down_and_an_address_that_was_replaced_work_again() {
        let Some(network) = network() else { return };
        let (one, other) = (network.host().unwrap(), network.host().unwrap());
        for end in [LinkEnd::Host, LinkEnd::Router] {
            one.take_link_down(end).unwrap();
            assert!(!answers(&other, &one.address()), "{end:?}");
            one.bring_link_up(end).unwrap();
            assert!(reaches(&one, &other.address()) && reaches(&other, &one.address()), "{end:?}");
        }
        let old = one.address();
        one.replace_address().unwrap();
        assert!(reaches(&one, &other.address()));
        assert!(!answers(&other, &old) && reaches(&other, &one.address_in(Subnet::Second)));
    }

    #[test]
    fn only_answers_get_in_to_a_hidden_host() {
        let Some(network) = network() else { return };
        let (hidden, other) = (network.host().unwrap(), network.host().unwrap());
        network.hide(&hidden).unwrap();
        assert!(reaches(&hidden, &other.address()));
        assert!(!answers(&other, &hidden.address()));
    }
}
