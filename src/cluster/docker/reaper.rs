//! The container of a run's reaper: this very program with the libraries that it was linked with, alone in an image of
//! its own, so that it runs whatever the machine's distribution is, and also when the program's file is replaced meanwhile.
//! It starts again with the engine. The only container of ours, beside gates, that talks to the engine.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType, RestartPolicy, RestartPolicyNameEnum};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptions,
    StartContainerOptions,
};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::engine::{self, Engine};
use super::errand;
use super::site::LABEL;
use crate::digest;

/// Images of it, one for each version of this program.
const IMAGE: &str = "wwchaos/reaper";
/// Images of it that are kept.
const IMAGES_MAX: usize = 3;
/// Part of the image that is under way, in bytes.
const CHUNK: usize = 1 << 20;
/// Memory that it may use, in bytes.
const MEMORY: i64 = 128 << 20;
/// Processes and threads that it may have.
const PROCESSES: i64 = 64;
/// The program in the image.
const PROGRAM: &str = "/wwchaos";
/// Where it sees the lease of its own run alone.
const LEASE: &str = "/lease";
/// Its libraries in the image.
const LIBRARIES: &str = "/lib";

/// Name of the container of the reaper of `run`.
pub fn container(run: &str) -> String {
    format!("{run}-reaper")
}

/// Starts the reaper of `run`: before anything else of the run is on the engine. It sees the folder `leases`.
pub async fn employ(engine: &Engine, run: &str, leases: &str) -> Result<()> {
    let libraries = libraries()?;
    let image = image(engine, &libraries).await.context("make the image of the reaper")?;
    let loader = libraries.keys().find(|name| name.starts_with("ld-")).map(|name| format!("{LIBRARIES}/{name}"));
    let mut words = loader.map_or_else(Vec::new, |loader| vec![loader, "--library-path".into(), LIBRARIES.into()]);
    words.extend([PROGRAM, "reap", run].map(str::to_owned));
    let socket = engine::socket();
    let body = ContainerCreateBody {
        image: Some(image),
        cmd: Some(words),
        // The lease belongs to whoever makes the run, and so does what it says.
        user: Some(format!("{}:{}", rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())),
        labels: Some([(LABEL.to_owned(), run.to_owned())].into()),
        host_config: Some(HostConfig {
            // It asks the services whether they serve again.
            network_mode: Some("host".to_owned()),
            restart_policy: Some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::ALWAYS),
                maximum_retry_count: None,
            }),
            readonly_rootfs: Some(true),
            cap_drop: Some(vec!["ALL".to_owned()]),
            group_add: Some(vec![
                fs::metadata(&socket).with_context(|| format!("look at {socket}"))?.gid().to_string(),
            ]),
            security_opt: Some(vec!["no-new-privileges".to_owned(), "label=disable".to_owned()]),
            userns_mode: Some("host".to_owned()),
            memory: Some(MEMORY),
            pids_limit: Some(PROCESSES),
            log_config: Some(errand::printed_at_most("1m", 1)),
            mounts: Some(vec![
                mount(&socket, engine::SOCKET),
                mount(leases, leases),
                // The engine makes no folder for a mount: where it does not see the lease, the reaper does not start.
                Mount { read_only: Some(true), ..mount(&format!("{leases}/{run}"), LEASE) },
            ]),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let name = container(run);
    let options = CreateContainerOptionsBuilder::default().name(&name).build();
    let docker = engine.docker();
    let made = async {
        docker.create_container(Some(options), body).await?;
        docker.start_container(&name, None::<StartContainerOptions>).await
    };
    made.await.with_context(|| format!("start {name}, which must see {leases} of this machine"))
}

/// The file or folder `source` of the engine's machine as `target`.
fn mount(source: &str, target: &str) -> Mount {
    Mount {
        source: Some(source.to_owned()),
        target: Some(target.to_owned()),
        typ: Some(MountType::BIND),
        ..Mount::default()
    }
}

/// Removes the reaper of `run`; where the reaper itself calls this, it does not return.
pub async fn dismiss(engine: &Engine, run: &str) -> Result<()> {
    errand::remove(engine, &container(run)).await
}

/// The image of this version of the program, made where it is missing.
async fn image(engine: &Engine, libraries: &BTreeMap<String, PathBuf>) -> Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut this_program()?, &mut hasher).context("read this program")?;
    let tag = digest::hex(hasher, 6);
    let name = format!("{IMAGE}:{tag}");
    if engine.docker().inspect_image(&name).await.is_ok() {
        return Ok(name);
    }
    // Packed while it is sent: the program is large, and this process is to stay small.
    let (sent, packed) = tokio::io::duplex(CHUNK);
    let libraries = libraries.clone();
    let packing = tokio::task::spawn_blocking(move || pack(SyncIoBridge::new(packed), &libraries));
    let body = bollard::body_try_stream(ReaderStream::with_capacity(sent, CHUNK));
    let options = CreateImageOptionsBuilder::default().from_src("-").repo(IMAGE).tag(&tag).build();
    let mut made = engine.docker().create_image(Some(options), Some(body), None);
    while let Some(progress) = made.next().await {
        progress.context("import it")?;
    }
    packing.await?.context("pack this program")?;
    drop_old(engine).await;
    Ok(name)
}

fn this_program() -> Result<File> {
    // Also when its file was replaced.
    File::open("/proc/self/exe").context("open this program")
}

/// Writes the program and its libraries as one archive.
fn pack(to: impl io::Write, libraries: &BTreeMap<String, PathBuf>) -> Result<()> {
    let mut archive = tar::Builder::new(to);
    archive.mode(tar::HeaderMode::Deterministic);
    // The engine does not read what tar makes of a file with holes.
    archive.sparse(false);
    archive.append_file(PROGRAM.trim_start_matches('/'), &mut this_program()?)?;
    for (name, path) in libraries {
        let mut file = File::open(path).with_context(|| format!("open {}", path.display()))?;
        archive.append_file(format!("{}/{name}", LIBRARIES.trim_start_matches('/')), &mut file)?;
    }
    archive.into_inner()?.flush().context("the end of the archive")
}

/// Removes images of old versions that nothing uses.
async fn drop_old(engine: &Engine) {
    let filters = [("reference".to_owned(), vec![IMAGE.to_owned()])].into();
    let options = ListImagesOptionsBuilder::default().filters(&filters).build();
    let mut found = engine.docker().list_images(Some(options)).await.unwrap_or_default();
    found.sort_by_key(|image| std::cmp::Reverse(image.created));
    for name in found.iter().skip(IMAGES_MAX).flat_map(|image| &image.repo_tags) {
        // One that is in use stays.
        let _ = engine.docker().remove_image(name, None::<RemoveImageOptions>, None).await;
    }
}

/// The libraries that this process has mapped, its loader among them, by the names that the loader looks for.
fn libraries() -> Result<BTreeMap<String, PathBuf>> {
    let maps = fs::read_to_string("/proc/self/maps").context("read /proc/self/maps")?;
    let mut found = BTreeMap::new();
    for path in mapped(&maps) {
        found.extend(names(path).into_iter().map(|name| (name, path.to_owned())));
    }
    Ok(found)
}

/// Shared objects among the mapped files.
fn mapped(maps: &str) -> impl Iterator<Item = &Path> {
    let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).map(Path::new);
    paths.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        path.is_absolute() && (name.ends_with(".so") || name.contains(".so."))
    })
}

/// The name of the file at `path`, and of all links beside it that lead to it: a loader looks for `libc.so.6`, which may
/// be a link to `libc-2.31.so`.
fn names(path: &Path) -> Vec<String> {
    let beside = path.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let links = beside.filter(|entry| {
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        link && entry.path().canonicalize().is_ok_and(|real| real == path)
    });
    let own = path.file_name().map(std::ffi::OsStr::to_owned);
    own.into_iter().chain(links.map(|entry| entry.file_name())).filter_map(|name| name.into_string().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_objects_are_found_among_what_is_mapped() {
        let maps = "55d0-55d1 r-xp 0 08:01 1 /work/wwchaos\n\
                    7f00-7f01 r-xp 0 08:01 2 /usr/lib/x86_64-linux-gnu/libc.so.6\n\
                    7f02-7f03 r-xp 0 08:01 3 /usr/lib/x86_64-linux-gnu/ld-2.31.so\n\
                    7f04-7f05 rw-p 0 00:00 0 \n\
                    7f06-7f07 r-xp 0 00:00 0 [vdso]\n";
        let found: Vec<_> = mapped(maps).map(|path| path.display().to_string()).collect();
        assert_eq!(found, ["/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/ld-2.31.so"]);
    }

    #[test]
    fn a_library_goes_by_the_names_of_its_links_too() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("libc-2.31.so");
        fs::write(&real, "").unwrap();
        fs::write(folder.path().join("libm.so.6"), "").unwrap();
        std::os::unix::fs::symlink("libc-2.31.so", folder.path().join("libc.so.6")).unwrap();
        let mut found = names(&real);
        found.sort();
        assert_eq!(found, ["libc-2.31.so", "libc.so.6"]);
    }

    #[test]
    fn this_program_knows_its_loader() {
        let found = libraries().unwrap();
        assert!(found.is_empty() || found.keys().any(|name| name.starts_with("ld-")), "{found:?}");
    }
}
