use holdfast_chat::{AUTHOR_BYTES, Audience, WriteError};
use holdfast_protocol::MessageNumber;
use holdfast_protocol::chat::{ChatFrame, ChatText, ChatTextError, SignedMessage};
use holdfast_protocol::limits::{CHAT_AUTHORS, CHAT_TEXT_BYTES};

use crate::world::{World, id, key};

fn signed(n: u8, stay: u8, number: u64, text: &str) -> SignedMessage {
    let content = ChatText { number: MessageNumber(number), clock: number, at_ms: 0, text: text.into() };
    SignedMessage::sign(&key(n, stay), id(n), "Someone", content).unwrap()
}

#[test]
fn the_author_is_told_and_others_keep_no_more() {
    let mut world = World::of(2);
    let text = "x".repeat(CHAT_TEXT_BYTES);
    let most = AUTHOR_BYTES / CHAT_TEXT_BYTES;
    for number in 1..=most as u64 + 10 {
        let message = signed(7, 1, number, &text);
        world.inject(2, 1, ChatFrame::Messages { messages: vec![message] }.to_json());
    }
    let chat = &world.people[&1].chat;
    assert_eq!((chat.len(), chat.counts().beyond), (most, 10));

    let now = world.now;
    let chat = &mut world.people.get_mut(&2).unwrap().chat;
    let refused = (0..=most).find_map(|_| chat.write(Audience::Everyone, &text, 0, now).err());
    assert_eq!(refused, Some(WriteError::Full));
    let empty = chat.write(Audience::Everyone, " \n", 0, now);
    assert_eq!(empty, Err(WriteError::Text(ChatTextError::Empty)));
    assert_eq!(chat.write(Audience::One(id(9)), "hello", 0, now), Err(WriteError::Unknown));
}

#[test]
fn invented_authors_leave_room_for_those_who_are_here() {
    let mut world = World::of(2);
    for n in 0..=CHAT_AUTHORS {
        let message = signed(100 + (n / 200) as u8, (n % 200) as u8, 1, "noise");
        world.inject(2, 1, ChatFrame::Messages { messages: vec![message] }.to_json());
    }
    let chat = &world.people[&1].chat;
    assert_eq!((chat.len(), chat.counts().beyond), (CHAT_AUTHORS, 1));
    world.write(2, Audience::Everyone, "and I");
    world.run(std::time::Duration::from_secs(1));
    assert!(world.said(1).contains(&"and I".to_owned()));
}
