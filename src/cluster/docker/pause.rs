//! A container whose processes all stand still, by the kernel's freezer.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::DockerCluster;
use crate::cluster::Processes;

/// Tries to pause a container whose processes the engine cannot all stop at once.
const TRIES: u32 = 20;
/// Before there is another way: a process that forks is soon met.
const TRIES_FIRST: u32 = 5;
/// Rest between two of them.
const REST: Duration = Duration::from_millis(50);

impl DockerCluster {
    /// Pauses a container. The kernel's freezer (version 1) cannot hold a process that waits for a file of a mount by FUSE while
    /// the client that would bring it is frozen beside it. Where that is so the server's processes are stopped by a signal first,
    /// which they meet when they have what they wait for; they go on when the container does.
    pub(super) async fn pause(&self, service: &str) -> Result<()> {
        let has_server = self.server(service).is_ok();
        if self.freeze(service, if has_server { TRIES_FIRST } else { TRIES }).await? {
            return Ok(());
        }
        if has_server {
            self.stop_server(service, Processes::All).await?;
            if self.freeze(service, TRIES).await? {
                return Ok(());
            }
            self.wake(service).await?;
        }
        bail!("pause {service}: unable to freeze")
    }

    /// Has the freezer hold a container; false where it does not in so many tries. It misses a process that forks just then, and the
    /// engine gives up soon.
    async fn freeze(&self, service: &str, tries: u32) -> Result<bool> {
        let container = self.site.container(service);
        for _ in 0..tries {
            match self.engine.docker().pause_container(&container).await {
                Err(bollard::errors::Error::DockerResponseServerError { message, .. })
                    if message.contains("unable to freeze") =>
                {
                    tokio::time::sleep(REST).await;
                }
                paused => return paused.map(|()| true).with_context(|| format!("pause {service}")),
            }
        }
        Ok(false)
    }

    /// Lets a container go on, and its server where it was stopped first.
    pub(super) async fn unpause(&self, service: &str) -> Result<()> {
        let container = self.site.container(service);
        if self.engine.state(&container).await?.paused {
            self.engine.docker().unpause_container(&container).await?;
        }
        self.wake(service).await
    }
}
