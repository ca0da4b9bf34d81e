//! An allocation that outlives its stream (RFC 8016). Pure.
//!
//! A TURN server knows a client by the stream that it uses. If the stream is stuck or broken, the relayed address is
//! lost, and every remote must learn another. A server that allows mobility gives a ticket with the allocation. A
//! client that shows the ticket continues with the same allocation on another stream. The library does not know this,
//! so its request for an allocation is extended here and signed again.

use std::borrow::Cow;

use rtc_stun::attributes::{
    ATTR_ERROR_CODE, ATTR_FINGERPRINT, ATTR_LIFETIME, ATTR_MESSAGE_INTEGRITY, ATTR_NONCE, ATTR_REALM,
    ATTR_USERNAME, AttrType,
};
use rtc_stun::error_code::{CODE_STALE_NONCE, CODE_UNAUTHORIZED, ErrorCode, ErrorCodeAttribute};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    CLASS_ERROR_RESPONSE, CLASS_REQUEST, CLASS_SUCCESS_RESPONSE, Getter as _, METHOD_ALLOCATE,
    METHOD_REFRESH, Message, MessageClass, MessageType, Method, Setter as _, TransactionId,
};

use super::pending::Transaction;

/// Named by RFC 8016.
const ATTR_MOBILITY_TICKET: AttrType = AttrType(0x8030);
/// The server allows no mobility (RFC 8016).
const CODE_MOBILITY_FORBIDDEN: ErrorCode = ErrorCode(405);
/// The lifetime to ask for when an allocation moves, in seconds: the default (RFC 8656, section 3.2). The library
/// refreshes it long before.
const LIFETIME: u32 = 600;
/// Limits the requests to a server that always answers with a newer nonce.
const TRIES: u8 = 3;

/// What to do with a message of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// It is for the library.
    Pass,
    /// It is not for the library. Send this to the server.
    Answer(Vec<u8>),
}

/// The server's answer to a ticket.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resumption {
    /// The message was not the answer.
    Waiting,
    /// The allocation is on the stream on which the answer came.
    Resumed,
    /// Ask once more, with this.
    Again(Vec<u8>),
    /// The allocation is lost.
    Refused,
}

/// An allocation, and the proof of its owner.
#[derive(Debug, Clone)]
struct Session {
    realm: Vec<u8>,
    nonce: Vec<u8>,
    ticket: Vec<u8>,
}

/// A request for an allocation that is not answered yet.
struct Asked {
    /// The library's own request, without the request for a ticket.
    bytes: Vec<u8>,
    realm: Vec<u8>,
    nonce: Vec<u8>,
}

/// What we know of one client's allocation.
pub(super) struct Mobility {
    username: String,
    credential: String,
    forbidden: bool,
    given_back: bool,
    asked: Option<Asked>,
    session: Option<Session>,
    tries: u8,
}

impl Mobility {
    /// For a client without an allocation, and with the account by which its server knows it.
    pub(super) fn new(username: String, credential: String) -> Self {
        let (forbidden, given_back) = (false, false);
        let (asked, session, tries) = (None, None, 0);
        Self { username, credential, forbidden, given_back, asked, session, tries }
    }

    /// Whether the allocation can move to another stream.
    pub(super) fn has_ticket(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the client does not use the relay any more: then the server closes the stream.
    pub(super) fn is_given_back(&self) -> bool {
        self.given_back
    }

    /// What to send instead of this message of the library.
    pub(super) fn outgoing<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let whole = Cow::Borrowed(bytes);
        if kind(bytes) == Some((METHOD_REFRESH, CLASS_REQUEST)) {
            // The allocation was returned, so there is nothing to move.
            if decode(bytes).and_then(|message| message.get(ATTR_LIFETIME).ok()) == Some(vec![0; 4]) {
                self.session = None;
                self.given_back = true;
            }
            return whole;
        }
        if self.forbidden || kind(bytes) != Some((METHOD_ALLOCATE, CLASS_REQUEST)) {
            return whole;
        }
        // A request without a proof of the sender only asks for realm and nonce.
        let Some(message) = decode(bytes) else { return whole };
        let (Ok(realm), Ok(nonce)) = (message.get(ATTR_REALM), message.get(ATTR_NONCE)) else { return whole };
        let Some(extended) = self.extend(&message, &realm) else { return whole };
        self.given_back = false;
        self.asked = Some(Asked { bytes: bytes.to_vec(), realm, nonce });
        Cow::Owned(extended)
    }

    /// The same request with a request for a ticket, signed again.
    fn extend(&self, request: &Message, realm: &[u8]) -> Option<Vec<u8>> {
        let mut message = begin(request.typ, request.transaction_id);
        for attribute in &request.attributes.0 {
            if !matches!(attribute.typ, ATTR_MESSAGE_INTEGRITY | ATTR_FINGERPRINT) {
                message.add(attribute.typ, &attribute.value);
            }
        }
        message.add(ATTR_MOBILITY_TICKET, &[]);
        self.sign(message, realm)
    }

    fn sign(&self, mut message: Message, realm: &[u8]) -> Option<Vec<u8>> {
        let crypto = rtc_crypto::default_provider().ok()?;
        let realm = String::from_utf8(realm.to_vec()).ok()?;
        let (username, credential) = (self.username.clone(), self.credential.clone());
        let integrity = MessageIntegrity::new_long_term_integrity_with_provider(
            username,
            realm,
            credential,
            crypto.crypto(),
        );
        integrity.ok()?.add_to(&mut message).ok()?;
        FINGERPRINT.add_to(&mut message).ok()?;
        Some(message.raw)
    }

    /// Reads a message of the server on the client's stream.
    pub(super) fn incoming(&mut self, bytes: &[u8]) -> Incoming {
        match kind(bytes) {
            Some((METHOD_ALLOCATE, CLASS_SUCCESS_RESPONSE)) => {
                // A request that was repeated may be answered twice.
                if let Some(Asked { realm, nonce, .. }) = self.asked.take() {
                    let ticket = decode(bytes).and_then(|message| message.get(ATTR_MOBILITY_TICKET).ok());
                    self.session = ticket.map(|ticket| Session { realm, nonce, ticket });
                }
            }
            Some((METHOD_ALLOCATE, CLASS_ERROR_RESPONSE)) => {
                let message = decode(bytes);
                if message.as_ref().and_then(code) == Some(CODE_MOBILITY_FORBIDDEN)
                    && let Some(asked) = self.asked.take()
                {
                    self.forbidden = true;
                    return Incoming::Answer(asked.bytes);
                }
            }
            Some((METHOD_REFRESH, CLASS_SUCCESS_RESPONSE)) => {
                if let (Some(session), Some(message)) = (&mut self.session, decode(bytes))
                    && let Ok(ticket) = message.get(ATTR_MOBILITY_TICKET)
                {
                    session.ticket = ticket;
                }
            }
            // The library continues with the newer nonce.
            Some((_, CLASS_ERROR_RESPONSE)) => {
                if let (Some(session), Some(message)) = (&mut self.session, decode(bytes))
                    && code(&message) == Some(CODE_STALE_NONCE)
                    && let Ok(nonce) = message.get(ATTR_NONCE)
                {
                    session.nonce = nonce;
                }
            }
            _ => {}
        }
        Incoming::Pass
    }

    /// The request that moves the allocation to a new stream; `None` without a ticket.
    pub(super) fn resume(&mut self, transaction: Transaction) -> Option<Vec<u8>> {
        self.tries = 0;
        self.refresh(transaction, true)
    }

    /// A second request, for the case that the answer to the first could not be understood. It shows whether the
    /// allocation is on the new stream: without a ticket, only its owner may refresh it.
    pub(super) fn confirm(&mut self, transaction: Transaction) -> Option<Vec<u8>> {
        if self.tries >= TRIES {
            return None;
        }
        self.refresh(transaction, false)
    }

    fn refresh(&mut self, transaction: Transaction, with_ticket: bool) -> Option<Vec<u8>> {
        let session = self.session.as_ref()?;
        self.tries += 1;
        let mut message = begin(MessageType::new(METHOD_REFRESH, CLASS_REQUEST), TransactionId(transaction));
        message.add(ATTR_LIFETIME, &LIFETIME.to_be_bytes());
        if with_ticket {
            message.add(ATTR_MOBILITY_TICKET, &session.ticket);
        }
        message.add(ATTR_USERNAME, self.username.as_bytes());
        message.add(ATTR_REALM, &session.realm);
        message.add(ATTR_NONCE, &session.nonce);
        self.sign(message, &session.realm)
    }

    /// Reads a message of the server on a new stream, on which the ticket was shown in this transaction.
    pub(super) fn resumed(&mut self, bytes: &[u8], transaction: Transaction) -> Resumption {
        let Some((METHOD_REFRESH, class)) = kind(bytes) else { return Resumption::Waiting };
        let Some(message) = decode(bytes) else { return Resumption::Waiting };
        let Some(session) = &mut self.session else { return Resumption::Refused };
        if message.transaction_id != TransactionId(transaction) {
            return Resumption::Waiting;
        }
        if class == CLASS_SUCCESS_RESPONSE {
            if let Ok(ticket) = message.get(ATTR_MOBILITY_TICKET) {
                session.ticket = ticket;
            }
            return Resumption::Resumed;
        }
        if class == CLASS_ERROR_RESPONSE
            && self.tries < TRIES
            && matches!(code(&message), Some(CODE_UNAUTHORIZED | CODE_STALE_NONCE))
            && let Ok(nonce) = message.get(ATTR_NONCE)
        {
            session.nonce = nonce;
            if let Ok(realm) = message.get(ATTR_REALM) {
                session.realm = realm;
            }
            if let Some(bytes) = self.refresh(transaction, true) {
                return Resumption::Again(bytes);
            }
        }
        self.session = None;
        Resumption::Refused
    }
}

/// The kind of this STUN message, without reading all of it; `None` for data.
fn kind(bytes: &[u8]) -> Option<(Method, MessageClass)> {
    let kind: &[u8; 2] = bytes.first_chunk()?;
    if kind[0] >> 6 != 0 {
        return None;
    }
    let mut read = MessageType::default();
    read.read_value(u16::from_be_bytes(*kind));
    Some((read.method, read.class))
}

fn decode(bytes: &[u8]) -> Option<Message> {
    let mut message = Message::new();
    message.unmarshal_binary(bytes).ok()?;
    Some(message)
}

fn code(message: &Message) -> Option<ErrorCode> {
    message.get(ATTR_ERROR_CODE).ok()?;
    let mut read = ErrorCodeAttribute::default();
    read.get_from(message).ok()?;
    Some(read.code)
}

fn begin(typ: MessageType, transaction: TransactionId) -> Message {
    let mut message = Message::new();
    message.typ = typ;
    message.transaction_id = transaction;
    message.write_header();
    message
}

#[cfg(test)]
#[path = "mobility_tests.rs"]
mod tests;
