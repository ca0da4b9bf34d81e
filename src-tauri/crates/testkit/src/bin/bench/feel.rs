//! How the window feels: when it can be used, how fast it answers, whether it draws smoothly, what it costs at rest.

use std::time::{Duration, Instant};

use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, eventually_async};
use serde_json::Value;

use crate::joins::Times;
use crate::load::{crowd, pictures_drawn};
use crate::usage::{of_tree, started_at_ms};

/// How often the app is started. The first start does not count, because it fills the disk cache for the others.
const STARTS: usize = 6;

/// Presses of a control.
const PRESSES: usize = 30;

/// Pause between two presses: the page takes no press while it still records the last one.
const BETWEEN_PRESSES: Duration = Duration::from_millis(200);

/// Others in the meeting during the measurement of drawing: eight tiles with our own.
const OTHERS: usize = 7;

/// Pause after the start, before rest is measured: caches, the first tray icon and so on.
const SETTLE: Duration = Duration::from_secs(5);

/// What was measured.
pub(crate) struct Feel {
    /// From the start of the process until the page takes presses, milliseconds.
    pub(crate) usable: Times,
    /// From a press on the microphone's control until the tile shows the core's answer, in milliseconds.
    pub(crate) answered: Times,
    /// With eight tiles: what was drawn.
    pub(crate) drawing: Drawing,
    /// Meanwhile, pictures per second from each of the seven others.
    pub(crate) pictures: f64,
    /// At home, where nothing moves: animation frames per second, the most that this machine can reach.
    pub(crate) idle_rate: f64,
    /// At home, in no meeting: CPU in per cent of a core, and MiB.
    pub(crate) idle_cpu: f64,
    /// The same for memory, in MiB.
    pub(crate) idle_memory: f64,
}

/// What the animation frames of a page show.
pub(crate) struct Drawing {
    /// Animation frames per second.
    pub(crate) rate: f64,
    /// How often the page was busy for more than 50 ms, the length of a long task (W3C Long Tasks).
    pub(crate) long: u64,
    /// The longest of them in milliseconds.
    pub(crate) longest: f64,
    /// Seconds watched.
    pub(crate) seconds: f64,
}

/// Measures everything.
pub(crate) async fn measure(programs: &Programs, time: Duration) -> Feel {
    let mut starts = Vec::new();
    let (mut idle_cpu, mut idle_memory, mut idle_rate) = (0.0, 0.0, 0.0);
    for number in 0..STARTS {
        let desktop = Desktop::start(1280, 800);
        let window = AppWindow::open(programs, &desktop, &AppOptions::new(&["--sink", "none"])).await;
        let usable = usable_at(&window).await - started_at_ms(window.pid(), &programs.app());
        if number > 0 {
            starts.push(usable as u64);
        }
        if number + 1 == STARTS {
            tokio::time::sleep(SETTLE).await;
            let before = of_tree(window.pid());
            tokio::time::sleep(time).await;
            let after = of_tree(window.pid());
            idle_cpu = (after.cpu_seconds - before.cpu_seconds) / time.as_secs_f64() * 100.0;
            idle_memory = after.memory_mib;
            idle_rate = drawn(&window, time).await.rate;
        }
        window.close().await;
    }
    let answered = {
        let desktop = Desktop::start(1280, 800);
        let window = AppWindow::open(programs, &desktop, &AppOptions::new(&hosting())).await;
        window.wait_for_pictures(1, 5).await;
        let mut answers = Vec::new();
        for _ in 0..PRESSES {
            answers.push(press(&window).await);
            tokio::time::sleep(BETWEEN_PRESSES).await;
        }
        window.close().await;
        Times::of(answers)
    };
    let (drawing, pictures) = {
        let desktop = Desktop::start(1280, 800);
        let window = AppWindow::open(programs, &desktop, &AppOptions::new(&hosting())).await;
        let _crowd = crowd(programs, Some(&window.link()), OTHERS, (640, 360));
        window.wait_for_pictures(OTHERS + 1, 5).await;
        tokio::time::sleep(SETTLE).await;
        let (started, before) = (Instant::now(), pictures_drawn(&window).await);
        let drawing = drawn(&window, time).await;
        let pictures = pictures_drawn(&window).await.saturating_sub(before);
        (drawing, pictures as f64 / started.elapsed().as_secs_f64() / OTHERS as f64)
    };
    Feel { usable: Times::of(starts), answered, drawing, pictures, idle_rate, idle_cpu, idle_memory }
}

/// With a microphone that opens: one that fails closes by itself, and a press at that moment changes nothing.
fn hosting() -> [&'static str; 16] {
    let [host, listen, any, bind, loopback] = ["--host", "--listen", "127.0.0.1:0", "--bind", "127.0.0.1"];
    let [print, sink, none, name, measured] = ["--print-link", "--sink", "none", "--name", "Measured"];
    [
        host,
        listen,
        any,
        bind,
        loopback,
        print,
        sink,
        none,
        name,
        measured,
        "--video",
        "pattern:300",
        "--audio",
        "tone:440",
        "--size",
        "640x360",
    ]
}

/// When the page said that it can be used, in milliseconds of Unix time.
async fn usable_at(window: &AppWindow) -> i64 {
    const READ: &str = r"
        const [mark] = performance.getEntriesByName('usable');
        return mark ? performance.timeOrigin + mark.startTime : null;
    ";
    eventually_async("a page that can be used", PATIENCE, async || window.run(READ).await.as_f64()).await
        as i64
}

/// Presses the microphone's control in the page, and waits there until its own tile changes.
async fn press(window: &AppWindow) -> u64 {
    const PRESS: &str = r#"
        const own = document.querySelector('[data-testid="tile"][data-self="true"]');
        window.answered = null;
        const pressed = performance.now();
        const watch = new MutationObserver(() => {
            watch.disconnect();
            window.answered = performance.now() - pressed;
        });
        watch.observe(own, { attributes: true, attributeFilter: ['data-microphone'] });
        document.querySelector('[data-testid="control-microphone"]').click();
    "#;
    window.run(PRESS).await;
    let answered = async || window.run("return window.answered;").await.as_f64();
    eventually_async("an answer to a press", PATIENCE, answered).await.ceil() as u64
}

/// Counts the page's animation frames.
async fn drawn(window: &AppWindow, time: Duration) -> Drawing {
    const WATCH: &str = r"
        const seen = { frames: 0, long: 0, longest: 0, begun: performance.now(), at: null };
        window.seen = seen;
        const frame = (now) => {
            if (seen.at !== null) {
                seen.frames += 1;
                const gap = now - seen.at;
                if (gap > 50) seen.long += 1;
                seen.longest = Math.max(seen.longest, gap);
            }
            seen.at = now;
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    ";
    window.run(WATCH).await;
    tokio::time::sleep(time).await;
    let seen = window.run("return { ...window.seen, ended: performance.now() };").await;
    let number = |field: &str| seen.get(field).and_then(Value::as_f64).unwrap_or(0.0);
    let seconds = (number("ended") - number("begun")) / 1000.0;
    Drawing {
        rate: number("frames") / seconds,
        long: number("long") as u64,
        longest: number("longest"),
        seconds,
    }
}
