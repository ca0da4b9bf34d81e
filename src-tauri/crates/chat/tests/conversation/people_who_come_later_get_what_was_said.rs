use std::time::Duration;

use holdfast_chat::{Audience, Input};

use crate::world::World;

#[test]
fn also_what_someone_wrote_who_is_gone() {
    let mut world = World::of(3);
    for text in ["one", "two"] {
        world.write(1, Audience::Everyone, text);
    }
    world.run(Duration::from_secs(1));
    world.write(2, Audience::Everyone, "three");
    world.run(Duration::from_secs(1));
    world.leave(1);
    world.join(4);
    world.open_all(4);
    world.run(Duration::from_secs(3));
    assert_eq!(world.said(4), ["one", "two", "three"]);
    let person = &world.people[&4];
    assert!(person.chat.in_order().all(|entry| entry.earlier), "it was said before they came");
    assert_eq!(person.chat.unread(), 0, "so it is no news");
}

#[test]
fn what_is_said_from_then_on_is_news() {
    let mut world = World::of(2);
    world.write(1, Audience::Everyone, "before");
    world.join(3);
    world.open_all(3);
    world.run(Duration::from_secs(1));
    world.write(1, Audience::Everyone, "after");
    world.run(Duration::from_secs(1));
    assert_eq!(world.said(3), ["before", "after"]);
    assert_eq!(world.people[&3].chat.unread(), 1);
    world.input(3, Input::Read);
    assert_eq!(world.people[&3].chat.unread(), 0);
}

#[test]
fn ten_thousand_messages_come_in_a_few_simulated_seconds_and_once() {
    let mut world = World::of(2);
    for n in 0..10_000u32 {
        world.write(
            if n % 2 == 0 { 1 } else { 2 },
            Audience::Everyone,
            "a message of the usual length, or a little more",
        );
    }
    world.settle();
    world.join(3);
    world.open_all(3);
    world.run(Duration::from_secs(20));
    assert_eq!(world.said(3).len(), 10_000);
    let repeated = world.people[&3].chat.counts().repeated;
    assert_eq!(repeated, 0, "no one sends what another is sending");
}
