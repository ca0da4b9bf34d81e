//! One machine, its time, and what it wanted since the last question.

use std::time::Duration;

use holdfast_meeting_machine::{
    Arrival, DropCounters, Effect, Input, LinkEvent, LinkKey, LinkRequest, Listening, Machine,
    MeetingDevices, Now, Participant,
};
use holdfast_negotiation::PeerState;
use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{Generation, Instance, MediaState, ParticipantId, PeerMessage, Profile, Revision};
use holdfast_signaling_session::{Member, SignalingEvent};

pub(crate) struct Stay {
    machine: Machine,
    now: Duration,
}

pub(crate) fn id(n: u64) -> ParticipantId {
    format!("{n:016x}").parse().unwrap()
}

/// The profile of `n`, whose client has the instance number `instance`.
pub(crate) fn profile(n: u64, instance: u64) -> Profile {
    Profile::new(&format!("Person {n}")).unwrap().with_instance(Instance::from_random(instance))
}

pub(crate) fn member(n: u64) -> Member {
    Member { participant: id(n), profile: profile(n, n), present: true }
}

pub(crate) fn joined(n: u64, instance: u64) -> Input {
    Input::Signaling(SignalingEvent::Joined { participant: id(n), profile: profile(n, instance) })
}

pub(crate) fn message(from: u64, message: PeerMessage) -> Input {
    Input::Signaling(SignalingEvent::Message { from: id(from), generation: Generation::NONE, message })
}

impl Stay {
    /// Participant 1, with people who were there before.
    pub(crate) fn with(others: &[u64]) -> Self {
        Self::again_with(others, Vec::new())
    }

    /// The same after an earlier stay with these volumes.
    pub(crate) fn again_with(others: &[u64], listening: Vec<(ParticipantId, Listening)>) -> Self {
        let arrival = Arrival {
            id: id(1),
            instance: Instance::from_random(1),
            name: "Ada".into(),
            media: MediaState {
                revision: Revision(1),
                microphone: true,
                camera: true,
                ..MediaState::default()
            },
            invite: String::new(),
            listening,
            pinned: None,
            devices: MeetingDevices::default(),
            members: others.iter().map(|&n| member(n)).collect(),
        };
        let now = Duration::from_secs(100);
        Self { machine: Machine::new(arrival, Now { at: now, unix_ms: 0 }), now }
    }

    /// The same with devices open and everyone connected, control channels open, and all state sent and acknowledged.
    pub(crate) fn settled_with(others: &[u64]) -> Self {
        let mut stay = Self::with(others);
        stay.tell(Input::DevicesReady);
        for &n in others {
            stay.state(n, PeerState::Connected);
            stay.peer(n, PeerEvent::ControlOpen);
            stay.tell(message(
                n,
                PeerMessage::MediaState(
                    MediaState { revision: Revision(1), camera: true, ..MediaState::default() }.into(),
                ),
            ));
            stay.tell(message(n, PeerMessage::MediaStateAck { revision: Revision(1), instance: None }));
        }
        stay.wait(60_000);
        stay
    }

    fn now(&self) -> Now {
        Now { at: self.now, unix_ms: u64::try_from(self.now.as_millis()).unwrap() }
    }

    /// Tells the machine something. Returns what it wants done.
    pub(crate) fn tell(&mut self, input: Input) -> Vec<Effect> {
        let now = self.now();
        self.machine.handle_input(input, now);
        self.drain()
    }

    pub(crate) fn peer(&mut self, n: u64, event: impl Into<LinkEvent>) -> Vec<Effect> {
        let key = self.key(n).expect("a connection");
        self.tell(Input::Link { key, event: event.into() })
    }

    pub(crate) fn state(&mut self, n: u64, state: PeerState) -> Vec<Effect> {
        self.peer(n, PeerEvent::State(state))
    }

    pub(crate) fn signaling(&mut self, event: SignalingEvent) -> Vec<Effect> {
        self.tell(Input::Signaling(event))
    }

    /// Lets time pass. Returns what the machine wanted done meanwhile.
    pub(crate) fn wait(&mut self, milliseconds: u64) -> Vec<Effect> {
        let end = self.now + Duration::from_millis(milliseconds);
        let mut effects = Vec::new();
        while let Some(at) = self.machine.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let now = self.now();
            self.machine.handle_timeout(now);
            effects.extend(self.drain());
        }
        self.now = end;
        effects
    }

    fn drain(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.machine.poll_effect()).collect()
    }

    /// The current link to someone.
    pub(crate) fn key(&self, n: u64) -> Option<LinkKey> {
        self.machine.links().find(|key| key.remote == id(n)).cloned()
    }

    pub(crate) fn drops(&self) -> DropCounters {
        self.machine.drops()
    }

    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }

    pub(crate) fn view(&self, n: u64) -> Option<Participant> {
        self.machine.participant(&id(n)).cloned()
    }

    pub(crate) fn shown(&self, n: u64) -> Option<PeerState> {
        self.machine.link(&id(n)).map(|link| link.state())
    }
}

/// The participants to whom connections were begun, and the generation of each.
pub(crate) fn connects(effects: &[Effect]) -> Vec<(ParticipantId, u32)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Connect { link, first_generation, .. } => {
                Some((link.remote.clone(), first_generation.get()))
            }
            _ => None,
        })
        .collect()
}

/// The requests to the connection with `n`.
pub(crate) fn asked(effects: &[Effect], n: u64) -> Vec<LinkRequest> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask { link, request } if link.remote == id(n) => Some(request.clone()),
            _ => None,
        })
        .collect()
}

/// The media states sent to `n`: the path and the revision.
pub(crate) fn told(effects: &[Effect], n: u64) -> Vec<(&'static str, u64)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask { link, request: LinkRequest::Control(PeerMessage::MediaState(told)) }
                if link.remote == id(n) =>
            {
                Some(("control", told.state.revision.get()))
            }
            Effect::Signal { to, message: PeerMessage::MediaState(told), .. } if *to == id(n) => {
                Some(("signaling", told.state.revision.get()))
            }
            _ => None,
        })
        .collect()
}
