//! One end with a channel of each kind, and a way to hand what it sends to another end.

use holdfast_delivery::{
    CONTROL, Carried, Channel, ChannelBounds, ChannelEvent, ChannelId, ChannelMessage, Channels,
    DataChannels, EndId, Payload, Priority, Rate, Ready, Reliability,
};
use holdfast_terms::{Elapsed, Generation};

pub(crate) const LOG: ChannelId = ChannelId(1);
pub(crate) const NEWEST: ChannelId = ChannelId(2);
pub(crate) const PLAIN: ChannelId = ChannelId(3);

const BOUNDS: ChannelBounds = ChannelBounds {
    message_bytes: 4096,
    queue_bytes: 64 * 1024,
    queue_messages: 100,
    rate: Rate { per_second: 100, burst: 200 },
};

pub(crate) const ROWS: [Channel; 4] = [
    CONTROL,
    Channel {
        id: LOG,
        label: "log",
        stream: 1,
        payload: Payload::Binary,
        priority: Priority::VeryLow,
        carried: Carried::Log,
        bounds: BOUNDS,
        ..CONTROL
    },
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
    Channel { id: PLAIN, label: "plain", stream: 3, priority: Priority::Low, bounds: BOUNDS, ..CONTROL },
];

pub(crate) const CHANNELS: Channels = match Channels::new(&ROWS) {
    Ok(channels) => channels,
    Err(_) => panic!("rows that fit together"),
};

pub(crate) fn end(id: u64) -> DataChannels {
    let mut ids = id * 1000;
    let next = || {
        ids += 1;
        EndId::from_random(ids)
    };
    DataChannels::new(CHANNELS, next, Elapsed::ZERO)
}

pub(crate) fn text(number: u64) -> ChannelMessage {
    ChannelMessage::Text(number.to_string())
}

pub(crate) fn bytes(number: u64) -> ChannelMessage {
    ChannelMessage::Binary(number.to_be_bytes().into())
}

pub(crate) fn open_all(end: &mut DataChannels, generation: u32, now: Elapsed) {
    for row in CHANNELS.others() {
        end.handle_open(Generation(generation), row.id, now);
    }
}

/// Everything that the end sends now on a channel of a connection, if the library delivers at once.
pub(crate) fn sent(
    end: &mut DataChannels,
    generation: u32,
    channel: ChannelId,
    now: Elapsed,
) -> Vec<ChannelMessage> {
    let generation = Generation(generation);
    let mut sent = Vec::new();
    while end.poll_ready(generation, channel, now) == Ready::Now {
        match end.poll_transmit(generation, channel, &[], now) {
            Some(message) => sent.push(message),
            None => break,
        }
    }
    sent
}

/// Carries all messages between both ends on a channel of a connection, until no more come.
pub(crate) fn exchange(ends: &mut [DataChannels; 2], generation: u32, channel: ChannelId, now: Elapsed) {
    loop {
        let mut silent = true;
        for from in [0, 1] {
            for message in sent(&mut ends[from], generation, channel, now) {
                silent = false;
                ends[1 - from].handle_message(Generation(generation), channel, message, now);
            }
        }
        if silent {
            return;
        }
    }
}

/// The messages that came, without openings and closings.
pub(crate) fn taken(end: &mut DataChannels, channel: ChannelId) -> Vec<ChannelMessage> {
    let mut taken = Vec::new();
    while let Some(event) = end.poll_event(channel) {
        if let ChannelEvent::Message(message) = event {
            taken.push(message);
        }
    }
    taken
}
