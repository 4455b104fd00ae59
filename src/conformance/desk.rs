//! All that can be asked of one app on its cluster: the node's shell, its database, its students, its engine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::statements::Statements;
use super::student::{Answer, Student};
use crate::cluster::docker::cgroup;
use crate::cluster::docker::{DockerCluster, Trace};
use crate::cluster::{Cluster, Evidence, Step};
use crate::history;
use crate::plan::{COURSE, Plan};
use crate::webwork::TestPage;

/// Longest time until something that must happen soon has happened.
pub const SOON: Duration = Duration::from_secs(30);
/// Longest time until a cluster is whole again.
const WHOLE: Duration = Duration::from_secs(120);
/// Rest between two looks.
const POLL: Duration = Duration::from_millis(100);

/// Behind the name of what was put aside.
const ASIDE: &str = ".aside";

/// What holds up a submission in the middle of its writes: the update of its last problem waits.
const HOLD: &str = "wwchaos_hold";

/// One app on its cluster.
pub struct Desk {
    /// The cluster.
    pub cluster: Arc<DockerCluster>,
    /// What it was planned for.
    pub plan: Plan,
    /// The web node's service.
    pub web: String,
    /// The database's service.
    pub database: String,
    /// Address and port of the node, which is asked without a balancer.
    pub address: String,
}

impl Desk {
    /// The desk of a cluster with one web node and one database.
    pub fn new(cluster: Arc<DockerCluster>, plan: Plan) -> Result<Self> {
        let topology = cluster.topology();
        let database = topology.database.address.clone();
        if topology.role_of(&database).is_none() {
            bail!(
                "the database's address `{database}` is no service (hint: `conformance` needs a cluster with one database)"
            );
        }
        let (web, port) = *topology.serving().first().context("no web node")?;
        let (web, address) = (web.to_owned(), format!("{}:{port}", cluster.site().address(topology, web)?));
        Ok(Self { cluster, plan, web, database, address })
    }

    /// What `script` prints in the web node.
    pub async fn shell(&self, script: &str) -> Result<String> {
        let command = ["sh", "-c", script].map(str::to_owned);
        self.printed(&self.web, &command).await
    }

    /// What `statements` return, without names of columns.
    pub async fn sql(&self, statements: &str) -> Result<String> {
        let words =
            ["mariadb", "--batch", "--skip-column-names", &self.cluster.topology().database.name, "-e", statements];
        self.printed(&self.database, &words.map(str::to_owned)).await
    }

    async fn printed(&self, service: &str, command: &[String]) -> Result<String> {
        let output = self.cluster.engine().exec(&self.cluster.site().container(service), command).await?;
        if output.code != 0 {
            bail!("{} in {service}: {}", command.last().map_or("", String::as_str), output.text.trim());
        }
        Ok(output.text.trim().to_owned())
    }

    /// Student number `number`, with a browser of its own, not signed in.
    pub fn student(&self, number: u32) -> Result<Student> {
        Student::new(&self.base(), number, &self.cluster.site().student_password)
    }

    /// Student number `number`, signed in, with a version of the test of the failures.
    pub async fn sitting(&self, number: u32) -> Result<(Student, TestPage)> {
        let student = self.student(number)?;
        student.sign_in().await?;
        let page = student.start().await?;
        Ok((student, page))
    }

    /// Workers of the node.
    pub fn workers(&self) -> Result<u32> {
        self.plan.settings.text("workers").parse().context("the app has no setting `workers`")
    }

    /// The node's URL.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Processor time that the web node has used, in milliseconds.
    pub async fn cpu_ms(&self) -> Result<f64> {
        let state = self.cluster.engine().state(&self.cluster.site().container(&self.web)).await?;
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of a few minutes")]
        Ok(cgroup::cpu_ns(state.pid)? as f64 / 1e6)
    }

    /// Begins to look at the files that the web node touches.
    pub async fn trace(&self) -> Result<Trace> {
        self.cluster.trace(&self.web).await
    }

    /// Does `step`.
    pub async fn apply(&self, step: Step) -> Result<()> {
        self.cluster.apply(&step).await.with_context(|| step.to_string())
    }

    /// Waits for `evidence`.
    async fn sighted(&self, evidence: &Evidence) -> Result<()> {
        until("the evidence of a fault", SOON, async || self.cluster.sight(evidence).await).await.map(|_| ())
    }

    /// Does `step`, and waits for the evidence that it has happened.
    pub async fn strike(&self, step: Step, evidence: &Evidence) -> Result<()> {
        self.apply(step).await?;
        self.sighted(evidence).await
    }

    /// Kills the container of `service`.
    pub async fn kill(&self, service: &str) -> Result<()> {
        let service = service.to_owned();
        self.strike(Step::Kill { service: service.clone() }, &Evidence::Stopped { service }).await
    }

    /// Starts it again, and waits until the cluster is whole.
    pub async fn start(&self, service: &str) -> Result<()> {
        self.apply(Step::Start { service: service.to_owned() }).await?;
        self.whole().await
    }

    /// What comes of a submission while `service` is frozen for `length`, and of `meanwhile`, which comes before that time.
    pub async fn submit_frozen<T>(
        &self,
        service: &str,
        (student, page): (&Student, &TestPage),
        length: Duration,
        meanwhile: impl Future<Output = Result<T>>,
    ) -> Result<(Answer, T)> {
        let service = service.to_owned();
        self.strike(Step::Pause { service: service.clone() }, &Evidence::Paused { service: service.clone() }).await?;
        let thawed = async {
            let seen = meanwhile.await;
            tokio::time::sleep(length).await;
            self.apply(Step::Unpause { service }).await?;
            seen
        };
        let (answer, seen) = tokio::join!(student.answer(history::Step::Grade, page, 1), thawed);
        Ok((answer, seen?))
    }

    /// What comes of a submission that waits in the middle of its writes while `service` is killed.
    pub async fn submit_killed(&self, service: &str, student: &Student, page: &TestPage) -> Result<Answer> {
        self.hold().await?;
        let hit = async {
            self.held().await?;
            self.kill(service).await
        };
        let (answer, hit) = tokio::join!(student.answer(history::Step::Grade, page, 1), hit);
        hit.map(|()| answer)
    }

    /// Waits until every service does its work.
    pub async fn whole(&self) -> Result<()> {
        let missing = async || Ok(self.cluster.missing().await?.is_none().then_some(()));
        until("the cluster to be whole", WHOLE, missing).await
    }

    /// Undoes whatever may have been done, and waits until the cluster is whole.
    pub async fn restore(&self) -> Result<()> {
        for service in [&self.database, &self.web] {
            self.apply(Step::Unpause { service: service.clone() }).await?;
            self.apply(Step::Start { service: service.clone() }).await?;
        }
        for volume in self.cluster.topology().volumes.keys() {
            self.apply(Step::Drain { volume: volume.clone() }).await?;
        }
        let serves = async || Ok(self.cluster.ready(&self.web).await?.then_some(()));
        if until("the node to serve", SOON, serves).await.is_err() {
            self.apply(Step::Restart { service: self.web.clone() }).await?;
        }
        for path in [self.course_folder()?, self.answer_log()] {
            self.put_back(&path).await?;
        }
        self.whole().await?;
        self.let_go().await?;
        self.sql("SET GLOBAL read_only = 0").await.map(|_| ())
    }

    /// Where the app writes down submissions.
    pub fn answer_log(&self) -> String {
        self.cluster.topology().audit.answer_log.replace("{course}", COURSE)
    }

    /// Takes `path` out of the app's way.
    pub async fn put_aside(&self, path: &str) -> Result<()> {
        self.shell(&format!("mv {path} {path}{ASIDE}")).await.map(|_| ())
    }

    /// Puts `path` back where it was, in place of what is there now, if it was taken away.
    pub async fn put_back(&self, path: &str) -> Result<()> {
        let script = format!("if [ -e {path}{ASIDE} ]; then rm -rf {path} && mv {path}{ASIDE} {path}; fi");
        self.shell(&script).await.map(|_| ())
    }

    /// From now on a submission waits in the middle of its writes, before its last problem's score.
    async fn hold(&self) -> Result<()> {
        let problems = self.plan.class.problems;
        let trigger = format!(
            "CREATE TRIGGER {HOLD} BEFORE UPDATE ON {COURSE}_problem_user FOR EACH ROW \
             SET @wwchaos = IF(NEW.problem_id = {problems}, SLEEP(60), 0)"
        );
        self.sql(&trigger).await.map(|_| ())
    }

    /// Waits until one does.
    async fn held(&self) -> Result<()> {
        let sleeping = "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User sleep'";
        until("a submission to wait", SOON, async || Ok((self.sql(sleeping).await? != "0").then_some(()))).await
    }

    /// Submissions wait no longer.
    pub async fn let_go(&self) -> Result<()> {
        let sleeping = "SELECT id FROM information_schema.processlist WHERE state = 'User sleep'";
        for id in self.sql(sleeping).await?.lines() {
            // One that has woken meanwhile is gone.
            let _ = self.sql(&format!("KILL {id}")).await;
        }
        self.sql(&format!("DROP TRIGGER IF EXISTS {HOLD}")).await.map(|_| ())
    }

    /// What the stores hold of a student's version, in words.
    pub async fn stored(&self, student: &Student, version: &str) -> Result<String> {
        let of = format!("user_id = '{}' AND set_id = '{version}'", student.login);
        let scored = format!("SELECT COUNT(*) FROM {COURSE}_problem_user WHERE {of} AND attempted = 1");
        let past = format!("SELECT COUNT(*) FROM {COURSE}_past_answer WHERE {of}");
        let time = format!("SELECT version_last_attempt_time > 0 FROM {COURSE}_set_user WHERE {of}");
        let (scored, past, time) = (self.sql(&scored).await?, self.sql(&past).await?, self.sql(&time).await?);
        let time = if time == "1" { "time of the attempt set" } else { "no time of the attempt" };
        Ok(format!("{scored} problems scored, {past} past answers, {time}"))
    }

    /// Begins a new log of statements.
    pub async fn log_anew(&self) -> Result<()> {
        self.sql("SET GLOBAL general_log = OFF; TRUNCATE mysql.general_log; SET GLOBAL general_log = ON")
            .await
            .map(|_| ())
    }

    /// What the app has asked since.
    pub async fn logged(&self) -> Result<Statements> {
        let user = &self.cluster.topology().database.user;
        let query = format!(
            "SELECT argument FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND user_host LIKE '{user}%'"
        );
        Ok(Statements::read(self.sql(&query).await?.lines()))
    }

    /// The folder of the course in the node.
    pub fn course_folder(&self) -> Result<String> {
        let log = self.answer_log();
        let folder = Path::new(&log).parent().and_then(Path::parent);
        Ok(folder.context("the topology names no answer.log")?.display().to_string())
    }

    /// The folder of the node's own logs.
    pub fn log_folder(&self) -> Result<String> {
        let file = self.cluster.topology().app.collect.first().context("the app names no log to collect")?;
        let folder = Path::new(file).parent().context("a log of the app is in no folder")?;
        Ok(folder.display().to_string())
    }

    /// Lines of `path` in the node; a file that is not there has none.
    pub async fn lines(&self, path: &str) -> Result<usize> {
        Ok(self.shell(&format!("cat {path} 2>/dev/null | wc -l")).await?.parse()?)
    }
}

/// Asks `question` until it has an answer.
pub async fn until<T>(what: &str, limit: Duration, mut question: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let asked = async {
        loop {
            // What cannot be asked now may be in a moment: that is what is waited for.
            match question().await {
                Ok(Some(answer)) => return answer,
                Ok(None) | Err(_) => tokio::time::sleep(POLL).await,
            }
        }
    };
    tokio::time::timeout(limit, asked).await.with_context(|| format!("waited {limit:?} for {what}"))
}
