//! The events to come, and when they happen.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::scenario::Change;

/// Which app process of which person. A process that is gone never comes back with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessKey {
    pub(crate) seat: usize,
    pub(crate) incarnation: u32,
}

/// Which connection object of which process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PeerKey {
    pub(crate) process: ProcessKey,
    pub(crate) instance: u64,
}

/// One thing that happens at its time.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A timer of someone's process may be due.
    Wake(usize),
    /// A library call of a connection returns.
    CallDone(PeerKey),
    /// A local candidate was found.
    Candidate { end: usize, text: String },
    /// A transport looks at its path.
    Look(usize),
    /// A control channel may open.
    ControlOpens(usize),
    /// Something on a control channel may arrive.
    Control(usize),
    /// A connection that is closing is gone.
    Vanish(usize),
    /// A TCP connection is attempted; the number counts the attempts.
    StreamConnects(usize, u32),
    /// A TCP connection is now open for its client too.
    StreamOpened(usize),
    /// Something may arrive at the server.
    StreamUp(usize),
    /// Something may arrive at a client.
    StreamDown(usize),
    /// A timer of the server may be due.
    ServerWake,
    /// Someone's devices are open.
    DevicesReady(ProcessKey),
    /// The device of someone's microphone is open.
    MicrophoneOpen(ProcessKey),
    /// Someone's clock shows that they slept.
    Woke(ProcessKey),
    /// Someone's system reports that its addresses changed.
    AddressesNoticed(ProcessKey),
    /// Media is sent, and the invariants are checked.
    Media,
    /// The scenario goes on.
    Scenario,
    /// The scenario changes something.
    Change(Change),
    /// Bounds and states are checked.
    Check,
}

/// Events by time. Events of the same moment stay in the order in which they were planned.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
    planned: u64,
}

#[derive(Debug)]
struct Entry {
    at: Duration,
    number: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl Queue {
    pub(crate) fn push(&mut self, at: Duration, event: Event) {
        self.planned += 1;
        self.heap.push(Reverse(Entry { at, number: self.planned, event }));
    }

    pub(crate) fn pop(&mut self) -> Option<(Duration, Event)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }
}
