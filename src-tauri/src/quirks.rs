//! What some systems need before anything starts.

/// Environment variables that must be set before the webview is loaded.
pub(crate) fn apply() {
    #[cfg(target_os = "linux")]
    webkit_without_gpu();
}

/// Without a GPU, WebKitGTK's DMA-BUF renderer copies every frame through a software renderer: seven tiles took 84 % of
/// a core with it and 57 % without.
#[cfg(target_os = "linux")]
fn webkit_without_gpu() {
    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(VARIABLE).is_none() && !std::path::Path::new("/dev/dri").exists() {
        // SAFETY: called at the start of the program, before it has a second thread.
        unsafe { std::env::set_var(VARIABLE, "1") };
    }
}

/// Whether a window can be opened at all. Without this check, GTK would end the program.
pub(crate) fn has_display() -> bool {
    let set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
