//! A detector that writes its verdicts somewhere: one long-running command prints them, expressions find them. A line
//! counts from when it is received: by how much its delivery was late is not known.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use regex::Regex;

use super::reading::Reading;
use crate::clock::Stamp;
use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};
use crate::topology::Detector;

/// Pause before the command is started again after it ended, as it does when its container ends.
const AGAIN: Duration = Duration::from_millis(500);

/// Pause between two looks whether its container can run at all.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the words after it and ends them when standard input closes: `tail -F` alone would outlive the harness in a
/// cluster that is kept.
const LEASH: &str = "exec 3<&0; \"$@\" </dev/null & child=$!; { cat; kill \"$child\"; } <&3 >/dev/null 2>&1 & \
                     exec 3<&-; wait \"$child\"";

/// Records every change of mind that the lines of `command` tell, `[down, up]` being the expressions. Ends only when
/// an expression cannot be used.
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
    let leashed: Vec<String> =
        ["sh", "-c", LEASH, "sh"].into_iter().map(str::to_owned).chain(command.iter().cloned()).collect();
    let services: Vec<String> = cluster.topology().services().map(str::to_owned).collect();
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    // When it was last known to be heard: a line came, or its container ran.
    let heard = AtomicU64::new(Stamp::now().0);
    let hear = || heard.store(Stamp::now().0, Ordering::Relaxed);
    let mut note = |line: &str| {
        hear();
        for (expression, up) in [(&down, false), (&up, true)] {
            let service = expression.captures(line).and_then(|found| Some(found.name("service")?.as_str().to_owned()));
            // Whatever else a line may name is no node, and there is no end of it.
            let Some(service) = service.filter(|service| services.contains(service)) else { continue };
            // One event is often told in several lines.
            if known.insert(service.clone(), up) != Some(up) {
                let (detector, detail) = (detector.name.clone(), line.to_owned());
                // It is stamped on receipt; when it was written nobody knows.
                recorder.record(Fact::Detector { detector, service, up: Some(up), detail, not_before: None });
            }
        }
    };
    let mut reading = Reading::new(&detector.name);
    let mut read = |failed: Option<&str>| {
        let told = match failed {
            Some(why) => reading.failed(Stamp(heard.load(Ordering::Relaxed)), why),
            None => {
                hear();
                reading.succeeded()
            }
        };
        told.into_iter().for_each(|fact| recorder.record(fact));
    };
    loop {
        match cluster.engine().attach(&container, &leashed, &[]).await {
            Ok((_, attached)) => {
                read(None);
                let mut lines = std::pin::pin!(attached.lines(&mut note));
                // A container that is frozen keeps its stream open and says nothing.
                let mut looks = tokio::time::interval(LOOK);
                loop {
                    tokio::select! {
                        () = &mut lines => break,
                        _ = looks.tick() => match cluster.engine().state(&container).await {
                            Ok(state) if state.paused => read(Some(&format!("{} is paused", detector.service))),
                            Ok(_) => read(None),
                            Err(error) => read(Some(&format!("{error:#}"))),
                        },
                    }
                }
                read(Some(&format!("`{}` ended in {}", command.join(" "), detector.service)));
            }
            Err(error) => read(Some(&format!("{error:#}"))),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
