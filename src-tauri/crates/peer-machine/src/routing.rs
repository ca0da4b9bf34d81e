//! Which way a message goes: over which control channel, or through the signaling server. And whether a control channel
//! carries messages.

use holdfast_negotiation::Message;
use holdfast_protocol::{Generation, PeerMessage};

use crate::convert::{to_wire, with_generation};
use crate::{Action, HEARD_INTERVAL, PeerEvent, PeerMachine};

/// Who sent the last text over a control channel. Needed if the driver refuses the text.
#[derive(Debug)]
pub(crate) enum Said {
    /// The owner, who sends it again when it is not acknowledged.
    Owner,
    /// The negotiation. A refused message goes through the signaling server instead.
    Negotiation { generation: Generation, message: PeerMessage },
}

impl PeerMachine {
    /// Sends a message of the owner over a control channel, or drops and counts it.
    pub(crate) fn say(&mut self, message: PeerMessage) {
        match self.connections.control_generation() {
            Some(generation) => {
                self.said = Some(Said::Owner);
                self.send_text(generation, message.to_json());
            }
            None => self.control.dropped += 1,
        }
    }

    /// Sends a message of the negotiation through signaling, or over a control channel while signaling is out of reach.
    pub(crate) fn send(&mut self, generation: Generation, message: Message) {
        let message = to_wire(message);
        if !self.signaling
            && let Some(on) = self.connections.control_generation()
        {
            let text = match on == generation {
                true => message.to_json(),
                false => with_generation(message.clone(), generation).to_json(),
            };
            self.said = Some(Said::Negotiation { generation, message });
            return self.send_text(on, text);
        }
        self.emit(PeerEvent::Signal { generation, message });
    }

    fn send_text(&mut self, generation: Generation, text: String) {
        self.control.sent += 1;
        self.actions.push_back(Action::control(generation, text));
        self.look.get_or_insert(self.now + HEARD_INTERVAL);
    }

    pub(crate) fn control_refused(&mut self) {
        self.control.sent = self.control.sent.saturating_sub(1);
        match self.said.take() {
            Some(Said::Negotiation { generation, message }) => {
                self.emit(PeerEvent::Signal { generation, message });
            }
            Some(Said::Owner) => self.control.dropped += 1,
            None => {}
        }
    }

    /// Asks how much the channels have not delivered yet. This goes on only while something waits.
    pub(crate) fn look_at_controls(&mut self) {
        self.look = None;
        let read = self.connections.open_controls().map(Action::read_control);
        self.actions.extend(read);
    }

    pub(crate) fn outstanding(&mut self, generation: Generation, bytes: usize) {
        self.connections.set_unacknowledged(generation, bytes > 0, self.now);
        self.control.outstanding = bytes;
        if bytes > 0 {
            self.look.get_or_insert(self.now + HEARD_INTERVAL);
        }
        self.note_control();
    }

    /// Tells the owner if the control channel now carries messages, or no longer does. Returns whether it told the
    /// owner.
    pub(crate) fn note_control(&mut self) -> bool {
        let flows = self.connections.control_flows(self.now);
        let changed = std::mem::replace(&mut self.control_flows, flows) != flows;
        if changed {
            self.emit(if flows { PeerEvent::ControlOpen } else { PeerEvent::ControlClosed });
        }
        changed
    }
}
