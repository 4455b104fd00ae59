//! What the topology's own commands time on the cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::DockerCluster;
use crate::foreign::line;
use crate::history::Timed;

/// Most of an answer that an error repeats.
const ANSWER_MAX: usize = 200;
/// Longest time that a command may take at one place.
pub const TIMED_WITHIN: Duration = Duration::from_secs(180);

impl DockerCluster {
    /// Runs the command of the topology's timing `name` at its place `place`.
    pub async fn time(&self, name: &str, place: &str) -> Result<Timed> {
        let timing = self.topology.timings.get(name).with_context(|| format!("the topology times no `{name}`"))?;
        let argument = timing.at.get(place).with_context(|| format!("`{name}` has no place `{place}`"))?;
        // Nobody ends it in the container when nobody waits for it any more.
        let within = ["timeout".to_owned(), TIMED_WITHIN.as_secs().to_string()];
        let command: Vec<String> = within.iter().chain(&timing.command).chain([argument]).cloned().collect();
        let answer = self.tell(&timing.service, &command).await?;
        let values = values(&answer).with_context(|| command.join(" "))?;
        Ok(Timed { timing: name.to_owned(), title: timing.title.clone(), place: place.to_owned(), values })
    }
}

/// The numbers of the JSON object in the last line that a command printed: before it may stand what it complained of.
fn values(answer: &str) -> Result<BTreeMap<String, f64>> {
    let last = answer.trim().lines().last().unwrap_or_default();
    let values: BTreeMap<String, f64> = serde_json::from_str(last)
        .with_context(|| format!("expected a JSON object of numbers, got `{}`", line(answer.trim(), ANSWER_MAX)))?;
    ensure!(!values.is_empty(), "expected one number or more");
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_prints_is_an_object_of_numbers() {
        let read = values("{\"create_ms\":30.25,\"stat_ms\":1}\n").unwrap();
        assert_eq!(values("a warning\n{\"create_ms\":30.25,\"stat_ms\":1}\n").unwrap(), read);
        assert_eq!(read, BTreeMap::from([("create_ms".to_owned(), 30.25), ("stat_ms".to_owned(), 1.0)]));
        for (wrong, said) in [
            ("small-files: no space", "expected a JSON object of numbers, got `small-files: no space`"),
            ("{\"create_ms\":\"30\"}", "expected a JSON object of numbers, got `{\"create_ms\":\"30\"}`"),
            ("{}", "expected one number or more"),
        ] {
            assert_eq!(values(wrong).unwrap_err().to_string(), said);
        }
    }
}
