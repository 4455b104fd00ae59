//! Which database accepts writes, how far each has come and how many statements of the app it is at work on, asked of each node
//! directly twice a second.
//!
//! The position is the sequence number of MariaDB's `gtid_current_pos`: of the last transaction that the node wrote itself
//! or applied from its primary. The primary's less a replica's is how many transactions a promotion now would lose.

use std::sync::Arc;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};

use crate::cluster::docker::DockerCluster;
use crate::history::{Fact, Recorder};

const INTERVAL: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_secs(1);
/// One question for all: whether it accepts writes, its position, and statements under way of whoever asks, who is the app, without
/// this one.
const QUESTION: &str = "SELECT @@global.read_only, @@global.gtid_current_pos, \
    (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND <> 'Sleep' AND ID <> CONNECTION_ID() \
     AND USER = SUBSTRING_INDEX(USER(), '@', 1))";
/// Questions without a single answer after which a node counts as one that cannot be asked.
const NEVER: u32 = 20;

/// Records a node that holds the database whenever it begins or ceases to accept writes.
pub async fn watch(cluster: Arc<DockerCluster>, recorder: Recorder) {
    let Some((role, held)) = cluster.topology().database_role() else { return };
    let mut nodes = tokio::task::JoinSet::new();
    for service in &held.services {
        // One that is passive may well never be asked anything.
        let silent = (!held.passive).then_some(0);
        nodes.spawn(node(Arc::clone(&cluster), role.to_owned(), (service.clone(), silent), recorder.clone()));
    }
    while nodes.join_next().await.is_some() {}
}

/// Asks `service` for good. `silent` counts its questions without an answer, until the first one; none where nobody waits for that.
async fn node(
    cluster: Arc<DockerCluster>,
    role: String,
    (service, mut silent): (String, Option<u32>),
    recorder: Recorder,
) {
    let options = match options(&cluster, &service) {
        Ok(options) => options,
        Err(error) => {
            let what = format!("whether {service} accepts writes");
            return recorder.record(Fact::Unmeasured { what, why: format!("{error:#}") });
        }
    };
    let mut connection: Option<Conn> = None;
    let mut known = Answer::default();
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
            Answer { writable: false, ..known }
        };
        let (role, service) = (|| role.clone(), || service.clone());
        if now.writable != known.writable {
            recorder.record(Fact::Primary { role: role(), service: service(), writable: now.writable });
        }
        if let Some(transaction) = now.transaction.filter(|_| now.transaction != known.transaction) {
            recorder.record(Fact::Position { role: role(), service: service(), transaction });
        }
        if let Some(under_way) = now.under_way.filter(|_| now.under_way != known.under_way) {
            recorder.record(Fact::Statements { service: service(), under_way });
        }
        known = now;
    }
}

/// What a node says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Answer {
    /// Whether it accepts writes.
    writable: bool,
    /// How far it has come; none where it keeps no binary log.
    transaction: Option<u64>,
    /// Statements of the app that it is at work on; none where it did not answer.
    under_way: Option<u32>,
}

async fn ask(connection: &mut Option<Conn>, options: OptsBuilder) -> Result<Answer, mysql_async::Error> {
    let conn = match connection {
        Some(conn) => conn,
        None => connection.insert(Conn::new(options).await?),
    };
    let row: Option<(u8, String, u32)> = conn.query_first(QUESTION).await?;
    let Some((read_only, position, under_way)) = row else { return Ok(Answer::default()) };
    Ok(Answer { writable: read_only == 0, transaction: sequence(&position), under_way: Some(under_way) })
}

/// The sequence number in a position such as `0-1-4711`, or the largest where there are several domains.
fn sequence(position: &str) -> Option<u64> {
    position.split(',').filter_map(|one| one.trim().rsplit('-').next()?.parse().ok()).max()
}

/// How the database at the address of `name` is reached with the application's account.
pub fn options(cluster: &DockerCluster, name: &str) -> anyhow::Result<OptsBuilder> {
    let (site, topology) = (cluster.site(), cluster.topology());
    let address = site.address(topology, name)?;
    Ok(OptsBuilder::default()
        .ip_or_hostname(address.to_string())
        .tcp_port(topology.database.port)
        .prefer_socket(false)
        .user(Some(topology.database.user.clone()))
        .pass(Some(site.db_password.clone())))
}

#[cfg(test)]
mod tests {
    use super::sequence;

    #[test]
    fn a_position_has_a_sequence_number() {
        assert_eq!(sequence("0-1-4711"), Some(4711));
        assert_eq!(sequence("0-1-12, 1-2-30"), Some(30));
        assert_eq!(sequence(""), None);
    }
}
