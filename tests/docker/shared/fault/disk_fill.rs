//! `disk-fill`: a stranger on the same volume finds no room, and no process was killed for it.

use anyhow::{Context, Result, ensure};
use testcontainers::core::{ExecCommand, Mount};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};
use wwchaos::cluster::docker::image_name;

use crate::ask;
use crate::engine::{engine, share, until};
use crate::place::{Place, SOON};

#[tokio::test]
async fn disk_fill_leaves_no_room_to_anyone_until_it_is_healed() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let stranger = Stranger::on(&place).await?;
    let empty = stranger.used_percent().await?;
    ensure!(empty < 50, "{empty} % used before the fault");
    stranger.run("head -c 1048576 /dev/zero >/volume/spare").await?.map_err(anyhow::Error::msg)?;
    let before = kills(&place).await?;

    let injection = place.inject("disk-fill", &[("level", "100%")], "courses").await?;
    ensure!(stranger.used_percent().await? == 100);
    let said = stranger.write().await?.err().context("a write succeeded on a full volume")?;
    ensure!(said.contains("No space left on device"), "{said}");
    stranger.run("rm /volume/spare").await?.map_err(anyhow::Error::msg)?;
    let kept = async || Ok((stranger.used_percent().await? == 100).then_some(()));
    until("room that was given back to be taken too", SOON, kept).await?;
    ensure!(kills(&place).await? == before, "a process was killed for memory");
    ensure!(place.serves("web").await?, "the page is not served while the volume is full");

    place.heal(&injection, "courses").await?;
    let drained = async || Ok((stranger.used_percent().await? <= empty + 1).then_some(()));
    until("the volume to be drained", SOON, drained).await?;
    stranger.write().await?.map_err(anyhow::Error::msg)?;
    drop(stranger);
    place.end().await
}

#[tokio::test]
async fn disk_fill_keeps_to_its_level() -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let place = Place::small(engine).await?;
    let stranger = Stranger::on(&place).await?;

    let injection = place.inject("disk-fill", &[("level", "80%")], "courses").await?;
    let used = stranger.used_percent().await?;
    ensure!((80..=81).contains(&used), "{used} % used");
    stranger.write().await?.map_err(anyhow::Error::msg)?;

    place.heal(&injection, "courses").await?;
    drop(stranger);
    place.end().await
}

async fn kills(place: &Place) -> Result<Vec<u64>> {
    let mut counts = Vec::new();
    for service in ["web", "db"] {
        counts.push(ask::oom_kills(&place.container(service)).await?);
    }
    Ok(counts)
}

/// A container of nobody's on the course volume.
struct Stranger(ContainerAsync<GenericImage>);

impl Stranger {
    async fn on(place: &Place) -> Result<Self> {
        let image = image_name(&place.library, "helper");
        let (name, tag) = image.split_once(':').context("an image with a tag")?;
        let site = place.cluster.site();
        let request = GenericImage::new(name, tag)
            .with_cmd(["sleep", "600"])
            .with_mount(Mount::volume_mount(site.volume("courses"), "/volume"))
            .with_label("wwchaos.run", &site.run)
            .with_network("none");
        Ok(Self(request.start().await?))
    }

    async fn used_percent(&self) -> Result<u32> {
        let text = self.run("df --output=pcent /volume | tail -n1").await?.map_err(anyhow::Error::msg)?;
        text.trim().trim_end_matches('%').parse().with_context(|| format!("df says {text}"))
    }

    /// Writes 64 KiB to a new file.
    async fn write(&self) -> Result<Result<String, String>> {
        self.run("head -c 65536 /dev/zero >/volume/stranger && rm /volume/stranger").await
    }

    /// What a shell command prints, or says on its way to failure.
    async fn run(&self, script: &str) -> Result<Result<String, String>> {
        let mut done = self.0.exec(ExecCommand::new(["sh", "-c", script])).await?;
        let output = String::from_utf8_lossy(&done.stdout_to_vec().await?).into_owned();
        let errors = String::from_utf8_lossy(&done.stderr_to_vec().await?).into_owned();
        Ok(if done.exit_code().await? == Some(0) { Ok(output) } else { Err(errors) })
    }
}
