//! A cluster for one test, started by the library's own `up`; removed when the test is over, however it ends.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use wwchaos::cluster::Cluster;
use wwchaos::cluster::docker::{
    Claim, DockerCluster, Engine, Order, Site, Whereabouts, build_all, down, image_name, up,
};
use wwchaos::fault::{self, Injection};
use wwchaos::history::{Fact, Observation, Recorder};
use wwchaos::lease::{Lease, forget};
use wwchaos::library::Library;
use wwchaos::plan::Plan;
use wwchaos::settings::Values;
use wwchaos::topology::Topology;

use crate::ask;
use crate::engine::until;

/// Longest time that evidence, or its end, may take.
pub const SOON: Duration = Duration::from_secs(30);

/// One cluster starts at a time, so that an image is built once.
static STARTING: Mutex<()> = Mutex::const_new(());

/// A cluster that is up.
pub struct Place {
    /// The cluster.
    pub cluster: Arc<DockerCluster>,
    /// Where its files come from.
    pub library: Library,
    /// What the cluster observed.
    seen: UnboundedReceiver<Observation>,
    remains: Remains,
    folder: tempfile::TempDir,
    /// Keeps others' `wwchaos down` off it.
    lease: Lease,
}

/// Removes what is left of a run when it is dropped.
pub struct Remains {
    run: Option<String>,
    helper: String,
}

/// The library of these tests: a folder as a user would have it.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/docker/library")
}

/// What `up` starts for `scenario`.
pub struct Draft {
    library: Library,
    plan: Plan,
    cluster: Arc<DockerCluster>,
    seen: UnboundedReceiver<Observation>,
    lease: Lease,
    claim: Claim,
}

impl Draft {
    /// A site for `scenario`, with nothing on it yet.
    pub async fn new(engine: Engine, scenario: &str) -> Result<Self> {
        let library = Library::new(Some(folder()))?;
        let scenario = library.scenario(scenario)?;
        let topology = library.cluster(&scenario.topology, &scenario.app)?;
        let plan = Plan::new(&scenario, &topology, 1)?;
        let (site, claim) = Site::choose(&engine).await?;
        let lease = Lease::take(&site.run)?;
        let (recorder, seen) = Recorder::channel();
        let files = tempfile::tempdir()?;
        let only = STARTING.lock().await;
        let images = build_all(&engine, &library, &topology, files.path(), |_| ()).await.context("build")?;
        drop(only);
        let cluster = DockerCluster::new(engine, Whereabouts { topology, site, images }, recorder)?;
        Ok(Self { library, plan, cluster, seen, lease, claim })
    }

    /// The run id.
    pub fn run(&self) -> &str {
        &self.cluster.site().run
    }

    /// What it is made for.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What it is made of.
    pub fn topology(&self) -> &Topology {
        self.cluster.topology()
    }

    /// Starts it.
    pub async fn up(self) -> Result<Place> {
        let folder = tempfile::tempdir()?;
        let remains = Remains::new(self.run(), &self.library);
        let order = Order { library: &self.library, plan: &self.plan, probe_students: 0, folder: folder.path() };
        let only = STARTING.lock().await;
        up(&self.cluster, &order, |_| ()).await.context("up")?;
        drop((only, self.claim));
        Ok(Place { cluster: self.cluster, library: self.library, seen: self.seen, remains, folder, lease: self.lease })
    }
}

impl Place {
    /// The small cluster: one web node, one database, one course volume.
    pub async fn small(engine: Engine) -> Result<Self> {
        Draft::new(engine, "conformance").await?.up().await
    }

    /// Name of the container of `service`.
    pub fn container(&self, service: &str) -> String {
        self.cluster.site().container(service)
    }

    /// Address of `service`.
    pub fn address(&self, service: &str) -> Result<Ipv4Addr> {
        self.cluster.site().address(self.cluster.topology(), service)
    }

    /// Everything observed since the last time.
    pub fn facts(&mut self) -> Vec<Fact> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).map(|observation| observation.fact).collect()
    }

    /// Whether `service` serves the login page, asked without the program's code.
    pub async fn serves(&self, service: &str) -> Result<bool> {
        let page = ask::page(self.address(service)?, "/webwork2/quiz", Duration::from_secs(10)).await;
        Ok(page.is_ok_and(|page| page.starts_with("HTTP/1.1 200") && page.contains(r#"id="login_form""#)))
    }

    /// Applies a fault and returns it when its evidence is there.
    pub async fn inject(&self, fault: &str, settings: &[(&str, &str)], target: &str) -> Result<Injection> {
        let kind = fault::kind(fault).context("unknown fault")?;
        let specs = (kind.settings)();
        let mut values = Values::defaults(&specs);
        for (name, value) in settings {
            values.set(&specs, name, value).map_err(anyhow::Error::msg)?;
        }
        let injection = (kind.injection)(&values, target);
        ensure!(self.cluster.sight(&injection.evidence).await?.is_none(), "{fault}: evidence before the fault");
        for step in &injection.inject {
            self.cluster.apply(step).await.with_context(|| step.to_string())?;
        }
        until(&format!("evidence of {fault}"), SOON, async || self.cluster.sight(&injection.evidence).await).await?;
        Ok(injection)
    }

    /// Heals a fault, twice, as every heal step may be repeated; returns when the target serves again.
    pub async fn heal(&self, injection: &Injection, target: &str) -> Result<()> {
        for step in injection.heal.iter().chain(&injection.heal) {
            self.cluster.apply(step).await.with_context(|| step.to_string())?;
        }
        let gone = async || {
            let gone = self.cluster.sight(&injection.evidence).await?.is_none();
            Ok((gone && self.cluster.ready(target).await?).then_some(()))
        };
        until("the fault to be gone", SOON * 2, gone).await
    }

    /// Removes the cluster and looks for what is left on the machine.
    pub async fn end(self) -> Result<()> {
        let run = self.cluster.site().run.clone();
        self.down().await?;
        let left = ask::left(&run).await?;
        ensure!(left.is_empty(), "left on the machine: {left:?}");
        Ok(())
    }

    /// Removes the cluster, and once more: the second time finds nothing to do.
    pub async fn down(mut self) -> Result<()> {
        let run = self.cluster.site().run.clone();
        for _ in 0..2 {
            let left = down(self.cluster.engine(), &run, &self.remains.helper).await?;
            ensure!(left.is_empty(), "down left {left:?}");
        }
        self.remains.run = None;
        self.lease.end();
        self.folder.close().context("the test's folder")
    }
}

impl Remains {
    /// What is left of `run`.
    pub fn new(run: &str, library: &Library) -> Self {
        Self { run: Some(run.to_owned()), helper: image_name(library, "helper") }
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        let Some(run) = self.run.take() else { return };
        let helper = std::mem::take(&mut self.helper);
        // A runtime of its own: the test's may be gone, and must not be blocked.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let left = runtime.block_on(async { down(&Engine::connect().await?, &run, &helper).await })?;
            forget(&run)?;
            anyhow::Ok(left)
        });
        match removal.join() {
            Ok(Ok(left)) if left.is_empty() => {}
            Ok(result) => eprintln!("after the test: {result:?}"),
            Err(_) => eprintln!("the removal after the test panicked"),
        }
    }
}
