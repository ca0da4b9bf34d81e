//! Several participants and the links between them, in simulated time. A link behaves as the `chat` channel does: in
//! order, once, nothing lost while both ends remember each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use holdfast_chat::{Action, Audience, Chat, Entry, Input, LinkId, Me, Position};
use holdfast_protocol::{IdentityKey, ParticipantId};

/// One way of a link.
#[derive(Default)]
struct Way {
    /// When each frame arrives, if the link is open then.
    frames: VecDeque<(Duration, String)>,
}

/// One participant.
pub(crate) struct Person {
    pub(crate) chat: Chat,
    /// Counts the stays of this participant.
    stay: u8,
}

/// All of them.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) people: BTreeMap<u8, Person>,
    ways: BTreeMap<(u8, u8), Way>,
    open: BTreeSet<(u8, u8)>,
    pub(crate) delay: Duration,
    stays: BTreeMap<u8, u8>,
}

pub(crate) fn id(n: u8) -> ParticipantId {
    format!("{n:016x}").parse().unwrap()
}

pub(crate) fn key(n: u8, stay: u8) -> IdentityKey {
    let mut bytes = [n; 32];
    bytes[0] = stay;
    IdentityKey::from_bytes(&bytes)
}

fn pair(a: u8, b: u8) -> (u8, u8) {
    (a.min(b), a.max(b))
}

fn joined(n: u8, before_us: bool) -> Input {
    Input::Joined { participant: id(n), name: format!("Person {n}"), before_us }
}

/// A participant's link to another one: the same while the other one restarts.
fn link(to: u8) -> LinkId {
    LinkId(u64::from(to))
}

impl World {
    /// So many people with open links, who know of each other.
    pub(crate) fn of(people: u8) -> Self {
        let mut world = Self { delay: Duration::from_millis(20), ..Self::default() };
        for n in 1..=people {
            world.join(n);
            world.open_all(n);
        }
        world.settle();
        world
    }

    /// Someone comes, perhaps again, and remembers nothing. Their links are closed.
    pub(crate) fn join(&mut self, n: u8) {
        let stay = self.stays.entry(n).or_default();
        *stay += 1;
        let me = Me { key: key(n, *stay), participant: id(n), name: format!("Person {n}") };
        let chat = Chat::new(me);
        let again = self.people.insert(n, Person { chat, stay: *stay }).is_some();
        let others: Vec<_> = self.people.keys().copied().filter(|other| *other != n).collect();
        for other in others {
            self.ways.insert((n, other), Way::default());
            self.ways.insert((other, n), Way::default());
            let was_open = self.open.remove(&pair(n, other));
            self.input(n, joined(other, true));
            self.input(n, Input::Linked(link(other), id(other)));
            if again {
                // The others keep their link; its channel closes, unless another connection is up at once.
                if was_open && stay_of(&self.people, n).is_multiple_of(2) {
                    self.input(other, Input::Closed(link(n)));
                }
            } else {
                self.input(other, joined(n, false));
                self.input(other, Input::Linked(link(n), id(n)));
            }
        }
    }

    /// Someone leaves, and everyone hears of it.
    pub(crate) fn leave(&mut self, n: u8) {
        self.people.remove(&n);
        let others: Vec<_> = self.people.keys().copied().collect();
        for other in others {
            self.open.remove(&pair(n, other));
            self.ways.remove(&(n, other));
            self.ways.remove(&(other, n));
            self.input(other, Input::Unlinked(link(n)));
            self.input(other, Input::Left(id(n)));
        }
    }

    pub(crate) fn open_all(&mut self, n: u8) {
        let others: Vec<_> = self.people.keys().copied().filter(|other| *other != n).collect();
        for other in others {
            self.open(n, other);
        }
    }

    pub(crate) fn open(&mut self, a: u8, b: u8) {
        if self.open.insert(pair(a, b)) {
            self.input(a, Input::Opened(link(b)));
            self.input(b, Input::Opened(link(a)));
        }
    }

    pub(crate) fn close(&mut self, a: u8, b: u8) {
        if self.open.remove(&pair(a, b)) {
            self.input(a, Input::Closed(link(b)));
            self.input(b, Input::Closed(link(a)));
        }
    }

    pub(crate) fn write(&mut self, n: u8, to: Audience, text: &str) -> Position {
        let now = self.now;
        let person = self.people.get_mut(&n).unwrap();
        let position = person.chat.write(to, text, 1_000, now).unwrap();
        self.carry_out(n);
        position
    }

    pub(crate) fn input(&mut self, n: u8, input: Input) {
        let now = self.now;
        self.people.get_mut(&n).unwrap().chat.handle_input(input, now);
        self.carry_out(n);
    }

    /// A frame that a hostile participant sends.
    pub(crate) fn inject(&mut self, from: u8, to: u8, frame: String) {
        self.input(to, Input::Frame(link(from), frame));
    }

    fn carry_out(&mut self, n: u8) {
        let person = self.people.get_mut(&n).unwrap();
        while let Some(action) = person.chat.poll_action() {
            match action {
                Action::Send(LinkId(to), frame) => {
                    let way = self.ways.get_mut(&(n, u8::try_from(to).unwrap())).unwrap();
                    way.frames.push_back((self.now + self.delay, frame));
                }
                Action::Changed => {}
            }
        }
    }

    /// Lets time pass until nothing happens any more, or for an hour.
    pub(crate) fn settle(&mut self) {
        let end = self.now + Duration::from_secs(3600);
        while self.step(end) {}
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    /// The next thing that happens before `end`.
    fn step(&mut self, end: Duration) -> bool {
        let open = &self.open;
        let arrivals = self
            .ways
            .iter()
            .filter(|((from, to), _)| open.contains(&pair(*from, *to)))
            .filter_map(|(way, queue)| Some((queue.frames.front()?.0, *way)))
            .min();
        let now = self.now;
        let timeouts =
            self.people.iter_mut().filter_map(|(n, person)| Some((person.chat.poll_timeout(now)?, *n))).min();
        let at = [arrivals.map(|(at, _)| at), timeouts.map(|(at, _)| at)].into_iter().flatten().min();
        let Some(at) = at.filter(|at| *at <= end) else { return false };
        self.now = self.now.max(at);
        if let Some((_, (from, to))) = arrivals.filter(|(arrives, _)| *arrives == at) {
            let (_, frame) = self.ways.get_mut(&(from, to)).unwrap().frames.pop_front().unwrap();
            self.input(to, Input::Frame(link(from), frame));
        } else if let Some((_, n)) = timeouts {
            let now = self.now;
            self.people.get_mut(&n).unwrap().chat.handle_timeout(now);
            self.carry_out(n);
        }
        true
    }

    /// What someone shows of what was said to everyone.
    pub(crate) fn said(&self, n: u8) -> Vec<String> {
        let everyone = |entry: &&Entry| entry.position.audience == Audience::Everyone;
        self.people[&n].chat.in_order().filter(everyone).map(|entry| entry.text.clone()).collect()
    }

    pub(crate) fn entry(&self, n: u8, position: &Position) -> Entry {
        self.people[&n].chat.entry(position).unwrap().clone()
    }
}

fn stay_of(people: &BTreeMap<u8, Person>, n: u8) -> u8 {
    people[&n].stay
}
