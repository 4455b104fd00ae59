//! Locks between the processes of this machine: names of sockets that nobody speaks on, which the kernel gives once. They
//! leave no file, and go with their process, however that ends.

use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::time::Duration;

use anyhow::{Context, Result};

/// Pause between two tries.
const TURN: Duration = Duration::from_millis(200);

/// Something that no other wwchaos of this machine has, as long as the value lives.
#[derive(Debug)]
pub struct Lock {
    _name: UnixListener,
}

impl Lock {
    /// The lock on `what`; none where another has it.
    pub fn take(what: &str) -> Result<Option<Self>> {
        let name = SocketAddr::from_abstract_name(format!("wwchaos/{what}")).context("name a lock")?;
        match UnixListener::bind_addr(&name) {
            Ok(_name) => Ok(Some(Self { _name })),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(None),
            Err(error) => Err(error).with_context(|| format!("lock {what}")),
        }
    }

    /// The same, waited for; none where another still has it after `longest`.
    pub async fn wait(what: &str, longest: Duration) -> Result<Option<Self>> {
        let turns = longest.as_millis().div_ceil(TURN.as_millis());
        for _ in 0..turns {
            if let Some(lock) = Self::take(what)? {
                return Ok(Some(lock));
            }
            tokio::time::sleep(TURN).await;
        }
        Self::take(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_has_it_until_it_is_let_go() {
        let what = format!("test/{}", std::process::id());
        let lock = Lock::take(&what).unwrap().unwrap();
        assert!(Lock::take(&what).unwrap().is_none());
        assert!(Lock::wait(&what, Duration::from_secs(1)).await.unwrap().is_none());
        let wait = Duration::from_secs(10);
        let waited = tokio::spawn({
            let what = what.clone();
            async move { Lock::wait(&what, wait).await }
        });
        tokio::time::sleep(wait / 2).await;
        drop(lock);
        assert!(waited.await.unwrap().unwrap().is_some());
    }
}
