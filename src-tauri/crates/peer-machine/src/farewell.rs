//! The end of a peer, and the last word to the remote.

use std::time::Duration;

use holdfast_delivery::ChannelId;
use holdfast_negotiation::Input as Negotiate;
use holdfast_protocol::PeerMessage;
use holdfast_terms::Elapsed;

use crate::{Action, Input, PeerMachine, Report};

/// How long a goodbye may take to be acknowledged. Signaling carries one too, so this is a courtesy.
pub const GOODBYE_WAIT: Duration = Duration::from_millis(200);

/// How often the machine checks whether the goodbye was acknowledged.
pub const GOODBYE_POLL: Duration = Duration::from_millis(5);

/// How far the end has come.
#[derive(Debug, Default)]
pub(crate) enum Farewell {
    /// Not begun.
    #[default]
    None,
    /// A goodbye is on its way.
    Waiting {
        /// When the wait ends.
        until: Elapsed,
        /// When to look at the channels next.
        look: Duration,
    },
    /// Nothing is waited for.
    Over,
}

impl Farewell {
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        match self {
            Self::Waiting { until, look } => Some(*until.min(look)),
            Self::None | Self::Over => None,
        }
    }
}

impl PeerMachine {
    /// Whether the end has begun.
    pub(crate) fn is_closing(&self) -> bool {
        !matches!(self.farewell, Farewell::None)
    }

    /// Whether everything ends with the actions that are already waiting.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.farewell, Farewell::Over)
    }

    /// Begins the end: with a goodbye on every control channel that is open, or at once.
    pub(crate) fn close(&mut self, goodbye: bool) {
        let open: Vec<_> = self.connections.open_controls().collect();
        if !goodbye || open.is_empty() {
            return self.end();
        }
        let text = PeerMessage::Goodbye {}.to_json();
        self.said = None;
        for &generation in &open {
            self.actions.push_back(Action::control(generation, text.clone()));
        }
        self.actions.extend(open.iter().copied().map(Action::read_control));
        let (until, look) = (self.now + GOODBYE_WAIT, self.now + GOODBYE_POLL);
        self.farewell = Farewell::Waiting { until, look };
    }

    /// While a goodbye is on its way, only one thing still counts: whether it was acknowledged, or cannot be any more.
    pub(crate) fn handle_last(&mut self, input: Input) {
        match input {
            // One copy is enough.
            Input::Outstanding { channel: ChannelId::CONTROL, bytes: 0, .. } if !self.is_closed() => {
                self.end()
            }
            Input::Report { generation, report: Report::ChannelClosed { channel: ChannelId::CONTROL } } => {
                self.connections.set_control(generation, false, self.now);
                if !self.is_closed() && self.connections.open_controls().next().is_none() {
                    self.end();
                }
            }
            Input::Outcome { op, .. } => {
                self.operating.take_if(|operating| operating.op == op);
            }
            _ => {}
        }
    }

    /// Looks again, or stops waiting. If nothing was acknowledged, the path is bad, and signaling carries the goodbye,
    /// too.
    pub(crate) fn farewell_due(&mut self) {
        let Farewell::Waiting { until, look } = &mut self.farewell else { return };
        if *until <= self.now {
            return self.end();
        }
        if *look <= self.now {
            *look = self.now + GOODBYE_POLL;
            let read = self.connections.open_controls().map(Action::read_control);
            self.actions.extend(read);
        }
    }

    fn end(&mut self) {
        self.farewell = Farewell::Over;
        self.control_flows = false;
        self.negotiate(Negotiate::Close);
        while let Some(action) = self.negotiation.poll_action() {
            self.carry_out(action);
        }
        // All connections close now, so none needs a farewell of its own.
        self.operating = None;
        let closed = self.connections.take_all();
        self.actions.extend(closed.into_iter().map(|generation| Action::CloseConnection { generation }));
    }
}
