//! The table: one row per need, one column per distribution.

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Compiling.
    Build,
    /// Using the app.
    Run,
    /// Showing and driving the app's window on a machine without a display.
    Window,
    /// The end-to-end tests.
    Test,
    /// Compiling for Windows.
    Windows,
}

impl Purpose {
    /// Everything that this system's own programs need.
    pub(crate) const ALL: &'static [Self] = &[Self::Build, Self::Run, Self::Window, Self::Test];
}

/// A distribution's package names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Debian,
    Ubuntu,
    Fedora,
    Arch,
}

/// Purpose, then the names on Debian, Fedora and Arch; several names are separated by spaces.
type Row = (Purpose, &'static str, &'static str, &'static str);

use Purpose::{Build, Run, Test, Window, Windows};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (Build, "build-essential", "gcc gcc-c++ make", "base-devel"),
    (Build, "pkg-config", "pkgconf-pkg-config", "pkgconf"),
    (Build, "cmake nasm", "cmake nasm", "cmake nasm"),
    (Build, "clang libclang-dev", "clang clang-devel", "clang"),
    (Build, "libwebkit2gtk-4.1-dev", "webkit2gtk4.1-devel", "webkit2gtk-4.1"),
    (Build, "libgtk-3-dev", "gtk3-devel", "gtk3"),
    (Build, "libayatana-appindicator3-dev", "libayatana-appindicator-gtk3-devel", "libayatana-appindicator"),
    (Build, "librsvg2-dev", "librsvg2-devel", "librsvg"),
    (Build, "libxdo-dev", "libxdo-devel", "xdotool"),
    (Build, "libvpx-dev", "libvpx-devel", "libvpx"),
    (Build, "libasound2-dev", "alsa-lib-devel", "alsa-lib"),
    (Build, "libpulse-dev", "pulseaudio-libs-devel", "libpulse"),
    (Build, "squashfs-tools patchelf librsvg2-common", "squashfs-tools patchelf", "squashfs-tools patchelf"),
    (Run, "gstreamer1.0-plugins-base", "gstreamer1-plugins-base", "gst-plugins-base"),
    (Run, "gstreamer1.0-plugins-good", "gstreamer1-plugins-good", "gst-plugins-good"),
    (Run, "gstreamer1.0-libav", "gstreamer1-plugin-libav", "gst-libav"),
    (Window, "xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"),
    (Window, "openbox", "openbox", "openbox"),
    (Window, "imagemagick", "ImageMagick", "imagemagick"),
    (Window, "webkit2gtk-driver", "webkitgtk6.0", "webkitgtk-6.0"),
    (Window, "dbus", "dbus-daemon", "dbus"),
    (Window, "fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu"),
    (Window, "fonts-inter", "rsms-inter-fonts", "inter-font"),
    (Window, "fonts-droid-fallback", "google-droid-sans-fonts", "noto-fonts-cjk"),
    (Test, "xdotool", "xdotool", "xdotool"),
    (Test, "x11-utils", "xwininfo", "xorg-xwininfo"),
    (Test, "desktop-file-utils", "desktop-file-utils", "desktop-file-utils"),
    (Test, "rpm", "rpm", "rpm-tools"),
    (Test, "dbus-x11", "dbus-x11", "dbus"),
    (Test, "pulseaudio pulseaudio-utils", "pulseaudio pulseaudio-utils", "pulseaudio"),
    (Test, "chromium chromium-driver", "chromium chromedriver", "chromium"),
    (Test, "coturn", "coturn", "coturn"),
    (Test, "iproute2 iptables", "iproute iptables", "iproute2 iptables"),
    (Windows, "gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix", "mingw64-gcc mingw64-gcc-c++", "mingw-w64-gcc"),
];

/// Packages with another name on Ubuntu than on Debian.
const UBUNTU: &[(&str, &str)] =
    &[("chromium", "chromium-browser"), ("chromium-driver", "chromium-chromedriver")];

/// Homebrew formulae; the rest comes with Xcode's command line tools and with macOS.
pub(super) const MACOS: &[&str] = &["libvpx", "cmake", "nasm", "pkg-config"];

/// Where the needed parts come from on Windows.
pub(super) const WINDOWS: &str = "on Windows install first:
    winget install Microsoft.VisualStudio.2022.BuildTools   (with the C++ workload)
    winget install Kitware.CMake NASM.NASM LLVM.LLVM Microsoft.EdgeWebView2Runtime
    vcpkg install libvpx:x64-windows-static-md   (and set VPX_LIB_DIR, VPX_INCLUDE_DIR, VPX_VERSION)";

/// The names for these purposes on one distribution, each once.
pub(super) fn names(column: Column, purposes: &[Purpose]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (purpose, debian, fedora, arch) in ROWS {
        if !purposes.contains(purpose) {
            continue;
        }
        let cell = match column {
            Column::Debian | Column::Ubuntu => debian,
            Column::Fedora => fedora,
            Column::Arch => arch,
        };
        for name in cell.split_whitespace() {
            let other = UBUNTU.iter().find(|(debian, _)| *debian == name && column == Column::Ubuntu);
            let name = other.map_or(name, |(_, ubuntu)| ubuntu).to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_has_a_name_everywhere() {
        for (purpose, debian, fedora, arch) in ROWS {
            for name in [debian, fedora, arch] {
                assert!(!name.trim().is_empty(), "{purpose:?} {debian}");
            }
        }
    }

    #[test]
    fn a_name_is_listed_once_and_only_for_its_purpose() {
        let all = names(Column::Arch, Purpose::ALL);
        assert_eq!(all.iter().filter(|name| *name == "xdotool").count(), 1);
        assert!(!names(Column::Debian, &[Purpose::Build]).contains(&"xvfb".to_owned()));
    }

    #[test]
    fn ubuntu_has_its_own_names_for_the_browser() {
        let ubuntu = names(Column::Ubuntu, &[Purpose::Test]);
        assert!(ubuntu.contains(&"chromium-chromedriver".to_owned()));
        assert!(!ubuntu.contains(&"chromium-driver".to_owned()));
    }
}
