//! Reads the stores after heal and quiesce: `problem_user` and `past_answer` of the authoritative primary,
//! `answer.log` of the shared volume; as evidence `past_answer` of the replicas and the copied tables of old primaries.
//! Only reads; the judgement is `measure`'s.
//!
//! The authoritative primary is the one that the application's own address leads to, by its own name, and that alone says
//! that it is the primary. Where that does not hold, nobody can tell what is stored, and nothing is read. Name and tables
//! come over one connection: behind a balancer the next one may lead elsewhere. In a topology without a primary, whatever the
//! address leads to decides.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Conn, Row, from_row_opt};
use regex::Regex;

use crate::cluster::docker::DockerCluster;
use crate::history::{AuditSource, Fact, Recorder, StoredAnswer};
use crate::import::test_page;
use crate::plan::{COURSE, HOMEWORK, login};
use crate::topology::Role;
use crate::watch::database_options;
use crate::webwork::token::parse;

const LIMIT: Duration = Duration::from_secs(30);
/// Most bytes of a node's timing log that are read: fifty thousand pages.
const TIMING_BYTES_MAX: usize = 4 << 20;
/// Which file the first argument is, by device and inode, and its last bytes, as many as the second says.
const WHICH_AND_END: &str = "stat --dereference --format %d:%i \"$1\" && tail -c \"$2\" \"$1\"";
/// Most rows that are read of a table: no class that can be planned makes as many.
const ROWS_MAX: usize = 1_000_000;
/// Most bytes that are read of a table.
const BYTES_MAX: usize = 256 << 20;
/// Longest text that is read of an answer, in characters: it is to hold a token of ten.
const ANSWER_MAX: usize = 1000;

/// Reads every store into `recorder`.
pub async fn read(cluster: &Arc<DockerCluster>, recorder: &Recorder) {
    let service = match limited(authoritative(cluster)).await {
        Ok((service, mut connection)) => {
            let past = AuditSource::PastAnswer { service: service.clone() };
            note(recorder, &past, limited(past_answers(&mut connection, &past)).await);
            let problems = AuditSource::ProblemUser { service: service.clone() };
            note(recorder, &problems, limited(problem_users(&mut connection, &problems)).await);
            service
        }
        Err(error) => {
            let service = cluster.topology().database.address.clone();
            let why = told(&error);
            note(recorder, &AuditSource::PastAnswer { service: service.clone() }, Err(anyhow!(why.clone())));
            note(recorder, &AuditSource::ProblemUser { service: service.clone() }, Err(anyhow!(why)));
            service
        }
    };
    if !cluster.topology().audit.log_services.is_empty() {
        note(recorder, &AuditSource::AnswerLog, limited(answer_log(cluster)).await);
    }
    for replica in databases(cluster, |role| !role.passive).filter(|one| **one != service) {
        let source = AuditSource::Replica { service: replica.clone() };
        let reading = async { past_answers(&mut connect(cluster, replica).await?, &source).await };
        note(recorder, &source, limited(reading).await);
    }
    for (service, found) in copies(cluster).await {
        note(recorder, &AuditSource::Copy { service }, found);
    }
}

/// Reads what pages took by the app's own log of each web node into `recorder`; one that several nodes share is read once.
pub async fn page_times(cluster: &DockerCluster, recorder: &Recorder) {
    let log = &cluster.topology().app.timing_log;
    if log.is_empty() {
        return;
    }
    let words = ["sh", "-c", WHICH_AND_END, "sh", log, &TIMING_BYTES_MAX.to_string()];
    let command = words.map(str::to_owned);
    let mut files = BTreeSet::new();
    for (service, _) in cluster.topology().serving() {
        let service = service.to_owned();
        let container = cluster.site().container(&service);
        match limited(cluster.engine().exec(&container, &command)).await {
            Ok(output) if output.code == 0 => {
                let (file, text) = output.text.split_once('\n').unwrap_or_default();
                if !files.insert(file.to_owned()) {
                    continue;
                }
                for (done_unix_s, took) in text.lines().filter_map(|line| test_page(line.as_bytes())) {
                    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                    recorder.record(Fact::PageTime { service: service.clone(), done_unix_s, took_ms });
                }
            }
            // A node that is gone, or that never wrote one, tells nothing of its pages; the others do.
            Ok(_) | Err(_) => {}
        }
    }
}

fn note(recorder: &Recorder, source: &AuditSource, found: Result<Vec<StoredAnswer>>) {
    let (rows, failed) = match found {
        Ok(answers) => {
            let rows = u64::try_from(answers.len()).unwrap_or(u64::MAX);
            answers.into_iter().for_each(|answer| recorder.record(Fact::Stored(answer)));
            (rows, None)
        }
        Err(error) => (0, Some(told(&error))),
    };
    recorder.record(Fact::AuditRead { source: source.clone(), rows, failed });
}

async fn limited<T>(reading: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(LIMIT, reading).await.with_context(|| format!("not read within {LIMIT:?}"))?
}

/// The services that hold the database, where their role is such a one.
fn databases(cluster: &DockerCluster, such: impl Fn(&Role) -> bool) -> impl Iterator<Item = &String> {
    let role = cluster.topology().database_role().map(|(_, role)| role);
    role.filter(|role| such(role)).into_iter().flat_map(|role| &role.services)
}

/// The database that decides, and a connection to it through the application's own address.
async fn authoritative(cluster: &DockerCluster) -> Result<(String, Conn)> {
    let topology = cluster.topology();
    let address = &topology.database.address;
    let mut connection = connect(cluster, address).await?;
    let Some((role, held)) = topology.database_role() else { return Ok((address.clone(), connection)) };
    let name: Option<String> = connection.query_first("SELECT @@global.hostname").await?;
    let reached = name.filter(|name| held.services.contains(name));
    let claimants = cluster.primaries(role).await.context("ask who is the primary")?;
    Ok((decide(address, reached.as_deref(), &claimants)?, connection))
}

/// Who decides: the only one that says that it is the primary, and that the address leads to. `reached` is none where the
/// database's own name is no service: then nobody knows to whom the address leads.
fn decide(address: &str, reached: Option<&str>, claimants: &[String]) -> Result<String> {
    match (claimants, reached) {
        ([], _) => bail!("no database says that it is the primary"),
        ([one], Some(reached)) if one != reached => {
            bail!("`{address}` leads to {reached}, while {one} says that it is the primary")
        }
        ([_], None) => bail!(
            "the database at `{address}` names no service of its role as its host (hint: give each database the `hostname` \
             of its service)"
        ),
        ([one], Some(_)) => Ok(one.clone()),
        (several, _) => bail!("{} all say that they are the primary", several.join(" and ")),
    }
}

/// An error with its causes, those left out that the one before has told already.
fn told(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in error.chain().map(ToString::to_string) {
        if !parts.last().is_some_and(|last| last.contains(&part)) {
            parts.push(part);
        }
    }
    parts.join(": ")
}

/// A connection to the database at the address of `name`.
async fn connect(cluster: &DockerCluster, name: &str) -> Result<Conn> {
    let options = database_options(cluster, name)?.db_name(Some(cluster.topology().database.name.clone()));
    Conn::new(options).await.with_context(|| format!("connect to the database at `{name}`"))
}

async fn past_answers(connection: &mut Conn, source: &AuditSource) -> Result<Vec<StoredAnswer>> {
    type Answer = (String, String, u32, Option<Vec<u8>>);
    let query = format!(
        "SELECT user_id, set_id, problem_id, LEFT(answer_string, {ANSWER_MAX}) FROM `{COURSE}_past_answer` ORDER BY answer_id"
    );
    let rows: Vec<Answer> = rows(connection, &query).await?;
    let row = |(student, version, problem, text): Answer| {
        let token = token_of(&student, &String::from_utf8_lossy(&text?))?;
        Some(StoredAnswer { source: source.clone(), student, version, problem, token, attempted: true })
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

async fn problem_users(connection: &mut Conn, source: &AuditSource) -> Result<Vec<StoredAnswer>> {
    let query = format!(
        "SELECT user_id, set_id, problem_id, LEFT(last_answer, {ANSWER_MAX}), attempted FROM `{COURSE}_problem_user` \
         WHERE set_id LIKE '%,v%' OR set_id = '{HOMEWORK}'"
    );
    type Answer = (String, String, u32, Option<Vec<u8>>, Option<i64>);
    let rows: Vec<Answer> = rows(connection, &query).await?;
    let row = |(student, version, problem, text, attempted): Answer| {
        let token = token_of(&student, &String::from_utf8_lossy(&text?))?;
        let attempted = attempted.unwrap_or_default() > 0;
        Some(StoredAnswer { source: source.clone(), student, version, problem, token, attempted })
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

/// The rows that `query` brings. Too many are an error, and so is one that is not of the table's form. They are counted as
/// they come: a server that is out of order may send more than it was asked for.
async fn rows<T: FromRow>(connection: &mut Conn, query: &str) -> Result<Vec<T>> {
    let mut coming = connection.query_iter(format!("{query} LIMIT {}", ROWS_MAX + 1)).await?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while let Some(row) = coming.next().await? {
        bytes += length(&row);
        ensure!(rows.len() < ROWS_MAX && bytes <= BYTES_MAX, "more than {ROWS_MAX} rows or {BYTES_MAX} bytes");
        let row = from_row_opt(row).map_err(|_| anyhow!("a row is not of the form that WeBWorK's tables have"))?;
        rows.push(row);
    }
    Ok(rows)
}

/// Bytes of the texts of a row.
fn length(row: &Row) -> usize {
    let text = |column| match row.as_ref(column) {
        Some(mysql_async::Value::Bytes(bytes)) => bytes.len(),
        _ => 0,
    };
    (0..row.len()).map(text).sum()
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
            Ok(output) => trouble = format!("{path} in {service}: {}", complaint(&output.text, &path)),
            Err(error) => trouble = format!("{path} in {service}: {error:#}"),
        }
    }
    bail!(trouble)
}

/// What `cat` complained of last in reading `path`: between what it read, at any place of a line, and for each part of it.
fn complaint(said: &str, path: &str) -> String {
    let own = said.rsplit_once(&format!("cat: {path}: ")).and_then(|(_, rest)| rest.lines().next());
    own.map_or_else(|| "cat failed and does not say why".to_owned(), str::to_owned)
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
    let mut found = Vec::new();
    for service in databases(cluster, |_| true) {
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
    let version = fields.iter().find(|field| field.contains(",v") || **field == HOMEWORK).unwrap_or(&"");
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
    fn only_one_primary_decides_and_it_is_the_one_that_clients_reach() {
        let check = |reached: Option<&str>, claimants: &[&str], expected: &str| {
            let claimants: Vec<_> = claimants.iter().map(|name| (*name).to_owned()).collect();
            let said = decide("db", reached, &claimants).unwrap_or_else(|error| error.to_string());
            assert_eq!(said, expected);
        };
        check(Some("db1"), &["db1"], "db1");
        let nameless = "the database at `db` names no service of its role as its host (hint: give each database the \
                        `hostname` of its service)";
        check(None, &["db1"], nameless);
        check(Some("db2"), &["db1"], "`db` leads to db2, while db1 says that it is the primary");
        check(Some("db2"), &["db1", "db2"], "db1 and db2 all say that they are the primary");
        check(Some("db1"), &[], "no database says that it is the primary");
    }

    #[test]
    fn a_log_that_cannot_be_read_to_its_end_says_why_without_its_lines() {
        let twice = "[date] |stu001|Quiz1,v1|1|1\t1\tx\n[date] |stu0cat: /a/answer.log: Input/output error\ncat: /a/answer.log: Input/output error\n";
        assert_eq!(complaint(twice, "/a/answer.log"), "Input/output error");
        let within = "[date] |stu0cat: /a/answer.log: Input/output error\n[date] |stu002|Quiz1,v1|1|1\t1\tx\n";
        assert_eq!(complaint(within, "/a/answer.log"), "Input/output error");
        assert_eq!(complaint("[date] |stu0", "/a/answer.log"), "cat failed and does not say why");
    }

    #[test]
    fn a_log_line_is_read() {
        let line = "[Sun Nov 22 2026] |stu001|Quiz1,v1|3|10\t1795370517\t1000100203";
        let answer = log_line(line).expect("a token");
        assert_eq!((answer.student.as_str(), answer.version.as_str(), answer.problem), ("stu001", "Quiz1,v1", 3));
        assert_eq!(answer.token, "1000100203");
        assert_eq!(log_line("[date] |stu001|Quiz1,v1|3|0\t1795370517\tNo answer entered"), None);
    }
}
