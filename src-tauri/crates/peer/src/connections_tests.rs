#![allow(clippy::unwrap_used)]
use super::*;
use crate::connection::ConnectionConfig;
use crate::intake::Delivery;
use crate::outbox::Outbox;
use tokio::sync::mpsc;

/// A connection that never meets anybody; what its transport does is told.
async fn live(generation: u32) -> Live {
    let config = ConnectionConfig {
        bind: vec![[127, 0, 0, 1].into()],
        ice_servers: Vec::new(),
        relay_only: false,
        path: crate::connection::Path {
            impairment: std::sync::Arc::default(),
            epoch: std::time::Instant::now(),
        },
    };
    let (events, _) = mpsc::channel(10);
    let (media, _) = mpsc::channel(10);
    let intake = Arc::new(Intake::new(generation, Arc::new(Delivery::new(media, Arc::default()))));
    let connection = Connection::open(&config, events, Arc::clone(&intake)).await.unwrap();
    Live::new(connection, intake, Outbox::default().add(Arc::default()))
}

fn up(connections: &mut Connections, generation: u32, now: Instant) {
    connections.get(generation).unwrap().outlet.open();
    connections.set_transport(generation, TransportState::Connected, now);
}

const MS: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_connection_that_was_replaced_says_farewell_before_it_is_closed() {
    let (mut connections, start) = (Connections::default(), Instant::now());
    for generation in [1, 2] {
        connections.add(live(generation).await);
        up(&mut connections, generation, start);
    }
    connections.set_control(1, true, start);
    assert!(connections.release(1, start).is_none(), "it works, and goes on for a while");
    assert!(connections.get(1).is_none() && connections.was_replaced(1));
    assert_eq!(connections.poll_timeout(), Some(start + LONGEST_FAREWELL));
    assert_eq!(connections.control().map(|live| live.generation), Some(1), "the only way for messages");
    let open = start + 700 * MS;
    connections.set_control(2, true, open);
    assert_eq!(connections.control().map(|live| live.generation), Some(2));
    assert_eq!(connections.poll_timeout(), Some(open + FAREWELL));
    assert!(connections.close_replaced(open + FAREWELL - MS).is_none());
    assert_eq!(connections.close_replaced(open + FAREWELL).unwrap().generation, 1);
    assert!(!connections.was_replaced(1) && connections.poll_timeout().is_none());
    connections.close_all().await;
}

#[tokio::test]
async fn a_connection_nothing_passes_on_is_closed_at_once() {
    let (mut connections, start) = (Connections::default(), Instant::now());
    for generation in [1, 2] {
        connections.add(live(generation).await);
    }
    up(&mut connections, 1, start);
    connections.set_transport(1, TransportState::Disconnected, start);
    up(&mut connections, 2, start);
    assert_eq!(connections.release(1, start).unwrap().generation, 1);
    // Without a successor there is nobody to take over from it.
    assert_eq!(connections.release(2, start).unwrap().generation, 2);
    connections.close_all().await;
}

#[tokio::test]
async fn media_is_not_sent_for_long_where_nobody_answers() {
    let (mut connections, start) = (Connections::default(), Instant::now());
    for generation in [1, 2] {
        connections.add(live(generation).await);
        up(&mut connections, generation, start);
    }
    let open = |connections: &Connections, generation| connections.get(generation).unwrap().outlet.is_open();
    let down = start + 60_000 * MS;
    connections.hush(down);
    connections.set_transport(1, TransportState::Disconnected, down);
    // Another state that is none with an answer does not begin it anew.
    connections.set_transport(1, TransportState::Connecting, down + SENT_UNANSWERED / 2);
    connections.hush(down + SENT_UNANSWERED - MS);
    assert!(open(&connections, 1) && open(&connections, 2));
    connections.hush(down + SENT_UNANSWERED);
    assert!(!open(&connections, 1) && open(&connections, 2));
    up(&mut connections, 1, down + 2 * SENT_UNANSWERED);
    connections.hush(down + 2 * SENT_UNANSWERED);
    assert!(open(&connections, 1));
    connections.close_all().await;
}
