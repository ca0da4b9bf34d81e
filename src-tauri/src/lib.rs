//! The desktop shell: a window around a meeting that does not depend on it.
//!
//! Thin on purpose. The call is a [`holdfast_meeting::Meeting`], kept in `call`. Commands pass their work to it, and
//! `frames` brings pictures into the page. Everything else here is what an app needs around that: command line,
//! preferences, log, window, tray. The program and the tests of the commands share [`configure`].

mod autostart;
mod awake;
mod call;
mod cli;
mod commands;
mod disk;
mod error;
mod frames;
mod instance;
mod logging;
mod network;
mod notifications;
mod preferences;
mod preview;
mod quirks;
mod setup;
mod shortcuts;
mod shutdown;
mod start;
mod texts;
mod tray;
mod window_events;
mod window_label;
mod windows;

#[cfg(test)]
mod wire;

use std::process::ExitCode;

use clap::Parser as _;
use tauri::{Builder, Runtime};

pub use cli::{ArgumentError, Arguments, AudioArgument, SinkArgument, Size, Switch, VideoArgument};
pub use setup::Setup;

use call::Call;
use commands::diagnostics::ExportFolders;
use frames::ipc::IpcFrames;
use frames::{FrameHub, PageSocket};
use preferences::PreferencesFile;
use setup::SetupState;
use shortcuts::DroppedKeys;

/// Adds everything that the page can reach to the builder: state and commands.
pub fn configure<R: Runtime>(builder: Builder<R>, setup: &Setup) -> Builder<R> {
    let hub = FrameHub::new();
    let preferences = PreferencesFile::open(&setup.data_folder);
    builder
        .plugin(tauri_plugin_clipboard_manager::init())
        .manage(Call::new(setup.arguments.clone(), hub.clone(), preferences, &setup.data_folder))
        .manage(PageSocket::new(hub.clone(), windows::origins()))
        .manage(hub)
        .manage(DroppedKeys::default())
        .manage(SetupState(setup.clone()))
        .manage(IpcFrames::default())
        .manage(ExportFolders::new(&setup.data_folder, setup.has_own_folder()))
        .invoke_handler(tauri::generate_handler![
            commands::meeting::host,
            commands::meeting::demo,
            commands::meeting::join,
            commands::meeting::join_recent,
            commands::meeting::forget_recent,
            commands::meeting::rejoin,
            commands::meeting::forget_last_call,
            commands::meeting::leave,
            commands::meeting::set_microphone,
            commands::meeting::set_camera,
            commands::meeting::set_hand,
            commands::meeting::retry,
            commands::meeting::set_listening,
            commands::meeting::set_pinned,
            commands::meeting::snapshot,
            commands::meeting::subscribe,
            commands::meeting::copy_invite,
            commands::chat::chat_write,
            commands::chat::chat_since,
            commands::chat::chat_read,
            commands::chat::chat_save,
            commands::chat::open_link,
            commands::chat::copy_text,
            commands::frames::frame_socket,
            commands::frames::frames_over_ipc,
            commands::frames::frame_credit,
            commands::frames::frame_format,
            commands::frames::request_keyframe,
            commands::preferences::preferences,
            commands::preferences::change_preferences,
            commands::preferences::set_name,
            commands::devices::devices,
            commands::devices::choose_device,
            commands::devices::choose_video_size,
            commands::devices::preview,
            commands::devices::preview_end,
            commands::devices::test_sound,
            commands::servers::test_server,
            commands::servers::inspect_link,
            commands::windows::open_window,
            commands::windows::close_window,
            commands::windows::set_full_screen,
            commands::windows::set_zoom,
            commands::diagnostics::diagnostics,
            commands::diagnostics::inject_fault,
            commands::diagnostics::faults,
            commands::diagnostics::export_diagnostics,
        ])
        .on_window_event(window_events::on_event)
        .on_page_load(window_events::on_page_load)
}

/// Adds what needs a real desktop. The check for a second instance comes first: a second instance ends here.
fn of_the_desktop<R: Runtime>(mut builder: Builder<R>, setup: &Setup) -> Builder<R> {
    if let Some(plugin) = instance::plugin(setup) {
        builder = builder.plugin(plugin);
    }
    if let Some(plugin) = windows::positions(setup) {
        builder = builder.plugin(windows::fitting(setup)).plugin(plugin);
    }
    builder
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(shortcuts::plugin())
        .plugin(autostart::plugin())
}

/// Runs the app until it is quit.
#[must_use]
pub fn run() -> ExitCode {
    let setup = Setup::new(Arguments::parse());
    // This comes first, because it changes the environment, and only a single thread may do that.
    quirks::apply();
    logging::start(&setup.data_folder);
    if !quirks::has_display() {
        return fail("There is no display to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set.");
    }
    let app = configure(of_the_desktop(Builder::default(), &setup), &setup)
        .setup(move |app| {
            let app = app.handle();
            windows::begin(app, !setup.arguments.hidden)?;
            tray::show(app);
            if setup.arguments.hidden {
                start::show_without_tray(app);
            }
            shortcuts::follow(app);
            notifications::follow(app);
            awake::follow(app);
            autostart::follow(app);
            instance::listen(app);
            shutdown::listen(app);
            start::enter(app, &setup.arguments);
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|_, _| {});
            ExitCode::SUCCESS
        }
        Err(error) => fail(&format!("Holdfast could not start: {error}")),
    }
}

fn fail(sentence: &str) -> ExitCode {
    tracing::error!("not started");
    eprintln!("{sentence}");
    ExitCode::FAILURE
}
