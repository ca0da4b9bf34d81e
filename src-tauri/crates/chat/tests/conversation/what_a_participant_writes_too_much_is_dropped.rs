use std::collections::BTreeMap;

use holdfast_chat::{AUTHOR_BYTES, Audience, MEETING_BYTES, WriteError};
use holdfast_protocol::MessageNumber;
use holdfast_protocol::chat::{ChatFrame, ChatText, ChatTextError, Have, SignedMessage};
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

/// Says hello as the client of another stay.
fn hello(stay: u8, everyone: BTreeMap<holdfast_protocol::Identity, MessageNumber>) -> String {
    let have = Have { everyone, direct: BTreeMap::new() };
    let identity = key(200, stay).identity();
    ChatFrame::Hello { identity, to: None, written: MessageNumber::NONE, have }.to_json()
}

#[test]
fn someone_who_begins_anew_again_and_again_fills_no_more_than_a_meeting_may_have() {
    let mut world = World::of(2);
    let text = "x".repeat(CHAT_TEXT_BYTES);
    let most = MEETING_BYTES / CHAT_TEXT_BYTES;
    for n in 0..most + 10 {
        let number = n % 100;
        if number == 0 {
            world.inject(2, 1, hello((n / 100) as u8, BTreeMap::new()));
        }
        let content =
            ChatText { number: MessageNumber(number as u64 + 1), clock: 1, at_ms: 0, text: text.clone() };
        world.inject(2, 1, ChatFrame::Direct { messages: vec![content] }.to_json());
    }
    let chat = &world.people[&1].chat;
    assert_eq!((chat.len(), chat.counts().beyond), (most, 10));
}

#[test]
fn authors_that_no_meeting_can_have_are_not_remembered() {
    let mut world = World::of(2);
    for round in 0..3u8 {
        let named = |n: u8| (key(n, round).identity(), MessageNumber(1));
        let everyone = (0..200).map(named).collect();
        let have = ChatFrame::Have(Have { everyone, direct: BTreeMap::new() });
        world.inject(2, 1, have.to_json());
    }
    assert!(world.people[&1].chat.counts().beyond > 300);
}
