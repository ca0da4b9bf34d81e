use std::time::Duration;

use holdfast_chat::Audience;
use holdfast_protocol::MessageNumber;
use holdfast_protocol::chat::{ChatFrame, ChatText, SignedMessage};

use crate::world::{World, id, key};

fn signed(n: u8, number: u64, text: &str) -> SignedMessage {
    let content = ChatText { number: MessageNumber(number), clock: 9, at_ms: 0, text: text.into() };
    SignedMessage::sign(&key(n, 1), id(n), &format!("Person {n}"), content).unwrap()
}

fn messages(message: SignedMessage) -> String {
    ChatFrame::Messages { messages: vec![message] }.to_json()
}

#[test]
fn a_message_that_was_changed_on_its_way_is_dropped_and_the_true_one_arrives() {
    let mut world = World::of(3);
    world.close(1, 3);
    let changed = SignedMessage {
        content: ChatText { text: "no".into(), ..signed(1, 1, "yes").content },
        ..signed(1, 1, "yes")
    };
    world.inject(2, 3, messages(changed));
    let renamed = SignedMessage { name: "Person 2".into(), ..signed(1, 1, "yes") };
    world.inject(2, 3, messages(renamed));
    let of_another = SignedMessage { participant: id(2), ..signed(1, 1, "yes") };
    world.inject(2, 3, messages(of_another));
    assert!(world.said(3).is_empty());
    assert_eq!(world.people[&3].chat.counts().forged, 3);
    world.write(1, Audience::Everyone, "yes");
    world.run(Duration::from_secs(5));
    assert_eq!(world.said(3), ["yes"]);
}

#[test]
fn no_one_can_write_in_our_name_to_ourselves() {
    let mut world = World::of(2);
    world.inject(2, 1, messages(signed(1, 1, "I never said that")));
    assert!(world.said(1).is_empty());
    world.write(1, Audience::Everyone, "I say this");
    world.settle();
    assert_eq!(world.said(2), ["I say this"]);
}

#[test]
fn what_is_no_frame_is_counted_and_does_no_harm() {
    let mut world = World::of(2);
    let beyond = format!(
        r#"{{"type":"direct","messages":[{{"number":1,"clock":1,"at_ms":1,"text":"{}"}}]}}"#,
        "x".repeat(9000)
    );
    let hostile = [
        "",
        "{}",
        r#"{"type":"messages","messages":[]}"#,
        r#"{"type":"direct","messages":[{"number":0,"clock":1,"at_ms":1,"text":"a"}]}"#,
        r#"{"type":"direct","messages":[{"number":1,"clock":9007199254740992,"at_ms":1,"text":"a"}]}"#,
        r#"{"type":"direct","messages":[{"number":1,"clock":1,"at_ms":1,"text":"a\u0007"}]}"#,
        r#"{"type":"have","everyone":{"x":1}}"#,
        &beyond,
    ];
    for frame in hostile {
        world.inject(2, 1, frame.to_owned());
    }
    assert_eq!(world.people[&1].chat.counts().malformed, hostile.len() as u64);
    assert!(world.people[&1].chat.is_empty());
    world.write(2, Audience::Everyone, "still here");
    world.settle();
    assert_eq!(world.said(1), ["still here"]);
}

#[test]
fn the_greatest_clock_stops_no_one() {
    let mut world = World::of(2);
    let content = ChatText { number: MessageNumber(1), clock: (1 << 53) - 1, at_ms: 0, text: "late".into() };
    let message = SignedMessage::sign(&key(9, 1), id(9), "Nine", content).unwrap();
    world.inject(2, 1, messages(message));
    for text in ["a", "b"] {
        world.write(1, Audience::Everyone, text);
    }
    world.settle();
    assert_eq!(world.said(1).len(), 3);
    assert_eq!(world.said(1), world.said(2));
}
