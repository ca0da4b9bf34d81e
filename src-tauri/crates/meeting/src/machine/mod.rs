//! The decisions of a meeting, without a clock, a network, a device or chance of their own.
//!
//! One [`Machine`] is one participant's stay in a meeting. It knows who is there and what each of them sends, whom to
//! connect to and when, who holds which revision of our media state, and what a lost server, a changed address or a
//! sleep means for all of them. It does not know how one connection is negotiated (that is
//! [`holdfast_negotiation`], one per remote, behind the `peer` crate) nor how the signaling session is kept (that is
//! the signaling client): it is told what they report ([`Input`]), and says what to do ([`Effect`]).
//!
//! ```text
//!  driver                                    Machine
//!    │ handle_input(Input, now) / handle_timeout(now) ─▶│
//!    │◀───────────── poll_effect() until None ──────────│
//!    │◀───────────── poll_timeout(): call handle_timeout then
//! ```
//!
//! The meeting's actor drives it in the app; a simulation drives eight of them through half an hour in a moment.

mod connecting;
mod drops;
mod early;
mod effect;
mod hearing;
mod input;
mod media;
mod people;
mod person;
mod pinned;
mod search;
mod sync;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use holdfast_peer::PeerEvent;
use holdfast_protocol::{Instance, MediaState, ParticipantId, PeerMessage};
use holdfast_signaling_client::{DropReason, Member, SignalingEvent};

pub use drops::Drops;
pub use effect::{ConnectionKey, Effect, PeerRequest};
pub use hearing::HEARING;
pub use input::{Change, Input, Now};
pub use person::Listening;

use crate::roster::{OWN_TILE, Roster};
use crate::view::{MeetingDevices, MeetingEvent, MeetingSnapshot, Notice, ParticipantView, SignalingState};
use hearing::Hearing;
use person::{Memory, Person, Remembered};
use pinned::Pinned;
use search::Search;
use sync::Turn;

/// Messages that belong to no connection carry this generation.
pub const NO_GENERATION: u32 = 0;

/// Who we are when we come in.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Our id.
    pub id: ParticipantId,
    /// Which stay of ours this is, as our profile tells everyone.
    pub instance: Instance,
    /// Our name.
    pub name: String,
    /// What we send from the start; its revision is where ours begins.
    pub media: MediaState,
    /// The link others can be invited with.
    pub invite: String,
    /// How people were heard in an earlier stay; they may be here, or come later.
    pub listening: Vec<(ParticipantId, Listening)>,
    /// Who was shown large by choice in an earlier stay.
    pub pinned: Option<ParticipantId>,
    /// The devices to use by choice.
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
    started_at_ms: u64,
    people: BTreeMap<ParticipantId, Person>,
    memory: Memory,
    devices_ready: bool,
    signaling: SignalingState,
    /// The server answers; false also in the seconds before its loss is certain.
    signaling_answers: bool,
    search: Search,
    next_instance: u64,
    hearing: Hearing,
    pinned: Pinned,
    /// Those in use by choice, as the devices report.
    devices: MeetingDevices,
    /// What people were told of devices and is still so.
    standing: Vec<Notice>,
    drops: Drops,
    effects: VecDeque<Effect>,
}

impl Machine {
    /// A participant who has just been let in.
    #[must_use]
    pub fn new(arrival: Arrival, now: Now) -> Self {
        let Arrival { id, instance, name, media, invite, listening, pinned, devices, members } = arrival;
        let mut machine = Self {
            roster: Roster::new(id, name, media, now.unix_ms),
            instance,
            invite,
            started_at_ms: now.unix_ms,
            people: BTreeMap::new(),
            memory: Memory::default(),
            devices_ready: false,
            signaling: SignalingState::Connected,
            signaling_answers: true,
            search: Search::default(),
            next_instance: 0,
            hearing: Hearing::default(),
            pinned: Pinned::wished(pinned),
            devices,
            standing: Vec::new(),
            drops: Drops::default(),
            effects: VecDeque::new(),
        };
        for (id, listening) in listening {
            let remembered = Remembered { listening: listening.clamped(), ..Remembered::default() };
            machine.memory.keep(id, remembered);
        }
        for member in members {
            machine.add(member.participant, member.profile, member.present, now);
        }
        machine.show_pinned();
        machine.effects.clear();
        machine
    }

    /// What was dropped so far.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.drops
    }

    /// Tells the machine what happened.
    pub fn handle_input(&mut self, input: Input, now: Now) {
        match input {
            Input::Change(change) => self.change(change, now),
            Input::Keyframe(OWN_TILE) => self.effects.push_back(Effect::OwnKeyframe),
            Input::Keyframe(tile) => {
                if let Some(view) = self.roster.others().iter().find(|view| view.tile == tile) {
                    let id = view.id.clone();
                    self.ask(&id, PeerRequest::Keyframe);
                }
            }
            Input::Retry(id) => self.ask(&id, PeerRequest::Retry),
            Input::DevicesReady => self.start_connections(now),
            Input::CameraFailed(code) => {
                self.change(Change::Camera(false), now);
                self.emit(MeetingEvent::Notice { code });
            }
            Input::MicrophoneFailed(code) => {
                self.change(Change::Microphone(false), now);
                self.emit(MeetingEvent::Notice { code });
            }
            Input::DeviceUsed { kind, id } => {
                if self.devices.of(kind) != id.as_deref() {
                    self.devices.set(kind, id);
                    self.emit(MeetingEvent::Devices { devices: self.devices.clone() });
                }
            }
            Input::DeviceNotice(code) => {
                if !self.standing.contains(&code) {
                    self.standing.push(code);
                }
                self.emit(MeetingEvent::Notice { code });
            }
            Input::DeviceSolved(code) => {
                if let Some(index) = self.standing.iter().position(|standing| *standing == code) {
                    self.standing.remove(index);
                    self.emit(MeetingEvent::Solved { code });
                }
            }
            Input::Signaling(event) => self.handle_signaling(event, now),
            Input::Peer { key, event } => self.handle_peer(&key, event, now),
            Input::Heard(ids) => self.heard(&ids, now),
            Input::FirstFrame(key) => {
                if self.is_current(&key) && self.roster.set_has_video(&key.id) {
                    self.emit_participant(&key.id);
                }
            }
            Input::AddressesChanged => {
                self.effects.push_back(Effect::ReconnectSignaling);
                self.ask_all(&PeerRequest::AddressChanged);
            }
            Input::Woke => {
                self.effects.push_back(Effect::ReconnectSignaling);
                self.ask_all(&PeerRequest::Woke);
            }
        }
        self.settle(now);
    }

    /// Does what is due; harmless when nothing is.
    pub fn handle_timeout(&mut self, now: Now) {
        self.settle(now);
    }

    /// The next thing to do, until there is none.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Self::handle_timeout`] is due next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let syncs = self.people.values().filter_map(|person| person.sync.due());
        syncs.chain(self.next_slot()).chain(self.search.due()).min()
    }

    /// The whole meeting as people see it.
    #[must_use]
    pub fn snapshot(&self) -> MeetingSnapshot {
        MeetingSnapshot {
            me: self.roster.me().clone(),
            participants: self.roster.others().to_vec(),
            invite: self.invite.clone(),
            signaling: self.signaling,
            started_at_ms: self.started_at_ms,
            pinned: self.pinned.shown().cloned(),
            devices: self.devices.clone(),
        }
    }

    /// What we send.
    #[must_use]
    pub fn own_media(&self) -> MediaState {
        self.roster.me().media
    }

    /// Everyone else, in the order they came.
    #[must_use]
    pub fn others(&self) -> &[ParticipantView] {
        self.roster.others()
    }

    /// Everyone we hold a connection to, or attempt one.
    pub fn connections(&self) -> impl Iterator<Item = &ConnectionKey> {
        self.people.values().filter_map(|person| person.connection.as_ref().map(|connection| &connection.key))
    }

    fn settle(&mut self, now: Now) {
        self.connect_more(now);
        self.tell_media_state(now);
        self.show_pinned();
        if self.search.take_due(now.at) {
            self.effects.push_back(Effect::CheckSignaling);
        }
    }

    fn handle_signaling(&mut self, event: SignalingEvent, now: Now) {
        match event {
            SignalingEvent::Joined { participant, profile } => self.joined(participant, profile, now),
            SignalingEvent::Changed { participant, profile, present } => {
                self.changed(participant, profile, present, now);
            }
            SignalingEvent::Left { participant, reason } => self.left(&participant, reason),
            SignalingEvent::Message { from, generation, message } => {
                self.handle_message(&from, generation, message, Turn::Signaling, now);
            }
            SignalingEvent::Silent => self.signaling_answers(false, now),
            SignalingEvent::Heard => self.signaling_answers(true, now),
            SignalingEvent::Disconnected { tried, retry_in } => {
                self.search.lost(tried, retry_in, now.at);
                self.signaling_answers(false, now);
                self.set_signaling(SignalingState::Reconnecting);
            }
            SignalingEvent::Reconnected { resumed, roster } => {
                self.search.found();
                self.reconcile(resumed, roster, now);
                self.set_signaling(SignalingState::Connected);
                self.signaling_answers(true, now);
            }
            SignalingEvent::Dropped { reason, count } => {
                tracing::debug!(code = reason.code(), count, "signaling dropped");
                // The others are ordinary: a message crosses with a leave, a reconnect repeats an event.
                if reason == DropReason::QueueOverflow {
                    self.emit(MeetingEvent::Notice { code: Notice::QueueOverflow });
                }
            }
            // The end of the meeting, which the driver sees.
            SignalingEvent::Refused(_) => {}
        }
    }

    fn handle_message(
        &mut self,
        from: &ParticipantId,
        generation: u32,
        message: PeerMessage,
        came_by: Turn,
        now: Now,
    ) {
        if !self.people.contains_key(from) {
            self.drops.unknown_sender += 1;
            return;
        }
        match message {
            PeerMessage::MediaState(told) => self.merge_media(from, told, came_by, now),
            PeerMessage::MediaStateAck { revision, instance } => {
                self.media_state_acknowledged(from, revision, instance.as_ref());
            }
            PeerMessage::Hears { participants } => self.they_hear(from, participants),
            PeerMessage::Goodbye {} => self.goodbye(from),
            message @ (PeerMessage::Description { .. } | PeerMessage::Candidate { .. }) => {
                self.connection_message(from, generation, message, now);
            }
        }
    }

    fn handle_peer(&mut self, key: &ConnectionKey, event: PeerEvent, now: Now) {
        if !self.is_current(key) {
            return;
        }
        let id = &key.id;
        match event {
            PeerEvent::Signal { generation, message } => {
                self.effects.push_back(Effect::Signal { to: id.clone(), generation, message });
            }
            PeerEvent::State(state) => self.connection_state(id, state.into(), now),
            PeerEvent::Attempt(attempt) => {
                if self.roster.set_attempt(id, attempt) {
                    self.emit_participant(id);
                }
            }
            PeerEvent::ControlOpen => self.control_opened(id, now),
            PeerEvent::ControlClosed => self.control_closed(id),
            PeerEvent::Control(message) => {
                self.handle_message(id, NO_GENERATION, message, Turn::Control, now)
            }
            PeerEvent::KeyframeRequested => self.effects.push_back(Effect::OwnKeyframe),
            PeerEvent::Failed { reason } => tracing::warn!(%id, ?reason, "connection failed"),
            PeerEvent::Rebuilt { generation } => {
                tracing::info!(%id, generation, "connection rebuilt");
                self.rebuilt(id, generation);
            }
            PeerEvent::Audio(_) | PeerEvent::Video(_) => {}
        }
    }

    fn set_signaling(&mut self, state: SignalingState) {
        if std::mem::replace(&mut self.signaling, state) != state {
            self.emit(MeetingEvent::Signaling { state });
        }
    }

    fn signaling_answers(&mut self, answers: bool, now: Now) {
        if std::mem::replace(&mut self.signaling_answers, answers) == answers {
            return;
        }
        self.ask_all(&PeerRequest::Signaling(answers));
        let ids: Vec<_> = self.people.keys().cloned().collect();
        for id in ids {
            self.server_reach_changed(&id);
        }
        if answers {
            self.a_path_opened(now);
        }
    }

    fn is_current(&self, key: &ConnectionKey) -> bool {
        self.people
            .get(&key.id)
            .and_then(|person| person.connection.as_ref())
            .is_some_and(|connection| connection.key == *key)
    }

    fn ask(&mut self, id: &ParticipantId, request: PeerRequest) {
        if self.people.get(id).is_some_and(|person| person.connection.is_some()) {
            self.effects.push_back(Effect::Ask { id: id.clone(), request });
        }
    }

    fn ask_all(&mut self, request: &PeerRequest) {
        let ids: Vec<_> = self.people.keys().cloned().collect();
        for id in ids {
            self.ask(&id, request.clone());
        }
    }

    fn emit(&mut self, event: MeetingEvent) {
        self.effects.push_back(Effect::Emit(event));
    }

    fn emit_participant(&mut self, id: &ParticipantId) {
        if let Some(view) = self.roster.get(id) {
            let participant = view.clone();
            self.emit(MeetingEvent::Participant { participant });
        }
    }
}
