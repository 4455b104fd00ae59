//! Connections that a helper holds to a service, from inside its network, and says nothing on.

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use super::DockerCluster;
use super::errand::Errand;
use super::hold::HOLD_SECONDS;

/// What the helper says.
#[derive(Deserialize)]
struct Held {
    /// Connections that are open.
    held: u32,
    /// Those that the service closed or refused at once, since the line before.
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
        self.let_go(&Errand { run: self.site.run.clone(), name: name(service), ..Errand::default() }).await
    }

    pub(super) async fn occupied(&self, service: &str, connections: u32) -> Result<Option<String>> {
        let said: Option<Held> = self.held(service, &name(service)).await?;
        let full = said.filter(|said| said.held >= connections || said.refused > 0);
        Ok(full.map(|Held { held, refused }| {
            format!("{service}: {held} connections are held, {refused} more were refused in the last second")
        }))
    }
}

fn name(service: &str) -> String {
    format!("connections-{service}")
}
