//! Clocks of the app's nodes. Where a run is to set one, the app's processes are started with a library, libfaketime, that tells them
//! the time by a file of their container: the offset in it, in seconds. The app's entrypoint sees to that, where it finds the library's
//! path in its environment. A container that is started again has the right time.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use chrono::DateTime;
use reqwest::header::{DATE, HOST};

use super::DockerCluster;
use super::errand::Errand;
use crate::clock::unix_seconds;
use crate::cluster::Step;
use crate::plan::Plan;
use crate::webwork::NODE_HOST;

/// The library in the image of errands.
const LIBRARY: &str = "/usr/local/lib/wwchaos/libfaketime.so.1";
/// Where it is below the folder of the app, which its containers have as `/wwchaos`.
const PROVIDED: &str = "clock/libfaketime.so.1";
/// The file with the offset.
const FILE: &str = "/dev/shm/wwchaos/clock";
/// What the script that changes it ends with where there is none.
const NO_FILE: i64 = 3;
/// Whole seconds are what an answer tells, and it is a moment on its way.
const OFF_SECONDS: i64 = 2;

/// The line of the app's environment that names the library, which is put into its folder `app`; none where `plan` sets no clock.
pub(super) async fn provide(cluster: &DockerCluster, plan: &Plan, app: &Path) -> Result<Option<String>> {
    let sets = |step: &Step| matches!(step, Step::SetClock { .. });
    let strikes = plan.windows.iter().filter_map(|window| window.strikes("")).flatten();
    if !strikes.into_iter().any(|strike| strike.injection.inject.iter().any(sets)) {
        return Ok(None);
    }
    let errand = Errand {
        run: cluster.site.run.clone(),
        name: "clock".to_owned(),
        image: cluster.image("helper")?,
        command: vec!["true".to_owned()],
        ..Errand::default()
    };
    let library = errand.file(&cluster.engine, LIBRARY).await.context("find the library that sets clocks")?;
    let path = app.join(PROVIDED);
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&path, library))
        .context("provide clocks")?;
    Ok(Some(format!("APP_CLOCK=/wwchaos/{PROVIDED}\n")))
}

impl DockerCluster {
    pub(super) async fn set_clock(&self, service: &str, ahead_seconds: i64) -> Result<()> {
        let told = self.tell_clock(service, ahead_seconds).await;
        if !told.with_context(|| format!("set the clock of {service}"))? {
            bail!("the app of {service} was not started with a clock that can be set");
        }
        Ok(())
    }

    pub(super) async fn reset_clock(&self, service: &str) -> Result<()> {
        // One that does not run begins with the right time.
        if !self.engine.state(&self.site.container(service)).await?.running {
            return Ok(());
        }
        // Nor is there an offset in one that is just being started.
        self.tell_clock(service, 0).await.map(drop).with_context(|| format!("set the clock of {service} right"))
    }

    /// Whether there is a file to be changed. It is read whenever a process asks for the time, so it is replaced as a whole.
    async fn tell_clock(&self, service: &str, ahead_seconds: i64) -> Result<bool> {
        let script =
            format!("[ -e {FILE} ] || exit {NO_FILE}; echo {ahead_seconds:+} > {FILE}.new && mv {FILE}.new {FILE}");
        let command = ["sh", "-c", &script].map(str::to_owned);
        let output = self.engine.exec(&self.site.container(service), &command).await?;
        match output.code {
            0 => Ok(true),
            NO_FILE => Ok(false),
            _ => bail!("{}", output.text.trim().to_owned()),
        }
    }

    /// By the time in what the service answers; while it does not answer, by what its processes are told.
    pub(super) async fn clock_off(&self, service: &str, ahead_seconds: i64) -> Result<Option<String>> {
        if !self.engine.state(&self.site.container(service)).await?.running {
            return Ok(None);
        }
        let port = self.topology.port_of(service).unwrap_or(80);
        let address = format!("http://{}:{port}/", self.site.address(&self.topology, service)?);
        let answered = self.http.get(address).header(HOST, NODE_HOST).send().await.ok();
        let date = answered.as_ref().and_then(|page| page.headers().get(DATE)?.to_str().ok());
        let Some((date, told)) = date.and_then(|date| Some((date, DateTime::parse_from_rfc2822(date).ok()?))) else {
            return self.clock_told(service).await;
        };
        let ahead = told.timestamp() - i64::try_from(unix_seconds()).unwrap_or(i64::MAX);
        let off = (ahead - ahead_seconds).abs() <= OFF_SECONDS;
        Ok(off.then(|| format!("{service} answered with the time {date}: {ahead:+} s off")))
    }

    async fn clock_told(&self, service: &str) -> Result<Option<String>> {
        let command = ["cat", FILE].map(str::to_owned);
        let output = self.engine.exec(&self.site.container(service), &command).await?;
        let told = output.text.trim();
        let off = output.code == 0 && told.parse::<i64>().is_ok_and(|seconds| seconds != 0);
        Ok(off.then(|| format!("{service} does not answer, and its processes are told {told} s")))
    }
}
