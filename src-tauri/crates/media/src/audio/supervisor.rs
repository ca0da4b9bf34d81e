//! Keeps a device stream alive: opens it, notices when it died, opens it again.
//!
//! Knows nothing of the sound in the stream. A stream reports its state through [`Health`], which its callbacks touch
//! without locks: a beat for every piece of sound, and a flag when it failed. A stream that neither fails nor beats is
//! dead too, because sound servers remove streams silently. And a stream may be alive on the wrong device: sound
//! servers move it when its device is unplugged. They move a microphone's stream even to the monitor of the speaker,
//! where the call would hear itself. So every second, and at once when another device is chosen, the supervisor
//! compares the device with the wanted one. A stream on the wrong device goes on until the one on the right device is
//! open.

use super::{
    AudioError,
    choice::Choice,
    pacing::{EndSignal, Worker},
};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::Thread,
    time::{Duration, Instant},
};

/// How long opening may take before the device counts as absent.
const OPEN_PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks at the stream.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A stream without a beat for this long is dead. Streams beat every 10 ms.
const STALLED: Duration = Duration::from_secs(2);
/// The same, until a stream moves: a sound server that was idle may first play what it had made up (PulseAudio's null
/// sink two seconds of it), and a headset may have to wake up.
const LATE: Duration = Duration::from_secs(5);
/// With this many beats it moves: a speaker's stream asks for its first piece before it plays anything of it.
const MOVES: u64 = 2;
/// First and longest pause before a stream is opened again.
const PAUSES: std::ops::RangeInclusive<Duration> = Duration::from_millis(250)..=Duration::from_secs(2);
/// A stream that lived this long was healthy, so the next pause is the first one again.
const LIVED: Duration = Duration::from_secs(10);

/// How often it compares the device with the wanted one: one round trip to the sound server.
const COMPARE_EVERY: Duration = Duration::from_secs(1);
/// How long it waits for a stream to close. A stream that the server has removed may never finish closing.
const CLOSE_PATIENCE: Duration = Duration::from_millis(500);

/// An open stream on some device.
pub(super) trait Connection: Send + 'static {
    /// Whether this is still the device a new stream would be opened on.
    fn is_on_the_wanted_device(&self) -> bool;
}

/// Why a stream must be replaced.
enum End {
    /// It is dead.
    Lost,
    /// It is alive, but not on the wanted device, or no longer on it.
    Elsewhere,
}

/// What a stream's callbacks report, without locks.
#[derive(Default)]
pub(super) struct Health {
    failed: AtomicBool,
    beats: AtomicU64,
    supervisor: OnceLock<Thread>,
}

impl Health {
    /// Sound moved.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// The stream is dead. Cheap from the second call on: some systems report a lost device without pause.
    pub(super) fn fail(&self) {
        if !self.failed.swap(true, Ordering::AcqRel)
            && let Some(supervisor) = self.supervisor.get()
        {
            supervisor.unpark();
        }
    }
}

/// The errors of one kind of device.
#[derive(Clone, Copy)]
pub(super) struct Losses {
    /// There is no device.
    pub(super) absent: AudioError,
    /// The device went away.
    pub(super) lost: AudioError,
}

/// Opens a stream with `open` and keeps one open until the returned worker is dropped. From the worker's thread, `tell`
/// hears in this order that there is a stream, each loss once, and then that there is one again.
///
/// # Errors
/// What the first `open` returned, or `absent` if it took too long.
pub(super) fn keep_open<S: Connection>(
    name: &str,
    losses: Losses,
    choice: Choice,
    mut open: impl FnMut(&Arc<Health>) -> Result<S, AudioError> + Send + 'static,
    mut tell: impl FnMut(Result<(), AudioError>) + Send + 'static,
) -> Result<Worker, AudioError> {
    let (first, opened) = mpsc::sync_channel(1);
    let worker = Worker::spawn(name, move |stop| {
        choice.supervised_by(std::thread::current());
        let mut health = new_health();
        let mut stream = match open(&health) {
            Ok(stream) => stream,
            Err(error) => {
                _ = first.send(Err(error));
                return;
            }
        };
        _ = first.send(Ok(()));
        // The caller waits no longer: the device took too long and counts as absent.
        if stop.is_set() {
            return close(stream);
        }
        tell(Ok(()));
        let mut pause = *PAUSES.start();
        loop {
            let since = Instant::now();
            let end = watch(stop, &health, &stream, &choice);
            if stop.is_set() {
                return close(stream);
            }
            if since.elapsed() > LIVED {
                pause = *PAUSES.start();
            }
            let mut next = None;
            // Another device can open while this stream goes on, so nothing is missed.
            if matches!(end, End::Elsewhere) {
                health = new_health();
                next = open(&health).ok();
            }
            close(stream);
            let mut reported = false;
            stream = loop {
                if let Some(stream) = next {
                    break stream;
                }
                // No other device to move to, or no device at all.
                if !std::mem::replace(&mut reported, true) {
                    tracing::warn!(code = losses.lost.code(), "sound device lost");
                    tell(Err(losses.lost));
                }
                stop.wait_until(Instant::now() + pause, || choice.has_changed());
                pause = (pause * 2).min(*PAUSES.end());
                if stop.is_set() {
                    return;
                }
                choice.take_change();
                health = new_health();
                next = open(&health).ok();
            };
            tracing::info!("sound device opened again");
            if reported {
                tell(Ok(()));
            }
        }
    })?;
    match opened.recv_timeout(OPEN_PATIENCE) {
        Ok(Ok(())) => Ok(worker),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(losses.absent),
    }
}

/// Closes on a thread of its own: after the server has removed a stream, the sound library waits without end for an
/// answer about it. Such a thread stays, one for each unplugging.
fn close(stream: impl Connection) {
    let (closing, closed) = mpsc::channel::<()>();
    let spawned = std::thread::Builder::new().name("sound-close".to_owned()).spawn(move || {
        drop(stream);
        drop(closing);
    });
    if spawned.is_ok() && closed.recv_timeout(CLOSE_PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        tracing::debug!("a removed sound stream does not close, left behind");
    }
}

fn new_health() -> Arc<Health> {
    let health = Arc::new(Health::default());
    _ = health.supervisor.set(std::thread::current());
    health
}

/// When a stream last moved. Pure.
struct Pulse {
    beats: u64,
    moved: Instant,
}

impl Pulse {
    /// A stream that is opened at `now`.
    fn new(now: Instant) -> Self {
        Self { beats: 0, moved: now }
    }

    /// Takes the count of beats so far; false if the stream is dead.
    fn is_alive(&mut self, beats: u64, now: Instant) -> bool {
        if beats != self.beats {
            *self = Self { beats, moved: now };
        }
        now - self.moved <= if beats < MOVES { LATE } else { STALLED }
    }
}

/// Returns when the stream must be replaced or the thread must stop.
fn watch(stop: &EndSignal, health: &Health, stream: &impl Connection, choice: &Choice) -> End {
    let mut pulse = Pulse::new(Instant::now());
    let mut compared = Instant::now();
    while !stop.is_set() && !health.failed.load(Ordering::Acquire) {
        if !pulse.is_alive(health.beats.load(Ordering::Relaxed), Instant::now()) {
            break;
        }
        if choice.take_change() || compared.elapsed() > COMPARE_EVERY {
            compared = Instant::now();
            if !stream.is_on_the_wanted_device() {
                return End::Elsewhere;
            }
        }
        stop.wait_until(Instant::now() + LOOK_EVERY, || {
            health.failed.load(Ordering::Acquire) || choice.has_changed()
        });
    }
    // Unplugged while another one can take its place.
    if !stop.is_set() && !stream.is_on_the_wanted_device() { End::Elsewhere } else { End::Lost }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOSSES: Losses = Losses { absent: AudioError::NoSpeaker, lost: AudioError::SpeakerLost };
    const LONG: Duration = Duration::from_secs(20);

    struct Fake {
        wanted: bool,
        hangs: bool,
    }

    const FINE: Fake = Fake { wanted: true, hangs: false };

    impl Connection for Fake {
        fn is_on_the_wanted_device(&self) -> bool {
            self.wanted
        }
    }

    impl Drop for Fake {
        fn drop(&mut self) {
            if self.hangs {
                // Longer than any test.
                std::thread::sleep(Duration::from_secs(3600));
            }
        }
    }

    #[test]
    fn a_storm_of_errors_is_one_loss_and_one_new_stream() {
        let (streams, opened) = mpsc::channel();
        let (errors, lost) = mpsc::channel();
        let worker = keep_open(
            "storm",
            LOSSES,
            Choice::default(),
            move |health| {
                streams.send(Arc::clone(health)).unwrap();
                Ok(FINE)
            },
            move |news| errors.send(news).unwrap(),
        )
        .unwrap();
        let first = opened.recv_timeout(LONG).unwrap();
        for _ in 0..100_000 {
            first.fail();
        }
        let second = opened.recv_timeout(LONG).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        first.fail();
        drop(worker);
        assert_eq!(lost.iter().collect::<Vec<_>>(), [Ok(()), Err(AudioError::SpeakerLost), Ok(())]);
        assert_eq!(opened.iter().count(), 0);
    }

    #[test]
    fn a_stream_may_begin_late_but_not_pause_as_long() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut pulse = Pulse::new(start);
        assert!(pulse.is_alive(1, after(100)), "filled, not played");
        assert!(pulse.is_alive(1, after(5_100)));
        assert!(pulse.is_alive(2, after(5_100)));
        assert!(pulse.is_alive(2, after(7_100)));
        assert!(!pulse.is_alive(2, after(7_101)));
        assert!(!Pulse::new(start).is_alive(0, after(5_001)));
    }

    #[test]
    fn a_stream_that_falls_silent_is_replaced_even_if_it_never_closes() {
        let (streams, opened) = mpsc::channel();
        let _worker = keep_open(
            "silent",
            LOSSES,
            Choice::default(),
            move |health| {
                streams.send(()).map_err(|_| AudioError::NoSpeaker)?;
                health.beat();
                health.beat();
                Ok(Fake { wanted: true, hangs: true })
            },
            |_| (),
        );
        opened.recv_timeout(LONG).unwrap();
        opened.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn a_stream_on_another_device_is_moved_and_only_lost_when_there_is_none() {
        let (streams, opened) = mpsc::channel();
        let (errors, lost) = mpsc::channel();
        let mut count = 0;
        let worker = keep_open(
            "moved",
            LOSSES,
            Choice::default(),
            move |health| {
                count += 1;
                if count == 3 {
                    return Err(AudioError::NoSpeaker);
                }
                health.beat();
                streams.send(count).unwrap();
                Ok(Fake { wanted: count > 3, hangs: false })
            },
            move |news| errors.send(news).unwrap(),
        );
        assert_eq!(opened.recv_timeout(LONG).unwrap(), 1);
        assert_eq!(opened.recv_timeout(LONG).unwrap(), 2);
        assert_eq!(lost.recv_timeout(LONG).unwrap(), Ok(()));
        assert!(lost.try_recv().is_err(), "a move is no loss");
        assert_eq!(opened.recv_timeout(LONG).unwrap(), 4);
        drop(worker);
        assert_eq!(lost.iter().collect::<Vec<_>>(), [Err(AudioError::SpeakerLost), Ok(())]);
    }

    #[test]
    fn the_first_failure_to_open_is_the_answer() {
        let refused = keep_open(
            "refused",
            LOSSES,
            Choice::default(),
            |_| Err::<Fake, _>(AudioError::SpeakerDenied),
            |_| (),
        );
        assert_eq!(refused.err(), Some(AudioError::SpeakerDenied));
    }
}
