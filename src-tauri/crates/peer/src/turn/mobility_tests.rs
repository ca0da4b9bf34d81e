#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use rtc_stun::message::METHOD_CHANNEL_BIND;

use super::*;

const USER: &str = "user";
const CREDENTIAL: &str = "secret";
const REALM: &str = "realm";

fn mobility() -> Mobility {
    Mobility::new(USER.into(), CREDENTIAL.into())
}

fn message(method: Method, class: MessageClass, attributes: &[(AttrType, &[u8])]) -> Vec<u8> {
    let mut message = begin(MessageType::new(method, class), TransactionId([7; 12]));
    for (kind, value) in attributes {
        message.add(*kind, value);
    }
    message.raw
}

/// A refusal of a server.
fn refusal(method: Method, code: u16, nonce: &str) -> Vec<u8> {
    let reason = [0, 0, u8::try_from(code / 100).unwrap(), u8::try_from(code % 100).unwrap()];
    let attributes: [(AttrType, &[u8]); 2] = [(ATTR_ERROR_CODE, &reason), (ATTR_NONCE, nonce.as_bytes())];
    message(method, CLASS_ERROR_RESPONSE, &attributes)
}

/// The request of the library once it knows realm and nonce.
fn allocate() -> Vec<u8> {
    let named = [
        (ATTR_USERNAME, USER.as_bytes()),
        (ATTR_REALM, REALM.as_bytes()),
        (ATTR_NONCE, b"nonce"),
        (ATTR_MESSAGE_INTEGRITY, &[1; 20]),
        (ATTR_FINGERPRINT, &[2; 4]),
    ];
    message(METHOD_ALLOCATE, CLASS_REQUEST, &named)
}

fn success(method: Method, ticket: &[u8]) -> Vec<u8> {
    message(method, CLASS_SUCCESS_RESPONSE, &[(ATTR_MOBILITY_TICKET, ticket)])
}

/// Reads a request as a server does: only what the account's owner has signed counts.
fn read(bytes: &[u8]) -> Message {
    let mut message = decode(bytes).unwrap();
    let crypto = rtc_crypto::default_provider().unwrap();
    let key = MessageIntegrity::long_term_integrity_key(
        USER.into(),
        REALM.into(),
        CREDENTIAL.into(),
        crypto.crypto(),
    );
    MessageIntegrity::check(&mut message, &key.unwrap(), crypto.crypto()).unwrap();
    FINGERPRINT.check(&message).unwrap();
    message
}

fn allocated() -> Mobility {
    let mut mobility = mobility();
    mobility.outgoing(&allocate());
    assert_eq!(mobility.incoming(&success(METHOD_ALLOCATE, b"ticket")), Incoming::Pass);
    assert!(mobility.has_ticket());
    mobility
}

#[test]
fn a_signed_request_for_an_allocation_asks_for_a_ticket() {
    let mut mobility = mobility();
    let request = read(&mobility.outgoing(&allocate()));
    assert_eq!(request.get(ATTR_MOBILITY_TICKET).unwrap(), b"");
    assert_eq!(request.get(ATTR_NONCE).unwrap(), b"nonce");
    assert_eq!(request.transaction_id, TransactionId([7; 12]));
}

#[test]
fn a_request_that_is_answered_twice_has_one_ticket() {
    let mut mobility = allocated();
    mobility.incoming(&success(METHOD_ALLOCATE, b"ticket"));
    assert!(mobility.has_ticket());
}

#[test]
fn everything_else_goes_out_as_it_is() {
    let mut mobility = mobility();
    let unsigned = message(METHOD_ALLOCATE, CLASS_REQUEST, &[]);
    let refresh = message(METHOD_REFRESH, CLASS_REQUEST, &[(ATTR_LIFETIME, &[0, 0, 2, 88])]);
    for bytes in [&unsigned[..], &refresh, &[0x40, 0, 0, 1, 7], &[0, 3], &[]] {
        assert_eq!(mobility.outgoing(bytes), bytes);
    }
}

#[test]
fn a_server_that_forbids_mobility_gets_the_librarys_own_request() {
    let mut mobility = mobility();
    mobility.outgoing(&allocate());
    assert_eq!(mobility.incoming(&refusal(METHOD_ALLOCATE, 405, "nonce")), Incoming::Answer(allocate()));
    assert_eq!(mobility.outgoing(&allocate()), allocate(), "and is not asked again");
    mobility.incoming(&message(METHOD_ALLOCATE, CLASS_SUCCESS_RESPONSE, &[]));
    assert!(mobility.resume([1; 12]).is_none());
}

#[test]
fn other_refusals_are_the_librarys() {
    let mut mobility = mobility();
    mobility.outgoing(&allocate());
    for code in [401, 437, 438, 486] {
        assert_eq!(mobility.incoming(&refusal(METHOD_ALLOCATE, code, "newer")), Incoming::Pass);
    }
    assert_eq!(mobility.incoming(&[1, 0x13]), Incoming::Pass, "cut short");
}

#[test]
fn the_ticket_is_shown_and_exchanged_for_the_next() {
    let mut mobility = allocated();
    let request = read(&mobility.resume([1; 12]).unwrap());
    assert_eq!(request.typ, MessageType::new(METHOD_REFRESH, CLASS_REQUEST));
    assert_eq!(request.get(ATTR_MOBILITY_TICKET).unwrap(), b"ticket");
    assert_eq!(mobility.resumed(&success(METHOD_REFRESH, b"next"), [7; 12]), Resumption::Resumed);
    let request = read(&mobility.resume([2; 12]).unwrap());
    assert_eq!(request.get(ATTR_MOBILITY_TICKET).unwrap(), b"next");
    mobility.incoming(&success(METHOD_REFRESH, b"third"));
    let request = read(&mobility.resume([3; 12]).unwrap());
    assert_eq!(request.get(ATTR_MOBILITY_TICKET).unwrap(), b"third");
}

#[test]
fn a_stale_nonce_is_replaced_a_few_times() {
    let mut mobility = allocated();
    mobility.resume([7; 12]).unwrap();
    for nonce in ["second", "third"] {
        let refused = refusal(METHOD_REFRESH, 438, nonce);
        let Resumption::Again(bytes) = mobility.resumed(&refused, [7; 12]) else { panic!("not again") };
        assert_eq!(read(&bytes).get(ATTR_NONCE).unwrap(), nonce.as_bytes());
    }
    assert_eq!(mobility.resumed(&refusal(METHOD_REFRESH, 438, "fourth"), [7; 12]), Resumption::Refused);
    assert!(!mobility.has_ticket());
}

#[test]
fn an_unreadable_answer_is_asked_about_without_the_ticket() {
    let mut mobility = allocated();
    mobility.resume([1; 12]).unwrap();
    let request = read(&mobility.confirm([1; 12]).unwrap());
    assert_eq!(request.typ, MessageType::new(METHOD_REFRESH, CLASS_REQUEST));
    assert!(request.get(ATTR_MOBILITY_TICKET).is_err());
    assert_eq!(mobility.resumed(&success(METHOD_REFRESH, b"next"), [7; 12]), Resumption::Resumed);
    assert_eq!(read(&mobility.resume([2; 12]).unwrap()).get(ATTR_MOBILITY_TICKET).unwrap(), b"next");
    mobility.confirm([2; 12]).unwrap();
    mobility.confirm([2; 12]).unwrap();
    assert!(mobility.confirm([2; 12]).is_none(), "the question is not repeated without end");
}

#[test]
fn what_the_library_learns_of_nonces_is_used() {
    let mut mobility = allocated();
    mobility.incoming(&refusal(METHOD_REFRESH, 438, "newer"));
    assert_eq!(read(&mobility.resume([1; 12]).unwrap()).get(ATTR_NONCE).unwrap(), b"newer");
}

#[test]
fn only_the_answer_to_the_ticket_decides() {
    let mut mobility = allocated();
    mobility.resume([1; 12]).unwrap();
    let of_another = success(METHOD_REFRESH, b"x");
    for bytes in [&of_another[..], &[0x40, 0, 0, 1, 7], &success(METHOD_ALLOCATE, b"x"), &[1, 4], &[]] {
        assert_eq!(mobility.resumed(bytes, [1; 12]), Resumption::Waiting);
    }
    let refused = refusal(METHOD_REFRESH, 437, "nonce");
    assert_eq!(mobility.resumed(&refused, [7; 12]), Resumption::Refused);
}

#[test]
fn an_allocation_that_was_given_back_is_not_taken_along() {
    let mut mobility = allocated();
    mobility.outgoing(&message(METHOD_REFRESH, CLASS_REQUEST, &[(ATTR_LIFETIME, &[0; 4])]));
    assert!(!mobility.has_ticket());
    assert!(mobility.is_given_back());
    assert!(mobility.resume([1; 12]).is_none());
}

/// A message of the server, well formed or not.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let method = prop::sample::select(vec![METHOD_ALLOCATE, METHOD_REFRESH, METHOD_CHANNEL_BIND]);
    let kinds = vec![ATTR_ERROR_CODE, ATTR_NONCE, ATTR_REALM, ATTR_LIFETIME, ATTR_MOBILITY_TICKET];
    let attribute = (prop::sample::select(kinds), prop::collection::vec(any::<u8>(), 0..40));
    let attributes = prop::collection::vec(attribute, 0..6);
    let (class, cut, flip) = (
        prop::sample::select(vec![CLASS_SUCCESS_RESPONSE, CLASS_ERROR_RESPONSE]),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    );
    (method, class, attributes, prop::option::of(cut), prop::option::of(flip)).prop_map(
        |(method, class, attributes, cut, flip)| {
            let attributes: Vec<_> = attributes.iter().map(|(kind, value)| (*kind, &value[..])).collect();
            let mut bytes = message(method, class, &attributes);
            if let Some(flip) = flip {
                let at = flip.index(bytes.len());
                bytes[at] ^= 0xff;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn the_librarys_messages_go_out_after_any_message_of_a_server(
        messages in prop::collection::vec((any::<bool>(), any_message()), 0..20),
    ) {
        let mut mobility = allocated();
        let data = [0x40, 0, 0, 1, 7];
        for (on_new_stream, bytes) in messages {
            if on_new_stream {
                let showed = mobility.resume([7; 12]).is_some();
                let answer = mobility.resumed(&bytes, [7; 12]);
                prop_assert!(showed || answer != Resumption::Resumed, "resumed without a ticket");
            } else {
                mobility.incoming(&bytes);
            }
            prop_assert_eq!(&mobility.outgoing(&data)[..], data);
            prop_assert!(decode(&mobility.outgoing(&allocate())).is_some());
        }
    }
}
