//! What the engine tells of this run's containers. Its stamps are wall clock; the time of receipt counts.

use std::collections::HashMap;
use std::sync::Arc;

use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::StreamExt;

use crate::cluster::docker::{DockerCluster, LABEL};
use crate::history::{Fact, Recorder};

/// Actions worth keeping; others (exec_create, ...) are our own noise.
const KEPT: [&str; 9] = ["die", "start", "pause", "unpause", "oom", "kill", "restart", "stop", "destroy"];

/// Records every event of a service's container.
pub async fn watch(cluster: Arc<DockerCluster>, recorder: Recorder) {
    let run = &cluster.site().run;
    let filters: HashMap<String, Vec<String>> =
        [("label".to_owned(), vec![format!("{LABEL}={run}")]), ("type".to_owned(), vec!["container".to_owned()])]
            .into();
    let options = EventsOptionsBuilder::default().filters(&filters).build();
    let mut events = cluster.engine().docker().events(Some(options));
    while let Some(Ok(event)) = events.next().await {
        let name = event.actor.and_then(|actor| actor.attributes?.get("name").cloned()).unwrap_or_default();
        let service = name.trim_start_matches(&format!("{run}-")).to_owned();
        let known = cluster.topology().services().any(|known| known == service);
        let action = event.action.unwrap_or_default();
        if known && KEPT.contains(&action.as_str()) {
            recorder.record(Fact::Container { service, action });
        }
    }
}
