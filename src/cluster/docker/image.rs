//! Images: named after the hash of the folder they are built from, so a changed Dockerfile is a new image; built
//! when missing. Nothing is pulled: the base image must be on the machine.
//!
//! What a topology lays over the image of its app is named after the hash of its folder and of what it lies on.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::lock::Lock;
use super::{DockerCluster, Engine};
use crate::digest;
use crate::library::Library;
use crate::topology::{App, Image, Topology};

/// The image that every Dockerfile of ours starts from.
pub const BASE: &str = "debian:bookworm-slim";
/// Longest time that an image is waited for which another wwchaos builds.
const BUILT_ELSEWHERE: Duration = Duration::from_secs(600);
/// The part that errands are run from.
pub const HELPER: &str = "helper";

impl DockerCluster {
    /// The image built from `compose/images/<part>`.
    pub(super) fn image(&self, part: &str) -> Result<String> {
        let name = self.images.get(part).cloned();
        name.ok_or_else(|| anyhow!("topology `{}` does not list the image `{part}`", self.topology.name))
    }

    /// The image of errands; nothing where the topology has none.
    pub fn helper(&self) -> String {
        self.images.get(HELPER).cloned().unwrap_or_default()
    }
}

/// Name of the image built from `compose/images/<part>`.
pub fn name(library: &Library, part: &str) -> String {
    format!("wwchaos/{part}:{}", library.hash(&folder_of(part)))
}

/// Name of the image of `app` itself.
pub fn of_app(app: &App, library: &Library) -> String {
    match &app.image {
        Image::Built { part } => name(library, part),
        Image::Named { name, .. } => name.clone(),
    }
}

/// Name of the image that runs the app of `topology`, which is there: the app's own, or what the topology lays over it.
pub async fn running(engine: &Engine, library: &Library, topology: &Topology) -> Result<String> {
    match &topology.over_app {
        None => Ok(of_app(&topology.app, library)),
        Some(part) => Ok(Layer::of(engine, library, topology, part).await?.tag),
    }
}

/// What a topology lays over the image of its app.
struct Layer {
    tag: String,
    /// The image that it lies on.
    base: String,
}

impl Layer {
    async fn of(engine: &Engine, library: &Library, topology: &Topology, part: &str) -> Result<Self> {
        let base = of_app(&topology.app, library);
        let found = engine.docker().inspect_image(&base).await.with_context(|| format!("image {base}"))?;
        let mut hasher = Sha256::new();
        hasher.update(library.hash(&folder_of(part)));
        hasher.update(found.id.unwrap_or_default());
        let hash = digest::hex(hasher, 6);
        Ok(Self { tag: format!("wwchaos/{part}:{hash}"), base })
    }
}

/// The folder below compose/ that `part` is built from.
fn folder_of(part: &str) -> String {
    format!("images/{part}")
}

/// Builds what is missing of `parts` below `folder`; says what it does through `say`. Each part by the id of its image,
/// by which it is found also when somebody takes its name away.
pub async fn build(
    engine: &Engine,
    library: &Library,
    parts: &[String],
    folder: &Path,
    say: impl Fn(&str),
) -> Result<BTreeMap<String, String>> {
    let mut ids = BTreeMap::new();
    for part in parts {
        let id = build_one(engine, library, (part, &name(library, part), None), folder, &say).await?;
        ids.insert(part.clone(), id);
    }
    Ok(ids)
}

/// Builds what is missing of all that `topology` and its app are made of, as [`build`] does.
pub async fn build_all(
    engine: &Engine,
    library: &Library,
    topology: &Topology,
    folder: &Path,
    say: impl Fn(&str),
) -> Result<BTreeMap<String, String>> {
    let mut ids = build(engine, library, &topology.images, folder, &say).await?;
    if let Some(part) = &topology.over_app {
        let layer = Layer::of(engine, library, topology, part).await?;
        let id = build_one(engine, library, (part, &layer.tag, Some(&layer.base)), folder, &say).await?;
        ids.insert(part.clone(), id);
    }
    Ok(ids)
}

/// The image `tag` of `part`, built where it is missing, unless another wwchaos is at it: two at once would take twice as long.
async fn build_one(
    engine: &Engine,
    library: &Library,
    (part, tag, over): (&str, &str, Option<&String>),
    folder: &Path,
    say: impl Fn(&str),
) -> Result<String> {
    if let Some(id) = id(engine, tag).await {
        return Ok(id);
    }
    if id(engine, BASE).await.is_none() {
        bail!(
            "image {BASE} is not on this machine, and nothing is pulled unasked (hint: `docker pull {BASE}`, or \
             `make setup` in the repository, which also works where no registry answers)"
        );
    }
    say(&format!("building image {part}"));
    let _only = Lock::wait(&format!("image/{tag}"), BUILT_ELSEWHERE).await?;
    if let Some(id) = id(engine, tag).await {
        return Ok(id);
    }
    let context = library.unpack(&folder_of(part), folder).with_context(|| format!("image {part}"))?;
    if !context.join("Dockerfile").is_file() {
        return Err(anyhow!("no compose/images/{part}/Dockerfile"));
    }
    let mut command = Command::new("docker");
    command.args(["build", "--quiet", "--force-rm", "--tag", tag]);
    command.args(over.iter().flat_map(|base| ["--build-arg".to_owned(), format!("APP_IMAGE={base}")]));
    command.arg(&context).stdin(Stdio::null());
    super::engine::command_for(&mut command);
    let output =
        command.output().await.context("run `docker build` (hint: the docker command comes with Docker Engine)")?;
    if !output.status.success() {
        bail!("docker build of image {part} failed:\n{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    id(engine, tag).await.with_context(|| format!("image {part} is gone, though it was just built"))
}

/// The image that goes by `name`, an id too; none when it is not on this machine.
pub async fn id(engine: &Engine, name: &str) -> Option<String> {
    engine.docker().inspect_image(name).await.ok()?.id
}
