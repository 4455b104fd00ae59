//! Conditions that a topology names for the services of a role: how each begins and ends there, and how it shows.

use anyhow::{Context, Result, anyhow, bail};
use regex::Regex;

use super::DockerCluster;
use crate::topology::Condition;

impl DockerCluster {
    pub(super) async fn begin(&self, service: &str, condition: &str) -> Result<()> {
        self.tell(service, &self.condition(service, condition)?.begin).await.map(drop)
    }

    pub(super) async fn finish(&self, service: &str, condition: &str) -> Result<()> {
        // One that does not run has no condition, and begins without one.
        if !self.engine.state(&self.site.container(service)).await?.running {
            return Ok(());
        }
        self.tell(service, &self.condition(service, condition)?.end).await.map(drop)
    }

    pub(super) async fn begun(&self, service: &str, condition: &str) -> Result<Option<String>> {
        let found = self.condition(service, condition)?;
        if !self.engine.state(&self.site.container(service)).await?.running {
            return Ok(None);
        }
        let answer = self.tell(service, &found.shown).await?;
        let shows = Regex::new(&found.expect).context("expression of a condition")?.is_match(&answer);
        Ok(shows.then(|| format!("{service}: {}", answer.trim())))
    }

    fn condition(&self, service: &str, name: &str) -> Result<&Condition> {
        let role = self.topology.role_of(service).map(|(role, _)| role);
        let found = self.topology.conditions.get(name).filter(|found| Some(found.role.as_str()) == role);
        found.ok_or_else(|| anyhow!("the topology names no condition `{name}` of `{service}`"))
    }

    /// What a command in a service says; an error where it fails.
    pub(super) async fn tell(&self, service: &str, command: &[String]) -> Result<String> {
        let what = || format!("run {} in {service}", command.join(" "));
        let output = self.engine.exec(&self.site.container(service), command).await.with_context(what)?;
        if output.code != 0 {
            bail!("{}: {}", what(), output.text.trim());
        }
        Ok(output.text)
    }
}
