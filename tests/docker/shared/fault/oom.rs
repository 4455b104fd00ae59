//! `oom`: the kernel itself names the victims, by control group, command and number.

use std::time::Duration;

use anyhow::{Result, ensure};
use wwchaos::cluster::docker::image_name;
use wwchaos::history::Fact;

use crate::ask::{self, Reach, reach};
use crate::engine::{engine, share, until};
use crate::place::{Place, SOON};
use crate::student::Crowd;

#[tokio::test]
async fn oom_kills_workers_again_and_again_until_it_is_healed() -> Result<()> {
    oom("worker").await
}

#[tokio::test]
async fn oom_kills_renders_until_it_is_healed() -> Result<()> {
    oom("render").await
}

#[tokio::test]
async fn oom_kills_the_manager_until_it_is_healed() -> Result<()> {
    oom("manager").await
}

async fn oom(victim: &str) -> Result<()> {
    let Some(engine) = engine().await? else { return Ok(()) };
    let _share = share().await;
    let mut place = Place::small(engine).await?;
    let container = place.container("web");
    let started = ask::inspect(&container, ".State.StartedAt").await?;
    let log = KernelLog::follow(&place).await?;
    let address = place.address("web")?;
    let crowd = Crowd::start(address, &place.cluster.site().student_password, 3);
    let before = ask::oom_kills(&container).await?;

    let injection = place.inject("oom", &[("victim", victim)], "web").await?;
    let after = ask::oom_kills(&container).await?;
    ensure!(after > before, "the kernel's counter stands at {after}");
    if victim == "manager" {
        let down = async || Ok((reach(address).await == Reach::Refused).then_some(()));
        until("connects to be refused without a manager", SOON, down).await?;
    } else {
        let lasts = async || Ok((ask::oom_kills(&container).await? >= after + 3).then_some(()));
        until("three more kills", Duration::from_secs(10), lasts).await?;
    }
    let name = format!("standin-{victim}");
    let wanted = if victim == "manager" { 1 } else { 4 };
    let victims = async || {
        let victims = log.victims().await?;
        Ok((victims.iter().filter(|killed| **killed == name).count() >= wanted).then_some(victims))
    };
    let victims = until("the kernel's word on its victims", Duration::from_secs(30), victims).await?;
    // Between two attacks the app itself may ask for more than is left, and the kernel chooses: on a busy machine often. Without
    // its manager the whole server is going, and what is left of it may be hit as well.
    let right = victims.iter().filter(|killed| **killed == name).count();
    ensure!(right * 5 >= victims.len() || victim == "manager", "the fault hit others than a {victim}: {victims:?}");
    ensure!(victims[0] == name || victim == "manager", "the fault hit another than a {victim} first: {victims:?}");
    ensure!(ask::inspect(&container, ".State.Running").await? == "true", "the container ended");
    ensure!(ask::inspect(&container, ".State.StartedAt").await? == started, "the container was started anew");
    told(&place.facts(), victim)?;

    drop(crowd);
    place.heal(&injection, "web").await?;
    ensure!(place.serves("web").await?, "not served after heal");
    let pressing = ask::processes(&container).await?.into_iter().find(|line| line.contains("press"));
    ensure!(pressing.is_none(), "still pressed after heal: {pressing:?}");
    let calm = ask::oom_kills(&container).await?;
    ensure!(place.serves("web").await? && ask::oom_kills(&container).await? == calm, "killed after heal");
    place.end().await
}

/// The run's own observations name the same victim.
fn told(facts: &[Fact], victim: &str) -> Result<()> {
    let kills = facts.iter().filter_map(|fact| match fact {
        Fact::OomKill { process, command, pid, .. } => Some((process.to_string(), command.as_str(), *pid)),
        _ => None,
    });
    let kills: Vec<_> = kills.collect();
    let name = format!("standin-{victim}");
    ensure!(kills.iter().any(|kill| kill.0 == victim && kill.1 == name && kill.2 > 1), "told: {kills:?}");
    Ok(())
}

/// The kernel log's records on out-of-memory kills, in a container of its own.
struct KernelLog {
    container: String,
    group: String,
}

impl KernelLog {
    /// Follows the kills in the web node of `place`.
    async fn follow(place: &Place) -> Result<Self> {
        let (container, image) = (place.container("kernel-log"), image_name(&place.library, "helper"));
        let label = format!("wwchaos.run={}", place.cluster.site().run);
        let words = ["run", "--detach", "--name", &container, "--label", &label, "--network", "none"];
        let rights = ["--cap-drop", "ALL", "--cap-add", "SYSLOG", "--device", "/dev/kmsg:/dev/kmsg:r"];
        ask::docker(&[&words[..], &rights, &[&image, "kmsg-follow", "300"]].concat()).await?;
        let group = ask::inspect(&place.container("web"), ".Id").await?;
        Ok(Self { container, group })
    }

    /// Names of the processes killed so far.
    async fn victims(&self) -> Result<Vec<String>> {
        let log = ask::docker(&["logs", &self.container]).await?;
        let records = log.lines().filter(|line| line.contains("oom-kill:") && line.contains(&self.group));
        let name = |line: &str| Some(line.split_once(",task=")?.1.split_once(",pid=")?.0.to_owned());
        Ok(records.filter_map(name).collect())
    }
}
