//! One network namespace: a thread of ours makes it, a descriptor holds it, and programs that we start enter it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// A network of its own. It is gone when the last clone is dropped and the last program in it has ended.
#[derive(Clone, Debug)]
pub struct Namespace {
    file: Arc<File>,
}

impl Namespace {
    /// Makes one, with loopback up.
    ///
    /// # Errors
    /// When the system does not allow it: without root, or in a strict container.
    pub fn new() -> io::Result<Self> {
        // A namespace belongs to a thread. This one ends at once, but the file that it opened stays.
        let made = std::thread::spawn(|| {
            // SAFETY: takes an integer and touches no memory of ours. Only this thread moves.
            if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
                return Err(io::Error::last_os_error());
            }
            File::open("/proc/thread-self/ns/net")
        });
        let file = made.join().map_err(|_| io::Error::other("the thread of a namespace panicked"))??;
        let namespace = Self { file: Arc::new(file) };
        namespace.ip(&["link set lo up"])?;
        Ok(namespace)
    }

    /// The name of the namespace for `ip`, as long as we hold it.
    pub(super) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd())
    }

    /// A program that will run in here. It is killed if we end first, even if it is suspended at that moment.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let file = Arc::clone(&self.file);
        // SAFETY: the closure runs between fork and exec, makes two system calls with integers and allocates nothing.
        // The descriptor is open, since the closure holds it.
        unsafe {
            command.pre_exec(move || {
                if libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) != 0 {
                    return Err(io::Error::last_os_error());
                }
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        command
    }

    /// Runs `work` in here, on a thread of its own. Programs that it starts are in here too. A program that is killed
    /// when its starter ends must be started and ended by the same work.
    ///
    /// # Errors
    /// When the system does not let us in.
    ///
    /// # Panics
    /// When the work does.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        let done = std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                // SAFETY: takes integers and touches no memory of ours. The descriptor is open, since `self` holds it.
                // Only this thread moves, and those it will start.
                if unsafe { libc::setns(self.file.as_raw_fd(), libc::CLONE_NEWNET) } != 0 {
                    return Err(io::Error::last_os_error());
                }
                Ok(work())
            });
            inside.join()
        });
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Runs these commands of `ip` here, all in one process, so that they follow each other closely.
    ///
    /// # Errors
    /// When one of them fails; the error contains its message.
    pub fn ip(&self, commands: &[&str]) -> io::Result<()> {
        self.feed(&["ip", "-batch", "-"], &(commands.join("\n") + "\n"))
    }

    /// Changes the packet filter here: lines for `iptables-restore`, of one table, all at the same moment.
    ///
    /// # Errors
    /// When they are refused; the error contains the filter's message.
    pub fn filter(&self, table: &str, rules: &[String]) -> io::Result<()> {
        let lines: String = rules.iter().map(|rule| format!("{rule}\n")).collect();
        self.feed(&["iptables-restore", "--noflush"], &format!("*{table}\n{lines}COMMIT\n"))
    }

    /// Writes a setting below `/proc/sys/net`.
    pub(super) fn set(&self, name: &str, value: &str) -> io::Result<()> {
        // The files show the network of the process that opens them.
        self.feed(&["tee", &format!("/proc/sys/net/{name}")], value)
    }

    fn feed(&self, words: &[&str], input: &str) -> io::Result<()> {
        let (program, arguments) = words.split_first().expect("a program");
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("{program} refused: {}\n{input}", words.trim())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Capability, capable};

    fn namespace() -> Option<Namespace> {
        capable(Capability::Networks, Namespace::new())
    }

    #[test]
    fn a_program_inside_sees_nothing_of_the_network_outside() {
        let Some(namespace) = namespace() else { return };
        let output = namespace.command("ip").args(["-brief", "link"]).output().unwrap();
        let links = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(links.lines().count(), 1, "{links}");
        assert!(links.starts_with("lo"), "{links}");
    }

    #[test]
    fn work_inside_has_the_network_inside() {
        let Some(namespace) = namespace() else { return };
        let links = || std::fs::read_dir("/proc/thread-self/net/dev_snmp6").map_or(0, Iterator::count);
        namespace.ip(&["link add one type veth peer name other"]).unwrap();
        assert_eq!(namespace.enter(links).unwrap(), 3);
        let listening = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let reached = namespace.enter(|| std::net::TcpStream::connect(listening).is_ok()).unwrap();
        assert!(!reached, "what listens outside is not inside");
    }

    #[test]
    fn what_ip_refuses_is_an_error_with_its_words() {
        let Some(namespace) = namespace() else { return };
        let error = namespace.ip(&["link set nothing up"]).unwrap_err().to_string();
        assert!(error.contains("nothing"), "{error}");
    }
}
