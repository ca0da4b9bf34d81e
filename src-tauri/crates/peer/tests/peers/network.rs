//! A network between two peers that can be cut: every candidate is replaced by the address of a forwarder in front of
//! it. As with a NAT, a peer's packets reach the other from the sender's forwarder.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use holdfast_protocol::PeerMessage;
use tokio::net::UdpSocket;
use tokio::runtime::Handle;

use crate::common::Wire;

const ADDRESS: &str = "127.0.0.1";

#[derive(Clone, Default)]
pub(crate) struct Network {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By the peer's own address.
    forwarders: HashMap<SocketAddr, Arc<UdpSocket>>,
    dead: HashSet<SocketAddr>,
    cut: bool,
    signaling_lost: bool,
}

impl Network {
    /// Carries the signaling, so that the other side only learns forwarders.
    pub(crate) fn wire(&self) -> Wire {
        let network = self.clone();
        Box::new(move |generation, message| {
            if network.state.lock().unwrap().signaling_lost {
                return Vec::new();
            }
            vec![(generation, network.rewritten(message))]
        })
    }

    /// Drops every packet, or no longer.
    pub(crate) fn cut(&self, cut: bool) {
        self.state.lock().unwrap().cut = cut;
    }

    /// Loses all signaling, or no longer.
    pub(crate) fn lose_signaling(&self, lost: bool) {
        self.state.lock().unwrap().signaling_lost = lost;
    }

    /// Drops every packet of the addresses known by now, for good.
    pub(crate) fn kill_existing(&self) {
        let mut state = self.state.lock().unwrap();
        let existing: Vec<_> = state.forwarders.keys().copied().collect();
        state.dead.extend(existing);
    }

    fn rewritten(&self, message: PeerMessage) -> PeerMessage {
        match message {
            PeerMessage::Candidate { candidate, sdp_mid, sdp_m_line_index, generation } => {
                let candidate = self.rewrite(&candidate);
                PeerMessage::Candidate { candidate, sdp_mid, sdp_m_line_index, generation }
            }
            PeerMessage::Description { kind, sdp, tracks, number, answers, generation } => {
                let sdp = sdp.lines().map(|line| self.rewrite(line) + "\r\n").collect();
                PeerMessage::Description { kind, sdp, tracks, number, answers, generation }
            }
            other => other,
        }
    }

    /// `… 127.0.0.1 PORT typ …` with the port of the forwarder.
    fn rewrite(&self, line: &str) -> String {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if let Some(at) = words.iter().position(|word| word == "typ")
            && words[at - 2] == ADDRESS
        {
            let peer = SocketAddr::new(ADDRESS.parse().unwrap(), words[at - 1].parse().unwrap());
            words[at - 1] = self.forwarder(peer).local_addr().unwrap().port().to_string();
        }
        words.join(" ")
    }

    fn forwarder(&self, peer: SocketAddr) -> Arc<UdpSocket> {
        let mut state = self.state.lock().unwrap();
        if let Some(forwarder) = state.forwarders.get(&peer) {
            return Arc::clone(forwarder);
        }
        let socket = std::net::UdpSocket::bind((ADDRESS, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _runtime = Handle::current().enter();
        let forwarder = Arc::new(UdpSocket::from_std(socket).unwrap());
        state.forwarders.insert(peer, Arc::clone(&forwarder));
        tokio::spawn(self.clone().forward(peer, Arc::clone(&forwarder)));
        forwarder
    }

    async fn forward(self, peer: SocketAddr, forwarder: Arc<UdpSocket>) {
        let mut packet = vec![0; 2048];
        loop {
            // It fails if the peer of an earlier packet has closed its socket; the next packet may be for another.
            let Ok((length, sender)) = forwarder.recv_from(&mut packet).await else { continue };
            let passes = {
                let state = self.state.lock().unwrap();
                !state.cut && !state.dead.contains(&peer) && !state.dead.contains(&sender)
            };
            if passes {
                let _ = self.forwarder(sender).send_to(&packet[..length], peer).await;
            }
        }
    }
}
