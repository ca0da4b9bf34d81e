//! What one participant still has to receive: numbered, bounded, kept until acknowledged.

use std::collections::VecDeque;

use holdfast_protocol::{
    MessageNumber, ServerMessage,
    limits::{QUEUE_MESSAGES, UNACKED_BYTES, UNACKED_MESSAGES},
};

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// `seq` of the last message, sent or not.
    last: MessageNumber,
    /// `seq` of the last message that is no longer here, acknowledged or dropped.
    gone: MessageNumber,
    /// Messages `gone + 1 ..= last`.
    kept: VecDeque<ServerMessage>,
    bytes: usize,
    /// Messages that came while the participant is away; `None` when it is here.
    away: Option<usize>,
}

impl Outbox {
    /// Numbers a message and keeps it. Past a bound the oldest is dropped. Past the bound for someone who is away, all
    /// are dropped, because a session with a hole cannot be resumed.
    pub(super) fn push(&mut self, message: impl FnOnce(MessageNumber) -> ServerMessage) -> ServerMessage {
        self.last = self.last.next();
        let message = message(self.last);
        self.bytes += size(&message);
        self.kept.push_back(message.clone());
        while self.kept.len() > UNACKED_MESSAGES || self.bytes > UNACKED_BYTES {
            self.drop_oldest();
        }
        if let Some(queued) = &mut self.away {
            *queued += 1;
            if *queued > QUEUE_MESSAGES {
                self.gone = self.last;
                self.kept.clear();
                self.bytes = 0;
            }
        }
        message
    }

    /// Forgets everything up to `seq`. A `seq` that was never sent changes nothing.
    pub(super) fn acknowledge(&mut self, seq: MessageNumber) {
        if seq <= self.last {
            while self.gone < seq {
                self.drop_oldest();
            }
        }
    }

    pub(super) fn go_away(&mut self) {
        self.away = Some(0);
    }

    /// Whether everything after `last_seq` is still here.
    pub(super) fn can_resume(&self, last_seq: MessageNumber) -> bool {
        (self.gone..=self.last).contains(&last_seq)
    }

    /// The participant is back. Returns everything it has not acknowledged.
    pub(super) fn resume(&mut self) -> impl Iterator<Item = ServerMessage> + '_ {
        self.away = None;
        self.kept.iter().cloned()
    }

    fn drop_oldest(&mut self) {
        if let Some(message) = self.kept.pop_front() {
            self.bytes -= size(&message);
        }
        self.gone = self.gone.next();
    }
}

/// How many bytes a message occupies, about.
fn size(message: &ServerMessage) -> usize {
    /// Everything around the sealed text.
    const ENVELOPE: usize = 128;
    match message {
        ServerMessage::Relay { payload, .. } => ENVELOPE + payload.len(),
        ServerMessage::ParticipantJoined { profile, .. }
        | ServerMessage::ParticipantChanged { profile, .. } => ENVELOPE + profile.len(),
        _ => ENVELOPE,
    }
}

#[cfg(test)]
mod tests {
    use holdfast_protocol::Generation;

    use super::*;

    fn push(outbox: &mut Outbox, bytes: usize) -> MessageNumber {
        let payload = "x".repeat(bytes);
        let from = holdfast_protocol::ParticipantId::from_random(1);
        let message =
            outbox.push(|seq| ServerMessage::Relay { seq, from, generation: Generation::FIRST, payload });
        message.seq().unwrap_or_default()
    }

    fn kept(outbox: &mut Outbox) -> Vec<MessageNumber> {
        outbox.resume().filter_map(|message| message.seq()).collect()
    }

    #[test]
    fn numbers_grow_from_one_and_acknowledged_ones_go() {
        let mut outbox = Outbox::default();
        assert!(outbox.can_resume(MessageNumber(0)) && !outbox.can_resume(MessageNumber(1)));
        assert_eq!(
            [push(&mut outbox, 1), push(&mut outbox, 1), push(&mut outbox, 1)],
            [1, 2, 3].map(MessageNumber)
        );
        outbox.acknowledge(MessageNumber(2));
        outbox.acknowledge(MessageNumber(1));
        outbox.acknowledge(MessageNumber(9));
        assert_eq!(kept(&mut outbox), [MessageNumber(3)]);
        assert!(
            !outbox.can_resume(MessageNumber(1))
                && outbox.can_resume(MessageNumber(2))
                && outbox.can_resume(MessageNumber(3))
                && !outbox.can_resume(MessageNumber(4))
        );
    }

    #[test]
    fn a_hundred_and_one_while_away_cannot_be_resumed() {
        let mut outbox = Outbox::default();
        push(&mut outbox, 1);
        outbox.go_away();
        for _ in 0..QUEUE_MESSAGES {
            push(&mut outbox, 1);
        }
        assert!(outbox.can_resume(MessageNumber(0)), "the bound counts what came while away");
        push(&mut outbox, 1);
        assert!((0..=101).all(|seq| !outbox.can_resume(MessageNumber(seq))));
        push(&mut outbox, 1);
        assert!(kept(&mut outbox).is_empty() && outbox.bytes == 0);
    }

    #[test]
    fn memory_is_bounded_for_a_client_that_never_acknowledges() {
        let mut outbox = Outbox::default();
        for _ in 0..2 * UNACKED_MESSAGES {
            push(&mut outbox, 1);
        }
        assert_eq!(kept(&mut outbox).len(), UNACKED_MESSAGES);
        for _ in 0..100 {
            push(&mut outbox, 60_000);
            assert!(outbox.bytes <= UNACKED_BYTES);
        }
        assert!(!kept(&mut outbox).is_empty());
    }
}
