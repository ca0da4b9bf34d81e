//! Who reaches whom. Troubles of the same kind may overlap; each ends separately.

use std::time::Duration;

use crate::random::Random;

/// A DTLS handshake that lost a packet sends its flight again after this (RFC 6347, 4.2.4.1).
const HANDSHAKE_RETRY: Duration = Duration::from_secs(1);

/// A trouble on one person's way to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing gets in or out.
    Down,
    /// No UDP gets in or out.
    NoUdp,
    /// No TCP gets in or out.
    NoTcp,
    /// Nothing gets out.
    NoneOut,
    /// Nothing gets in.
    NoneIn,
}

impl Trouble {
    pub(crate) const ALL: [Self; 5] = [Self::Down, Self::NoUdp, Self::NoTcp, Self::NoneOut, Self::NoneIn];

    fn stops_udp(self) -> bool {
        self != Self::NoTcp
    }

    fn stops_tcp(self) -> bool {
        self != Self::NoUdp
    }
}

/// One person's network.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    troubles: [u32; Trouble::ALL.len()],
    /// One way to the middle of the network.
    latency: Duration,
    /// Packets lost, in percent.
    pub(crate) loss: u64,
    /// Counts replaced addresses. Sockets that were bound to an older one reach no one.
    pub(crate) address: u32,
}

impl Link {
    pub(crate) fn new(random: &mut Random) -> Self {
        // Half of all people are near, the others up to a continent away.
        let latency = if random.percent(50) { random.millis(1, 15) } else { random.millis(15, 100) };
        Self { troubles: [0; Trouble::ALL.len()], latency, loss: 0, address: 0 }
    }

    pub(crate) fn begin(&mut self, trouble: Trouble) {
        self.troubles[trouble as usize] += 1;
    }

    pub(crate) fn end(&mut self, trouble: Trouble) {
        let count = &mut self.troubles[trouble as usize];
        *count = count.saturating_sub(1);
    }

    fn has(&self, trouble: Trouble) -> bool {
        self.troubles[trouble as usize] > 0
    }

    pub(crate) fn udp_whole(&self) -> bool {
        !Trouble::ALL.into_iter().any(|trouble| trouble.stops_udp() && self.has(trouble))
    }

    pub(crate) fn tcp_whole(&self) -> bool {
        !Trouble::ALL.into_iter().any(|trouble| trouble.stops_tcp() && self.has(trouble))
    }

    fn udp_out(&self) -> bool {
        !self.has(Trouble::Down) && !self.has(Trouble::NoUdp) && !self.has(Trouble::NoneOut)
    }

    fn udp_in(&self) -> bool {
        !self.has(Trouble::Down) && !self.has(Trouble::NoUdp) && !self.has(Trouble::NoneIn)
    }

    pub(crate) fn tcp_out(&self) -> bool {
        !self.has(Trouble::Down) && !self.has(Trouble::NoTcp) && !self.has(Trouble::NoneOut)
    }

    pub(crate) fn tcp_in(&self) -> bool {
        !self.has(Trouble::Down) && !self.has(Trouble::NoTcp) && !self.has(Trouble::NoneIn)
    }
}

/// The network between everyone.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) links: Vec<Link>,
    /// UDP from one person to another is blocked, by troubles that may overlap.
    blocks: Vec<u32>,
}

impl Network {
    pub(crate) fn new(people: usize, random: &mut Random) -> Self {
        let links = (0..people).map(|_| Link::new(random)).collect();
        Self { links, blocks: vec![0; people * people] }
    }

    fn block(&mut self, from: usize, to: usize) -> &mut u32 {
        let people = self.links.len();
        &mut self.blocks[from * people + to]
    }

    pub(crate) fn begin_block(&mut self, from: usize, to: usize) {
        *self.block(from, to) += 1;
    }

    pub(crate) fn end_block(&mut self, from: usize, to: usize) {
        let count = self.block(from, to);
        *count = count.saturating_sub(1);
    }

    pub(crate) fn blocked(&self, from: usize, to: usize) -> bool {
        self.blocks[from * self.links.len() + to] > 0
    }

    /// Whether UDP gets from one person to another.
    pub(crate) fn udp(&self, from: usize, to: usize) -> bool {
        self.links[from].udp_out() && self.links[to].udp_in() && !self.blocked(from, to)
    }

    /// How long this packet takes.
    pub(crate) fn latency(&self, from: usize, to: usize, random: &mut Random) -> Duration {
        let base = self.links[from].latency + self.links[to].latency;
        let jitter = random.between(Duration::ZERO, base / 5 + Duration::from_millis(1));
        base + jitter + self.repeats(from, Some(to), random)
    }

    /// How long this packet to or from the server takes.
    pub(crate) fn server_latency(&self, seat: usize, random: &mut Random) -> Duration {
        let base = self.links[seat].latency + Duration::from_millis(2);
        base + random.between(Duration::ZERO, base / 5) + self.repeats(seat, None, random)
    }

    /// How much longer the checks and the handshake of a new path take because packets are lost. Each of four packets
    /// may come one check or one timer later. A path in use may not notice losses. It only needs some media in a
    /// quarter of a second, or one of the ten checks in two seconds.
    pub(crate) fn repeated_checks(&self, from: usize, to: usize, random: &mut Random) -> Duration {
        if self.links[from].loss == 0 && self.links[to].loss == 0 {
            return Duration::ZERO;
        }
        let check = |random: &mut Random| random.millis(20, 40);
        let mut later = Duration::ZERO;
        for packet in 0..4 {
            let loss = self.links[from].loss.max(self.links[to].loss);
            if random.percent(loss) {
                later += if packet < 2 { check(random) } else { HANDSHAKE_RETRY };
            }
        }
        later
    }

    /// Lost data on a reliable stream comes later: by a fast retransmission, or by a timer.
    fn repeats(&self, from: usize, to: Option<usize>, random: &mut Random) -> Duration {
        let loss = self.links[from].loss.max(to.map_or(0, |to| self.links[to].loss));
        let mut later = Duration::ZERO;
        for _ in 0..4 {
            if !random.percent(loss) {
                break;
            }
            later += random.millis(50, 400);
        }
        later
    }
}
