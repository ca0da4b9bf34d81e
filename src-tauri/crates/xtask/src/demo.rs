//! `cargo xtask demo`: from nothing to a live meeting in one command.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, run};
use crate::steps::Steps;
use crate::ui;
use crate::workspace::{cargo_command, release_program, root, target};

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
    let mut steps = Steps::new();
    let ready = steps.step("system packages", || {
        let mut purposes = vec![Purpose::Build, Purpose::Run];
        if headless {
            purposes.push(Purpose::Window);
        }
        packages::require(&purposes)
    }) && steps.step("interface", ui::build)
        && steps.step("app and participants, in release (several minutes the first time)", build);
    if ready {
        steps.step("meeting", || {
            let mut show = Command::new(release_program("holdfast-demo"));
            show.current_dir(root()).arg("--programs").arg(target().join("release"));
            if headless {
                show.arg("--picture").arg(root().join(&options.picture));
            }
            run(&mut show)
        });
    }
    steps.finish()
}

fn build() -> Outcome {
    let packages = ["holdfast", "holdfast-bot", "holdfast-testkit"];
    let mut command = cargo_command();
    command.args(["build", "--release", "--bins"]);
    run(command.args(packages.iter().flat_map(|name| ["--package", name])))
}

/// Whether a window can be opened for a person to see.
fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
