//! A certificate for a server in a test, in the files that its program reads.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

/// A self-signed certificate. Dropping it removes its files.
pub struct Certificate {
    folder: TempDir,
}

impl Certificate {
    /// A new one for this name or address.
    ///
    /// # Panics
    /// When it cannot be made or written.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        let new = Self { folder: tempfile::tempdir().expect("a folder for a certificate") };
        fs::write(new.path(), made.cert.pem()).expect("the certificate can be written");
        fs::write(new.key(), made.signing_key.serialize_pem()).expect("its key can be written");
        new
    }

    /// The certificate, as PEM. A program started with this as `SSL_CERT_FILE` trusts it, and no other.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Its private key, as PEM.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}
