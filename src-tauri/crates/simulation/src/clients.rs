//! The signaling client's task of each process, as the task of the `signaling-client` crate drives its session: the
//! transport, the seals, and what the meeting is told.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use holdfast_meeting_machine::{Arrival, DeviceWishes, Input, Machine, MeetingDevices};
use holdfast_protocol::{
    ClientMessage, Generation, Instance, JoinKey, MediaState, MeetingLink, OpenError, ParticipantId,
    PeerMessage, Profile, Revision, RosterEntry, Sealer,
};
use holdfast_signaling_session::session::{Action, Identity, Report, Session};
use holdfast_signaling_session::{Member, SignalingError, SignalingEvent};

use crate::checks::Invariant;
use crate::person::{Client, News, Process};
use crate::queue::{Event, ProcessKey};
use crate::stream::{Frame, Stream};
use crate::world::{EPOCH_US, Work, World};

/// The invitation everyone has.
pub(crate) fn link() -> MeetingLink {
    // A fixed secret: nothing here is secret.
    let text = format!("holdfast://join/127.0.0.1:1/simulation#{}", "A".repeat(43));
    text.parse().unwrap_or_else(|error| unreachable!("the link is well formed: {error:?}"))
}

fn hash_of(payload: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    payload.hash(&mut hasher);
    hasher.finish()
}

impl World {
    /// Starts the app: it joins at once.
    pub(crate) fn start_process(&mut self, seat: usize, as_before: bool) {
        self.seats[seat].incarnations += 1;
        let key = ProcessKey { seat, incarnation: self.seats[seat].incarnations };
        let fresh = ParticipantId::from_random(self.random.next());
        let id = self.seats[seat].id.clone().filter(|_| as_before).unwrap_or(fresh);
        self.seats[seat].id = Some(id.clone());
        self.checks.departures.retain(|departure| departure.id != id);
        // A client that begins anew has not heard earlier goodbyes, and knows only what the server knows.
        for departure in &mut self.checks.departures {
            departure.told[seat] = false;
        }
        self.ids.insert(id.clone(), seat);
        let name = format!("Person {seat}");
        let counter = EPOCH_US + u64::try_from(self.now.as_micros()).unwrap_or_default();
        let link = &self.link;
        let mut sealer = Sealer::new(&link.secret, link.room.clone(), id.clone(), counter);
        let Ok(profile) = Profile::new(&name) else { return };
        let instance = Instance::from_random(self.random.next());
        let profile = profile.with_instance(instance.clone());
        let Ok(profile) = sealer.seal_profile(&profile, self.random.bytes()) else { return };
        let identity = Identity {
            room: link.room.clone(),
            participant: id.clone(),
            key: JoinKey::derive(&link.secret),
            profile,
        };
        let seed = self.random.next();
        let session = Session::new(identity, seed, self.local(seat));
        self.note(seat, None, || format!("starts as {id}"));
        self.seats[seat].process = Some(Process {
            key,
            id,
            instance,
            name,
            client: Client {
                session,
                sealer,
                stream: None,
                joined: false,
                ended: false,
                sessions: 0,
                delivered: HashMap::new(),
                transmitted: 0,
            },
            machine: None,
            peers: std::collections::BTreeMap::new(),
            parting: Vec::new(),
            devices: DeviceWishes::new(false, false),
            captures: false,
            leaving: false,
            gone_at: None,
            signals: 0,
            calls: 0,
        });
        self.seats[seat].wake = None;
        self.work.push_back(Work::Client(key));
    }

    /// Carries out everything the session wants.
    pub(crate) fn client_acts(&mut self, key: ProcessKey) {
        while let Some(process) = self.process(key) {
            let Some(action) = process.client.session.poll_action() else { break };
            match action {
                Action::Connect => {
                    self.client_hangs_up(key);
                    let stream = Stream::new(key, self.network.links[key.seat].address);
                    self.streams.push(stream);
                    let number = self.streams.len() - 1;
                    if let Some(process) = self.process(key) {
                        process.client.stream = Some(number);
                    }
                    self.note(key.seat, None, || "connects to the server".into());
                    self.queue.push(self.now, Event::StreamConnects(number, 0));
                }
                Action::Transmit(message) => {
                    process.client.transmitted += 1;
                    let session = process.client.sessions;
                    if let ClientMessage::Relay { payload, .. } = &message {
                        self.checks.relayed(hash_of(payload), session);
                    }
                    let Some(process) = self.process(key) else { return };
                    if let Some(stream) = process.client.stream {
                        let latency = self.network.server_latency(key.seat, &mut self.random);
                        self.stream_push_up(stream, Frame::Message(message), latency);
                    }
                }
                Action::Disconnect => self.client_hangs_up(key),
                Action::Report(report) => self.client_reports(key, report),
                Action::End => {
                    process.client.ended = true;
                    self.client_hangs_up(key);
                    self.client_ended(key);
                }
            }
        }
    }

    pub(crate) fn client_hangs_up(&mut self, key: ProcessKey) {
        let Some(process) = self.process(key) else { return };
        if let Some(stream) = process.client.stream.take() {
            self.streams[stream].client_open = false;
            let latency = self.network.server_latency(key.seat, &mut self.random);
            self.stream_push_up(stream, Frame::End, latency);
        }
    }

    fn client_reports(&mut self, key: ProcessKey, report: Report) {
        let event = match report {
            Report::Welcomed { roster } => return self.welcomed(key, roster),
            Report::Joined { participant, profile } => {
                let Some(member) = self.open_member(key, participant, &profile, true) else { return };
                SignalingEvent::Joined { participant: member.participant, profile: member.profile }
            }
            Report::Changed { participant, profile, present } => {
                let Some(member) = self.open_member(key, participant, &profile, present) else { return };
                let Member { participant, profile, present } = member;
                SignalingEvent::Changed { participant, profile, present }
            }
            Report::Left { participant, reason } => SignalingEvent::Left { participant, reason },
            Report::Message { from, generation, payload } => {
                match self.open(key, &from, generation, &payload) {
                    Some(message) => SignalingEvent::Message { from, generation, message },
                    None => return,
                }
            }
            Report::Disconnected { tried, retry_in } => {
                if self.checks.live_since[key.seat].take().is_some() {
                    self.checks.session_lost[key.seat] = self.now;
                }
                SignalingEvent::Disconnected { tried, retry_in }
            }
            Report::Reconnected { resumed, roster } => {
                self.session_began(key.seat);
                if let Some(process) = self.process(key).filter(|_| !resumed) {
                    process.client.sessions += 1;
                }
                let roster = self.open_roster(key, roster);
                SignalingEvent::Reconnected { resumed, roster }
            }
            Report::Refused(error) => return self.refused(key, error),
            Report::Dropped(reason, count) => {
                *self.checks.counters.entry(reason.code()).or_default() += count;
                SignalingEvent::Dropped { reason, count }
            }
            Report::Silent => SignalingEvent::Silent,
            Report::Heard => SignalingEvent::Heard,
        };
        self.note(key.seat, None, || format!("signaling: {event:?}"));
        self.work.push_back(Work::News(key, News::Input(Input::Signaling(event))));
    }

    fn welcomed(&mut self, key: ProcessKey, roster: Vec<RosterEntry>) {
        let members = self.open_roster(key, roster);
        let now = self.machine_now(key.seat);
        let wishes = self.seats[key.seat].wishes;
        let invite = self.link.to_string();
        let Some(process) = self.process(key) else { return };
        process.client.joined = true;
        let media = MediaState {
            revision: Revision::FIRST,
            microphone: wishes.microphone,
            camera: wishes.camera,
            hand: wishes.hand,
            ..MediaState::default()
        };
        let arrival = Arrival {
            id: process.id.clone(),
            instance: process.instance.clone(),
            name: process.name.clone(),
            media,
            invite,
            listening: Vec::new(),
            pinned: None,
            devices: MeetingDevices::default(),
            members,
        };
        process.machine = Some(Machine::new(arrival, now));
        process.devices = DeviceWishes::new(wishes.microphone, wishes.camera);
        // Devices open at once, after a moment, or so late that the meeting stops waiting after ten seconds.
        let devices = match self.random.below(10) {
            0 => self.random.millis(2_000, 10_000),
            _ => self.random.millis(20, 800),
        };
        self.queue.push(self.now + devices, Event::DevicesReady(key));
        self.note(key.seat, None, || "is in".into());
        self.person_arrived(key.seat);
        self.session_began(key.seat);
        self.meeting_acts(key);
    }

    /// The session has ended for good.
    fn client_ended(&mut self, key: ProcessKey) {
        let now = self.now;
        let Some(process) = self.process(key) else { return };
        if process.leaving {
            process.gone_at = Some(now);
            self.touch(key.seat);
        }
    }

    fn refused(&mut self, key: ProcessKey, error: SignalingError) {
        let Some(process) = self.process(key) else { return };
        let leaving = process.leaving;
        if process.machine.is_some() && !leaving {
            self.violated(Invariant::MeetingGoesOn, key.seat, None, || {
                format!("the meeting ended by itself: {}", error.code())
            });
        } else if !leaving {
            // The person tries again.
            self.note(key.seat, None, || format!("is not let in: {}", error.code()));
            self.process_ends(key.seat);
            let pause = self.random.millis(1_500, 5_000);
            self.come_back(key.seat, pause, true);
        }
    }

    fn open(
        &mut self,
        key: ProcessKey,
        from: &ParticipantId,
        generation: Generation,
        payload: &str,
    ) -> Option<PeerMessage> {
        let hash = hash_of(payload);
        let sent = self.checks.relays.get(&hash).map_or(0, |(_, sessions)| *sessions);
        let process = self.process(key)?;
        let brought = process.client.delivered.entry(hash).or_default();
        *brought += 1;
        let brought = *brought;
        let opened = process.client.sealer.open(from, generation, payload);
        self.checks.counts.deliveries += 1;
        if brought > sent {
            self.violated(Invariant::Once, key.seat, None, || {
                format!("brought {brought} times, sent in {sent} sessions: {opened:?}")
            });
        }
        match opened {
            Ok(message) => {
                if brought > 1 {
                    self.violated(Invariant::Once, key.seat, None, || {
                        format!("delivered twice: {message:?}")
                    });
                }
                Some(message)
            }
            // If a sender could not resume its session, it does not know what the earlier session delivered. It sends
            // all unacknowledged messages again (docs/protocol.md, section 9), and the seal refuses the repeats. The
            // seal also refuses messages to a crashed process if the next process already has newer ones. Messages of
            // one session come in order and once.
            Err(OpenError::Replayed) if sent > 1 => {
                let why = if brought > 1 { "seal_replayed" } else { "seal_overtaken" };
                *self.checks.counters.entry(why).or_default() += 1;
                None
            }
            Err(error) => {
                let code = match error {
                    OpenError::Replayed => "seal_out_of_order",
                    OpenError::Malformed | OpenError::Broken => "seal_broken",
                    OpenError::Content | OpenError::UnknownType => "seal_content",
                };
                *self.checks.counters.entry(code).or_default() += 1;
                self.violated(Invariant::Once, key.seat, None, || format!("a seal does not open: {error:?}"));
                None
            }
        }
    }

    fn open_roster(&mut self, key: ProcessKey, roster: Vec<RosterEntry>) -> Vec<Member> {
        roster
            .into_iter()
            .filter_map(|entry| self.open_member(key, entry.participant, &entry.profile, entry.present))
            .collect()
    }

    fn open_member(
        &mut self,
        key: ProcessKey,
        participant: ParticipantId,
        profile: &str,
        present: bool,
    ) -> Option<Member> {
        let process = self.process(key)?;
        let profile = process.client.sealer.open_profile(&participant, profile).ok()?;
        Some(Member { participant, profile, present })
    }
}
