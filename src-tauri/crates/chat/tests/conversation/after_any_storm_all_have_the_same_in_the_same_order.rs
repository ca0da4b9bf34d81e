//! Eight people write while links break and people crash, come back and leave.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use holdfast_chat::{Audience, Delivery, Position};
use proptest::prelude::*;

use crate::world::{World, id};

#[derive(Debug, Clone)]
enum Step {
    Write(u8),
    WriteTo(u8, u8),
    Open(u8, u8),
    Close(u8, u8),
    Restart(u8),
    Leave(u8),
    Wait(u16),
}

const PEOPLE: u8 = 8;

fn step() -> impl Strategy<Value = Step> {
    let person = || 1..=PEOPLE;
    prop_oneof![
        6 => person().prop_map(Step::Write),
        2 => (person(), person()).prop_map(|(from, to)| Step::WriteTo(from, to)),
        3 => (person(), person()).prop_map(|(a, b)| Step::Open(a, b)),
        4 => (person(), person()).prop_map(|(a, b)| Step::Close(a, b)),
        1 => person().prop_map(Step::Restart),
        1 => person().prop_map(Step::Leave),
        4 => (0..4000u16).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn all_have_the_same_in_the_same_order(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::of(PEOPLE);
        // Of the stay that goes on: what each wrote.
        let mut written: BTreeMap<u8, Vec<(Position, String)>> = BTreeMap::new();
        // Delivered messages, and those who had them then and have not begun anew since.
        let mut delivered: BTreeMap<String, BTreeSet<u8>> = BTreeMap::new();
        for (at, step) in steps.into_iter().enumerate() {
            let here: BTreeSet<_> = world.people.keys().copied().collect();
            match step {
                Step::Write(n) if here.contains(&n) => {
                    let text = format!("{at} by {n}");
                    let position = world.write(n, Audience::Everyone, &text);
                    written.entry(n).or_default().push((position, text));
                }
                Step::WriteTo(n, to) if n != to && here.contains(&n) && here.contains(&to) => {
                    let text = format!("{at} by {n} to {to}");
                    let position = world.write(n, Audience::One(id(to)), &text);
                    written.entry(n).or_default().push((position, text));
                }
                Step::Open(a, b) if a != b && here.contains(&a) && here.contains(&b) => world.open(a, b),
                Step::Close(a, b) if a != b && here.contains(&a) && here.contains(&b) => world.close(a, b),
                Step::Restart(n) if here.contains(&n) => {
                    world.join(n);
                    written.remove(&n);
                    delivered.values_mut().for_each(|holders| holders.retain(|holder| *holder != n));
                }
                Step::Leave(n) if here.contains(&n) && here.len() > 2 => {
                    world.leave(n);
                    written.remove(&n);
                    delivered.values_mut().for_each(|holders| holders.retain(|holder| *holder != n));
                }
                Step::Wait(ms) => world.run(Duration::from_millis(ms.into())),
                _ => {}
            }
            for (n, messages) in &written {
                for (position, text) in messages {
                    let everyone = position.audience == Audience::Everyone;
                    if everyone && world.entry(*n, position).delivery == Some(Delivery::Delivered) {
                        let has = |n: &u8| world.said(*n).contains(text);
                        let holders = || world.people.keys().copied().filter(has).collect();
                        delivered.entry(text.clone()).or_insert_with(holders);
                    }
                }
            }
        }
        let people: Vec<_> = world.people.keys().copied().collect();
        for n in &people {
            world.open_all(*n);
        }
        world.settle();

        let said = world.said(people[0]);
        let once: BTreeSet<_> = said.iter().collect();
        prop_assert_eq!(once.len(), said.len(), "nothing is there twice: {:?}", said);
        for n in &people {
            prop_assert_eq!(&world.said(*n), &said, "person {} has the same", n);
        }
        for (text, holders) in &delivered {
            let kept = holders.is_empty() || once.contains(text);
            prop_assert!(kept, "{} was said to be delivered, and is lost", text);
        }
        for (n, messages) in &written {
            for (position, text) in messages {
                let delivery = world.entry(*n, position).delivery;
                match &position.audience {
                    Audience::Everyone => prop_assert!(once.contains(text), "{} is lost", text),
                    Audience::One(to) => {
                        let to = people.iter().find(|n| id(**n) == *to);
                        let expected = if to.is_some() { Delivery::Delivered } else { Delivery::NotDelivered };
                        if delivery == Some(Delivery::Delivered) && to.is_none() {
                            // It was delivered before they left.
                            continue;
                        }
                        prop_assert_eq!(delivery, Some(expected), "{}", text);
                        if let Some(to) = to {
                            let came = world.people[to].chat.in_order().filter(|entry| entry.text == *text);
                            prop_assert_eq!(came.count(), 1, "{} came once", text);
                        }
                    }
                }
            }
        }
    }
}
