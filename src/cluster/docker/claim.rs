//! A run that is being made is claimed by a locked file in /tmp, so that a
//! `down` without names leaves it alone. The lock goes with the process, however it ends.

use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};

/// A run in use by this process.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    _locked: File,
}

impl Claim {
    /// Claims `run` until the value is dropped.
    pub fn take(run: &str) -> Result<Self> {
        let path = path(run);
        let file = File::create(&path).with_context(|| format!("create {}", path.display()))?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).with_context(|| format!("lock {}", path.display()))?;
        Ok(Self { path, _locked: file })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A file that stays is not locked, and so claims nothing.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether a process that lives has claimed `run`.
pub fn claimed(run: &str) -> bool {
    match File::open(path(run)) {
        Ok(file) => flock(&file, FlockOperation::NonBlockingLockExclusive).is_err(),
        // What cannot be looked at may be in use.
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

fn path(run: &str) -> PathBuf {
    // One place for every user and every TMPDIR of the machine.
    PathBuf::from(format!("/tmp/wwchaos-{run}.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_ends_with_its_holder() {
        let run = format!("test-{}", std::process::id());
        assert!(!claimed(&run));
        let claim = Claim::take(&run).unwrap();
        assert!(claimed(&run));
        drop(claim);
        assert!(!claimed(&run));
    }
}
