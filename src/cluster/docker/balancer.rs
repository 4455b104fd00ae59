//! HAProxy's opinion of its servers, read through its runtime interface.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::DockerCluster;
use crate::topology::{Detector, Source};

const LIMIT: Duration = Duration::from_secs(1);
/// Most that is read of its table, in bytes: a row has about 500, and there is one for each server.
const TABLE_MAX: u64 = 1 << 20;

/// A server as the balancer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// The service.
    pub service: String,
    /// Whether it gets requests, in every backend that has it.
    pub up: bool,
    /// Whether somebody has put it into maintenance: then the balancer judges nothing.
    pub in_maintenance: bool,
    /// The balancer's words: status and last check.
    pub detail: String,
    /// Requests that it has from this balancer; none where the table does not tell.
    pub requests: Option<u64>,
    /// Requests that wait for it; none where the table does not tell.
    pub queued: Option<u64>,
}

/// What a balancer tells of itself.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Its opinion of each of its servers.
    pub opinions: Vec<Opinion>,
    /// Requests that wait for any of them, for none may have another one; none where the table does not tell.
    pub waiting: Option<u64>,
}

impl DockerCluster {
    /// What `detector` tells where it is a balancer; none where it keeps nobody out.
    async fn told_by(&self, detector: &Detector) -> Option<Result<Told>> {
        match &detector.source {
            Source::Haproxy { port } => Some(self.told(&detector.service, *port).await),
            // It says who is down, and sends no request anywhere.
            Source::Follow { .. } => None,
        }
    }

    /// What `detector` says of each node that it can keep out; none where it keeps nobody out.
    pub(super) async fn opinions_of(&self, detector: &Detector) -> Option<Result<Vec<Opinion>>> {
        self.told_by(detector).await.map(|told| told.map(|told| told.opinions))
    }

    /// Whether a balancer has requests of students in hand; one that does not tell has none, nor has one of databases, where a
    /// session is a connection that an app keeps for as long as it runs.
    pub(super) async fn is_at_work(&self) -> Result<bool> {
        for detector in self.topology.detectors.iter().filter(|one| one.watches_pages()) {
            let Some(told) = self.told_by(detector).await.transpose()? else { continue };
            let busy = |one: &Opinion| one.requests.unwrap_or_default() + one.queued.unwrap_or_default() > 0;
            if told.waiting.unwrap_or_default() > 0 || told.opinions.iter().any(busy) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the HAProxy in `service` tells.
    pub async fn told(&self, service: &str, port: u16) -> Result<Told> {
        let address = self.site.address(&self.topology, service)?;
        let table = tokio::time::timeout(LIMIT, ask(&format!("{address}:{port}"))).await;
        let table = table.context("the balancer's runtime interface is silent")??;
        ensure!(is_whole(&table), "the balancer's runtime interface broke off");
        Ok(Told { opinions: opinions(&table), waiting: waiting(&table) })
    }
}

async fn ask(address: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).await.context("connect to the balancer's runtime interface")?;
    stream.write_all(b"show stat\n").await?;
    let mut table = Vec::new();
    stream.take(TABLE_MAX).read_to_end(&mut table).await?;
    Ok(String::from_utf8_lossy(&table).into_owned())
}

/// Whether nothing of the table is missing: of a balancer that is killed while it answers, the rest is. *show stat* of HAProxy's
/// management guide, 9.3, begins with a line of names; what ends a command's output is an empty line.
fn is_whole(table: &str) -> bool {
    table.starts_with("# ") && table.ends_with("\n\n")
}

/// One opinion of each server: one that any backend keeps out is down, in the words of the first backend that does. Its requests
/// are those of all backends.
pub fn opinions(table: &str) -> Vec<Opinion> {
    let mut opinions: Vec<Opinion> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for opinion in rows(table) {
        match places.entry(opinion.service.clone()) {
            Entry::Occupied(place) => {
                let known = &mut opinions[*place.get()];
                let sum =
                    |one: Option<u64>, other| one.zip(other).map(|(one, other): (u64, u64)| one.saturating_add(other));
                let in_hand = (sum(known.requests, opinion.requests), sum(known.queued, opinion.queued));
                if known.up && !opinion.up {
                    *known = opinion;
                }
                (known.requests, known.queued) = in_hand;
            }
            Entry::Vacant(place) => {
                place.insert(opinions.len());
                opinions.push(opinion);
            }
        }
    }
    opinions
}

/// Requests that wait at all backends and are no server's: a server's own are those that must go to it. *qcur* of HAProxy's management
/// guide, 9.1: "for the backend this reports the number queued without a server assigned".
fn waiting(table: &str) -> Option<u64> {
    let (column, lines) = columns(table);
    let (name, queued) = (column("svname")?, column("qcur")?);
    let backends =
        lines.map(|line| line.split(',').collect::<Vec<_>>()).filter(|row| row.get(name) == Some(&"BACKEND"));
    backends.map(|row| row.get(queued)?.parse::<u64>().ok()).try_fold(0_u64, |sum, one| Some(sum.saturating_add(one?)))
}

/// Where a column of the table stands by its name, and the rows below.
fn columns(table: &str) -> (impl Fn(&str) -> Option<usize>, std::str::Lines<'_>) {
    let mut lines = table.lines();
    let header: Vec<_> = lines.next().unwrap_or_default().trim_start_matches("# ").split(',').collect();
    (move |name: &str| header.iter().position(|column| *column == name), lines)
}

/// The rows of the table that are of a server: one for each backend that has it.
fn rows(table: &str) -> Vec<Opinion> {
    let (column, lines) = columns(table);
    let (Some(name), Some(status), Some(check)) = (column("svname"), column("status"), column("check_status")) else {
        return Vec::new();
    };
    let (requests, queued) = (column("scur"), column("qcur"));
    let row = |line: &str| {
        let fields: Vec<_> = line.split(',').collect();
        let service = *fields.get(name)?;
        if matches!(service, "FRONTEND" | "BACKEND") {
            return None;
        }
        let status = *fields.get(status)?;
        let detail = format!("{status}, {}", fields.get(check).unwrap_or(&""));
        let count = |place: Option<usize>| fields.get(place?)?.parse().ok();
        Some(Opinion {
            service: service.to_owned(),
            up: status.starts_with("UP") || status == "no check",
            in_maintenance: status.starts_with("MAINT"),
            detail,
            requests: count(requests),
            queued: count(queued),
        })
    };
    lines.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_by_column_name() {
        let table = "# pxname,svname,status,check_status\nquiz,FRONTEND,OPEN,\nwebs,web1,UP 1/3,L7OK\n\
                     webs,web2,DOWN,L7TOUT\nwebs,BACKEND,UP,\n";
        let seen: Vec<_> = opinions(table).into_iter().map(|one| (one.service, one.up, one.detail)).collect();
        let expected = [
            ("web1".to_owned(), true, "UP 1/3, L7OK".to_owned()),
            ("web2".to_owned(), false, "DOWN, L7TOUT".to_owned()),
        ];
        assert_eq!(seen, expected);
        assert_eq!(opinions(""), []);
    }

    #[test]
    fn a_table_that_broke_off_is_not_one_without_servers() {
        let whole = "# pxname,svname,status\nwebs,web1,UP\nwebs,BACKEND,UP\n\n";
        assert!(is_whole(whole));
        for length in 0..whole.len() {
            assert!(!is_whole(&whole[..length]), "{length}");
        }
    }

    #[test]
    fn a_server_in_maintenance_is_told_from_one_that_is_down() {
        let table = "# pxname,svname,status,check_status\nwebs,web1,MAINT,\nwebs,web2,MAINT (via webs/web1),\nwebs,web3,DOWN,L7TOUT\n";
        let seen: Vec<_> = opinions(table).into_iter().map(|one| (one.up, one.in_maintenance)).collect();
        assert_eq!(seen, [(false, true), (false, true), (false, false)]);
    }

    #[test]
    fn a_server_of_several_backends_is_down_when_one_keeps_it_out() {
        let check = |[first, second, third]: [&str; 3], up: bool, detail: &str| {
            let table = format!(
                "# pxname,svname,status,check_status\npages,web1,{first}\npages,web2,UP,L7OK\npages,BACKEND,UP,\n\
                 static,web1,{second}\nstatic,web2,UP,L4OK\nadmin,web1,{third}\n"
            );
            let seen: Vec<_> = opinions(&table).into_iter().map(|one| (one.service, one.up, one.detail)).collect();
            let expected =
                [("web1".to_owned(), up, detail.to_owned()), ("web2".to_owned(), true, "UP, L7OK".to_owned())];
            assert_eq!(seen, expected);
        };
        check(["UP,L7OK", "UP,L4OK", "no check,"], true, "UP, L7OK");
        check(["DOWN,L7TOUT", "UP,L4OK", "UP,L4OK"], false, "DOWN, L7TOUT");
        check(["UP,L7OK", "DOWN,L4CON", "UP,L4OK"], false, "DOWN, L4CON");
        check(["DOWN,L7STS", "DOWN,L4CON", "UP,L4OK"], false, "DOWN, L7STS");
    }

    #[test]
    fn requests_in_hand_are_those_of_all_backends() {
        let table = "# pxname,svname,qcur,scur,status,check_status\npages,web1,2,4,UP,L7OK\nstatic,web1,0,3,DOWN,L4CON\n\
                     pages,web2,,1,UP,L7OK\n";
        let seen: Vec<_> = opinions(table).into_iter().map(|one| (one.up, one.requests, one.queued)).collect();
        assert_eq!(seen, [(false, Some(7), Some(2)), (true, Some(1), None)]);
        let silent = opinions("# svname,status,check_status\nweb1,UP,L7OK\n");
        assert_eq!((silent[0].requests, silent[0].queued), (None, None));
    }

    #[test]
    fn what_waits_at_a_backend_is_no_servers() {
        let table = "# pxname,svname,qcur,scur,status,check_status\nquiz,FRONTEND,,9,OPEN,\nnodes,web1,0,4,UP,L7OK\n\
                     nodes,web2,1,4,UP,L7OK\nnodes,BACKEND,7,9,UP,\n";
        assert_eq!(waiting(table), Some(7));
        assert_eq!(waiting("# pxname,svname,status,check_status\nnodes,BACKEND,UP,\n"), None);
    }
}
