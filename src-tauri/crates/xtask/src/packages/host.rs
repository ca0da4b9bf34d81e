//! What kind of machine this is, and which packages it already has.

use std::collections::BTreeSet;
use std::process::Command;

use super::table::{Column, MACOS, Purpose, WINDOWS, names};
use crate::run::{answer, on_path};

/// A kind of machine, as far as packages matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Debian,
    Ubuntu,
    Fedora,
    Arch,
    OtherLinux,
    MacOs,
    Windows,
}

impl Host {
    /// Finds out where we run.
    pub(super) fn detect() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::from_os_release(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
        }
    }

    /// Reads os-release(5): first the id itself, then what it is similar to.
    fn from_os_release(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"').to_lowercase()
        };
        let ids = format!("{} {}", value("ID"), value("ID_LIKE"));
        let known = ids.split_whitespace().find_map(|id| match id {
            "debian" => Some(Self::Debian),
            "ubuntu" => Some(Self::Ubuntu),
            "fedora" | "rhel" => Some(Self::Fedora),
            "arch" => Some(Self::Arch),
            _ => None,
        });
        known.unwrap_or(Self::OtherLinux)
    }

    pub(super) fn installs_with_apt(self) -> bool {
        matches!(self, Self::Debian | Self::Ubuntu)
    }

    /// The packages for these purposes that are not installed.
    pub(super) fn missing(self, purposes: &[Purpose]) -> Vec<String> {
        let wanted = self.wanted(purposes);
        let have = self.installed(&wanted);
        wanted.into_iter().filter(|name| !have.contains(name)).collect()
    }

    fn wanted(self, purposes: &[Purpose]) -> Vec<String> {
        match self {
            Self::Debian => names(Column::Debian, purposes),
            Self::Ubuntu => names(Column::Ubuntu, purposes),
            Self::Fedora => names(Column::Fedora, purposes),
            Self::Arch => names(Column::Arch, purposes),
            Self::MacOs => MACOS.iter().map(|name| (*name).to_owned()).collect(),
            // There is no package manager to ask here. The build says what is missing, and the table how to get it.
            Self::OtherLinux | Self::Windows => Vec::new(),
        }
    }

    fn installed(self, wanted: &[String]) -> BTreeSet<String> {
        match self {
            Self::Debian | Self::Ubuntu => {
                // It exits with an error if it does not know a name, but still lists the others.
                let mut query = Command::new("dpkg-query");
                query.args(["-W", "-f=${Package} ${db:Status-Status}\n"]).args(wanted);
                let output = query.output().map(|output| output.stdout).unwrap_or_default();
                installed_in_dpkg(&String::from_utf8_lossy(&output))
            }
            Self::Fedora => one_by_one(wanted, |name| Command::new("rpm").args(["-q", name]).output()),
            Self::Arch => one_by_one(wanted, |name| Command::new("pacman").args(["-Q", name]).output()),
            Self::MacOs => {
                let list = answer(Command::new("brew").args(["list", "--formula", "-1"])).unwrap_or_default();
                let mut have: BTreeSet<String> = list.lines().map(str::to_owned).collect();
                have.extend(wanted.iter().filter(|name| on_path(name)).cloned());
                have
            }
            Self::OtherLinux | Self::Windows => BTreeSet::new(),
        }
    }

    /// What a person must do on this kind of machine.
    pub(super) fn instructions(self, missing: &[String]) -> String {
        let list = missing.join(" ");
        match self {
            Self::Debian | Self::Ubuntu => {
                format!("system packages are missing; run:\n\n    sudo apt-get install {list}\n")
            }
            Self::Fedora => format!(
                "system packages are missing; run:\n\n    sudo dnf install {list}\n\n\
                 (gstreamer1-plugin-libav is in RPM Fusion, if your release has no package of that name)"
            ),
            Self::Arch => {
                format!("system packages are missing; run:\n\n    sudo pacman -S --needed {list}\n")
            }
            Self::MacOs => format!(
                "system packages are missing; run:\n\n    xcode-select --install\n    brew install {list}\n"
            ),
            Self::OtherLinux => format!("system packages are missing: {list}"),
            Self::Windows => WINDOWS.to_owned(),
        }
    }
}

fn installed_in_dpkg(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.strip_suffix(" installed")).map(str::to_owned).collect()
}

fn one_by_one(
    wanted: &[String],
    ask: impl Fn(&str) -> std::io::Result<std::process::Output>,
) -> BTreeSet<String> {
    wanted.iter().filter(|name| ask(name).is_ok_and(|output| output.status.success())).cloned().collect()
}

/// Whether we run as root.
pub(super) fn is_root() -> bool {
    answer(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_known_by_its_id_or_by_what_it_is_like() {
        let host = Host::from_os_release;
        assert_eq!(host("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"), Host::Debian);
        assert_eq!(host("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), Host::Ubuntu);
        assert_eq!(host("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), Host::Fedora);
        assert_eq!(host("ID=endeavouros\nID_LIKE=arch\n"), Host::Arch);
        assert_eq!(host("ID=nixos\n"), Host::OtherLinux);
        assert_eq!(host(""), Host::OtherLinux);
    }

    #[test]
    fn a_removed_package_is_missing_even_if_its_settings_remain() {
        let have = installed_in_dpkg("xvfb installed\nopenbox config-files\n");
        assert!(have.contains("xvfb") && !have.contains("openbox"));
    }

    #[test]
    fn what_to_do_names_every_missing_package() {
        let missing = ["one".to_owned(), "two".to_owned()];
        for host in [Host::Debian, Host::Fedora, Host::Arch, Host::MacOs, Host::OtherLinux] {
            assert!(host.instructions(&missing).contains("one two"), "{host:?}");
        }
    }
}
