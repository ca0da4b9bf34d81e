//! Both ends of a pair, the path between them, and a clock that only the test moves.

use std::time::Duration;

use holdfast_connection_model::{Connection, Transport};
use holdfast_delivery::{CHANNELS, ChannelId, ChannelMessage};
use holdfast_negotiation::{Candidate, DescriptionKind, Outcome, TransportState};
use holdfast_peer_machine::{
    Action, Command, Config, Input, Operation, PeerEvent, PeerMachine, PeerState, Report,
};
use holdfast_protocol::{Generation, PeerMessage};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// From one end to the other, by either way.
const LATENCY: Duration = Duration::from_millis(20);
/// Checks and the handshake.
const CONNECT_AFTER: Duration = Duration::from_millis(50);
/// From a connected transport to an open control channel.
pub(crate) const CONTROL_AFTER: Duration = Duration::from_millis(60);
/// A text that did not get through is sent again after this.
const AGAIN: Duration = Duration::from_millis(100);
/// More at one moment means that something never ends.
const STEPS: usize = 10_000;

/// What the driver of one end holds of a connection.
pub(crate) struct Model {
    pub(crate) generation: Generation,
    connection: Connection,
    transport: Transport,
    checked: Option<(u32, (u64, u32))>,
    control_planned: bool,
    pub(crate) control_open: bool,
    pub(crate) outlet_open: bool,
    /// Texts that were not delivered.
    waiting: usize,
}

pub(crate) struct End {
    pub(crate) machine: PeerMachine,
    pub(crate) connections: Vec<Model>,
    /// What the owner was told, and when.
    pub(crate) events: Vec<(Duration, PeerEvent)>,
    /// Everything else that was done, and when.
    pub(crate) done: Vec<(Duration, Action)>,
    /// Control channels take nothing.
    pub(crate) refuses_texts: bool,
}

enum Parcel {
    Signal { generation: Generation, message: PeerMessage },
    Text { sender: u64, text: String },
    ControlOpens { identity: u64 },
}

/// The first end has the smaller id: it is impolite and offers first.
pub(crate) struct Pair {
    pub(crate) ends: [End; 2],
    pub(crate) now: Duration,
    pub(crate) path_up: bool,
    pub(crate) signaling_up: bool,
    /// Control channels open by themselves.
    pub(crate) control_opens: bool,
    parcels: Vec<(Duration, usize, Parcel)>,
    identities: u64,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let now = Duration::from_secs(100);
        let end = |local: &str, remote: &str, seed| End {
            machine: PeerMachine::new(Config::new(local, remote, seed), CHANNELS, now),
            connections: Vec::new(),
            events: Vec::new(),
            done: Vec::new(),
            refuses_texts: false,
        };
        Self {
            ends: [end("a", "b", 1), end("b", "a", 2)],
            now,
            path_up: true,
            signaling_up: true,
            control_opens: true,
            parcels: Vec::new(),
            identities: 0,
        }
    }

    /// Two that are connected, with open control channels and nothing noted.
    pub(crate) fn connected() -> Self {
        let mut pair = Self::new();
        pair.drive(SECOND);
        for end in &mut pair.ends {
            assert!(end.events.iter().any(|(_, event)| *event == PeerEvent::State(PeerState::Connected)));
            assert!(end.machine.control_flows());
        }
        pair.forget();
        pair
    }

    pub(crate) fn forget(&mut self) {
        for end in &mut self.ends {
            end.events.clear();
            end.done.clear();
        }
    }

    pub(crate) fn input(&mut self, side: usize, input: Input) {
        self.ends[side].machine.handle_input(input, self.now);
        self.settle();
    }

    pub(crate) fn command(&mut self, side: usize, command: Command) {
        self.input(side, Input::Command(command));
    }

    pub(crate) fn report(&mut self, side: usize, generation: Generation, report: Report) {
        self.input(side, Input::Report { generation, report });
    }

    /// Lets time pass, and everything happen that does meanwhile.
    pub(crate) fn drive(&mut self, time: Duration) {
        let until = self.now + time;
        for _ in 0..STEPS {
            self.settle();
            let timeouts = self.ends.iter().filter_map(|end| end.machine.poll_timeout());
            let looks = self.ends.iter().flat_map(|end| {
                end.connections.iter().filter_map(|model| model.transport.next_look(CONNECT_AFTER))
            });
            let parcels = self.parcels.iter().map(|(at, ..)| *at);
            let next = timeouts.chain(looks).chain(parcels).min();
            let Some(next) = next.filter(|at| *at <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            self.deliver();
            self.settle();
            for side in 0..2 {
                if self.ends[side].machine.poll_timeout().is_some_and(|at| at <= self.now) {
                    self.ends[side].machine.handle_timeout(self.now);
                }
            }
        }
        panic!("it never rests");
    }

    /// Everything that follows at this moment.
    fn settle(&mut self) {
        for _ in 0..STEPS {
            let mut rests = true;
            for side in 0..2 {
                while let Some(action) = self.ends[side].machine.poll_action() {
                    rests = false;
                    self.carry_out(side, action);
                }
                rests &= !self.look(side);
            }
            if rests {
                return;
            }
        }
        panic!("it never settles");
    }

    fn deliver(&mut self) {
        while let Some(at) = self.parcels.iter().position(|(at, ..)| *at <= self.now) {
            let (_, side, parcel) = self.parcels.remove(at);
            match parcel {
                Parcel::Signal { generation, message } => {
                    self.command(side, Command::Signal { generation, message });
                }
                Parcel::ControlOpens { identity } => {
                    if let Some(model) = self.model(side, identity) {
                        model.control_open = true;
                        let generation = model.generation;
                        self.report(side, generation, Report::control_open(true));
                    }
                }
                Parcel::Text { sender, text } => self.text(side, sender, text),
            }
        }
    }

    fn text(&mut self, side: usize, sender: u64, text: String) {
        let receiver = self.ends[side].connections.iter();
        let receiver = receiver.filter(|model| model.connection.remote_identity() == Some(sender));
        let receiver = receiver.map(|model| model.generation).next();
        match receiver.filter(|_| self.path_up) {
            Some(generation) => {
                if let Some(model) = self.model(1 - side, sender) {
                    model.waiting -= 1;
                }
                self.report(side, generation, Report::control(text));
            }
            None => self.parcels.push((self.now + AGAIN, side, Parcel::Text { sender, text })),
        }
    }

    fn model(&mut self, side: usize, identity: u64) -> Option<&mut Model> {
        self.ends[side].connections.iter_mut().find(|model| model.connection.identity() == identity)
    }

    fn of_generation(&mut self, side: usize, generation: Generation) -> Option<&mut Model> {
        self.ends[side].connections.iter_mut().find(|model| model.generation == generation)
    }

    fn carry_out(&mut self, side: usize, action: Action) {
        let now = self.now;
        match action {
            Action::Emit(event) => {
                if let PeerEvent::Signal { generation, message } = &event
                    && self.signaling_up
                {
                    let parcel = Parcel::Signal { generation: *generation, message: message.clone() };
                    self.parcels.push((now + LATENCY, 1 - side, parcel));
                }
                return self.ends[side].events.push((now, event));
            }
            Action::Operate { op, ref operation } => {
                let outcome = self.operate(side, operation.clone());
                self.ends[side].machine.handle_input(Input::Outcome { op, outcome }, now);
            }
            Action::CloseConnection { generation } => {
                self.ends[side].connections.retain(|model| model.generation != generation);
            }
            Action::Send { generation, channel, ref message } => {
                self.send_text(side, generation, channel, message.clone());
            }
            Action::ReadOutstanding { generation, channel } => {
                let bytes = self.of_generation(side, generation).map_or(0, |model| model.waiting);
                self.ends[side].machine.handle_input(Input::Outstanding { generation, channel, bytes }, now);
            }
            Action::OpenOutlet { generation } | Action::CloseOutlet { generation } => {
                let open = matches!(action, Action::OpenOutlet { .. });
                if let Some(model) = self.of_generation(side, generation) {
                    model.outlet_open = open;
                }
            }
            Action::AskKeyframe { .. } | Action::Log(_) => {}
        }
        self.ends[side].done.push((now, action));
    }

    fn send_text(
        &mut self,
        side: usize,
        generation: Generation,
        channel: ChannelId,
        message: ChannelMessage,
    ) {
        let ChannelMessage::Text(text) = message else { panic!("control carries text") };
        assert_eq!(channel, ChannelId::CONTROL);
        let refuses = self.ends[side].refuses_texts;
        let model = self.of_generation(side, generation).filter(|model| model.control_open && !refuses);
        let Some(model) = model else {
            return self.ends[side].machine.handle_input(Input::Refused { channel }, self.now);
        };
        model.waiting += 1;
        let sender = model.connection.identity();
        self.parcels.push((self.now + LATENCY, 1 - side, Parcel::Text { sender, text }));
    }

    fn operate(&mut self, side: usize, operation: Operation) -> Outcome {
        let now = self.now;
        let generation = operation.generation();
        if let Operation::CreateConnection { generation, .. } = operation {
            self.identities += 1;
            self.ends[side].connections.push(Model {
                generation,
                connection: Connection::new(self.identities),
                transport: Transport::new(now),
                checked: None,
                control_planned: false,
                control_open: false,
                outlet_open: false,
                waiting: 0,
            });
            return Outcome::Done;
        }
        let Some(model) = self.of_generation(side, generation) else { return Outcome::Failed };
        let connection = &mut model.connection;
        let (gathers, described) = match operation {
            Operation::CreateOffer { ice_restart, tracks, .. } => {
                let made = connection.offer(ice_restart, tracks).unwrap();
                (made.gathers, Some(made))
            }
            Operation::CreateAnswer { tracks, .. } => {
                let made = connection.answer(tracks, true).unwrap();
                (made.gathers, Some(made))
            }
            Operation::SetLocalRollback { .. } => {
                connection.roll_back().unwrap();
                (false, None)
            }
            Operation::ApplyRemote { kind: DescriptionKind::Offer, sdp, .. } => {
                connection.apply_offer(&sdp).unwrap();
                (false, None)
            }
            Operation::ApplyRemote { kind: DescriptionKind::Answer, sdp, .. } => {
                (connection.apply_answer(&sdp).unwrap(), None)
            }
            Operation::AddRemoteCandidate { candidate, .. } => {
                connection.add_candidate(&candidate.candidate).unwrap();
                (false, None)
            }
            Operation::CreateConnection { .. } => (false, None),
        };
        let mut reports = Vec::new();
        if gathers {
            let candidate = connection.candidate();
            connection.found(&candidate);
            reports.push(Report::LocalCandidate(Candidate {
                candidate,
                sdp_mid: Some("0".into()),
                sdp_m_line_index: Some(0),
            }));
        }
        if let Some(known) = connection.credentials().filter(|known| model.checked != Some(*known)) {
            let local_changed = model.checked.is_none_or(|(local, _)| local != known.0);
            model.checked = Some(known);
            if local_changed {
                reports.extend(model.transport.begin_checks(now).map(Report::Transport));
            }
        }
        for report in reports {
            self.ends[side].machine.handle_input(Input::Report { generation, report }, now);
        }
        match described {
            Some(made) => Outcome::Description { sdp: made.sdp, tracks: made.tracks },
            None => Outcome::Done,
        }
    }

    /// The transports of one end look at their paths; whether any reported something.
    fn look(&mut self, side: usize) -> bool {
        let mut reported = false;
        for index in 0..self.ends[side].connections.len() {
            let [first, second] = &mut self.ends;
            let (mine, theirs) = if side == 0 { (first, second) } else { (second, first) };
            let Some(model) = mine.connections.get_mut(index) else { break };
            let other = theirs
                .connections
                .iter()
                .find(|other| Some(other.connection.identity()) == model.connection.remote_identity());
            let heard = self.path_up
                && other.is_some_and(|other| {
                    model.connection.matches(&other.connection) && other.transport.listens()
                });
            let Some(state) = model.transport.observe(heard, heard, CONNECT_AFTER, self.now) else {
                continue;
            };
            let (generation, identity) = (model.generation, model.connection.identity());
            if state == TransportState::Connected
                && self.control_opens
                && !std::mem::replace(&mut model.control_planned, true)
            {
                self.parcels.push((self.now + CONTROL_AFTER, side, Parcel::ControlOpens { identity }));
            }
            let report = Report::Transport(state);
            self.ends[side].machine.handle_input(Input::Report { generation, report }, self.now);
            reported = true;
        }
        reported
    }
}

impl End {
    pub(crate) fn told(&self, event: &PeerEvent) -> usize {
        self.events.iter().filter(|(_, told)| told == event).count()
    }

    /// When a connection was closed.
    pub(crate) fn closed(&self, generation: Generation) -> Option<Duration> {
        let closed = Action::CloseConnection { generation };
        self.done.iter().find(|(_, action)| *action == closed).map(|(at, _)| *at)
    }

    pub(crate) fn texts(&self) -> Vec<(Generation, &str)> {
        let texts = self.done.iter().filter_map(|(_, action)| match action {
            Action::Send { generation, message: ChannelMessage::Text(text), .. } => {
                Some((*generation, text.as_str()))
            }
            _ => None,
        });
        texts.collect()
    }

    pub(crate) fn model(&self, generation: Generation) -> Option<&Model> {
        self.connections.iter().find(|model| model.generation == generation)
    }
}
