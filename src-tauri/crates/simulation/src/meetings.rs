//! The meeting's task of each process, as the task of the `meeting` crate drives its machine.

use std::time::Duration;

use holdfast_delivery::CHANNELS;
use holdfast_meeting_machine::{Effect, Event, Input, LinkKey, LinkRequest};
use holdfast_peer_machine::{COMMAND_QUEUE, Command, Config, PeerMachine};
use holdfast_protocol::{Generation, ParticipantId, PeerMessage};

use crate::checks::Invariant;
use crate::person::{News, Peer};
use crate::queue::{PeerKey, ProcessKey};
use crate::world::{Work, World};

/// How long a leave waits until the server has the goodbye, and then until the session ends.
const GOODBYE_WAIT: Duration = Duration::from_secs(4);

impl World {
    /// Tells the meeting's machine something.
    pub(crate) fn tell(&mut self, key: ProcessKey, input: Input) {
        self.work.push_back(Work::News(key, News::Input(input)));
    }

    pub(crate) fn hear(&mut self, key: ProcessKey, news: News) {
        let now = self.machine_now(key.seat);
        let Some(process) = self.process(key) else { return };
        if process.leaving {
            return;
        }
        let Some(machine) = process.machine.as_mut() else { return };
        let input = match news {
            News::Input(input) => input,
            News::Peer { instance, of, event } => {
                // A link of an earlier instance reports with its own key.
                Input::Link { key: LinkKey { remote: of, instance }, event }
            }
        };
        machine.handle_input(input, now);
        self.meeting_acts(key);
    }

    /// Carries out everything the machine wants.
    pub(crate) fn meeting_acts(&mut self, key: ProcessKey) {
        loop {
            let Some(process) = self.process(key) else { return };
            let Some(effect) = process.machine.as_mut().and_then(|machine| machine.poll_effect()) else {
                return;
            };
            match effect {
                Effect::Connect { link, first_generation, .. } => {
                    self.connect(key, link.remote, link.instance, first_generation);
                }
                Effect::Disconnect { link } => self.disconnect(key, &link.remote, false),
                Effect::Ask { link, request } => self.ask(key, &link.remote, request),
                Effect::Signal { to, generation, message } => self.signal(key, &to, generation, &message),
                Effect::ReconnectSignaling => {
                    let now = self.local(key.seat);
                    if let Some(process) = self.process(key) {
                        process.client.session.reconnect(now);
                        self.work.push_back(Work::Client(key));
                    }
                }
                Effect::CheckSignaling => {
                    let now = self.local(key.seat);
                    if let Some(process) = self.process(key) {
                        process.client.session.check(now);
                        self.work.push_back(Work::Client(key));
                    }
                }
                Effect::Emit(Event::ParticipantLeft(id)) => {
                    self.note_pair(key.seat, &id, || "is gone for them".into());
                }
                Effect::Emit(_) => {}
                Effect::OwnKeyframe(_) | Effect::Listen { .. } => {}
            }
        }
    }

    fn connect(&mut self, key: ProcessKey, id: ParticipantId, instance: u64, first_generation: Generation) {
        let seed = self.random.next();
        let now = self.local(key.seat);
        let tracks = self.seats[key.seat].wishes.tracks();
        let relay = self.has_relay;
        self.note_pair(key.seat, &id, || format!("begins a connection, generation {first_generation}"));
        let Some(process) = self.process(key) else { return };
        let config = Config {
            local: process.id.to_string(),
            remote: id.to_string(),
            seed,
            relay,
            tracks,
            first_generation,
        };
        let before = process.peers.insert(id, Peer::new(instance, PeerMachine::new(config, CHANNELS, now)));
        debug_assert!(before.is_none());
        self.work.push_back(Work::Turn(PeerKey { process: key, instance }));
    }

    fn disconnect(&mut self, key: ProcessKey, id: &ParticipantId, farewell: bool) {
        self.note_pair(key.seat, id, || "gives the connection up".into());
        let Some(process) = self.process(key) else { return };
        let Some(mut peer) = process.peers.remove(id) else { return };
        peer.closing = Some(farewell);
        let instance = peer.instance;
        process.parting.push(peer);
        self.work.push_back(Work::Turn(PeerKey { process: key, instance }));
    }

    fn ask(&mut self, key: ProcessKey, id: &ParticipantId, request: LinkRequest) {
        let seat = key.seat;
        let Some(process) = self.process(key) else { return };
        let Some(peer) = process.peers.get_mut(id) else { return };
        let command = match request {
            LinkRequest::Signal { generation, message } => Command::Signal { generation, message },
            LinkRequest::Control(message) if peer.machine.control_flows() => Command::Control(message),
            LinkRequest::Control(_) => {
                *self.checks.counters.entry("control_dropped").or_default() += 1;
                return;
            }
            LinkRequest::Keyframe(source) => Command::RequestKeyframe(Some(source)),
            LinkRequest::ExpectMedia(expected) => Command::ExpectMedia(expected),
            LinkRequest::Signaling(answers) => Command::Signaling(answers),
            LinkRequest::AddressChanged => Command::AddressChanged,
            LinkRequest::Woke => Command::Woke,
            LinkRequest::RemoteRestarted => Command::RemoteRestarted,
            LinkRequest::Retry => Command::Retry,
        };
        peer.commands.push_back(command);
        let (instance, waiting) = (peer.instance, peer.commands.len());
        if waiting > COMMAND_QUEUE {
            let other = self.ids.get(id).copied();
            self.violated(Invariant::Bounds, seat, other, || {
                format!("{waiting} commands wait for a connection")
            });
        }
        self.work.push_back(Work::Turn(PeerKey { process: key, instance }));
    }

    fn signal(&mut self, key: ProcessKey, to: &ParticipantId, generation: Generation, message: &PeerMessage) {
        let nonce = self.random.bytes();
        let now = self.local(key.seat);
        self.note_pair(key.seat, to, || format!("signals {message:?}, generation {generation}"));
        let Some(process) = self.process(key) else { return };
        process.signals += 1;
        match process.client.sealer.seal(to, generation, message, nonce) {
            Ok(payload) => {
                process.client.session.send(to.clone(), generation, payload, now);
                self.work.push_back(Work::Client(key));
            }
            Err(error) => {
                self.violated(Invariant::Bounds, key.seat, None, || format!("cannot be sealed: {error}"))
            }
        }
    }

    /// Leaves on purpose, with a goodbye on every path.
    pub(crate) fn leave(&mut self, seat: usize) {
        let Some(process) = self.seats[seat].process.as_mut() else { return };
        let key = process.key;
        self.note(seat, None, || "leaves".into());
        let Some(process) = self.process(key) else { return };
        process.devices.leave();
        let others = process.machine.as_ref().map(|machine| machine.others().to_vec()).unwrap_or_default();
        for other in others {
            self.signal(key, &other.id, Generation::NONE, &PeerMessage::Goodbye {});
            self.disconnect(key, &other.id, true);
        }
        let (local, now) = (self.local(seat), self.now);
        let Some(process) = self.process(key) else { return };
        process.leaving = true;
        process.client.session.leave(local);
        process.gone_at = Some(now + GOODBYE_WAIT);
        self.touch(seat);
        self.work.push_back(Work::Client(key));
    }

    /// The process is gone: silently, unless it has said goodbye before.
    pub(crate) fn process_ends(&mut self, seat: usize) {
        let Some(process) = self.seats[seat].process.take() else { return };
        self.note(seat, None, || "the process ends".into());
        for end in process.peers.values().flat_map(|peer| &peer.ends) {
            self.vanish(*end);
        }
        for end in process.parting.iter().flat_map(|peer| &peer.ends) {
            self.close_end(*end);
        }
        if let Some(stream) = process.client.stream {
            // The system closes what the process had open.
            self.streams[stream].client_open = false;
            let latency = self.network.server_latency(seat, &mut self.random);
            self.stream_push_up(stream, crate::stream::Frame::End, latency);
        }
        self.seats[seat].wake = None;
    }
}
