//! The stand-in answers one journey as the real application does: status, texts, fields, statements, log lines.

mod journey;
mod page;
mod recorded;
mod statements;

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use wwchaos::cluster::Cluster;
use wwchaos::plan::login;
use wwchaos::webwork::USER_AGENT;

use crate::ask::docker;
use crate::engine::{engine, share, skipped, until};
use crate::place::{Place, SOON};
use journey::{Journey, Step};
use page::Page;
use recorded::Recorded;
use statements::{Log, Statements};

#[tokio::test]
async fn the_stand_in_answers_the_journey_as_it_was_measured() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let (place, journey) = (Place::small(engine).await?, Journey::read()?);
    let desk = Desk::new(&place, &journey).await?;
    let mut deviations = Vec::new();
    for step in &journey.steps {
        let found = desk.take(step).await?;
        deviations.extend(found.into_iter().map(|deviation| format!("{}: {deviation}", step.name)));
    }
    ensure!(deviations.is_empty(), "the stand-in deviates:\n{}", deviations.join("\n"));
    place.end().await
}

/// The table itself, held against what was recorded.
#[test]
fn the_journey_is_what_was_recorded_from_the_real_application() -> Result<()> {
    let Some(recorded) = Recorded::find() else {
        skipped("WWCHAOS_WEBWORK_PAGES is not set: no recorded pages to compare with");
        return Ok(());
    };
    let mut deviations = Vec::new();
    let mut compared = (0, 0);
    for mut step in Journey::read()?.steps {
        if let Some(page) = recorded.page(&step)? {
            compared.0 += 1;
            // The answers of this journey are its own.
            step.markers.retain(|marker| !marker.contains("token-"));
            let found = page.deviations(&step);
            deviations.extend(found.into_iter().map(|deviation| format!("{}: {deviation}", step.name)));
        }
        if let Some(statements) = recorded.statements(&step)? {
            compared.1 += 1;
            let table = Statements { selects: step.selects.unwrap_or_default(), writes: step.writes };
            if statements != table {
                deviations.push(format!("{}: recorded {statements:?}, in the table {table:?}", step.name));
            }
        }
    }
    ensure!(deviations.is_empty(), "the table deviates from the recordings:\n{}", deviations.join("\n"));
    ensure!(compared >= (12, 10), "compared only {compared:?} pages and statements");
    Ok(())
}

/// A student at a browser, and everything that can be seen of one request.
struct Desk<'a> {
    base: String,
    web: String,
    log: Log,
    browser: reqwest::Client,
    password: String,
    journey: &'a Journey,
    recorded: Option<Recorded>,
}

impl<'a> Desk<'a> {
    /// A course seeded just now, as the journey says.
    async fn new(place: &Place, journey: &'a Journey) -> Result<Self> {
        let (web, log) = (place.container("web"), Log(place.container("db")));
        log.drop_all().await?;
        docker(&["exec", &web, "rm", "-rf", "/opt/webwork/courses/quiz"]).await?;
        for seed in &journey.seeds {
            let seed: Vec<_> = seed.iter().map(String::as_str).collect();
            docker(&[&["exec", &web, "/wwchaos/bin/seed"], &seed[..]].concat()).await?;
        }
        // The workers' connections still know the database that was dropped.
        docker(&["restart", "--time", "2", &web]).await?;
        until("the node to serve", SOON, async || Ok(place.cluster.ready("web").await?.then_some(()))).await?;
        let recorded = Recorded::find();
        if recorded.is_none() {
            skipped("WWCHAOS_WEBWORK_PAGES is not set: no recorded pages to compare with");
        }
        Ok(Self {
            base: format!("http://{}:8080", place.address("web")?),
            web,
            log,
            browser: reqwest::Client::builder().cookie_store(true).user_agent(USER_AGENT).build()?,
            password: place.cluster.site().student_password.clone(),
            journey,
            recorded,
        })
    }

    /// Takes one step; where it deviates.
    async fn take(&self, step: &Step) -> Result<Vec<String>> {
        let before = self.lines(step).await?;
        self.log.clear().await?;
        let (page, cookie) = self.send(step).await?;
        let mut found = page.deviations(step);
        if step.success && !self.is_session(&cookie) {
            found.push(format!("cookie `{cookie}`, expected {:?}", self.journey.cookie));
        }
        found.extend(self.statements(step).await?);
        found.extend(self.appended(step, &before).await?);
        if let Some(real) = self.recorded.as_ref().map(|recorded| recorded.page(step)).transpose()?.flatten() {
            let (ours, real) = (page.fields(), real.fields());
            let more: Vec<_> = ours.difference(&real).collect();
            if !more.is_empty() {
                found.push(format!("fields that the real page has not: {more:?}"));
            }
        }
        Ok(found)
    }

    async fn send(&self, step: &Step) -> Result<(Page, String)> {
        let stranger = reqwest::Client::builder().user_agent(USER_AGENT).build()?;
        let client = if step.cookie { &self.browser } else { &stranger };
        let url = format!("{}{}", self.base, step.path);
        let fill = |text: &str| text.replace("{user}", &login(1)).replace("{password}", &self.password);
        let fields: Vec<_> = step.fields.iter().map(|(name, value)| (name.clone(), fill(value))).collect();
        let request = if step.method == "POST" { client.post(url).form(&fields) } else { client.get(url) };
        let answer = request.send().await?;
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        Ok((Page { status: answer.status().as_u16(), body: answer.text().await? }, cookie))
    }

    fn is_session(&self, cookie: &str) -> bool {
        let (name, attributes) = &self.journey.cookie;
        cookie.starts_with(&format!("{name}=")) && attributes.iter().all(|attribute| cookie.contains(attribute))
    }

    /// Waits until the statements are those of the table; else what they are.
    async fn statements(&self, step: &Step) -> Result<Option<String>> {
        let mut last = Statements::default();
        let right = async || {
            last = self.log.read().await?;
            let selects = step.selects.unwrap_or(last.selects);
            Ok((last.selects == selects && last.writes == step.writes).then_some(()))
        };
        let awaited = until("the statements", std::time::Duration::from_secs(2), right).await;
        let expected = || format!("{:?} SELECTs and {:?}", step.selects, step.writes);
        Ok(awaited.err().map(|_| format!("{last:?}, expected {}", expected())))
    }

    /// Waits until the log files have grown as the table says; else by how much they have.
    async fn appended(&self, step: &Step, before: &BTreeMap<String, usize>) -> Result<Option<String>> {
        let mut last = Vec::new();
        let right = async || {
            let now = self.lines(step).await?;
            let grown = |(file, lines): (&String, &usize)| (file.clone(), lines - before.get(file).unwrap_or(&0));
            last = now.iter().map(grown).collect();
            Ok(step.appends.iter().all(|expected| last.contains(expected)).then_some(()))
        };
        let awaited = until("the log lines", std::time::Duration::from_secs(2), right).await;
        Ok(awaited.err().map(|_| format!("appended {last:?}, expected {:?}", step.appends)))
    }

    /// Lines of the files to which the step appends.
    async fn lines(&self, step: &Step) -> Result<BTreeMap<String, usize>> {
        let mut lines = BTreeMap::new();
        for (file, _) in &step.appends {
            let path =
                file.replace("{courses}", "/opt/webwork/courses").replace("{logs}", "/opt/webwork/webwork2/logs");
            let count = docker(&["exec", &self.web, "sh", "-c", &format!("cat {path} 2>/dev/null | wc -l")]).await?;
            lines.insert(file.clone(), count.parse()?);
        }
        Ok(lines)
    }
}
