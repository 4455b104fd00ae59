//! The journey, taken twice: once for pages, statements, log lines and processor time, once for the files touched, for
//! whoever is looked at is slower.

use std::collections::BTreeMap;

use anyhow::Result;
use reqwest::Client;

use super::Seen;
use super::desk::{Desk, SOON, until};
use super::failure;
use super::files::Touched;
use super::journey::{Cookie, Journey, Step};
use super::page::Page;
use super::statements::Statements;
use super::student::browser;
use crate::cluster::docker::Trace;
use crate::plan::{COURSE, login};
use crate::webwork;

/// How far apart processor times may be and still count as the same, as a factor.
const CPU_WITHIN: f64 = 2.0;
/// How far apart the numbers of files opened or looked at may be.
const FILES_WITHIN: f64 = 1.5;

/// Journeys of as many students as there are workers, at once, before processor time is measured: the first page of its kind
/// makes a worker compile templates and load modules, once in its life.
const WARM_ROUNDS: usize = 2;

/// Everything seen of the journey.
pub async fn walk(desk: &Desk, journey: &Journey, say: impl Fn(&str)) -> Result<Vec<Seen>> {
    let steps = || journey.steps.iter();
    let mut seen = Vec::new();
    say("warming the workers up");
    warm(desk).await?;
    let walker = Walker::new(desk, 1)?;
    for step in steps() {
        say(&step.name);
        seen.extend(walker.take(step, &journey.cookie).await?);
    }
    let walker = Walker::new(desk, 2)?;
    let trace = match desk.trace().await {
        Ok(trace) => trace,
        Err(error) => {
            let why = format!("{error:#}");
            seen.extend(steps().map(|step| Seen::unchecked(&step.name, "files opened", &why)));
            return Ok(seen);
        }
    };
    let traced = async {
        for step in steps() {
            say(&format!("{}, its files", step.name));
            seen.extend(walker.trace(step, &trace).await?);
        }
        Ok::<_, anyhow::Error>(())
    };
    let traced = traced.await;
    trace.end().await?;
    traced.map(|()| seen)
}

/// Keeps all workers busy, with the pages of the journey: a worker takes one request at a time.
async fn warm(desk: &Desk) -> Result<()> {
    let workers = desk.workers()?;
    for _ in 0..WARM_ROUNDS {
        let students = (0..workers).map(|place| async move {
            let student = desk.student(failure::first_spare() + place)?;
            student.sign_in().await?;
            student.ask(&student.course().set_list()).await;
            student.ask(&student.course().quiz_info()).await;
            student.start().await?;
            student.ask(&student.course().logout()).await;
            Ok::<_, anyhow::Error>(())
        });
        futures_util::future::try_join_all(students).await?;
    }
    Ok(())
}

/// A student on the journey.
struct Walker<'a> {
    desk: &'a Desk,
    number: u32,
    browser: Client,
    stranger: Client,
}

impl<'a> Walker<'a> {
    fn new(desk: &'a Desk, number: u32) -> Result<Self> {
        let new = || browser(&desk.base()).build();
        Ok(Self { desk, number, browser: new()?, stranger: new()? })
    }

    /// Takes one step: page, statements, log lines, processor time.
    async fn take(&self, step: &Step, cookie: &Cookie) -> Result<Vec<Seen>> {
        let desk = self.desk;
        let before = self.lines(step).await?;
        desk.log_anew().await?;
        let cpu = desk.cpu_ms().await?;
        let (page, issued) = self.send(step).await?;
        let statements = self.statements(step).await?;
        // Looking at the logs is work of the node too.
        let cpu = desk.cpu_ms().await? - cpu;
        let appended = self.appended(step, &before).await?;
        let mut deviations = page.deviations(step);
        let holds = |attribute: &String| issued.contains(attribute.as_str());
        if step.success && !(issued.starts_with(&format!("{}=", cookie.name)) && cookie.attributes.iter().all(holds)) {
            deviations.push(format!("cookie `{}`", issued.split('=').next().unwrap_or_default()));
        }
        let page = if deviations.is_empty() { "as measured".to_owned() } else { deviations.join("; ") };
        let mut seen = vec![
            Seen::words(&step.name, "page", page),
            Seen::words(&step.name, "SQL", statements.to_string()),
            Seen::about(&step.name, "CPU-ms", cpu, CPU_WITHIN),
        ];
        if !appended.is_empty() {
            let lines = appended.iter().map(|(file, lines)| format!("{} {lines}", name(file)));
            seen.push(Seen::words(&step.name, "log lines", lines.collect::<Vec<_>>().join(", ")));
        }
        Ok(seen)
    }

    /// Takes one step while its files are looked at.
    async fn trace(&self, step: &Step, trace: &Trace) -> Result<Vec<Seen>> {
        trace.settled().await;
        trace.take();
        self.send(step).await?;
        trace.settled().await;
        let touched = Touched::read(&trace.take(), &self.desk.course_folder()?);
        if touched == Touched::default() {
            // Every request of every app writes a line of a log: who sees nothing has not looked.
            return Ok(vec![Seen::unchecked(&step.name, "files opened", "strace showed no call")]);
        }
        #[allow(clippy::cast_precision_loss, reason = "some thousand calls at most")]
        let count = |aspect: &'static str, number: usize| Seen::about(&step.name, aspect, number as f64, FILES_WITHIN);
        Ok(vec![
            Seen::words(&step.name, "files written", touched.written_text()),
            count("files opened", touched.opened),
            count("files of the course opened", touched.opened_shared),
            count("names looked at", touched.looked),
        ])
    }

    async fn send(&self, step: &Step) -> Result<(Page, String)> {
        let client = if step.cookie { &self.browser } else { &self.stranger };
        let url = webwork::address(&self.desk.base(), &step.path)?;
        let password = &self.desk.cluster.site().student_password;
        let fill = |text: &str| text.replace("{user}", &login(self.number)).replace("{password}", password);
        let fields: Vec<_> = step.fields.iter().map(|(name, value)| (name.clone(), fill(value))).collect();
        let request = if step.method == "POST" { client.post(url).form(&fields) } else { client.get(url) };
        let answer = request.timeout(SOON).send().await?;
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let webwork::Page { status, body } = webwork::Page::read(answer).await?;
        Ok((Page { status, body }, cookie))
    }

    /// The statements, once they are those of the table, or after a while: some follow the page.
    async fn statements(&self, step: &Step) -> Result<Statements> {
        let mut last = Statements::default();
        let right = async || {
            last = self.desk.logged().await?;
            let selects = step.selects.unwrap_or(last.selects);
            let writes = step.writes.as_ref().unwrap_or(&last.writes);
            Ok((last.selects == selects && last.writes == *writes).then_some(()))
        };
        // What they are is told either way.
        let _ = until("the statements", std::time::Duration::from_secs(2), right).await;
        Ok(last)
    }

    /// Lines by which the files of the step have grown, once that is as the table says, or after a while.
    async fn appended(&self, step: &Step, before: &BTreeMap<String, usize>) -> Result<BTreeMap<String, usize>> {
        let mut last = BTreeMap::new();
        let right = async || {
            let now = self.lines(step).await?;
            let grown = |(file, lines): (String, usize)| {
                let before = before.get(&file).copied().unwrap_or_default();
                (file, lines.saturating_sub(before))
            };
            last = now.into_iter().map(grown).collect();
            Ok((last == step.appends).then_some(()))
        };
        let _ = until("the log lines", std::time::Duration::from_secs(2), right).await;
        Ok(last)
    }

    /// Lines of the files to which the step appends.
    async fn lines(&self, step: &Step) -> Result<BTreeMap<String, usize>> {
        let course = self.desk.course_folder()?;
        let courses = course.strip_suffix(&format!("/{COURSE}")).unwrap_or(&course).to_owned();
        let logs = self.desk.log_folder()?;
        let mut lines = BTreeMap::new();
        for file in step.appends.keys() {
            let path = file.replace("{courses}", &courses).replace("{logs}", &logs);
            lines.insert(file.clone(), self.desk.lines(&path).await?);
        }
        Ok(lines)
    }
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
