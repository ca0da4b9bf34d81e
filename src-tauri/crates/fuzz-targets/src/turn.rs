//! What a TURN server sends over a stream, and the requests it answers or does not.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use arbitrary::Arbitrary;

use crate::framing::{Extent, PREFIX, extent, padding};
use crate::mobility::{Incoming, Mobility, Resumption};
use crate::payloads::operations;
use crate::pending::{Pending, REPEAT};

/// Events per input; the bound is for the fuzzer's speed only.
const OPERATIONS: usize = 200;
/// More than any message and its padding: a length of 16 bits and the longer of the two headers.
const MESSAGE: usize = 65_535 + 20;
/// Requests that may be open at a time.
const MOST: usize = 32;
/// No request is repeated for longer than this.
const PATIENCE: Duration = Duration::from_secs(8);
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

type Transaction = [u8; 12];

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    /// What the server sends over a stream.
    Stream(&'a [u8]),
    /// ChannelData of the server, so that long messages cost few bytes.
    Data {
        channel: u16,
        length: u16,
    },
    /// A request as the library makes it, and so many more, each a transaction of its own.
    Request {
        method: u8,
        transaction: u8,
        more: u8,
    },
    /// An answer as a server makes it.
    Answer {
        method: u8,
        transaction: u8,
        error: bool,
    },
    /// A datagram of anyone on this host.
    Sent(&'a [u8]),
    /// A datagram of the server.
    Received(&'a [u8]),
    /// An allocation of the library's, and the server's answer with a ticket.
    Allocate(&'a [u8]),
    /// What the server says by a stream that takes the allocation over.
    Resumed(&'a [u8]),
    Pass(u16),
    /// Waits until something is due.
    Wait,
    Due,
}

/// A request that was sent and not answered.
struct Open {
    bytes: Vec<u8>,
    since: Instant,
    due: Instant,
}

struct Client {
    pending: Pending,
    mobility: Mobility,
    now: Instant,
    open: BTreeMap<Transaction, Open>,
    /// There were more than are kept; which, is not followed here.
    crowded: bool,
}

/// Any bytes of the server and of the library, in any order at any time.
pub fn turn_stream(data: &[u8]) {
    let mobility = Mobility::new("user".to_owned(), "credential".to_owned());
    let mut client = Client {
        pending: Pending::default(),
        mobility,
        now: Instant::now(),
        open: BTreeMap::new(),
        crowded: false,
    };
    for operation in operations(data, OPERATIONS) {
        client.apply(operation);
        client.check();
    }
}

impl Client {
    fn apply(&mut self, operation: Operation<'_>) {
        match operation {
            Operation::Stream(bytes) => self.read(bytes),
            Operation::Data { channel, length } => {
                let [high, low] = channel.to_be_bytes();
                let [long, short] = length.to_be_bytes();
                let mut bytes = vec![0; (4 + usize::from(length)).next_multiple_of(4)];
                bytes[..4].copy_from_slice(&[0x40 | high & 0x0f, low, long, short]);
                self.read(&bytes);
            }
            Operation::Request { method, transaction, more } => {
                let attributes = usize::from(method >> 4) * 4;
                for next in 0..=more % 64 {
                    let mut bytes = header([0, method & 0x0f], attributes, transaction.wrapping_add(next));
                    bytes.resize(20 + attributes, method);
                    self.sent(&bytes);
                }
            }
            Operation::Answer { method, transaction, error } => {
                let class = if error { 0x10 } else { 0 };
                self.received(&header([1, method & 0x0f | class], 0, transaction));
            }
            Operation::Sent(bytes) => self.sent(bytes),
            Operation::Received(bytes) => self.received(bytes),
            Operation::Allocate(ticket) => self.allocate(ticket),
            Operation::Resumed(bytes) => self.resumed(bytes),
            Operation::Pass(ms) => self.now += Duration::from_millis(ms.into()),
            Operation::Wait => self.now = self.pending.poll_timeout().map_or(self.now, |at| at.max(self.now)),
            Operation::Due => self.repeat(),
        }
    }

    /// As the bridge reads a stream: message by message, until it makes no sense.
    fn read(&mut self, mut stream: &[u8]) {
        while let Some(prefix) = stream.first_chunk::<PREFIX>() {
            let Some(Extent { message, padding: unused }) = extent(*prefix) else { return };
            let whole = message + unused;
            assert!((PREFIX..=MESSAGE + 3).contains(&whole) && unused < 4, "{message} and {unused}");
            assert_eq!(whole % 4, 0, "the next message of a stream begins on a boundary");
            let Some((bytes, rest)) = stream.split_at_checked(whole) else { return };
            // What came over a stream goes on as a datagram, and is read as one.
            assert_eq!(padding(&bytes[..message]), Some(unused));
            assert_eq!(padding(bytes), Some(0));
            assert_eq!(padding(&bytes[..message - 1]), None, "a message that is cut short");
            self.received(&bytes[..message]);
            stream = rest;
        }
    }

    fn allocate(&mut self, ticket: &[u8]) {
        const REALM_AND_NONCE: [u8; 16] =
            [0, 0x14, 0, 4, b'r', b'e', b'a', b'l', 0, 0x15, 0, 4, b'o', b'n', b'c', b'e'];
        let request = [&header([0, 3], REALM_AND_NONCE.len(), 1)[..], &REALM_AND_NONCE].concat();
        let extended = self.mobility.outgoing(&request).into_owned();
        assert_eq!(padding(&extended), Some(0), "not one message any more");
        let ticket = &ticket[..ticket.len().min(64) / 4 * 4];
        let length = u8::try_from(ticket.len()).unwrap_or(0);
        let answer = [&header([1, 3], 4 + ticket.len(), 1)[..], &[0x80, 0x30, 0, length], ticket].concat();
        assert_eq!(self.mobility.incoming(&answer), Incoming::Pass);
        assert_eq!(self.mobility.has_ticket(), extended != request);
    }

    fn resumed(&mut self, bytes: &[u8]) {
        let showed = self.mobility.resume([1; 12]);
        for message in showed.iter().chain(&self.mobility.confirm([1; 12])) {
            assert_eq!(padding(message), Some(0), "not one message");
        }
        match self.mobility.resumed(bytes, [1; 12]) {
            Resumption::Resumed => assert!(showed.is_some(), "taken along without a ticket"),
            Resumption::Refused => assert!(!self.mobility.has_ticket(), "refused, and asked again with it"),
            Resumption::Again(message) => assert_eq!(padding(&message), Some(0), "not one message"),
            Resumption::Waiting => {}
        }
    }

    fn sent(&mut self, datagram: &[u8]) {
        assert!(
            class(datagram).is_some() || *self.mobility.outgoing(datagram) == *datagram,
            "data was changed on its way"
        );
        if let Some(more) = padding(datagram) {
            let mut bytes = datagram.to_vec();
            bytes.resize(datagram.len() + more, 0);
            let Some(extent) = bytes.first_chunk().and_then(|prefix| extent(*prefix)) else {
                panic!("padded, but no message");
            };
            assert_eq!(bytes.len(), extent.message + extent.padding, "not exactly one message");
        }
        self.pending.sent(datagram, self.now);
        if let Some((Class::Request, transaction)) = class(datagram) {
            let due = self.now + REPEAT;
            let open = Open { bytes: datagram.to_vec(), since: self.now, due };
            self.open.entry(transaction).or_insert(open).due = due;
            self.crowded |= self.open.len() > MOST;
        }
    }

    fn received(&mut self, datagram: &[u8]) {
        if let Incoming::Answer(request) = self.mobility.incoming(datagram) {
            assert!(matches!(class(&request), Some((Class::Request, _))), "answered with something else");
        }
        self.pending.received(datagram);
        if let Some((Class::Answer, transaction)) = class(datagram) {
            self.open.remove(&transaction);
        }
    }

    fn repeat(&mut self) {
        let repeated = self.pending.take_due(self.now);
        assert!(repeated.len() <= MOST, "{} at a time", repeated.len());
        self.open.retain(|_, open| self.now < open.since + PATIENCE);
        let mut due = 0;
        for open in self.open.values_mut().filter(|open| open.due <= self.now) {
            let times = repeated.iter().filter(|bytes| **bytes == open.bytes).count();
            assert!(times == 1 || self.crowded && times == 0, "repeated {times} times");
            due += times;
            open.due = self.now + REPEAT;
        }
        if !self.crowded {
            assert_eq!(due, repeated.len(), "repeated what was answered, given up or not due");
        }
        assert!(self.pending.poll_timeout().is_none_or(|at| at > self.now), "due again at once");
    }

    fn check(&self) {
        let next = self.pending.poll_timeout();
        assert!(next.is_none_or(|at| at <= self.now + REPEAT), "waits for longer than a repetition");
        if !self.crowded {
            assert_eq!(next, self.open.values().map(|open| open.due).min());
        }
    }
}

fn header(kind: [u8; 2], length: usize, transaction: u8) -> Vec<u8> {
    let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    [&kind[..], &length, &MAGIC_COOKIE, &[transaction; 12]].concat()
}

enum Class {
    Request,
    Answer,
}

/// The class of a STUN message, put together from its two bits (RFC 8489, figure 3).
fn class(datagram: &[u8]) -> Option<(Class, Transaction)> {
    let (header, _) = datagram.split_first_chunk::<20>()?;
    let (kind, _) = header.split_first_chunk::<2>()?;
    let kind = u16::from_be_bytes(*kind);
    if kind >= 1 << 14 || header[4..8] != MAGIC_COOKIE {
        return None;
    }
    let class = match (kind >> 7) & 0b10 | (kind >> 4) & 0b01 {
        0b00 => Class::Request,
        0b01 => return None,
        _ => Class::Answer,
    };
    Some((class, *header.last_chunk()?))
}
