//! A meeting of two in networks of their own, for tests that break them. Ada sees what a fault does to Bo's network.

use std::time::{Duration, Instant};

use holdfast_protocol::Revision;
use holdfast_testkit::net::{Block, Host, Mobility, Network, SignalingServer, Traffic, TurnServer};
use holdfast_testkit::{
    Bot, Capability, Certificate, Media, MediaChange, Programs, Report, ReportRemote, capable, eventually,
};
use serde_json::Value;

use super::sending;

/// Patience for a repair: longer than the longest pause between two attempts.
const REPAIR: Duration = Duration::from_secs(90);

/// How long sound may still come after an end knows that a microphone was closed. It was sent before. Enough for the
/// busiest machine.
const IN_FLIGHT_MS: u64 = 1_000;

/// Ada and Bo, who see and hear each other.
pub(crate) struct Pair {
    pub(crate) ada: Bot,
    pub(crate) bo: Bot,
    pub(crate) server: SignalingServer,
    /// The machine Bo is on.
    pub(crate) host: Host,
    programs: Programs,
    /// How they reach each other if there is no other way.
    relay: Option<Relay>,
    _network: Network,
}

/// A relay, and what blocks every other way.
struct Relay {
    server: TurnServer,
    _blocks: Vec<Block>,
    /// Kept while the two participants may read its file.
    _another: Option<Certificate>,
}

/// Which certificate the participants trust when they reach a relay over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The relay's.
    Relay,
    /// Another one.
    Another,
}

/// The meeting, once it runs. `None` if the machine allows no networks; see [`capable`].
pub(crate) fn pair() -> Option<Pair> {
    meeting(|_, _, _| None).map(Pair::once_they_met)
}

/// The same, but only a relay connects the two, over TCP.
pub(crate) fn relayed_pair() -> Option<Pair> {
    let relay = |network: &Network, ada: &mut Host, bo: &mut Host| {
        let server = TurnServer::start(network.host().unwrap(), Mobility::Allowed);
        Some(Relay { server, _blocks: vec![apart(network, ada, bo)], _another: None })
    };
    meeting(relay).map(Pair::once_they_met)
}

/// The two are behind firewalls that block all UDP, and the relay accepts only TLS.
pub(crate) fn pair_relayed_over_tls() -> Option<Pair> {
    pair_before_a_relay_over_tls(Trust::Relay).map(Pair::once_they_met)
}

/// The same, but they may not have met.
pub(crate) fn pair_before_a_relay_over_tls(trust: Trust) -> Option<Pair> {
    meeting(|network, ada, bo| {
        let server = TurnServer::start_with_tls_alone(network.host().unwrap(), Mobility::Allowed);
        let another = Certificate::of(&server.host().address());
        let trusted = match trust {
            Trust::Relay => server.certificate().unwrap(),
            Trust::Another => &another,
        };
        let mut blocks = vec![apart(network, ada, bo)];
        for one in [ada, bo] {
            one.trust(trusted);
            blocks.push(one.block(Traffic::Udp).unwrap());
        }
        Some(Relay { server, _blocks: blocks, _another: Some(another) })
    })
}

fn apart(network: &Network, ada: &Host, bo: &Host) -> Block {
    for one in [ada, bo] {
        network.hide(one).unwrap();
    }
    network.separate(ada, bo).unwrap()
}

fn meeting(relay: impl FnOnce(&Network, &mut Host, &mut Host) -> Option<Relay>) -> Option<Pair> {
    let network = capable(Capability::Networks, Network::new())?;
    let programs = Programs::beside_tests();
    let server = SignalingServer::start(&programs, network.host().unwrap());
    let (mut host_of_ada, mut host) = (network.host().unwrap(), network.host().unwrap());
    let relay = relay(&network, &mut host_of_ada, &mut host);
    let ice = relay.as_ref().map(|relay| relay.server.ice_server("tcp"));
    let join = |host: &Host, name, tone| {
        let mut words = options(tone);
        words.extend(ice.iter().flat_map(|server| ["--ice-server", server]));
        Bot::join_on(&programs, host, &server.link(), name, &words, None)
    };
    let (ada, bo) = (join(&host_of_ada, "Ada", "tone:440"), join(&host, "Bo", "tone:330"));
    let programs = programs.clone();
    Some(Pair { ada, bo, server, host, programs, relay, _network: network })
}

fn options(tone: &str) -> Vec<&str> {
    [&sending("pattern", tone)[..], &["--arrivals"]].concat()
}

impl Pair {
    fn once_they_met(mut self) -> Self {
        self.ada.wait_until_received("Bo", 5, Some(330.0));
        self.bo.wait_until_received("Ada", 5, Some(440.0));
        self
    }

    /// What the relay has logged.
    pub(crate) fn lines_of_relay(&self) -> Vec<String> {
        self.relay.as_ref().map(|relay| relay.server.lines()).unwrap_or_default()
    }

    /// Waits until Ada and Bo show each other as reconnecting.
    #[track_caller]
    pub(crate) fn wait_for_badges(&mut self) {
        wait_for_state(&mut self.ada, "Bo", "reconnecting");
        wait_for_state(&mut self.bo, "Ada", "reconnecting");
    }

    /// Waits until Ada shows Bo in this state.
    #[track_caller]
    pub(crate) fn wait_for_ada(&mut self, state: &str) {
        wait_for_state(&mut self.ada, "Bo", state);
    }

    /// Waits until they show each other as connected and new pictures come both ways.
    #[track_caller]
    pub(crate) fn wait_until_healed(&mut self) {
        wait_for_state(&mut self.ada, "Bo", "connected");
        wait_for_state(&mut self.bo, "Ada", "connected");
        self.wait_for_new_pictures();
    }

    /// Waits until new pictures come both ways.
    #[track_caller]
    pub(crate) fn wait_for_new_pictures(&mut self) {
        wait_for_more_pictures(&mut self.ada, "Bo");
        wait_for_more_pictures(&mut self.bo, "Ada");
    }

    /// Waits until Ada knows that Bo's microphone is closed, and has listened for a while longer.
    #[track_caller]
    pub(crate) fn wait_until_told_of_silence(&mut self) {
        let known = eventually("Ada's knowledge of Bo's microphone", REPAIR, || {
            let told = self.ada.lines().iter().rev().find_map(|line| participant(line, "Bo"))?;
            (told["media"]["microphone"] == false).then(|| told["at_ms"].as_u64())?
        });
        let until = known + 2 * IN_FLIGHT_MS;
        self.ada.wait_for_event("Ada listening on", |event| (event["at_ms"].as_u64()? > until).then_some(()));
    }

    /// Blocks this traffic of Bo's for five seconds, in which Bo mutes, and waits until everything is as it should be
    /// again.
    #[track_caller]
    pub(crate) fn cut_for_five_seconds(&mut self, traffic: Traffic) {
        let (block, cut) = (self.host.block(traffic).unwrap(), Instant::now());
        self.wait_for_badges();
        self.bo.tell("microphone off");
        std::thread::sleep(Duration::from_secs(5).saturating_sub(cut.elapsed()));
        block.lift().unwrap();
        self.wait_until_healed();
        self.wait_until_told_of_silence();
    }

    /// Bo in a new process.
    pub(crate) fn another_bo(&self) -> Bot {
        let id = self.bo.own_id();
        let options = [&options("tone:330")[..], &["--participant", &id]].concat();
        Bot::join_on(&self.programs, &self.host, &self.server.link(), "Bo", &options, None)
    }

    /// Everybody leaves. Ada's report, then Bo's.
    pub(crate) fn end(self) -> (Report, Report) {
        // Ada ends first: otherwise Bo's goodbye would be the last thing she reports.
        let ada = self.ada.end().1;
        (ada, self.bo.end().1)
    }
}

fn participant(line: &str, name: &str) -> Option<Value> {
    let event: Value = serde_json::from_str(line).ok()?;
    (event["event"] == "participant" && event["name"] == name).then_some(event)
}

#[track_caller]
fn wait_for_state(bot: &mut Bot, name: &str, state: &str) {
    bot.wait_for_event_within(&format!("{name} {state}"), REPAIR, |event| {
        (event["event"] == "participant" && event["name"] == name && event["state"] == state).then_some(())
    });
}

/// Pictures that were already on their way do not count, so it waits for the second increase.
#[track_caller]
fn wait_for_more_pictures(bot: &mut Bot, name: &str) {
    let id = bot.id_of(name);
    let mut first = None;
    bot.wait_for_event_within(&format!("new pictures of {name}"), REPAIR, |event| {
        if event["event"] != "receiving" || event["id"] != id.as_str() {
            return None;
        }
        let decoded = event["frames_decoded"].as_u64()?;
        (decoded >= *first.get_or_insert(decoded) + 5).then_some(())
    });
}

/// In the end Ada knows of Bo what Bo says, and no sound came while Bo's microphone was closed.
#[track_caller]
pub(crate) fn assert_media_state_is_right(ada: &Report, bo: &Report) {
    let said: Media = bo.media_states.last().unwrap().media;
    let of_bo = ada.of("Bo");
    assert_eq!(of_bo.media_state, Some(said), "what Ada knows of Bo, and what Bo said");
    let closed = bo.media_states.iter().find(|change| !change.media.microphone).unwrap();
    assert_silent_from(of_bo, closed.media.revision);
}

/// No sound packet came from someone after the observer knew that their microphone was closed, at this revision or a
/// later one.
#[track_caller]
pub(crate) fn assert_silent_from(of_bo: &ReportRemote, revision: Revision) {
    let is_closed = |change: &&MediaChange| change.media.revision >= revision && !change.media.microphone;
    let known = of_bo.media_states.iter().find(is_closed).unwrap();
    let sound = &of_bo.arrivals.as_ref().unwrap().sound;
    let from = known.at_ms + IN_FLIGHT_MS;
    let packets: Vec<_> =
        sound.iter().filter(|(at, ..)| *at >= from).map(|&(_, packets, _)| packets).collect();
    assert!(!packets.is_empty(), "Ada went on listening");
    assert_eq!(packets.first(), packets.last(), "sound packets from a closed microphone");
}

/// The states a participant was in, in order.
pub(crate) fn states(remote: &ReportRemote) -> Vec<&str> {
    remote.states.iter().map(|change| change.state.as_str()).collect()
}

/// Only the usual states on the way to a connection, until the end.
#[track_caller]
pub(crate) fn assert_never_left_connected(remote: &ReportRemote) {
    let states = states(remote);
    let connected = states.iter().position(|state| *state == "connected").unwrap();
    assert_eq!(states[connected..], ["connected"], "{}", remote.name);
}
