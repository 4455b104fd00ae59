//! Compose: `docker compose` v2, or `docker-compose` 1.29 where that is absent.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

use super::{Site, engine, image};
use crate::library::Library;
use crate::settings::Values;
use crate::topology::{Topology, variable};

/// Share of the machine's processors that is lent out at least, as Docker refuses less.
const CPUS_MIN: f64 = 0.05;

/// Compose files, each laid over those before it, and the environment that they are read with.
#[derive(Clone, Debug)]
pub struct Compose {
    program: Vec<String>,
    files: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Compose {
    /// The compose command of this machine, for `files`.
    pub async fn find(files: Vec<PathBuf>, environment: Vec<(String, String)>) -> Result<Self> {
        let Some((program, _)) = program().await else {
            bail!(
                "neither `docker compose` nor `docker-compose` runs here (hint: install docker-compose-v2 or \
                 docker-compose)"
            )
        };
        Ok(Self { program, files, environment })
    }

    /// The compose command of this machine and its version; none where there is none.
    pub async fn version() -> Option<String> {
        let (program, said) = program().await?;
        Some(format!("{} {said}", program.join(" ")))
    }

    /// Creates and starts every service.
    pub async fn up(&self, project: &str) -> Result<()> {
        let output = self.run(project, &["up", "--detach", "--no-build", "--quiet-pull"]).await?;
        let output =
            if output.status.success() { output } else { self.run(project, &["up", "--detach", "--no-build"]).await? };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("compose up failed: {}{}", said.trim(), hint(&said));
        }
        Ok(())
    }

    async fn run(&self, project: &str, words: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).arg("--project-name").arg(project);
        for file in &self.files {
            command.arg("--file").arg(file);
        }
        command.args(words);
        // What else stands in the shell of whoever started wwchaos is no business of the services.
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| is_needed(name)));
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        engine::command_for(&mut command);
        let what = || format!("run {}", self.program.join(" "));
        let child = command.spawn().with_context(what)?;
        let mut group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        let output = child.wait_with_output().await.with_context(what)?;
        group.0 = None;
        Ok(output)
    }
}

/// Whether the client and Compose itself may need this variable.
fn is_needed(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER", "XDG_RUNTIME_DIR"].contains(&&*name)
        || name.starts_with("DOCKER_")
}

/// The compose command of this machine, and what it says of its version.
async fn program() -> Option<(Vec<String>, String)> {
    for words in [&["docker", "compose"][..], &["docker-compose"]] {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["version", "--short"]).stdin(Stdio::null());
        if let Some(output) = command.output().await.ok().filter(|output| output.status.success()) {
            let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            return Some((words.iter().map(|word| (*word).to_owned()).collect(), said));
        }
    }
    None
}

/// A process group that is ended when this is dropped: `docker compose` is a plugin in a process of its own, which would
/// go on when only its parent is ended.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Whoever has ended by itself needs no signal.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// What to do about what compose said, where one can say.
fn hint(said: &str) -> &'static str {
    if said.contains("port is already allocated") || said.contains("address already in use") {
        " (hint: another program took the port in the meantime; run again)"
    } else if said.contains("Pool overlaps") {
        " (hint: another network took the subnet in the meantime; run again)"
    } else {
        ""
    }
}

/// Everything that a compose file may rely on; compose/README.md lists it. The app is run by an image, with its files in a folder.
pub fn environment(
    topology: &Topology,
    settings: &Values,
    site: &Site,
    library: &Library,
    (image, app): (String, &Path),
) -> Vec<(String, String)> {
    let mut pairs = vec![
        ("WWCHAOS_RUN", site.run.clone()),
        ("WWCHAOS_NET", site.net.clone()),
        ("WWCHAOS_ENTRY_PORT", site.entry_port.to_string()),
        ("WWCHAOS_DB_PASSWORD", site.db_password.clone()),
        ("WWCHAOS_REPL_PASSWORD", site.repl_password.clone()),
        ("WWCHAOS_COOKIE_SECRET", site.cookie_secret.clone()),
        ("WWCHAOS_STUDENT_PASSWORD", site.student_password.clone()),
        ("WWCHAOS_DOCKER_SOCKET", engine::socket()),
        ("WWCHAOS_CERTIFICATE", site.certificate.as_ref().map(|one| one.pem.clone()).unwrap_or_default()),
        ("WWCHAOS_APP", app.display().to_string()),
        ("WWCHAOS_IMAGE_APP", image),
    ];
    pairs.push(("COMPOSE_PROGRESS", "quiet".to_owned()));
    let mut pairs: Vec<(String, String)> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for part in &topology.images {
        pairs.push((variable("IMAGE", part), image::name(library, part)));
    }
    for (name, role) in &topology.roles {
        pairs.push((variable("MEMORY", name), role.memory_bytes.to_string()));
    }
    for spec in &topology.settings {
        pairs.push((variable("SET", &spec.name), settings.plain(spec)));
    }
    pairs
}

/// Thousandths of a processor for a service that may use `share` of a machine with `cores`.
pub fn cpus_thousandths(share: f64, cores: u32) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let thousandths = ((share * f64::from(cores)).max(CPUS_MIN) * 1000.0).round() as u32;
    thousandths
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::topology::variables;

    /// What a compose file may name without being refused is what it is given.
    #[test]
    fn every_variable_that_is_known_is_set_and_no_other() {
        let library = Library::default();
        let site = Site {
            run: "ww1a2b3c".to_owned(),
            net: "10.203.7".to_owned(),
            entry_port: 8080,
            db_password: String::new(),
            repl_password: String::new(),
            cookie_secret: String::new(),
            student_password: String::new(),
            certificate: None,
        };
        for name in library.topologies() {
            let topology = library.cluster(&name, "standin").unwrap();
            let values = Values::defaults(&topology.settings);
            let pairs = environment(&topology, &values, &site, &library, ("app:1".to_owned(), Path::new("/app")));
            let set = pairs.into_iter().map(|(name, _)| name).filter(|name| name.starts_with("WWCHAOS_"));
            assert_eq!(set.collect::<BTreeSet<_>>(), variables(&topology), "{name}");
        }
    }

    #[test]
    fn a_port_or_a_subnet_that_is_taken_has_a_hint() {
        let port = "driver failed: Bind for 127.0.0.1:40123 failed: port is already allocated";
        assert_eq!(hint(port), " (hint: another program took the port in the meantime; run again)");
        let subnet = "Pool overlaps with other one on this address space";
        assert_eq!(hint(subnet), " (hint: another network took the subnet in the meantime; run again)");
        assert_eq!(hint("no such image"), "");
    }
}
