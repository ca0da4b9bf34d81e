//! Real sessions and real rooms over a network that fails, by seed:
//! `HOLDFAST_SEED=n cargo test -p holdfast-signaling-client --test client sessions_outlive_any_network` repeats one
//! seed, `HOLDFAST_SEEDS=n` plays the first n.

use std::time::Duration;

use holdfast_protocol::limits;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use crate::virtual_network::{PEOPLE, World, id};

const SEEDS: u64 = 60;
const SECOND: Duration = Duration::from_secs(1);

fn play(seed: u64) -> World {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut world = World::new(seed);
    world.run(SECOND);
    assert!(world.is_whole(), "seed {seed}: they never met");
    let forgetful = seed % 2 == 1;
    for _ in 0..random.random_range(10..40) {
        world.run(world.now + Duration::from_millis(random.random_range(1..4000)));
        let who = random.random_range(0..PEOPLE);
        match random.random_range(0..10) {
            0 => world.cut(who),
            1 | 2 => {
                // All silences together are shorter than the time for which the server keeps people.
                let silence = Duration::from_millis(random.random_range(100..20_000));
                let until = &mut world.nodes[who].silent_until;
                *until = (*until).max(world.now + silence);
            }
            3 => {
                world.nodes[who].session.reconnect(world.now);
                world.act(who);
            }
            4 => {
                world.nodes[who].session.check(world.now);
                world.act(who);
            }
            5 if forgetful && world.up => world.kill_server(),
            5 => world.up = true,
            _ => {
                for _ in 0..random.random_range(1..5) {
                    let to = (who + random.random_range(1..PEOPLE)) % PEOPLE;
                    world.send(who, to);
                }
            }
        }
    }
    world.up = true;
    world.run(world.now + 100 * SECOND);
    world
}

#[test]
fn everyone_comes_back_and_nothing_is_lost_or_done_twice() {
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let (chosen, seeds) = (number("HOLDFAST_SEED"), number("HOLDFAST_SEEDS").unwrap_or(SEEDS));
    let (mut resets, mut restarts, mut repeats, mut messages, mut given_up) = (0, 0, 0, 0, 0);
    for seed in chosen.map_or(0..seeds, |seed| seed..seed + 1) {
        let world = play(seed);
        assert!(world.is_whole(), "seed {seed}: not whole 100 s after the last fault");
        let world_resets: usize = world.nodes.iter().map(|node| node.resets).sum();
        for (from, node) in world.nodes.iter().enumerate() {
            for (to, counter) in &node.sent {
                let arrived = world.nodes[*to].got.contains(&(from, *counter));
                // A server that forgets loses what it had taken and not yet passed on.
                let forgotten = world_resets > 0 && world.taken.contains(&(from, *to, *counter));
                let given_up = node.given_up.contains(to);
                assert!(
                    arrived || forgotten || given_up,
                    "seed {seed}: message {counter} from {from} to {to} is lost"
                );
            }
            messages += node.sent.len();
            repeats += node.repeats;
            given_up += node.given_up.len();
            assert!(world_resets > 0 || node.repeats == 0, "seed {seed}: {from} got something twice");
        }
        resets += world_resets;
        restarts += world.restarts;
    }
    assert!(chosen.is_some() || (resets > 20 && restarts > 20 && messages > 1000));
    println!(
        "{messages} messages, {restarts} restarts, {resets} sessions forgotten, {repeats} repeats refused"
    );
    println!("{given_up} times given up");
}

/// The others stop waiting for a process that is gone, but not before a minute is over.
#[test]
fn ghosts_are_removed_a_minute_after_they_fell_silent() {
    for killed in [false, true] {
        let mut world = World::new(1);
        world.run(SECOND);
        // Silent until the end of the test.
        world.nodes[0].silent_until = Duration::from_secs(1_000_000);
        if killed {
            world.kill_server();
            world.run(3 * SECOND);
            world.up = true;
        }
        world.run(58 * SECOND);
        assert!(world.nodes[1..].iter().all(|node| node.roster.contains(&id(0))), "killed {killed}");
        world.run(SECOND + limits::DEAD_AFTER + limits::RESUME_WINDOW + 12 * SECOND);
        assert!(world.nodes[1..].iter().all(|node| !node.roster.contains(&id(0))), "killed {killed}");
        assert!(world.nodes[1..].iter().all(|node| node.roster.len() == PEOPLE - 2));
    }
}

#[test]
fn after_five_silent_seconds_the_session_is_resumed_and_after_a_minute_without_a_server_it_is_begun_anew() {
    let mut world = World::new(2);
    world.run(SECOND);
    world.nodes[0].silent_until = 6 * SECOND;
    world.run(2 * SECOND);
    world.send(0, 1);
    world.send(1, 0);
    world.run(10 * SECOND);
    assert!(world.is_whole());
    assert!(world.nodes[1].got.contains(&(0, 1)) && world.nodes[0].got.contains(&(1, 1)));
    assert_eq!(world.nodes[0].resets, 0);

    world.kill_server();
    world.run(11 * SECOND);
    world.send(0, 1);
    world.run(70 * SECOND);
    world.up = true;
    world.run(101 * SECOND);
    assert!(world.is_whole(), "everyone is back within the longest backoff, and no participant was given up");
    assert!(world.nodes[1].got.contains(&(0, 2)));
    assert!(world.nodes.iter().all(|node| node.resets == 1));
}
