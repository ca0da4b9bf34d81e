use holdfast_delivery::{
    CONTROL, Carried, Channel, ChannelBounds, ChannelEvent, ChannelId, ChannelMessage, ChannelSnapshot,
    Channels, Payload, Priority, Rate, Refusal, Reliability,
};
use holdfast_peer::{PeerChannel, PeerEvent, PeerOutput};
use holdfast_protocol::{MediaState, PeerMessage, Revision};

use crate::common::{End, LONG, heard, pair_with, straight};

const LOG: ChannelId = ChannelId(1);
const NEWEST: ChannelId = ChannelId(2);
const BULK: ChannelId = ChannelId(3);

const BOUNDS: ChannelBounds = ChannelBounds {
    message_bytes: 16 * 1024,
    queue_bytes: 8 * 1024 * 1024,
    queue_messages: 1000,
    rate: Rate { per_second: 1000, burst: 2000 },
};

const TABLE: Channels = match Channels::new(&[
    CONTROL,
    Channel { id: LOG, label: "log", stream: 1, carried: Carried::Log, bounds: BOUNDS, ..CONTROL },
    Channel {
        id: NEWEST,
        label: "newest",
        stream: 2,
        ordered: false,
        reliability: Reliability::Unrepeated,
        priority: Priority::Medium,
        carried: Carried::Newest,
        bounds: BOUNDS,
        ..CONTROL
    },
    Channel {
        id: BULK,
        label: "bulk",
        stream: 3,
        payload: Payload::Binary,
        priority: Priority::VeryLow,
        bounds: BOUNDS,
        ..CONTROL
    },
]) {
    Ok(channels) => channels,
    Err(_) => panic!("rows that fit together"),
};

fn text(number: u64) -> ChannelMessage {
    ChannelMessage::Text(number.to_string())
}

fn channel(end: &End, id: ChannelId) -> PeerChannel {
    end.peer.channel(id).unwrap()
}

fn shown(end: &End, label: &str) -> ChannelSnapshot {
    end.peer.snapshot().channels.into_iter().find(|channel| channel.label == label).unwrap()
}

/// The next message, whatever opens and closes meanwhile.
async fn message(channel: &PeerChannel) -> ChannelMessage {
    let next = async {
        loop {
            if let ChannelEvent::Message(message) = channel.recv().await.unwrap() {
                return message;
            }
        }
    };
    tokio::time::timeout(LONG, next).await.expect("a message comes")
}

async fn connected() -> (End, End) {
    let (mut a, mut b) = pair_with(TABLE, straight(), straight());
    a.connected().await;
    b.connected().await;
    (a, b)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_to_a_log_arrives_once_and_in_order_while_connections_are_replaced() {
    let (a, b) = connected().await;
    let (from, to) = (channel(&a, LOG), channel(&b, LOG));
    for number in 0..300 {
        from.send(text(number)).unwrap();
        if number % 100 == 50 {
            // A rebuild begins, and nothing waits for it.
            a.peer.address_changed();
        }
        assert_eq!(message(&to).await, text(number));
        from.send(text(number)).unwrap();
        assert_eq!(message(&to).await, text(number), "and what is said twice comes twice");
    }
    a.until("a new connection carries it", |snapshot| {
        snapshot.channels.iter().any(|shown| shown.label == "log" && shown.generation > Some(1))
    })
    .await;
    assert_eq!(shown(&b, "log").received, 600);
    assert!(to.try_recv().is_none_or(|event| !matches!(event, ChannelEvent::Message(_))), "nothing is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_before_there_was_a_connection_is_delivered_and_openings_are_told() {
    let (a, b) = pair_with(TABLE, straight(), straight());
    let (from, to) = (channel(&a, LOG), channel(&b, LOG));
    for number in 0..50 {
        from.send(text(number)).unwrap();
    }
    assert_eq!(tokio::time::timeout(LONG, to.recv()).await.unwrap(), Some(ChannelEvent::Open));
    for number in 0..50 {
        assert_eq!(message(&to).await, text(number));
    }
    a.peer.close();
    b.peer.close();
    let mut last = None;
    while let Some(event) = tokio::time::timeout(LONG, to.recv()).await.unwrap() {
        last = Some(event);
    }
    assert_eq!(last, Some(ChannelEvent::Closed));
    assert!(a.peer.channel(ChannelId::CONTROL).is_none() && a.peer.channel(ChannelId(9)).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_value_arrives_after_a_new_connection_and_no_older_one_behind_it() {
    let (a, b) = connected().await;
    let (from, to) = (channel(&a, NEWEST), channel(&b, NEWEST));
    from.send(text(0)).unwrap();
    assert_eq!(message(&to).await, text(0));
    a.peer.address_changed();
    for number in 1..=200 {
        from.send(text(number)).unwrap();
        tokio::task::yield_now().await;
    }
    let mut last = 0;
    while last < 200 {
        let ChannelMessage::Text(value) = message(&to).await else { panic!("text") };
        let value = value.parse().unwrap();
        assert!(value > last, "{value} after {last}");
        last = value;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_bulk_is_in_the_way_of_neither_control_nor_sound() {
    const BLOCKS: usize = 500;
    let (a, mut b) = connected().await;
    let _stream = a.stream(&[]);
    heard(&mut b).await;
    let (from, to) = (channel(&a, BULK), channel(&b, BULK));
    for _ in 0..BLOCKS {
        from.send(ChannelMessage::Binary(vec![1; 16 * 1024])).unwrap();
    }
    let refused = from.send(ChannelMessage::Binary(vec![1; 8 * 1024 * 1024]));
    assert_eq!(refused, Err(Refusal::TooLarge));
    for revision in 1..=20 {
        let state = PeerMessage::MediaState(
            MediaState { revision: Revision(revision), ..MediaState::default() }.into(),
        );
        assert!(a.peer.control(state.clone()));
        b.wait("state", |event| {
            (*event == PeerOutput::Event(PeerEvent::Control(state.clone()))).then_some(())
        })
        .await;
        heard(&mut b).await;
    }
    let left = shown(&a, "bulk").queued_messages;
    assert!(left > 0, "the flood went on all the while");
    let mut came = 0;
    while came < BLOCKS {
        assert_eq!(message(&to).await.len(), 16 * 1024);
        came += 1;
    }
    let bulk = shown(&b, "bulk");
    assert_eq!((bulk.received, bulk.over_rate, bulk.dropped), (500, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_beyond_its_rate_is_dropped_and_counted_and_the_meeting_goes_on() {
    let (a, mut b) = connected().await;
    let hears = PeerMessage::Hears { participants: Vec::new() };
    let mut sent = 0;
    while sent < 1000 {
        if a.peer.control(hears.clone()) {
            sent += 1;
        } else {
            tokio::task::yield_now().await;
        }
    }
    b.until("over rate", |snapshot| snapshot.stats.control_over_rate > 0).await;
    a.until("acknowledged", |snapshot| snapshot.channels[0].queued_bytes == 0).await;
    let state = PeerMessage::MediaState(MediaState { revision: Revision(1), ..MediaState::default() }.into());
    // As the owner does it: again until it is acknowledged.
    let told = async {
        loop {
            a.peer.control(state.clone());
            let came = |event: &PeerOutput| {
                (*event == PeerOutput::Event(PeerEvent::Control(state.clone()))).then_some(())
            };
            let soon = std::time::Duration::from_millis(100);
            if tokio::time::timeout(soon, b.wait("state", came)).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(LONG, told).await.expect("it comes through");
}
