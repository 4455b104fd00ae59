//! What the engine tells of this run's containers. Its stamps are wall clock; the time of receipt counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::StreamExt;

use crate::cluster::docker::{DockerCluster, LABEL};
use crate::history::{Fact, Recorder};

/// Actions worth keeping; others (exec_create, ...) are our own noise.
const KEPT: [&str; 9] = ["die", "start", "pause", "unpause", "oom", "kill", "restart", "stop", "destroy"];

/// Pause before the stream of events is opened again after it broke off.
const AGAIN: Duration = Duration::from_secs(1);

/// Records every event of a service's container. When the stream breaks off, what happens until it is open again is lost
/// and told as such, once until the next event is heard.
pub async fn watch(cluster: Arc<DockerCluster>, recorder: Recorder) {
    let mut told = false;
    loop {
        let (heard, why) = listen(&cluster, &recorder).await;
        if heard || !told {
            told = true;
            let what = "some of what the engine tells of containers".to_owned();
            recorder.record(Fact::Unmeasured { what, why });
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Records events until the stream ends: whether any was heard, and why it ended.
async fn listen(cluster: &DockerCluster, recorder: &Recorder) -> (bool, String) {
    let run = &cluster.site().run;
    let filters: HashMap<String, Vec<String>> =
        [("label".to_owned(), vec![format!("{LABEL}={run}")]), ("type".to_owned(), vec!["container".to_owned()])]
            .into();
    let options = EventsOptionsBuilder::default().filters(&filters).build();
    let mut events = cluster.engine().docker().events(Some(options));
    let mut heard = false;
    loop {
        let event = match events.next().await {
            Some(Ok(event)) => event,
            Some(Err(error)) => return (heard, error.to_string()),
            None => return (heard, "the engine ended its stream of events".to_owned()),
        };
        heard = true;
        let name = event.actor.and_then(|actor| actor.attributes?.get("name").cloned()).unwrap_or_default();
        let service = name.trim_start_matches(&format!("{run}-")).to_owned();
        let known = cluster.topology().services().any(|known| known == service);
        let action = event.action.unwrap_or_default();
        if known && KEPT.contains(&action.as_str()) {
            recorder.record(Fact::Container { service, action });
        }
    }
}
