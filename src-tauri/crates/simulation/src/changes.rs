//! What each change from outside does to the world.

use std::time::Duration;

use holdfast_meeting_machine::{Change as Choice, Input};

use holdfast_peer_machine::Command;

use crate::person::{Freeze, Process};
use crate::queue::{Event, PeerKey, ProcessKey};
use crate::scenario::Change;
use crate::world::{Work, World};

/// A gap this long shows in the clocks: the meeting's watch of the clocks takes it for a sleep.
const NOTICED_SLEEP: Duration = Duration::from_secs(4);

/// How long the parts of one change of addresses are collected.
const SETTLE: Duration = Duration::from_millis(60);

impl World {
    pub(crate) fn change(&mut self, change: Change) {
        self.note_all(|| format!("{change:?}"));
        self.checks.disturbed = self.now;
        self.checks.quiet = None;
        self.checks.departures_disturbed(self.now);
        match change {
            Change::Join(seat, as_before) => {
                if !self.seats[seat].wishes.present {
                    self.seats[seat].wishes.present = true;
                    if self.random.percent(50) {
                        self.seats[seat].wishes.microphone = self.random.percent(60);
                        self.seats[seat].wishes.camera = self.random.percent(70);
                    }
                    self.seats[seat].wishes.screen = false;
                    self.try_to_start(seat, as_before);
                }
            }
            Change::Leave(seat) => self.leave_on_purpose(seat),
            Change::Crash { seat, back_after, as_before } => {
                if self.seats[seat].process.is_some() && self.runs(seat) {
                    self.note(seat, None, || "crashes".into());
                    self.process_ends(seat);
                    if self.seats[seat].wishes.present {
                        self.come_back(seat, back_after, as_before);
                    }
                }
            }
            Change::Begin(seat, trouble) => self.network.links[seat].begin(trouble),
            Change::End(seat, trouble) => self.network.links[seat].end(trouble),
            Change::Block(from, to) => self.network.begin_block(from, to),
            Change::Unblock(from, to) => self.network.end_block(from, to),
            Change::Loss(seat, percent) => self.network.links[seat].loss = percent,
            Change::ServerDies { silently } => {
                if self.server.up {
                    self.server_dies(silently);
                }
            }
            Change::ServerReturns => self.server.up = true,
            Change::ServerStops => self.server.stopped = true,
            Change::ServerGoesOn => {
                self.server.stopped = false;
                self.work.push_back(Work::Server);
            }
            Change::ServerDropsEveryone => self.server_drops_everyone(),
            Change::Freeze { seat, clock_stops } => {
                if self.seats[seat].freeze.is_none() {
                    let freeze = Freeze { since: self.now, clock_stops, deferred: Vec::new() };
                    self.seats[seat].freeze = Some(freeze);
                }
            }
            Change::Thaw(seat) => self.thaw(seat),
            Change::ReplaceAddress { seat, noticed } => {
                self.network.links[seat].address += 1;
                self.checks.address_replaced(seat, self.now);
                if noticed {
                    self.addresses_announced(seat);
                }
            }
            Change::AddAddress(seat) => self.addresses_announced(seat),
            // A person chooses nothing while the machine sleeps or the app stands still.
            Change::Microphone(seat) | Change::Camera(seat) | Change::Hand(seat) | Change::Screen(seat)
                if !self.runs(seat) => {}
            Change::Microphone(seat) => {
                let on = !self.seats[seat].wishes.microphone;
                self.seats[seat].wishes.microphone = on;
                self.switch_microphone(seat, on);
            }
            Change::Camera(seat) => {
                let on = !self.seats[seat].wishes.camera;
                self.seats[seat].wishes.camera = on;
                self.choose(seat, Choice::Camera(on));
            }
            Change::Hand(seat) => {
                let up = !self.seats[seat].wishes.hand;
                self.seats[seat].wishes.hand = up;
                self.choose(seat, Choice::Hand(up));
            }
            Change::Screen(seat) => self.toggle_screen(seat),
        }
        self.look_at_everyone();
        self.resume_streams();
        self.note_calm();
    }

    /// The app runs again after a while, if the person still wants to be in the meeting.
    pub(crate) fn come_back(&mut self, seat: usize, after: Duration, as_before: bool) {
        self.seats[seat].wishes.present = false;
        self.queue.push(self.now + after, Event::Change(Change::Join(seat, as_before)));
    }

    fn try_to_start(&mut self, seat: usize, as_before: bool) {
        if self.seats[seat].process.is_some() || !self.runs(seat) {
            // The last process still exists, or the machine sleeps.
            return self.come_back(seat, Duration::from_secs(1), as_before);
        }
        self.start_process(seat, as_before);
    }

    fn leave_on_purpose(&mut self, seat: usize) {
        if !self.seats[seat].wishes.present || !self.runs(seat) {
            return;
        }
        self.seats[seat].wishes.present = false;
        if self.seats[seat].in_meeting().is_some() {
            self.checks_leave(seat);
            self.leave(seat);
        } else if self.seats[seat].process.is_some() {
            self.process_ends(seat);
        }
    }

    fn choose(&mut self, seat: usize, choice: Choice) {
        self.checks.chose(seat, self.now);
        if let Some(process) = self.seats[seat].in_meeting() {
            let key = process.key;
            self.tell(key, Input::Change(choice));
        }
    }

    /// First the gate, then the message about the current wish.
    fn switch_microphone(&mut self, seat: usize, on: bool) {
        let in_meeting = |process: &&mut Process| process.machine.is_some() && !process.leaving;
        let Some(process) = self.seats[seat].process.as_mut().filter(in_meeting) else {
            return self.checks.chose(seat, self.now);
        };
        process.devices.set_microphone(on);
        let (key, captures, wanted) = (process.key, process.captures, process.devices.wanted().microphone);
        if on {
            // Its thread checks an open device, or opens it.
            let takes = if captures { self.random.millis(1, 50) } else { self.random.millis(20, 1_000) };
            self.queue.push(self.now + takes, Event::MicrophoneOpen(key));
        }
        self.choose(seat, Choice::Microphone(wanted));
    }

    /// Someone's microphone device is open. They may want something else by now.
    pub(crate) fn microphone_open(&mut self, key: ProcessKey) {
        if let Some(process) = self.process(key).filter(|process| process.machine.is_some()) {
            process.captures = true;
            process.devices.microphone_is_open();
        }
    }

    fn toggle_screen(&mut self, seat: usize) {
        self.seats[seat].wishes.screen = !self.seats[seat].wishes.screen;
        self.checks.chose(seat, self.now);
        let shared = self.seats[seat].wishes.screen;
        let Some(process) = self.seats[seat].process.as_mut() else { return };
        let key = process.key;
        for peer in process.peers.values_mut() {
            peer.commands.push_back(Command::SetScreen(shared));
            self.work.push_back(Work::Turn(PeerKey { process: key, instance: peer.instance }));
        }
    }

    fn addresses_announced(&mut self, seat: usize) {
        if let Some(process) = self.seats[seat].in_meeting() {
            let key = process.key;
            let at = self.now + SETTLE + self.random.millis(1, 40);
            self.queue.push(at, Event::AddressesNoticed(key));
        }
    }

    fn thaw(&mut self, seat: usize) {
        let Some(freeze) = self.seats[seat].freeze.take() else { return };
        let slept = self.now.saturating_sub(freeze.since);
        if freeze.clock_stops {
            self.seats[seat].slept += slept;
        }
        let now = self.now;
        for event in freeze.deferred {
            self.queue.push(now, event);
        }
        self.seats[seat].wake = None;
        self.touch(seat);
        if let Some(process) = self.seats[seat].process.as_ref()
            && process.machine.is_some()
        {
            let key = process.key;
            let turns: Vec<_> = process
                .all_peers()
                .map(|peer| Work::Turn(PeerKey { process: key, instance: peer.instance }))
                .collect();
            self.work.extend(turns);
            if slept > NOTICED_SLEEP {
                // The watch looks once a second, by a clock that may have stopped.
                let later =
                    if freeze.clock_stops { self.random.millis(0, 1_000) } else { self.random.millis(0, 10) };
                self.queue.push(now + later, Event::Woke(key));
            }
        }
    }
}
