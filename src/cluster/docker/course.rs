//! The course of a cluster: made by its app, or laid out as it was when the same was made before.
//!
//! An app that says how (`keep`) has its seeded course kept in a volume of its own, named after all that the course
//! depends on: the app's image and files, the command that seeds, the app's settings. The next cluster that wants the same
//! finds it in the folder `.kept` of its shared volume before its services start, and its seed lays it out. Such a volume belongs
//! to no run, so `down` leaves it unless it is told otherwise; the oldest go when there are more than a few.

use anyhow::{Context, Result, bail};
use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::ListVolumesOptionsBuilder;
use sha2::{Digest, Sha256};

use super::engine::Output;
use super::errand::Errand;
use super::missing::missing;
use super::up::{Order, POLL, dead};
use super::{DockerCluster, Engine, disk, image};
use crate::cluster::Cluster;
use crate::digest;
use crate::plan::{COURSE, HOMEWORK, SET};
use crate::settings::duration_text;
use crate::topology::App;

/// Label of a volume with a kept course.
const KEPT: &str = "wwchaos.course";
/// Kept courses at most.
const KEPT_MAX: usize = 4;
/// Times that the course is seeded until it succeeds.
const SEED_TRIES: u32 = 20;
/// Minutes that a version of the test stays open: longer than any run.
const TEST_MINUTES: u32 = 600;
/// Versions of the test that a student may start: one, and spares for a start that failed half-way.
const VERSIONS: u32 = 5;

/// What a helper does to lay a kept course out; it says so when there is one. One that is not as it was kept is removed: the
/// course is then seeded and kept anew.
const LAY: &str = "[ -d /kept/course ] || exit 0; \
                   cd /kept/course && sha256sum --check --status --strict /kept/sums || { rm -rf /kept/course; exit 0; }; \
                   mkdir -p /volume/.kept && cp -a /kept/course/. /volume/.kept/ && echo laid";
/// What a helper does to keep a course. Of two that keep the same at once one is enough.
const KEEP: &str = "cp -a /volume/.kept \"/kept/$1\" && (cd \"/kept/$1\" && find . -type f -exec sha256sum {} +) > \"/kept/$1.sums\" && \
                    if mv -T \"/kept/$1\" /kept/course; then mv \"/kept/$1.sums\" /kept/sums; \
                    else rm -rf \"/kept/$1\" \"/kept/$1.sums\"; fi && rm -rf /volume/.kept";

/// A test of the course, and the students who may take it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Seeding {
    /// The test's name.
    pub set: String,
    /// Accounts.
    pub students: u32,
    /// Problems of the test.
    pub problems: u32,
    /// Problems on a page of it; 0 for all.
    pub per_page: u32,
    /// Submissions that a version takes.
    pub attempts: u32,
    /// Versions that a student may start.
    pub versions: u32,
    /// Minutes that a version stays open.
    pub minutes: u32,
}

impl Seeding {
    /// What `order` needs.
    pub(super) fn of(order: &Order<'_>) -> Self {
        let class = &order.plan.class;
        Self {
            set: SET.to_owned(),
            students: order.plan.accounts() + order.probe_students,
            problems: class.problems,
            per_page: class.per_page,
            attempts: class.attempts_allowed(),
            versions: VERSIONS,
            minutes: TEST_MINUTES,
        }
    }

    fn command(&self, app: &App) -> Vec<String> {
        let values = [
            ("{course}", COURSE.to_owned()),
            ("{set}", self.set.clone()),
            ("{homework}", HOMEWORK.to_owned()),
            ("{students}", self.students.to_string()),
            ("{problems}", self.problems.to_string()),
            ("{per_page}", self.per_page.to_string()),
            ("{attempts}", self.attempts.to_string()),
            ("{versions}", self.versions.to_string()),
            ("{minutes}", self.minutes.to_string()),
        ];
        let fill = |word: &String| values.iter().fold(word.clone(), |word, (name, value)| word.replace(name, value));
        app.seed.iter().map(fill).collect()
    }
}

impl DockerCluster {
    /// Seeds the course; tried again while the app cannot reach its database yet. What is there already stays as it is.
    pub async fn seed(&self, seeding: &Seeding) -> Result<()> {
        let web = web(self)?;
        let (container, command) = (self.site.container(&web), seeding.command(&self.topology.app));
        let mut last = Output::default();
        for _ in 0..SEED_TRIES {
            last = match self.engine.exec(&container, &command).await {
                Ok(output) if output.code == 0 => return Ok(()),
                Ok(output) => output,
                Err(error) => {
                    // Of a container that has ended, why it has is worth more.
                    dead(self, std::slice::from_ref(&web)).await?;
                    return Err(error);
                }
            };
            tokio::time::sleep(POLL).await;
        }
        bail!("seeding the course failed with code {}: {}", last.code, last.text.trim())
    }
}

impl DockerCluster {
    /// Takes away what students have left in the test, and waits until everything does its work, no node is kept out, and no
    /// balancer has a request in hand.
    pub async fn reset(&self) -> Result<()> {
        let limit = self.topology.ready_within;
        let within = duration_text(limit);
        let whole = async {
            while !matches!(self.missing().await, Ok(None)) {
                tokio::time::sleep(POLL).await;
            }
        };
        if tokio::time::timeout(limit, whole).await.is_err() {
            bail!("the cluster was not whole again within {within}: {}", missing(self).await);
        }
        let cleared = tokio::time::timeout(limit, self.clear()).await;
        cleared.with_context(|| format!("resetting the course took longer than {within}"))??;
        let idle = async {
            while self.is_at_work().await? {
                tokio::time::sleep(POLL).await;
            }
            Ok(())
        };
        tokio::time::timeout(limit, idle)
            .await
            .with_context(|| format!("a balancer still had requests in hand after {within}"))?
    }

    /// Takes away what students have left in the test.
    async fn clear(&self) -> Result<()> {
        let fill = |word: &String| word.replace("{course}", COURSE).replace("{set}", SET);
        let command: Vec<_> = self.topology.app.reset.iter().map(fill).collect();
        let output = self.engine.exec(&self.site.container(&web(self)?), &command).await?;
        if output.code != 0 {
            bail!("resetting the course failed with code {}: {}", output.code, output.text.trim());
        }
        Ok(())
    }
}

/// A course that is kept, or is to be.
pub(super) struct Kept {
    volume: String,
    shared: String,
    laid: bool,
}

impl Kept {
    /// The kept course of what `order` wants on `cluster`, laid out where there is one; none for an app that keeps none, and none
    /// where its nodes have their files from servers, for then no volume is what they share.
    pub(super) async fn lay(cluster: &DockerCluster, order: &Order<'_>) -> Result<Option<Self>> {
        let (topology, app) = (&cluster.topology, &cluster.topology.app);
        let Some(shared) = topology.shared_volume().filter(|_| !app.keep.is_empty()) else { return Ok(None) };
        let volume = format!("wwchaos-course-{}", fingerprint(cluster, order).await?);
        let mut kept = Self { volume, shared: shared.to_owned(), laid: false };
        if cluster.engine.docker().inspect_volume(&kept.volume).await.is_ok() {
            let said = kept.errand(cluster, LAY)?.run(&cluster.engine).await.context("lay out a kept course")?;
            kept.laid = said.text.trim() == "laid";
        }
        Ok(Some(kept))
    }

    /// Whether it was there.
    pub(super) fn is_laid(&self) -> bool {
        self.laid
    }

    /// Keeps the course that was seeded now.
    pub(super) async fn keep(&self, cluster: &DockerCluster) -> Result<()> {
        let container = cluster.site.container(&web(cluster)?);
        let command: Vec<_> = cluster.topology.app.keep.iter().map(|word| word.replace("{course}", COURSE)).collect();
        let output = cluster.engine.exec(&container, &command).await?;
        if output.code != 0 {
            bail!("keeping the course failed with code {}: {}", output.code, output.text.trim());
        }
        let labels = Some([(KEPT.to_owned(), cluster.topology.app.name.clone())].into());
        let request = VolumeCreateRequest { name: Some(self.volume.clone()), labels, ..VolumeCreateRequest::default() };
        cluster.engine.docker().create_volume(request).await.context("make a volume for a kept course")?;
        self.errand(cluster, KEEP)?.run(&cluster.engine).await.context("keep a course")?;
        for oldest in kept(&cluster.engine).await?.iter().rev().skip(KEPT_MAX) {
            // One that is in use stays.
            let _ = disk::remove(&cluster.engine, oldest).await;
        }
        Ok(())
    }

    fn errand(&self, cluster: &DockerCluster, script: &str) -> Result<Errand> {
        Ok(Errand {
            run: cluster.site.run.clone(),
            name: "course".to_owned(),
            image: cluster.image("helper")?,
            command: ["sh", "-c", script, "sh", &cluster.site.run].map(str::to_owned).to_vec(),
            capabilities: vec!["DAC_OVERRIDE", "CHOWN", "FOWNER"],
            binds: vec![format!("{}:/volume", cluster.site.volume(&self.shared)), format!("{}:/kept", self.volume)],
            ..Errand::default()
        })
    }
}

/// Volumes with kept courses, the oldest first.
pub async fn kept(engine: &Engine) -> Result<Vec<String>> {
    let filters = [("label".to_owned(), vec![KEPT.to_owned()])].into();
    let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
    let found = engine.docker().list_volumes(Some(options)).await.context("list volumes")?;
    let mut found = found.volumes.unwrap_or_default();
    found.sort_by_cached_key(|volume| volume.created_at.as_ref().map(ToString::to_string));
    Ok(found.into_iter().map(|volume| volume.name).collect())
}

/// Removes every kept course; the names of what could not be removed.
pub async fn forget(engine: &Engine) -> Result<Vec<String>> {
    let mut left = Vec::new();
    for volume in kept(engine).await? {
        if let Err(error) = disk::remove(engine, &volume).await {
            left.push(format!("{error:#}"));
        }
    }
    Ok(left)
}

/// All that a seeded course depends on, as a short hash.
async fn fingerprint(cluster: &DockerCluster, order: &Order<'_>) -> Result<String> {
    let app = &cluster.topology.app;
    let image = image::of_app(app, order.library);
    let image = cluster.engine.docker().inspect_image(&image).await.with_context(|| format!("image {image}"))?;
    let mut hasher = Sha256::new();
    let command = Seeding::of(order).command(app).join("\0");
    let (files, settings) = (order.library.hash(&format!("apps/{}", app.name)), app.environment(&order.plan.settings));
    for part in [image.id.unwrap_or_default(), files, command, settings] {
        hasher.update(Sha256::digest(part.as_bytes()));
    }
    Ok(digest::hex(hasher, 6))
}

fn web(cluster: &DockerCluster) -> Result<String> {
    let (web, _) = *cluster.topology.serving().first().context("the topology has no service that runs the app")?;
    Ok(web.to_owned())
}
