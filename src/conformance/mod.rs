//! What one app answers → where another differs: what stands in for WeBWorK, held against WeBWorK.
//!
//! Both are asked the same on a cluster of one web node and one database, without a balancer: one scripted
//! [journey] with the statements, log lines, files and processor time of each step, and every [failure] that was
//! measured of WeBWorK. What is seen is put into words, and the words are compared. Where no image of WeBWorK is at hand, what
//! was [recorded] of it stands in its place.
//!
//! [`table`] and [`words`] are pure. A new failure is an entry in `failure::FAILURES`.

pub mod desk;
pub mod failure;
mod files;
pub mod journey;
pub mod page;
pub mod statements;
mod steps;
mod student;
mod table;
mod words;

use std::sync::Arc;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

pub use table::{Row, Table, Verdict, compare};
pub use words::{markdown, text};

use crate::cluster::docker::DockerCluster;
use crate::plan::{COURSE, Plan};
use desk::Desk;
use journey::Journey;

/// What was seen of WeBWorK when this was last recorded.
const RECORDED: &str = include_str!("webwork.json");

/// Everything seen of one app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// What it is, with version and image.
    pub app: String,
    /// What was seen, in order.
    pub seen: Vec<Seen>,
}

/// One thing seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Of which step or failure.
    pub of: String,
    /// Which aspect of it.
    pub aspect: String,
    /// What it was.
    pub value: Value,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// To be the same word for word.
    Words(String),
    /// An amount that varies: the same within a factor.
    About {
        /// How much.
        amount: f64,
        /// The factor, above 1.
        within: f64,
    },
    /// Not seen, and why.
    Unchecked(String),
}

impl Seen {
    fn words(of: &str, aspect: &str, words: String) -> Self {
        Self { of: of.to_owned(), aspect: aspect.to_owned(), value: Value::Words(words) }
    }

    fn about(of: &str, aspect: &str, amount: f64, within: f64) -> Self {
        // A tenth is enough, and makes records readable.
        let amount = (amount * 10.0).round() / 10.0;
        Self { of: of.to_owned(), aspect: aspect.to_owned(), value: Value::About { amount, within } }
    }

    fn unchecked(of: &str, aspect: &str, why: &str) -> Self {
        Self { of: of.to_owned(), aspect: aspect.to_owned(), value: Value::Unchecked(why.to_owned()) }
    }
}

impl Observed {
    /// What was recorded of WeBWorK.
    pub fn recorded() -> Result<Self> {
        serde_json::from_str(RECORDED).context("webwork.json")
    }
}

/// Asks the app of `cluster`, which is called `app`, everything. The course is made anew. The cluster must be one with one web
/// node and one database.
pub async fn observe(
    cluster: Arc<DockerCluster>,
    plan: &Plan,
    app: &str,
    say: impl Fn(&str) + Copy,
) -> Result<Observed> {
    let desk = Desk::new(cluster, plan.clone())?;
    let journey = Journey::read()?;
    say("making the course anew");
    make_course(&desk, &journey).await?;
    let mut seen = steps::walk(&desk, &journey, say).await.context("the journey")?;
    seen.extend(failure::provoke(&desk, say).await);
    Ok(Observed { app: app.to_owned(), seen })
}

async fn make_course(desk: &Desk, journey: &Journey) -> Result<()> {
    desk.shell(&format!("rm -rf {}", desk.course_folder()?)).await?;
    let like = format!("{}\\_%", COURSE);
    let tables = format!(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '{like}'"
    );
    for table in desk.sql(&tables).await?.lines() {
        desk.sql(&format!("DROP TABLE `{table}`")).await?;
    }
    for seed in &journey.seeds {
        desk.cluster.seed(seed).await?;
    }
    desk.whole().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_students_for_every_failure() {
        let journey = Journey::read().unwrap();
        // Behind them as many as there may be workers keep these warm.
        let needed = failure::first_spare() + 12;
        assert!(journey.seeds.iter().all(|seed| seed.students >= needed), "{needed}");
    }

    #[test]
    fn what_was_recorded_is_of_this_journey_and_these_failures() {
        let (recorded, journey) = (Observed::recorded().unwrap(), Journey::read().unwrap());
        let names = journey.steps.iter().map(|step| step.name.as_str());
        let names: Vec<_> = names.chain(failure::FAILURES.iter().map(|failure| failure.name)).collect();
        for name in &names {
            assert!(recorded.seen.iter().any(|seen| seen.of == *name), "nothing recorded of `{name}`");
        }
        assert!(
            recorded.seen.iter().all(|seen| names.contains(&seen.of.as_str())),
            "recorded of something that is gone"
        );
    }
}
