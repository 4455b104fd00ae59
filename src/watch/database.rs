//! Which database accepts writes, asked of each node directly twice a second.

use std::sync::Arc;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};

const INTERVAL: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_secs(1);
/// Questions without a single answer after which a node counts as one that cannot be asked.
const NEVER: u32 = 20;

/// Records a node of a role with a primary whenever it begins or ceases to accept writes.
pub async fn watch(cluster: Arc<DockerCluster>, recorder: Recorder) {
    let roles = cluster.topology().roles.clone();
    let mut nodes = tokio::task::JoinSet::new();
    for (role, described) in roles.into_iter().filter(|(_, role)| role.primary.is_some()) {
        for service in described.services {
            nodes.spawn(node(Arc::clone(&cluster), role.clone(), service, recorder.clone()));
        }
    }
    while nodes.join_next().await.is_some() {}
}

async fn node(cluster: Arc<DockerCluster>, role: String, service: String, recorder: Recorder) {
    let options = match options(&cluster, &service) {
        Ok(options) => options,
        Err(error) => {
            let what = format!("whether {service} accepts writes");
            return recorder.record(Fact::Unmeasured { what, why: format!("{error:#}") });
        }
    };
    let mut connection: Option<Conn> = None;
    let mut writable = false;
    // Questions without an answer, until the first one.
    let mut silent = Some(0);
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let asked = tokio::time::timeout(LIMIT, ask(&mut connection, options.clone())).await;
        let now = if let Ok(Ok(now)) = asked {
            silent = None;
            now
        } else {
            // Whoever does not answer accepts no write that we could see; ask anew next time.
            connection = None;
            if let Some(asked) = silent.as_mut() {
                *asked += 1;
                if *asked == NEVER {
                    let (what, why) = (format!("whether {service} accepts writes"), "it never answered".to_owned());
                    recorder.record(Fact::Unmeasured { what, why });
                }
            }
            false
        };
        if now != writable {
            recorder.record(Fact::Primary { role: role.clone(), service: service.clone(), writable: now });
        }
        writable = now;
    }
}

async fn ask(connection: &mut Option<Conn>, options: OptsBuilder) -> Result<bool, mysql_async::Error> {
    let conn = match connection {
        Some(conn) => conn,
        None => connection.insert(Conn::new(options).await?),
    };
    let read_only: Option<u8> = conn.query_first("SELECT @@global.read_only").await?;
    Ok(read_only == Some(0))
}

fn options(cluster: &DockerCluster, service: &str) -> anyhow::Result<OptsBuilder> {
    let (site, topology) = (cluster.site(), cluster.topology());
    let address = site.address(topology, service)?;
    Ok(OptsBuilder::default()
        .ip_or_hostname(address.to_string())
        .tcp_port(topology.database.port)
        .prefer_socket(false)
        .user(Some(topology.database.user.clone()))
        .pass(Some(site.db_password.clone())))
}
