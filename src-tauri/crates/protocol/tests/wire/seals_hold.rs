//! Whatever the server changes, repeats or redirects is refused; so is a join proof for anything else.

use holdfast_protocol::{
    Generation, Instance, JoinKey, MediaState, OpenError, ParticipantId, PeerMessage, Profile, ProofError,
    Revision, RoomId, SealError, Sealer, Secret, limits, verify_join,
};
use proptest::prelude::*;

fn secret() -> Secret {
    Secret::from_bytes([7; 32])
}

fn room() -> RoomId {
    "room".parse().unwrap()
}

fn id(n: u64) -> ParticipantId {
    ParticipantId::from_random(n)
}

fn sealer(n: u64) -> Sealer {
    Sealer::new(&secret(), room(), id(n), 1_000)
}

fn message(revision: u64) -> PeerMessage {
    PeerMessage::MediaState(MediaState { revision: Revision(revision), ..MediaState::default() }.into())
}

#[test]
fn messages_arrive_in_order_and_gaps_are_fine() {
    let (mut a, mut b) = (sealer(1), sealer(2));
    for n in 0..10 {
        let sealed = a.seal(&id(2), Generation(3), &message(n), [n as u8; 24]).unwrap();
        if n % 3 != 0 {
            assert_eq!(b.open(&id(1), Generation(3), &sealed), Ok(message(n)));
        }
    }
}

#[test]
fn a_replay_is_refused_and_a_broken_seal_does_not_move_the_counter() {
    let (mut a, mut b) = (sealer(1), sealer(2));
    let first = a.seal(&id(2), Generation::FIRST, &message(1), [1; 24]).unwrap();
    let second = a.seal(&id(2), Generation::FIRST, &message(2), [2; 24]).unwrap();
    assert_eq!(b.open(&id(1), Generation(2), &second), Err(OpenError::Broken));
    assert_eq!(b.open(&id(1), Generation::FIRST, &first), Ok(message(1)));
    assert_eq!(b.open(&id(1), Generation::FIRST, &first), Err(OpenError::Replayed));
    assert_eq!(b.open(&id(1), Generation::FIRST, &second), Ok(message(2)));
    assert_eq!(b.open(&id(1), Generation::FIRST, &first), Err(OpenError::Replayed));
}

#[test]
fn a_message_is_only_for_its_sender_receiver_generation_and_room() {
    let mut a = sealer(1);
    let sealed = a.seal(&id(2), Generation::FIRST, &message(1), [1; 24]).unwrap();
    assert_eq!(sealer(2).open(&id(3), Generation::FIRST, &sealed), Err(OpenError::Broken), "another sender");
    assert_eq!(
        sealer(3).open(&id(1), Generation::FIRST, &sealed),
        Err(OpenError::Broken),
        "another receiver"
    );
    assert_eq!(
        sealer(1).open(&id(2), Generation::FIRST, &sealed),
        Err(OpenError::Broken),
        "sender and receiver swapped"
    );
    assert_eq!(sealer(2).open(&id(1), Generation(2), &sealed), Err(OpenError::Broken), "another generation");
    let mut elsewhere = Sealer::new(&secret(), "rooms".parse().unwrap(), id(2), 0);
    assert_eq!(elsewhere.open(&id(1), Generation::FIRST, &sealed), Err(OpenError::Broken), "another room");
    let mut stranger = Sealer::new(&Secret::from_bytes([8; 32]), room(), id(2), 0);
    assert_eq!(stranger.open(&id(1), Generation::FIRST, &sealed), Err(OpenError::Broken), "another secret");
    assert_eq!(sealer(2).open(&id(1), Generation::FIRST, &sealed), Ok(message(1)));
}

#[test]
fn a_profile_is_for_everyone_any_number_of_times_and_is_no_message() {
    let mut a = sealer(1);
    let ada = Profile::new("Ada").unwrap();
    let profile = a.seal_profile(&ada, [1; 24]).unwrap();
    for _ in 0..2 {
        assert_eq!(sealer(2).open_profile(&id(1), &profile), Ok(ada.clone()));
        assert_eq!(a.open_profile(&id(1), &profile), Ok(ada.clone()));
    }
    assert_eq!(sealer(2).open_profile(&id(3), &profile), Err(OpenError::Broken));
    assert_eq!(sealer(2).open(&id(1), Generation::NONE, &profile), Err(OpenError::Broken));
    let message = a.seal(&id(2), Generation::NONE, &message(1), [2; 24]).unwrap();
    assert_eq!(sealer(2).open_profile(&id(1), &message), Err(OpenError::Broken));
}

#[test]
fn a_profile_keeps_its_instance_and_one_without_is_understood() {
    let mut a = sealer(1);
    let instance = Instance::from_random(7);
    for profile in [Profile::new("Ada").unwrap(), Profile::new("Ada").unwrap().with_instance(instance)] {
        let sealed = a.seal_profile(&profile, [1; 24]).unwrap();
        assert_eq!(sealer(2).open_profile(&id(1), &sealed), Ok(profile));
    }
    for bad in [r#""""#, r#""7""#, r#""000000000000000G""#, r#""ABCDEFABCDEFABCD""#, "7", "{}"] {
        let json = format!(r#"{{"name":"Ada","instance":{bad}}}"#);
        assert!(serde_json::from_str::<Profile>(&json).is_err(), "{json}");
    }
}

#[test]
fn the_longest_name_fits_and_bad_names_are_refused() {
    let mut a = sealer(1);
    for widest in ["\u{1F600}", "\"", "\\"] {
        let name = widest.repeat(limits::NAME_CHARS);
        let profile = Profile::new(&name).unwrap().with_instance(Instance::from_random(u64::MAX));
        let sealed = a.seal_profile(&profile, [1; 24]).unwrap();
        assert_eq!(sealer(2).open_profile(&id(1), &sealed).unwrap().name, name);
    }
    for bad in ["", "  ", "a\nb", &"x".repeat(65)] {
        assert!(
            matches!(
                a.seal_profile(&Profile { name: bad.into(), instance: None, host: false }, [1; 24]),
                Err(SealError::Name(_))
            ),
            "{bad:?}"
        );
    }
}

#[test]
fn what_does_not_fit_a_frame_is_not_sealed() {
    let mut a = sealer(1);
    let description = |len: usize| PeerMessage::Description {
        kind: holdfast_protocol::DescriptionKind::Offer,
        sdp: "x".repeat(len),
        tracks: [].into(),
        number: None,
        answers: None,
        generation: None,
    };
    let sealed = a.seal(&id(2), Generation::FIRST, &description(47_000), [1; 24]).unwrap();
    assert!(sealed.len() <= limits::PAYLOAD_CHARS);
    assert_eq!(a.seal(&id(2), Generation::FIRST, &description(48_000), [1; 24]), Err(SealError::TooLarge));
    assert_eq!(a.seal(&id(2), Generation::FIRST, &message(u64::MAX), [1; 24]), Err(SealError::Malformed));
}

#[test]
fn the_counter_ends_instead_of_wrapping() {
    let mut a = Sealer::new(&secret(), room(), id(1), u64::MAX);
    assert!(a.seal(&id(2), Generation::FIRST, &message(1), [1; 24]).is_ok());
    assert_eq!(a.seal(&id(2), Generation::FIRST, &message(1), [2; 24]), Err(SealError::Exhausted));
}

#[test]
fn replays_stay_refused_when_more_senders_came_than_are_remembered() {
    let mut receiver = sealer(0);
    let mut sealed = Vec::new();
    for n in 1..=300u64 {
        let mut sender = Sealer::new(&secret(), room(), id(n), n * 10);
        let text = sender.seal(&id(0), Generation::FIRST, &message(n), [1; 24]).unwrap();
        assert_eq!(receiver.open(&id(n), Generation::FIRST, &text), Ok(message(n)), "sender {n}");
        sealed.push(text);
    }
    for (n, text) in (1..).zip(&sealed) {
        assert_eq!(receiver.open(&id(n), Generation::FIRST, text), Err(OpenError::Replayed), "sender {n}");
    }
}

#[test]
fn join_proofs_bind_challenge_room_participant_and_key() {
    let key = JoinKey::derive(&secret());
    let (public, proof) = (key.public_key(), key.prove("challenge", &room(), &id(1)));
    assert_eq!(verify_join(&public, &proof, "challenge", &room(), &id(1)), Ok(()));
    assert_eq!(verify_join(&public, &proof, "other", &room(), &id(1)), Err(ProofError::Mismatch));
    assert_eq!(
        verify_join(&public, &proof, "challenge", &"other".parse().unwrap(), &id(1)),
        Err(ProofError::Mismatch)
    );
    assert_eq!(verify_join(&public, &proof, "challenge", &room(), &id(2)), Err(ProofError::Mismatch));
    let other = JoinKey::derive(&Secret::from_bytes([8; 32])).public_key();
    assert_eq!(verify_join(&other, &proof, "challenge", &room(), &id(1)), Err(ProofError::Mismatch));
    assert_eq!(verify_join("x", &proof, "challenge", &room(), &id(1)), Err(ProofError::Malformed));
    assert_eq!(verify_join(&public, "x", "challenge", &room(), &id(1)), Err(ProofError::Malformed));
}

#[test]
fn a_key_of_small_order_proves_nothing() {
    // The neutral element with R = identity, s = 0 satisfies the lax equation for every message.
    let mut point = [0u8; 32];
    point[0] = 1;
    let mut signature = [0u8; 64];
    signature[0] = 1;
    let encode = |bytes: &[u8]| base64_url(bytes);
    let verdict = verify_join(&encode(&point), &encode(&signature), "challenge", &room(), &id(1));
    assert_eq!(verdict, Err(ProofError::Mismatch));
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

proptest! {
    #[test]
    fn any_changed_bit_breaks_the_seal(revision in 0u64..1000, nonce: [u8; 24], bit in any::<prop::sample::Index>()) {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let sealed = sealer(1).seal(&id(2), Generation::FIRST, &message(revision), nonce).unwrap();
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let tampered = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
        prop_assert_eq!(sealer(2).open(&id(1), Generation::FIRST, &tampered), Err(OpenError::Broken));
        prop_assert_eq!(sealer(2).open(&id(1), Generation::FIRST, &sealed), Ok(message(revision)));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>(), generation: u32) {
        prop_assert!(sealer(2).open(&id(1), Generation(generation), &text).is_err());
        prop_assert!(sealer(2).open_profile(&id(1), &text).is_err());
    }

    #[test]
    fn a_cut_text_is_refused(len in 0usize..200) {
        let sealed = sealer(1).seal(&id(2), Generation::FIRST, &message(1), [3; 24]).unwrap();
        prop_assume!(len < sealed.len());
        prop_assert!(sealer(2).open(&id(1), Generation::FIRST, &sealed[..len]).is_err());
    }

    #[test]
    fn any_proof_text_is_answered(key in any::<String>(), proof in any::<String>()) {
        prop_assert!(verify_join(&key, &proof, "challenge", &room(), &id(1)).is_err());
    }

    #[test]
    fn any_name_is_taken_or_refused_by_the_rules(name in any::<String>()) {
        match Profile::new(&name) {
            Ok(profile) => {
                prop_assert!((1..=64).contains(&profile.name.chars().count()));
                prop_assert!(!profile.name.chars().any(char::is_control));
            }
            Err(_) => {
                let name = name.trim();
                prop_assert!(name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control));
            }
        }
    }
}
