//! During a call the screen and the computer do not fall asleep by themselves. After the call both may sleep again.
#![cfg(target_os = "linux")]

use std::io::{ErrorKind, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use crate::support::hosting;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, eventually_async};
use zbus::zvariant::OwnedFd;

/// What an app keeps awake, as the services of a desktop see it.
#[derive(Clone, Default)]
struct Awake(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    screen: u32,
    /// Each inhibitor and our end of its pipe: our end reads an end of file once the other is closed.
    computer: Vec<(String, UnixStream)>,
}

struct ScreenSaver(Awake);

#[zbus::interface(name = "org.freedesktop.ScreenSaver")]
impl ScreenSaver {
    fn inhibit(&self, _app: &str, _reason: &str) -> u32 {
        self.0.0.lock().unwrap().screen += 1;
        7
    }

    fn un_inhibit(&self, cookie: u32) {
        assert_eq!(cookie, 7);
        self.0.0.lock().unwrap().screen -= 1;
    }
}

struct Login(Awake);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Login {
    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> OwnedFd {
        assert_eq!(mode, "block");
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        self.0.0.lock().unwrap().computer.push((what.to_owned(), ours));
        std::os::fd::OwnedFd::from(theirs).into()
    }
}

impl Awake {
    /// What is kept awake now: the screen, and parts of the computer in the order of their names.
    fn now(&self) -> (u32, Vec<String>) {
        let mut held = self.0.lock().unwrap();
        held.computer.retain_mut(
            |(_, ours)| matches!(ours.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock),
        );
        let mut computer: Vec<_> = held.computer.iter().map(|(what, _)| what.clone()).collect();
        computer.sort();
        (held.screen, computer)
    }

    async fn wait_until(&self, what: &str, screen: u32, computer: &[&str]) {
        eventually_async(what, PATIENCE, async || (self.now() == (screen, owned(computer))).then_some(()))
            .await;
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_keeps_the_computer_awake() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let address = desktop.bus_address();
    let awake = Awake::default();
    let bus = zbus::connection::Builder::address(address).unwrap();
    let bus = bus.name("org.freedesktop.ScreenSaver").unwrap().name("org.freedesktop.login1").unwrap();
    let bus = bus.serve_at("/org/freedesktop/ScreenSaver", ScreenSaver(awake.clone())).unwrap();
    let bus = bus.serve_at("/org/freedesktop/login1", Login(awake.clone())).unwrap().build().await.unwrap();

    let mut arguments = hosting("Ada", "none", "none");
    arguments.extend(["--sink", "none"]);
    let options = AppOptions::new(&arguments).with("DBUS_SYSTEM_BUS_ADDRESS", address);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    ada.wait_for_tiles("in the meeting", |tiles| tiles.len() == 1).await;
    awake.wait_until("awake in the call", 1, &["idle", "sleep"]).await;
    ada.click("control-leave").await;
    awake.wait_until("free to sleep after it", 0, &[]).await;
    ada.close().await;
    drop(bus);
}
