//! Servers on hosts of a [`super::Network`].

use std::process::Command;

use tempfile::TempDir;

use super::Host;
use crate::{Certificate, PATIENCE, Programs, Running};

/// Where `holdfast-server` listens on its host.
const SIGNALING_PORT: u16 = 8443;

/// The usual port of STUN and TURN (RFC 8656, section 5).
const TURN_PORT: u16 = 3478;

/// The same over TLS.
const TURN_TLS_PORT: u16 = 5349;

/// The only user of a [`TurnServer`], with the password.
const TURN_USER: (&str, &str) = ("bot", "let-me-through");

/// A `holdfast-server` that can be killed and started again at the same address.
pub struct SignalingServer {
    program: std::path::PathBuf,
    host: Host,
    running: Option<Running>,
}

impl SignalingServer {
    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(programs: &Programs, host: Host) -> Self {
        let mut server = Self { program: programs.server(), host, running: None };
        server.start_again();
        server
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{SIGNALING_PORT}", self.host.address())
    }

    /// A link to a meeting on it.
    #[must_use]
    pub fn link(&self) -> String {
        // The server is made for one meeting. The value of its secret does not matter, only its length.
        const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        format!("holdfast://join/{}/faults#{SECRET}", self.address())
    }

    /// Kills it, as a crash would: it tells its clients nothing and forgets everything.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill();
        }
    }

    /// Starts a new one in its place.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let mut command = self.host.namespace().command(&self.program);
        command.args(["--listen", &self.address()]);
        let running = Running::start("signaling server", &mut command);
        running.wait_for("its address", PATIENCE, |line| line.starts_with("listening on").then_some(()));
        self.running = Some(running);
    }
}

/// Whether a relay moves an allocation to another stream (RFC 8016).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mobility {
    /// It does, as every relay should.
    Allowed,
    /// It does not, as coturn without that option.
    Forbidden,
}

/// coturn, with one user.
pub struct TurnServer {
    host: Host,
    running: Running,
    /// Its TLS certificate. With one, it accepts only TLS.
    certificate: Option<Certificate>,
    _folder: TempDir,
}

impl TurnServer {
    /// Starts it, without TLS.
    ///
    /// # Panics
    /// When it does not start: the package is called coturn.
    #[must_use]
    pub fn start(host: Host, mobility: Mobility) -> Self {
        Self::run(host, mobility, None)
    }

    /// Starts it with a certificate for its address, so that it accepts only TLS.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_with_tls_alone(host: Host, mobility: Mobility) -> Self {
        let certificate = Certificate::of(&host.address());
        Self::run(host, mobility, Some(certificate))
    }

    fn run(host: Host, mobility: Mobility, certificate: Option<Certificate>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for coturn");
        let (user, password) = TURN_USER;
        let address = host.address();
        let mut command: Command = host.command("turnserver");
        command.args(["-n", "--lt-cred-mech", "--realm", "faults", "--fingerprint", "--no-cli"]);
        command.args(["--no-dtls", "--verbose", "--log-file", "stdout", "--simple-log"]);
        command.args(["--user", &format!("{user}:{password}"), "--listening-port", &TURN_PORT.to_string()]);
        command.args(["--listening-ip", &address, "--relay-ip", &address]);
        if let Some(certificate) = &certificate {
            command.args(["--no-udp", "--no-tcp", "--tls-listening-port", &TURN_TLS_PORT.to_string()]);
            command.arg("--cert").arg(certificate.path()).arg("--pkey").arg(certificate.key());
        } else {
            command.arg("--no-tls");
        }
        if mobility == Mobility::Allowed {
            command.arg("--mobility");
        }
        command.arg("--userdb").arg(folder.path().join("users"));
        command.arg("--pidfile").arg(folder.path().join("pid"));
        let running = Running::start("coturn", &mut command);
        let kind = if certificate.is_some() { "TLS" } else { "TCP" };
        running.wait_for("its listeners", PATIENCE, |line| {
            (line.contains("listener opened on") && line.contains(kind)).then_some(())
        });
        Self { host, running, certificate, _folder: folder }
    }

    /// The host it runs on.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Its TLS certificate.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Everything it has logged.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.running.lines()
    }

    /// The value for a bot's `--ice-server`; `transport` is `udp` or `tcp`.
    #[must_use]
    pub fn ice_server(&self, transport: &str) -> String {
        let (user, password) = TURN_USER;
        let (scheme, port) =
            if self.certificate.is_some() { ("turns", TURN_TLS_PORT) } else { ("turn", TURN_PORT) };
        format!("{scheme}:{}:{port}?transport={transport},{user},{password}", self.host.address())
    }
}
