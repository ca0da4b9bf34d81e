//! `cargo xtask demo`: from nothing to a live meeting in one command.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, run};
use crate::steps::Steps;
use crate::workspace::{QUICK, cargo_command, program, root, target};
use crate::{progress, ui};

/// Where the programs of the demo are from.
pub(crate) const PACKAGES: [&str; 3] = ["holdfast", "holdfast-bot", "holdfast-testkit"];

/// The app, the program that joins it, and the program that starts both.
const PROGRAMS: [&str; 3] = ["holdfast", "holdfast-bot", "holdfast-demo"];

/// Options of `cargo xtask demo`.
#[derive(Args)]
pub(crate) struct Options {
    /// Run under a virtual display even if there is a real one: look at the window, take a picture, end.
    #[arg(long)]
    headless: bool,
    /// Where the picture goes, without a display.
    #[arg(long, value_name = "FILE", default_value = "target/demo.png")]
    picture: PathBuf,
}

/// Prepares, builds and shows the demo.
pub(crate) fn demo(options: &Options) -> Outcome {
    let headless = options.headless || !has_display();
    let mut steps = Steps::announced(&[
        ("system packages", "1 to 2 minutes"),
        ("interface", "10 seconds"),
        ("app and participants", "10 to 12 minutes; less when little has changed"),
        ("meeting", if headless { "15 seconds, for a picture of it" } else { "until you close it" }),
    ]);
    let ready = steps.step("system packages", || {
        let mut purposes = vec![Purpose::Build, Purpose::Run];
        if headless {
            purposes.push(Purpose::Window);
        }
        packages::require(&purposes)
    }) && steps.step("interface", ui::build)
        && steps.step("app and participants", build);
    if ready {
        steps.step("meeting", || {
            let mut show = Command::new(program(QUICK, "holdfast-demo"));
            show.current_dir(root()).arg("--programs").arg(target().join(QUICK));
            if headless {
                show.arg("--picture").arg(root().join(&options.picture));
            }
            run(&mut show)
        });
    }
    steps.finish()
}

/// Compiles the three programs of the demo, and none that measures or breaks things.
fn build() -> Outcome {
    let mut command = cargo_command();
    command.args(["build", "--profile", QUICK]);
    command.args(PACKAGES.iter().flat_map(|name| ["--package", name]));
    progress::build(command.args(PROGRAMS.iter().flat_map(|name| ["--bin", name])))
}

/// Whether a window can be opened for a person to see.
fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
