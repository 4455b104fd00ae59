//! Connections that a helper holds to a service, from inside its network, and says nothing on.

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use super::DockerCluster;
use super::errand::Errand;
use super::hold::{HOLD_SECONDS, Held};

/// What the helper says.
#[derive(Deserialize)]
struct Connections {
    /// Connections that are open.
    held: u32,
    /// Those that the service took and closed within a second, in the last second.
    refused: u32,
}

impl DockerCluster {
    pub(super) async fn occupy(&self, service: &str, connections: u32) -> Result<()> {
        let address = self.site.address(&self.topology, service)?.to_string();
        let port = self.topology.port_of(service).ok_or_else(|| anyhow!("`{service}` has no port"))?;
        let words = vec![address, port.to_string(), connections.to_string(), HOLD_SECONDS.to_string()];
        let errand = Errand { name: name(service), ..self.in_network(service, "connections-hold", words)? };
        let errand = Errand { capabilities: Vec::new(), ..errand };
        self.hold(service, errand).await.with_context(|| format!("hold connections to {service}"))
    }

    pub(super) async fn vacate(&self, service: &str) -> Result<()> {
        let errand = Errand { run: self.site.run.clone(), name: name(service), ..Errand::default() };
        self.let_go(&errand).await?;
        // They went with it.
        self.gone(&errand.name).await;
        Ok(())
    }

    pub(super) async fn occupied(&self, service: &str, connections: u32) -> Result<Option<String>> {
        Ok(match self.held(service, &name(service)).await? {
            Held::Says(Connections { held, refused }) => {
                let full = held >= connections || (held > 0 && refused > 0);
                full.then(|| {
                    format!(
                        "{service}: {held} connections are held, {refused} more were closed at once in the last second"
                    )
                })
            }
            Held::Ending => Some(format!("connections to {service} are not known to be closed")),
            Held::Nothing => None,
        })
    }
}

fn name(service: &str) -> String {
    format!("connections-{service}")
}
