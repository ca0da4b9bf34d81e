//! What closing the main window means. The call does not need the window, and an app without a call waits in the tray,
//! if there is one.

use tauri::{Manager as _, Runtime, Window};

use crate::call::Call;
use crate::notifications::{self, Notification};
use crate::shutdown::{self, Wanted};
use crate::tray;
use crate::windows;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
enum Closing {
    /// Hide the window. The tray shows it again.
    Hide,
    /// Minimise the window: without a tray, there is no other way to bring it back.
    Minimize,
    /// End the app.
    Quit,
}

/// Decides.
fn closing(in_call: bool, has_tray: bool) -> Closing {
    match (in_call, has_tray) {
        (_, true) => Closing::Hide,
        (true, false) => Closing::Minimize,
        (false, false) => Closing::Quit,
    }
}

/// Closes the main window.
pub(super) fn close<R: Runtime>(window: &Window<R>) {
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        let app = window.app_handle().clone();
        let call = app.state::<Call>().inner().clone();
        let in_call = call.is_busy();
        let has_tray = tray::is_shown(&app).await;
        windows::leave_full_screen(&app, call.tell_full_screen(false)).await;
        match closing(in_call, has_tray) {
            Closing::Hide => drop(window.hide()),
            Closing::Minimize => drop(window.minimize()),
            Closing::Quit => {
                // The person sees it go at once; the end may take a moment.
                let _ = window.hide();
                shutdown::quit(&app, Wanted::ByPerson);
                return;
            }
        }
        if in_call {
            notifications::show_once(&app, Notification::CallGoesOn { has_tray });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_never_ended_by_closing_its_window() {
        for has_tray in [true, false] {
            assert_ne!(closing(true, has_tray), Closing::Quit);
        }
        assert_eq!(closing(true, false), Closing::Minimize, "there is no other way to bring it back");
    }

    #[test]
    fn without_a_call_the_app_waits_in_the_tray_or_ends() {
        assert_eq!((closing(false, true), closing(false, false)), (Closing::Hide, Closing::Quit));
    }
}
