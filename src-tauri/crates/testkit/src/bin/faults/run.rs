//! One run of one fault: a network, a meeting in it, the fault, and the reports of all participants.
//!
//! Bo has the fault, and Ada is at the other end. Cleo, if she takes part, should notice nothing. During the fault Bo's
//! microphone is closed; at the end it is opened again.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use holdfast_testkit::net::{Host, Network, SignalingServer, TurnServer};
use holdfast_testkit::{Bot, Programs};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::chances;
use crate::cut::Cut;
use crate::judge;
use crate::measure::Moments;
use crate::person::Person;
use crate::table::{Fault, Kind, Transport};
use crate::window;

/// What each participant sends: enough pictures to time their return, small enough for several meetings on one machine.
pub(crate) const SENDING: [&str; 7] =
    ["--size", "640x360", "--fps", "30", "--video", "pattern", "--arrivals"];

/// Tones in hertz: Ada's, Bo's, Cleo's.
pub(crate) const TONES: [&str; 3] = ["tone:440", "tone:330", "tone:550"];

/// Pictures that must arrive before a meeting counts as running, and again before it counts as whole.
pub(crate) const ENOUGH_PICTURES: u64 = 30;

/// How long to wait for a repair: longer than the longest pause between two attempts.
pub(crate) const REPAIR_PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for the signaling connection. Its pauses grow to half a minute.
const SIGNALING_PATIENCE: Duration = Duration::from_secs(45);

/// How long a meeting is watched after it has come back, for gaps that follow.
pub(crate) const AFTERWARDS: Duration = Duration::from_secs(5);

/// How often a running meeting is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The settings of every run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) programs: Programs,
    pub(crate) seed: u64,
    /// Where logs and reports go: `NAME-RUN` below it.
    pub(crate) folder: PathBuf,
}

impl Plan {
    /// Where one run leaves its logs and reports.
    pub(crate) fn folder_of(&self, fault: &Fault, number: u32) -> PathBuf {
        self.folder.join(format!("{}-{number}", fault.name))
    }
}

/// Runs it once. The error says why there is nothing to judge.
///
/// # Panics
/// When a part of the scene does not work.
pub(crate) fn run(plan: &Plan, fault: &Fault, number: u32) -> Result<(), String> {
    let folder = plan.folder_of(fault, number);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the run");
    let chance = StdRng::seed_from_u64(seed_of(plan.seed, fault.name, number));
    if fault.in_window {
        return window::run(plan, fault, &folder, chance);
    }
    let mut scene = Scene::set(plan, fault, chance);
    if !scene.start() {
        for person in scene.people() {
            person.bot.keep_log_in(&folder);
        }
        return Err("the meeting did not come about".into());
    }
    let moments = scene.happen(&folder);
    scene.finish(moments, &folder);
    Ok(())
}

/// Each run has random numbers of its own, independent of the other runs.
fn seed_of(seed: u64, name: &str, number: u32) -> u64 {
    let mixed = |sum: u64, byte: u64| (sum ^ byte).wrapping_mul(0x0100_0000_01b3);
    let named = name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |sum, byte| mixed(sum, u64::from(byte)));
    mixed(named, u64::from(number))
}

/// Milliseconds of Unix time.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(since.as_millis()).expect("a clock before the sun grows cold")
}

struct Scene<'a> {
    plan: &'a Plan,
    fault: &'a Fault,
    chance: StdRng,
    // Dropped in this order: participants, then servers, then the network.
    ada: Person,
    bo: Person,
    cleo: Option<Person>,
    server: SignalingServer,
    /// Exists as long as this does.
    _turn: Option<TurnServer>,
    host: Host,
    link: String,
    options: Vec<String>,
    _network: Network,
}

impl<'a> Scene<'a> {
    fn set(plan: &'a Plan, fault: &'a Fault, chance: StdRng) -> Self {
        let network = Network::new().expect("a network of our own");
        let host = || network.host().expect("a host");
        let server = SignalingServer::start(&plan.programs, host());
        let (ada, bo) = (host(), host());
        let mut options: Vec<String> = SENDING.iter().map(|&word| word.to_owned()).collect();
        let turn = match fault.kind {
            Kind::Relayed(transport, mobility, _) => {
                let turn = TurnServer::start(host(), mobility);
                for one in [&ada, &bo] {
                    network.hide(one).expect("a NAT");
                }
                let _stays = network.separate(&ada, &bo).expect("a wall");
                let transport = match transport {
                    Transport::Udp => "udp",
                    Transport::Tcp => "tcp",
                };
                options.extend(["--ice-server".to_owned(), turn.ice_server(transport)]);
                Some(turn)
            }
            _ => None,
        };
        let link = server.link();
        let join = |host: &Host, name: &'static str, tone: &str| {
            let mut words: Vec<&str> = options.iter().map(String::as_str).collect();
            words.extend(["--audio", tone]);
            Person::new(Bot::join_on(&plan.programs, host, &link, name, &words, None))
        };
        let cleo = fault.third.then(|| join(&host(), "Cleo", TONES[2]));
        let people = (join(&ada, "Ada", TONES[0]), join(&bo, "Bo", TONES[1]));
        let (ada, host_of_bo) = (people.0, bo);
        Self {
            plan,
            fault,
            chance,
            ada,
            bo: people.1,
            cleo,
            server,
            _turn: turn,
            host: host_of_bo,
            link,
            options,
            _network: network,
        }
    }

    /// Waits until all see and hear each other, and a while longer; false if they never do.
    fn start(&mut self) -> bool {
        let begun = Instant::now();
        loop {
            self.look();
            let all: Vec<&Person> = self.people().collect();
            let ready = all.iter().all(|person| {
                person.others.len() + 1 == all.len()
                    && person
                        .others
                        .iter()
                        .all(|other| other.connected && other.audible && other.decoded >= ENOUGH_PICTURES)
            });
            if ready {
                break;
            }
            if begun.elapsed() > REPAIR_PATIENCE {
                return false;
            }
            sleep(LOOK_EVERY);
        }
        sleep(chances::before(&mut self.chance));
        true
    }

    fn people(&self) -> impl Iterator<Item = &Person> {
        [&self.ada, &self.bo].into_iter().chain(&self.cleo)
    }

    fn look(&mut self) {
        for person in [&mut self.ada, &mut self.bo].into_iter().chain(&mut self.cleo) {
            person.look();
        }
    }

    /// Waits. In the middle, closes Bo's microphone.
    fn hold(&mut self, length: Duration) {
        let first = chances::muted_after(length, &mut self.chance);
        sleep(first);
        self.mute();
        sleep(length.saturating_sub(first));
    }

    fn mute(&mut self) {
        self.bo.bot.tell("microphone off");
    }

    /// Begins the fault and ends it.
    fn happen(&mut self, folder: &Path) -> Moments {
        let length = chances::length(self.fault.length, &mut self.chance);
        let cut = now();
        let mut moments = Moments { cut, whole: cut, ..Moments::default() };
        match self.fault.kind {
            kind @ (Kind::Blocked(_) | Kind::Loss(_) | Kind::LinkDown(_)) => {
                let broken = Cut::make(kind, &self.host);
                self.hold(length);
                moments.whole = now();
                if let Some(broken) = broken {
                    broken.mend(&self.host);
                }
            }
            Kind::AddressReplaced => {
                self.host.replace_address().expect("another address");
                self.hold(Duration::from_secs(1));
            }
            Kind::AddressAdded => {
                self.host.add_second_address().expect("a second address");
                self.hold(length);
                moments.whole = now();
                self.host.remove_first_address().expect("one address");
            }
            Kind::ServerKilled => {
                self.server.kill();
                if length.is_zero() {
                    self.mute();
                } else {
                    self.hold(length);
                }
                moments.whole = now();
                self.server.start_again();
            }
            Kind::Stopped => {
                self.bo.bot.stop();
                self.hold(length);
                moments.whole = now();
                self.bo.bot.go_on();
            }
            Kind::Killed => moments.whole = self.replace_bo(length, folder),
            Kind::Relayed(_, _, traffic) => {
                let block = self.host.block(traffic).expect("a block");
                self.hold(length);
                moments.whole = now();
                block.lift().expect("no block");
            }
        }
        moments
    }

    /// Kills Bo's process and starts a new one as the same participant. Mutes it once Ada sees it. Returns when it was
    /// started.
    fn replace_bo(&mut self, length: Duration, folder: &Path) -> i64 {
        let mut words: Vec<&str> = self.options.iter().map(String::as_str).collect();
        // As in the app, a participant who comes back after a crash is the same participant.
        let id = self.bo.bot.own_id();
        words.extend(["--audio", TONES[1], "--participant", &id]);
        let join = || Bot::join_on(&self.plan.programs, &self.host, &self.link, "Bo", &words, None);
        self.bo.bot.kill();
        let log = self.bo.bot.lines().join("\n");
        std::fs::write(folder.join("bo-killed.log"), log).expect("the folder can be written");
        sleep(length);
        let started = now();
        self.bo = Person::new(join());
        started
    }

    /// Waits until Ada and Bo see each other again, or patience ends.
    fn wait_until_whole(&mut self) {
        let begun = Instant::now();
        self.look();
        let seen_before = (self.ada.decoded("Bo"), self.bo.decoded("Ada"));
        while begun.elapsed() < REPAIR_PATIENCE {
            self.look();
            let sees = |person: &Person, name: &str, before: u64| {
                person.of(name).is_some_and(|other| {
                    // A new process counts from zero again.
                    let before = if other.decoded < before { 0 } else { before };
                    other.connected && other.decoded >= before + ENOUGH_PICTURES
                })
            };
            if sees(&self.ada, "Bo", seen_before.0) && sees(&self.bo, "Ada", seen_before.1) {
                break;
            }
            sleep(LOOK_EVERY);
        }
        let begun = Instant::now();
        while begun.elapsed() < SIGNALING_PATIENCE && !(self.ada.signaling && self.bo.signaling) {
            sleep(LOOK_EVERY);
            self.look();
        }
    }

    /// Watches the return, opens Bo's microphone again, and asks all participants for their reports.
    fn finish(mut self, mut moments: Moments, folder: &Path) {
        self.wait_until_whole();
        if self.fault.kind == Kind::Killed {
            self.mute();
        }
        sleep(AFTERWARDS);
        moments.unmuted = now();
        self.bo.bot.tell("microphone on");
        self.ada.wait_to_hear("Bo");
        sleep(LOOK_EVERY * 5);
        moments.end = now();
        self.reports(moments, folder);
    }

    fn reports(self, moments: Moments, folder: &Path) {
        // The participant with the most important report ends first, so that its report contains no goodbye.
        for person in [self.ada, self.bo].into_iter().chain(self.cleo) {
            let _ = person.bot.end_and_keep_in(folder);
        }
        judge::keep(moments, folder);
    }
}
