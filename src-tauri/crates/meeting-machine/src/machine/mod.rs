//! One participant's stay in a meeting.
//!
//! A [`Machine`] knows who is there and what each of them sends, whom to connect to and when, who holds which revision
//! of our media state, and what a lost server, a changed address or a sleep means for all of them. It does not know how
//! one connection is negotiated (that is [`holdfast_negotiation`], one per link, behind the `peer` crate) nor how the
//! signaling session is kept (that is the signaling client): it is told what they report ([`Input`]), and says what to
//! do ([`Effect`]).
//!
//! ```text
//!  driver                                    Machine
//!    │ handle_input(Input, now) / handle_timeout(now) ─▶│
//!    │◀───────────── poll_effect() until None ──────────│
//!    │◀───────────── poll_timeout(): call handle_timeout then
//! ```

mod connecting;
mod drop_counters;
mod effect;
mod hearing;
mod held_messages;
mod input;
mod media;
mod people;
mod person;
mod pinned;
mod reports;
mod signaling_probe;
mod turn;

use std::collections::{BTreeMap, VecDeque};

use holdfast_protocol::{Instance, MediaState, ParticipantId};
use holdfast_signaling_session::Member;
use holdfast_terms::Elapsed;

pub use drop_counters::DropCounters;
pub use effect::Effect;
pub use hearing::HEARING;
pub(crate) use held_messages::HeldMessages;
pub use input::{Change, Input, Now};

use crate::link::Link;
use crate::roster::Roster;
use crate::{
    Event, FeedNumber, LinkKey, LinkRequest, Listening, MeetingDevices, Notice, Participant, SignalingState,
    UnixMs, routing,
};
use hearing::Hearing;
use person::{Memory, Person, Remembered};
use pinned::Pinned;
use signaling_probe::SignalingProbe;

/// Who we are when we come in.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Our id.
    pub id: ParticipantId,
    /// The instance of this stay, as in our profile.
    pub instance: Instance,
    /// Our name.
    pub name: String,
    /// What we send from the start. Our revisions begin with its revision.
    pub media: MediaState,
    /// The link to invite others with.
    pub invite: String,
    /// The volumes of people from an earlier stay; they may be here, or come later.
    pub listening: Vec<(ParticipantId, Listening)>,
    /// Who was shown large by choice in an earlier stay.
    pub pinned: Option<ParticipantId>,
    /// The chosen devices.
    pub devices: MeetingDevices,
    /// Everyone who was there.
    pub members: Vec<Member>,
}

/// One participant's stay in a meeting.
#[derive(Debug)]
pub struct Machine {
    roster: Roster,
    instance: Instance,
    invite: String,
    started_at_ms: UnixMs,
    people: BTreeMap<ParticipantId, Person>,
    /// By the id of the remote.
    links: BTreeMap<ParticipantId, Link>,
    memory: Memory,
    devices_ready: bool,
    signaling: SignalingState,
    /// Whether the server answers. Also false in the seconds before its loss is certain.
    signaling_answers: bool,
    probe: SignalingProbe,
    next_instance: u64,
    hearing: Hearing,
    pinned: Pinned,
    /// The chosen devices in use, as the devices report.
    devices: MeetingDevices,
    /// Notices about devices that still apply.
    standing: Vec<Notice>,
    drops: DropCounters,
    effects: VecDeque<Effect>,
}

impl Machine {
    /// A participant who has just joined.
    #[must_use]
    pub fn new(arrival: Arrival, now: Now) -> Self {
        let Arrival { id, instance, name, media, invite, listening, pinned, devices, members } = arrival;
        let mut machine = Self {
            roster: Roster::new(id, name, media, now.unix_ms),
            instance,
            invite,
            started_at_ms: now.unix_ms,
            people: BTreeMap::new(),
            links: BTreeMap::new(),
            memory: Memory::default(),
            devices_ready: false,
            signaling: SignalingState::Connected,
            signaling_answers: true,
            probe: SignalingProbe::default(),
            next_instance: 0,
            hearing: Hearing::default(),
            pinned: Pinned::wished(pinned),
            devices,
            standing: Vec::new(),
            drops: DropCounters::default(),
            effects: VecDeque::new(),
        };
        for (id, listening) in listening {
            let remembered = Remembered { listening: listening.clamped(), ..Remembered::default() };
            machine.memory.remember(id, remembered);
        }
        for member in members {
            machine.add(member.participant, member.profile, member.present, now);
        }
        machine.show_pinned();
        machine.effects.clear();
        machine
    }

    /// Counts of what was dropped so far.
    #[must_use]
    pub fn drops(&self) -> DropCounters {
        self.drops
    }

    /// Tells the machine what happened.
    pub fn handle_input(&mut self, input: Input, now: Now) {
        match input {
            Input::Change(change) => self.change(change, now),
            Input::Keyframe(number) => self.keyframe_wanted(number),
            Input::Retry(id) => self.ask(&id, LinkRequest::Retry),
            Input::DevicesReady => self.start_connections(now),
            Input::CameraFailed(code) => {
                self.change(Change::Camera(false), now);
                self.emit(Event::Notice(code));
            }
            Input::MicrophoneFailed(code) => {
                self.change(Change::Microphone(false), now);
                self.emit(Event::Notice(code));
            }
            Input::DeviceUsed { kind, id } => {
                if self.devices.of(kind) != id.as_deref() {
                    self.devices.set(kind, id);
                    self.emit(Event::Devices(self.devices.clone()));
                }
            }
            Input::DeviceNotice(code) => {
                if !self.standing.contains(&code) {
                    self.standing.push(code);
                }
                self.emit(Event::Notice(code));
            }
            Input::DeviceSolved(code) => {
                if let Some(index) = self.standing.iter().position(|standing| *standing == code) {
                    self.standing.remove(index);
                    self.emit(Event::Solved(code));
                }
            }
            Input::Signaling(event) => self.handle_signaling(event, now),
            Input::Link { key, event } => self.handle_link(&key, event, now),
            Input::Heard(ids) => self.heard(&ids, now),
            Input::AddressesChanged => {
                self.effects.push_back(Effect::ReconnectSignaling);
                self.ask_all(&LinkRequest::AddressChanged);
            }
            Input::Woke => {
                self.effects.push_back(Effect::ReconnectSignaling);
                self.ask_all(&LinkRequest::Woke);
            }
        }
        self.settle(now);
    }

    /// Does what is due. Harmless when nothing is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.settle(now);
    }

    /// The next thing to do. Call it until it returns `None`.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Self::handle_timeout`] is due next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Elapsed> {
        let tellings = self.people.values().filter_map(|person| person.media_held.poll_timeout());
        tellings.chain(self.next_slot()).chain(self.probe.due()).min()
    }

    /// Ourselves.
    #[must_use]
    pub fn me(&self) -> &Participant {
        self.roster.me()
    }

    /// One of the others, while they are here.
    #[must_use]
    pub fn participant(&self, id: &ParticipantId) -> Option<&Participant> {
        self.roster.get(id)
    }

    /// The link that carries what a participant sends.
    #[must_use]
    pub fn link(&self, id: &ParticipantId) -> Option<&Link> {
        self.links.get(routing::remote_for(id))
    }

    /// The link to invite others with. Contains the room's secret.
    #[must_use]
    pub fn invite(&self) -> &str {
        &self.invite
    }

    /// When we joined.
    #[must_use]
    pub fn started_at_ms(&self) -> UnixMs {
        self.started_at_ms
    }

    /// The state of the signaling connection.
    #[must_use]
    pub fn signaling(&self) -> SignalingState {
        self.signaling
    }

    /// Who is shown large by choice here, while they are in the meeting.
    #[must_use]
    pub fn pinned(&self) -> Option<&ParticipantId> {
        self.pinned.shown()
    }

    /// The chosen devices in use.
    #[must_use]
    pub fn devices(&self) -> &MeetingDevices {
        &self.devices
    }

    /// What we send.
    #[must_use]
    pub fn own_media(&self) -> MediaState {
        self.roster.me().media
    }

    /// Everyone else, in the order they came.
    #[must_use]
    pub fn others(&self) -> &[Participant] {
        self.roster.others()
    }

    /// Every link that was begun.
    pub fn links(&self) -> impl Iterator<Item = &LinkKey> {
        self.links.values().filter_map(Link::key)
    }

    fn settle(&mut self, now: Now) {
        self.connect_more(now);
        self.tell_media_state(now);
        self.show_pinned();
        if self.probe.take_due(now.at) {
            self.effects.push_back(Effect::CheckSignaling);
        }
    }

    fn keyframe_wanted(&mut self, number: FeedNumber) {
        let Some((participant, source)) = self.roster.feed(number) else { return };
        if participant.id == self.roster.me().id {
            return self.effects.push_back(Effect::OwnKeyframe(source));
        }
        let remote = routing::remote_of(&participant.id, source).clone();
        self.ask(&remote, LinkRequest::Keyframe(source));
    }

    fn is_current(&self, key: &LinkKey) -> bool {
        self.links.get(&key.remote).and_then(Link::key) == Some(key)
    }

    fn ask(&mut self, remote: &ParticipantId, request: LinkRequest) {
        if let Some(link) = self.links.get(remote).and_then(Link::key) {
            self.effects.push_back(Effect::Ask { link: link.clone(), request });
        }
    }

    fn ask_all(&mut self, request: &LinkRequest) {
        for link in self.links.values().filter_map(Link::key) {
            self.effects.push_back(Effect::Ask { link: link.clone(), request: request.clone() });
        }
    }

    fn emit(&mut self, event: Event) {
        self.effects.push_back(Effect::Emit(event));
    }

    fn emit_participant(&mut self, id: &ParticipantId) {
        if self.roster.get(id).is_some() {
            self.emit(Event::Participant(id.clone()));
        }
    }
}
