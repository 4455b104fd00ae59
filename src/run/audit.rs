//! Reads the stores after heal and quiesce: `problem_user` and `past_answer` of the authoritative primary,
//! `answer.log` of the shared volume, and the copied tables of old primaries. Only reads; the judgement is
//! `measure`'s.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use regex::Regex;

use crate::cluster::Cluster;
use crate::cluster::docker::DockerCluster;
use crate::history::{AuditSource, Fact, Recorder, StoredAnswer};
use crate::plan::{COURSE, login};
use crate::webwork::token::parse;

const LIMIT: Duration = Duration::from_secs(30);

/// Reads every store into `recorder`.
pub async fn read(cluster: &Arc<DockerCluster>, recorder: &Recorder) {
    let service = authoritative(cluster).await;
    let past = AuditSource::PastAnswer { service: service.clone() };
    note(recorder, &past, limited(past_answers(cluster, &past)).await);
    let problems = AuditSource::ProblemUser { service };
    note(recorder, &problems, limited(problem_users(cluster, &problems)).await);
    if !cluster.topology().audit.log_services.is_empty() {
        note(recorder, &AuditSource::AnswerLog, limited(answer_log(cluster)).await);
    }
    for (service, found) in copies(cluster).await {
        note(recorder, &AuditSource::Copy { service }, found);
    }
}

fn note(recorder: &Recorder, source: &AuditSource, found: Result<Vec<StoredAnswer>>) {
    let (rows, failed) = match found {
        Ok(answers) => {
            let rows = u64::try_from(answers.len()).unwrap_or(u64::MAX);
            answers.into_iter().for_each(|answer| recorder.record(Fact::Stored(answer)));
            (rows, None)
        }
        Err(error) => (0, Some(format!("{error:#}"))),
    };
    recorder.record(Fact::AuditRead { source: source.clone(), rows, failed });
}

async fn limited<T>(reading: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(LIMIT, reading).await.with_context(|| format!("not read within {LIMIT:?}"))?
}

/// The service that is the primary now; the address clients use decides when nobody can be named.
async fn authoritative(cluster: &DockerCluster) -> String {
    let role = cluster.topology().roles.iter().find(|(_, role)| role.primary.is_some()).map(|(name, _)| name.clone());
    match role {
        Some(role) => cluster.primary(&role).await.ok().flatten().unwrap_or_else(|| "unknown".to_owned()),
        None => cluster.topology().database.address.clone(),
    }
}

async fn connect(cluster: &DockerCluster) -> Result<Conn> {
    let (site, topology) = (cluster.site(), cluster.topology());
    let database = &topology.database;
    let options = OptsBuilder::default()
        .ip_or_hostname(site.address(topology, &database.address)?.to_string())
        .tcp_port(database.port)
        .prefer_socket(false)
        .user(Some(database.user.clone()))
        .pass(Some(site.db_password.clone()))
        .db_name(Some(database.name.clone()));
    Conn::new(options).await.context("connect to the database's address")
}

async fn past_answers(cluster: &DockerCluster, source: &AuditSource) -> Result<Vec<StoredAnswer>> {
    let mut connection = connect(cluster).await?;
    let query =
        format!("SELECT user_id, set_id, problem_id, answer_string FROM `{COURSE}_past_answer` ORDER BY answer_id");
    let rows: Vec<(String, String, u32, Option<String>)> = connection.query(query).await?;
    let row = |(student, version, problem, text): (String, String, u32, Option<String>)| {
        let token = token_of(&student, &text?)?;
        Some(StoredAnswer { source: source.clone(), student, version, problem, token, attempted: true })
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

async fn problem_users(cluster: &DockerCluster, source: &AuditSource) -> Result<Vec<StoredAnswer>> {
    let mut connection = connect(cluster).await?;
    let query = format!(
        "SELECT user_id, set_id, problem_id, last_answer, attempted FROM `{COURSE}_problem_user` WHERE set_id LIKE '%,v%'"
    );
    type Row = (String, String, u32, Option<String>, Option<i64>);
    let rows: Vec<Row> = connection.query(query).await?;
    let row = |(student, version, problem, text, attempted): Row| {
        let token = token_of(&student, &text?)?;
        let attempted = attempted.unwrap_or_default() > 0;
        Some(StoredAnswer { source: source.clone(), student, version, problem, token, attempted })
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

/// Lines `[date] |user|Quiz1,v1|problem|scores<TAB>time<TAB>answers`, from the first service that runs.
async fn answer_log(cluster: &DockerCluster) -> Result<Vec<StoredAnswer>> {
    let audit = &cluster.topology().audit;
    let path = audit.answer_log.replace("{course}", COURSE);
    let mut trouble = format!("none of {} runs", audit.log_services.join(", "));
    for service in &audit.log_services {
        let container = cluster.site().container(service);
        if !cluster.engine().state(&container).await.is_ok_and(|state| state.running && !state.paused) {
            continue;
        }
        match cluster.engine().exec(&container, &["cat".to_owned(), path.clone()]).await {
            Ok(output) if output.code == 0 => return Ok(output.text.lines().filter_map(log_line).collect()),
            Ok(output) => trouble = format!("cat {path} in {service}: {}", output.text.trim()),
            Err(error) => trouble = format!("cat {path} in {service}: {error:#}"),
        }
    }
    bail!(trouble)
}

fn log_line(line: &str) -> Option<StoredAnswer> {
    let mut fields = line.splitn(5, '|').skip(1);
    let (student, version) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    let problem = fields.next()?.parse().ok()?;
    let token = token_of(&student, fields.next()?)?;
    Some(StoredAnswer { source: AuditSource::AnswerLog, student, version, problem, token, attempted: true })
}

/// The tables that old primaries put aside before they were re-seeded.
async fn copies(cluster: &DockerCluster) -> Vec<(String, Result<Vec<StoredAnswer>>)> {
    let Some(folder) = &cluster.topology().audit.copies else { return Vec::new() };
    let roles = cluster.topology().roles.values().filter(|role| role.primary.is_some());
    let mut found = Vec::new();
    for service in roles.flat_map(|role| &role.services) {
        let script = format!("cat {folder}/*/past_answer.tsv 2>/dev/null || true");
        let command = ["sh".to_owned(), "-c".to_owned(), script];
        let source = AuditSource::Copy { service: service.clone() };
        let container = cluster.site().container(service);
        let output = match limited(cluster.engine().exec(&container, &command)).await {
            Ok(output) => output,
            Err(error) => {
                found.push((service.clone(), Err(error)));
                continue;
            }
        };
        let answers: Vec<_> = output.text.lines().filter_map(|line| copied_line(line, &source)).collect();
        let mut seen = BTreeSet::new();
        let answers: Vec<_> = answers.into_iter().filter(|answer| seen.insert(answer.token.clone())).collect();
        if !answers.is_empty() {
            found.push((service.clone(), Ok(answers)));
        }
    }
    found
}

/// A line of a copied table: the student stands in a column of its own, somewhere before the answer.
fn copied_line(line: &str, source: &AuditSource) -> Option<StoredAnswer> {
    let fields: Vec<_> = line.split('\t').collect();
    let (student, token) = fields.iter().find_map(|field| Some((*field, token_of(field, line)?)))?;
    let problem = parse(&token)?.problem;
    let version = fields.iter().find(|field| field.contains(",v")).unwrap_or(&"");
    let (student, version) = (student.to_owned(), (*version).to_owned());
    Some(StoredAnswer { source: source.clone(), student, version, problem, token, attempted: true })
}

/// The token of `student` in a text. Other numbers of ten digits, such as seconds since 1970, are none.
fn token_of(student: &str, text: &str) -> Option<String> {
    static NUMBER: std::sync::LazyLock<Option<Regex>> = std::sync::LazyLock::new(|| Regex::new(r"\b1\d{9}\b").ok());
    let mut numbers = NUMBER.as_ref()?.find_iter(text).map(|found| found.as_str());
    numbers.find(|number| parse(number).is_some_and(|token| login(token.student) == student)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_read() {
        let line = "[Sun Nov 22 2026] |stu001|Quiz1,v1|3|10\t1795370517\t1000100203";
        let answer = log_line(line).expect("a token");
        assert_eq!((answer.student.as_str(), answer.version.as_str(), answer.problem), ("stu001", "Quiz1,v1", 3));
        assert_eq!(answer.token, "1000100203");
        assert_eq!(log_line("[date] |stu001|Quiz1,v1|3|0\t1795370517\tNo answer entered"), None);
    }
}
