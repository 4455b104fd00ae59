//! A detector that writes its verdicts somewhere: one long-running command prints them, expressions find them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use regex::Regex;

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};
use crate::topology::Detector;

/// Records every change of mind that the lines of `command` tell, `[down, up]` being the expressions.
pub async fn watch(
    cluster: &DockerCluster,
    detector: &Detector,
    command: &[String],
    expressions: [&str; 2],
    recorder: &Recorder,
) -> Result<()> {
    let down = Regex::new(expressions[0]).context("expression for down")?;
    let up = Regex::new(expressions[1]).context("expression for up")?;
    let container = cluster.site().container(&detector.service);
    let attached = cluster.engine().attach(&container, command, &[]).await?;
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let note = |line: &str| {
        for (expression, up) in [(&down, false), (&up, true)] {
            let service = expression.captures(line).and_then(|found| Some(found.name("service")?.as_str().to_owned()));
            let Some(service) = service else { continue };
            // One event is often told in several lines.
            if known.insert(service.clone(), up) != Some(up) {
                let (detector, detail) = (detector.name.clone(), line.to_owned());
                recorder.record(Fact::Detector { detector, service, up, detail });
            }
        }
    };
    attached.lines(note).await;
    anyhow::bail!("{} ended in {}", command.join(" "), detector.service)
}
