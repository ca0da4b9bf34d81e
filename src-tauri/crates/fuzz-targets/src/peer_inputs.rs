//! One peer machine that is told anything in any order: by its connections, by the remote over control channels, by its
//! owner, by the clock, and by a driver that answers late or not as asked.

use std::collections::BTreeSet;
use std::time::Duration;

use arbitrary::Arbitrary;
use holdfast_delivery::{CHANNELS, ChannelId, ChannelMessage};
use holdfast_negotiation::{Candidate, OpId, Outcome, TrackMap, TrackSource, TransportState, limits};
use holdfast_peer_machine::{Action, Command, Config, Input, Operation, PeerEvent, PeerMachine, Report};
use holdfast_protocol::{DescriptionNumber, Generation, PeerMessage};

use crate::payloads::operations;

/// Things told per input; the bound is for the fuzzer's speed only.
const OPERATIONS: usize = 200;
/// No single input may ask for more than this: all buffers of candidates, each as one action, and a few.
const ACTIONS: usize =
    limits::CANDIDATE_BUFFER + limits::CANDIDATES_PER_DESCRIPTION as usize + limits::LOCAL_CANDIDATES + 100;

#[derive(Arbitrary, Debug)]
enum Told<'a> {
    /// The driver answers what it was asked; with a description where there should be one.
    Answer,
    Fail,
    /// An outcome of something that was never asked.
    Outcome(u16),
    Transport {
        generation: u8,
        state: u8,
    },
    LocalCandidate {
        generation: u8,
    },
    Control {
        generation: u8,
        open: bool,
    },
    Text {
        generation: u8,
        text: &'a str,
    },
    Message {
        generation: u8,
        what: u8,
        revision: u8,
    },
    NotText {
        generation: u8,
    },
    /// A description or a candidate that came through signaling.
    Signal {
        generation: u8,
        text: &'a str,
    },
    /// The remote answers the last offer.
    Accept,
    Say,
    Screen(bool),
    RequestKeyframe,
    ExpectMedia(bool),
    Signaling(bool),
    AddressChanged,
    Woke,
    RemoteRestarted,
    Retry,
    Media {
        generation: u8,
    },
    Refused,
    Outstanding {
        generation: u8,
        bytes: u16,
    },
    KeyframeWanted {
        source: u8,
    },
    Totals,
    Pass(u16),
    Timer,
    Close {
        goodbye: bool,
    },
}

struct Bench {
    machine: PeerMachine,
    now: Duration,
    asked: Option<(OpId, Operation)>,
    made: BTreeSet<Generation>,
    closed: BTreeSet<Generation>,
    offered: Option<(Generation, Option<DescriptionNumber>)>,
    closing: bool,
}

/// Any inputs in any order. The first byte chooses the side and the first generation.
pub fn peer_inputs(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let (local, remote) = if first & 1 == 1 { ("a", "b") } else { ("b", "a") };
    let mut config = Config::new(local, remote, u64::from(first >> 3));
    config.relay = first & 2 == 2;
    config.first_generation = if first & 4 == 4 { Generation(3) } else { Generation::FIRST };
    let now = Duration::from_secs(1000);
    let mut bench = Bench {
        machine: PeerMachine::new(config, CHANNELS, now),
        now,
        asked: None,
        made: BTreeSet::new(),
        closed: BTreeSet::new(),
        offered: None,
        closing: false,
    };
    bench.take_actions();
    for told in operations(rest, OPERATIONS) {
        bench.apply(told);
    }
    bench.end();
}

/// Mostly `control`, now and then a channel that does not pass the machine.
fn channel(generation: u8) -> ChannelId {
    if generation >= 248 { ChannelId(1) } else { ChannelId::CONTROL }
}

impl Bench {
    fn tell(&mut self, input: Input) {
        self.machine.handle_input(input, self.now);
        self.take_actions();
    }

    fn take_actions(&mut self) {
        let mut taken = 0;
        while let Some(action) = self.machine.poll_action() {
            taken += 1;
            assert!(taken <= ACTIONS, "asks without end");
            match action {
                Action::Operate { op, operation } => {
                    assert!(self.asked.is_none(), "two operations at a time");
                    assert!(!self.closing, "an operation after the end");
                    self.asked = Some((op, operation));
                }
                Action::CloseConnection { generation } => {
                    assert!(self.made.contains(&generation), "closes what was never made");
                    assert!(self.closed.insert(generation), "closes a connection twice");
                }
                Action::Send { generation, .. }
                | Action::ReadOutstanding { generation, .. }
                | Action::OpenOutlet { generation }
                | Action::CloseOutlet { generation }
                | Action::AskKeyframe { generation, .. } => {
                    let there = self.made.contains(&generation) && !self.closed.contains(&generation);
                    assert!(there, "a connection that is not there: {generation}");
                }
                Action::Emit(PeerEvent::Signal {
                    generation,
                    message:
                        PeerMessage::Description {
                            kind: holdfast_protocol::DescriptionKind::Offer, number, ..
                        },
                }) => {
                    self.offered = Some((generation, number));
                }
                Action::Emit(PeerEvent::Control(message)) => {
                    let negotiates =
                        matches!(message, PeerMessage::Description { .. } | PeerMessage::Candidate { .. });
                    assert!(!negotiates, "the owner hears of the negotiation's messages");
                }
                Action::Emit(_) | Action::Log(_) => {}
            }
        }
        assert!(self.machine.live_connections().count() <= 2, "more than two connections in use");
    }

    fn report(&mut self, generation: u8, report: Report) {
        self.tell(Input::Report { generation: Generation(u32::from(generation % 8)), report });
    }

    fn message(&mut self, generation: u8, message: ChannelMessage) {
        self.report(generation, Report::Message { channel: channel(generation), message });
    }

    fn answer(&mut self, fails: bool) {
        let Some((op, operation)) = self.asked.take() else { return };
        let outcome = match operation {
            _ if fails => Outcome::Failed,
            Operation::CreateConnection { generation, .. } => {
                self.made.insert(generation);
                Outcome::Done
            }
            Operation::CreateOffer { tracks, .. } | Operation::CreateAnswer { tracks, .. } => {
                let sources = tracks.sources().enumerate();
                let tracks: TrackMap =
                    sources.map(|(mid, source)| (mid.to_string().into(), source)).collect();
                Outcome::Description { sdp: "v=0\r\na=ice-ufrag:ours\r\n".to_owned(), tracks }
            }
            _ => Outcome::Done,
        };
        self.tell(Input::Outcome { op, outcome });
    }

    fn command(&mut self, command: Command) {
        self.tell(Input::Command(command));
    }

    fn apply(&mut self, told: Told<'_>) {
        match told {
            Told::Answer => self.answer(false),
            Told::Fail => self.answer(true),
            Told::Outcome(op) => {
                // One that was asked has its own answer.
                let op = OpId(u64::from(op) + 1_000_000);
                self.tell(Input::Outcome { op, outcome: Outcome::Done });
            }
            Told::Transport { generation, state } => {
                use TransportState::{Closed, Connected, Connecting, Disconnected, Failed, New};
                let states = [New, Connecting, Connected, Disconnected, Failed, Closed];
                self.report(generation, Report::Transport(states[usize::from(state) % states.len()]));
            }
            Told::LocalCandidate { generation } => {
                let candidate = Candidate {
                    candidate: "candidate:1".to_owned(),
                    sdp_mid: None,
                    sdp_m_line_index: Some(0),
                };
                self.report(generation, Report::LocalCandidate(candidate));
            }
            Told::Control { generation, open } => {
                let channel = channel(generation);
                self.report(
                    generation,
                    if open { Report::ChannelOpen { channel } } else { Report::ChannelClosed { channel } },
                );
            }
            Told::Text { generation, text } => {
                self.message(generation, ChannelMessage::Text(text.to_owned()));
            }
            Told::Message { generation, what, revision } => {
                let text = match what % 4 {
                    0 => "{\"type\":\"goodbye\"}".to_owned(),
                    1 => "{\"type\":\"hears\",\"participants\":[]}".to_owned(),
                    2 => format!("{{\"type\":\"media_state_ack\",\"revision\":{revision}}}"),
                    _ => format!(
                        "{{\"type\":\"media_state\",\"revision\":{revision},\"microphone\":true,\
                         \"camera\":false,\"screen\":false,\"hand\":false}}"
                    ),
                };
                self.message(generation, ChannelMessage::Text(text));
            }
            Told::NotText { generation } => self.message(generation, ChannelMessage::Binary(vec![0])),
            Told::Signal { generation, text } => {
                if let Ok(message) = PeerMessage::parse(text) {
                    self.command(Command::Signal { generation: Generation(generation.into()), message });
                }
            }
            Told::Accept => self.accept(),
            Told::Say => self.command(Command::Control(PeerMessage::Goodbye {})),
            Told::Screen(shared) => self.command(Command::SetScreen(shared)),
            Told::RequestKeyframe => self.command(Command::RequestKeyframe(None)),
            Told::ExpectMedia(expected) => self.command(Command::ExpectMedia(expected)),
            Told::Signaling(reachable) => self.command(Command::Signaling(reachable)),
            Told::AddressChanged => self.command(Command::AddressChanged),
            Told::Woke => self.command(Command::Woke),
            Told::RemoteRestarted => self.command(Command::RemoteRestarted),
            Told::Retry => self.command(Command::Retry),
            Told::Media { generation } => {
                self.tell(Input::MediaReceived { generation: Generation(u32::from(generation % 8)) });
            }
            Told::Refused => self.tell(Input::Refused { channel: ChannelId::CONTROL }),
            Told::Outstanding { generation, bytes } => {
                self.tell(Input::Outstanding {
                    generation: Generation(u32::from(generation % 8)),
                    channel: channel(generation),
                    bytes: usize::from(bytes),
                });
            }
            Told::KeyframeWanted { source } => {
                let sources = [TrackSource::Microphone, TrackSource::Camera, TrackSource::Screen];
                self.tell(Input::KeyframeWanted { source: sources[usize::from(source) % sources.len()] });
            }
            Told::Totals => self.tell(Input::Totals(Box::default())),
            Told::Pass(ms) => self.now += Duration::from_millis(ms.into()),
            Told::Timer => self.timer(),
            Told::Close { goodbye } => self.close(goodbye),
        }
    }

    fn accept(&mut self) {
        let Some((generation, number)) = self.offered else { return };
        let message = PeerMessage::Description {
            kind: holdfast_protocol::DescriptionKind::Answer,
            sdp: "v=0\r\na=ice-ufrag:theirs\r\n".to_owned(),
            tracks: std::collections::BTreeMap::new(),
            number: None,
            answers: number,
            generation: None,
        };
        self.command(Command::Signal { generation, message });
    }

    fn timer(&mut self) {
        if let Some(at) = self.machine.poll_timeout() {
            self.now = self.now.max(at);
            self.machine.handle_timeout(self.now);
            self.take_actions();
            assert!(
                self.machine.poll_timeout().is_none_or(|next| next > self.now),
                "a timer that is due stays"
            );
        }
    }

    /// A driver answers what was asked before it ends a machine.
    fn close(&mut self, goodbye: bool) {
        while self.asked.is_some() {
            self.answer(true);
        }
        self.closing = true;
        self.tell(Input::Close { goodbye });
    }

    fn end(&mut self) {
        self.close(true);
        for _ in 0..100 {
            self.timer();
        }
        assert!(self.machine.is_closed(), "the end takes too long");
        assert_eq!(self.made, self.closed, "a connection is left open");
        assert_eq!(self.machine.poll_timeout(), None);
    }
}
