use std::time::Duration;

use holdfast_chat::{Audience, Delivery};

use crate::world::{World, id};

fn delivery(world: &World, position: &holdfast_chat::Position) -> Option<Delivery> {
    world.entry(1, position).delivery
}

#[test]
fn one_to_everyone_is_delivered_when_all_have_it() {
    let mut world = World::of(3);
    world.close(1, 2);
    world.close(1, 3);
    let position = world.write(1, Audience::Everyone, "hello");
    world.run(Duration::from_secs(1));
    assert_eq!(delivery(&world, &position), Some(Delivery::Waiting));
    world.close(2, 3);
    world.open(1, 2);
    world.run(Duration::from_secs(1));
    assert_eq!(delivery(&world, &position), Some(Delivery::Sent));
    world.open(1, 3);
    world.run(Duration::from_secs(1));
    assert_eq!(delivery(&world, &position), Some(Delivery::Delivered));
}

#[test]
fn one_to_everyone_arrives_over_others_where_the_author_has_no_link() {
    let mut world = World::of(3);
    world.close(1, 3);
    world.write(1, Audience::Everyone, "over the other one");
    world.run(Duration::from_secs(5));
    assert_eq!(world.said(3), ["over the other one"]);
}

#[test]
fn one_to_a_participant_waits_for_them_and_says_when_they_left_without_it() {
    let mut world = World::of(3);
    world.close(1, 2);
    let position = world.write(1, Audience::One(id(2)), "for you");
    world.run(Duration::from_secs(60));
    assert_eq!(delivery(&world, &position), Some(Delivery::Waiting));
    world.open(1, 2);
    world.run(Duration::from_secs(1));
    assert_eq!(delivery(&world, &position), Some(Delivery::Delivered));
    assert!(world.said(3).is_empty() && world.people[&3].chat.is_empty(), "no one else has it");

    world.close(1, 2);
    let late = world.write(1, Audience::One(id(2)), "too late");
    world.leave(2);
    assert_eq!(delivery(&world, &late), Some(Delivery::NotDelivered));
    assert_eq!(delivery(&world, &position), Some(Delivery::Delivered), "what was delivered stays so");
    world.join(2);
    world.open_all(2);
    world.run(Duration::from_secs(1));
    assert_eq!(delivery(&world, &late), Some(Delivery::Delivered), "they came back");
}
