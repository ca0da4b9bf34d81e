//! One machine, its time, and what it wanted done since it was last asked.

use std::time::Duration;

use holdfast_meeting::machine::{Arrival, ConnectionKey, Drops, Effect, Input, Machine, Now, PeerRequest};
use holdfast_meeting::{ConnectionState, Listening, MeetingDevices, ParticipantView};
use holdfast_peer::{PeerEvent, PeerState};
use holdfast_protocol::{Instance, MediaState, ParticipantId, PeerMessage, Profile};
use holdfast_signaling_client::{Member, SignalingEvent};

pub(crate) struct Stay {
    machine: Machine,
    now: Duration,
}

pub(crate) fn id(n: u64) -> ParticipantId {
    format!("{n:016x}").parse().unwrap()
}

/// The profile of `n`, whose client is in its stay number `instance`.
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
    Input::Signaling(SignalingEvent::Message { from: id(from), generation: 0, message })
}

impl Stay {
    /// Participant 1, with those who were there before.
    pub(crate) fn with(others: &[u64]) -> Self {
        Self::again_with(others, Vec::new())
    }

    /// The same after an earlier stay in which people were heard like this.
    pub(crate) fn again_with(others: &[u64], listening: Vec<(ParticipantId, Listening)>) -> Self {
        let arrival = Arrival {
            id: id(1),
            instance: Instance::from_random(1),
            name: "Ada".into(),
            media: MediaState { revision: 1, microphone: true, camera: true, ..MediaState::default() },
            invite: String::new(),
            listening,
            pinned: None,
            devices: MeetingDevices::default(),
            members: others.iter().map(|&n| member(n)).collect(),
        };
        let now = Duration::from_secs(100);
        Self { machine: Machine::new(arrival, Now { at: now, unix_ms: 0 }), now }
    }

    /// The same with devices open and everyone connected, control channels open, all state told and held.
    pub(crate) fn settled_with(others: &[u64]) -> Self {
        let mut stay = Self::with(others);
        stay.tell(Input::DevicesReady);
        for &n in others {
            stay.state(n, PeerState::Connected);
            stay.peer(n, PeerEvent::ControlOpen);
            stay.tell(message(
                n,
                PeerMessage::MediaState(
                    MediaState { revision: 1, camera: true, ..MediaState::default() }.into(),
                ),
            ));
            stay.tell(message(n, PeerMessage::MediaStateAck { revision: 1, instance: None }));
        }
        stay.wait(60_000);
        stay
    }

    fn now(&self) -> Now {
        Now { at: self.now, unix_ms: u64::try_from(self.now.as_millis()).unwrap() }
    }

    /// Tells the machine something; what it wants done.
    pub(crate) fn tell(&mut self, input: Input) -> Vec<Effect> {
        let now = self.now();
        self.machine.handle_input(input, now);
        self.drain()
    }

    pub(crate) fn peer(&mut self, n: u64, event: PeerEvent) -> Vec<Effect> {
        let key = self.key(n).expect("a connection");
        self.tell(Input::Peer { key, event })
    }

    pub(crate) fn state(&mut self, n: u64, state: PeerState) -> Vec<Effect> {
        self.peer(n, PeerEvent::State(state))
    }

    pub(crate) fn signaling(&mut self, event: SignalingEvent) -> Vec<Effect> {
        self.tell(Input::Signaling(event))
    }

    /// Lets time go by; what the machine wanted done meanwhile.
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

    /// The current connection with someone.
    pub(crate) fn key(&self, n: u64) -> Option<ConnectionKey> {
        self.machine.connections().find(|key| key.id == id(n)).cloned()
    }

    pub(crate) fn drops(&self) -> Drops {
        self.machine.drops()
    }

    pub(crate) fn view(&self, n: u64) -> Option<ParticipantView> {
        self.machine.snapshot().participants.into_iter().find(|view| view.id == id(n))
    }

    pub(crate) fn shown(&self, n: u64) -> Option<ConnectionState> {
        self.view(n).map(|view| view.state)
    }
}

/// Whom connections were begun to, and with which generation.
pub(crate) fn connects(effects: &[Effect]) -> Vec<(ParticipantId, u32)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Connect { key, first_generation, .. } => Some((key.id.clone(), *first_generation)),
            _ => None,
        })
        .collect()
}

/// What the connection with `n` was asked.
pub(crate) fn asked(effects: &[Effect], n: u64) -> Vec<PeerRequest> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask { id: to, request } if *to == id(n) => Some(request.clone()),
            _ => None,
        })
        .collect()
}

/// The media states told to `n`: the path and the revision.
pub(crate) fn told(effects: &[Effect], n: u64) -> Vec<(&'static str, u64)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask { id: to, request: PeerRequest::Control(PeerMessage::MediaState(told)) }
                if *to == id(n) =>
            {
                Some(("control", told.state.revision))
            }
            Effect::Signal { to, message: PeerMessage::MediaState(told), .. } if *to == id(n) => {
                Some(("signaling", told.state.revision))
            }
            _ => None,
        })
        .collect()
}
