//! A machine → what can be done on it, and what not and why. Pure: whoever asks has looked at the machine.
//!
//! To add a line, write a function beside the others and put it into [`examine`].

use std::fmt;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};

use crate::cluster::Need;
use crate::cluster::docker::Machine;
use crate::fault::{KINDS, Kind};
use crate::plan::Plan;
use crate::quantity;
use crate::scenario::{LENGTH_MAX, Stop};
use crate::settings::{Values, size_text};
use crate::topology::{LAYOUT, Topology};

/// The oldest API that is spoken here: that of Docker Engine 20.10.
const API: (u32, u32) = (1, 41);
/// What the engine should have free for images and logs, beside the volumes of a cluster.
const DISK: u64 = 3 << 30;
/// Files that a run has open beside the connections of its students.
const FILES: u64 = 256;
/// Connections of a student, at most.
const CONNECTIONS: u64 = 4;
/// A class that should find room: the usual one.
const CLASS: u32 = 40;
/// Most bytes of history in a second.
const HISTORY_PER_SECOND: u64 = 16 << 10;
/// Most bytes of logs that are copied of a service.
const LOGS: u64 = 16 << 20;
/// Processors with which the clusters here were measured.
const CORES: u32 = 2;

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What it means.
    pub state: State,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Fine,
    /// Runs are possible, and something is worse for it.
    Worse,
    /// Something is not possible.
    Missing,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fine => "ok",
            Self::Worse => "warning",
            Self::Missing => "missing",
        })
    }
}

impl Finding {
    fn new(what: &str, found: impl Into<String>, state: State) -> Self {
        Self { what: what.to_owned(), found: found.into(), state, hint: None }
    }

    fn hinted(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

/// What of a machine a run needs.
struct Wanted {
    /// Bytes of the volumes of the cluster.
    volumes: u64,
    /// Bytes that the run may write into its folder.
    reports: u64,
    /// What ends the run early.
    stop: Stop,
}

impl Wanted {
    /// By a run of `topology`, of which no plan is known yet.
    fn usual(topology: &Topology) -> Self {
        Self { volumes: volumes(topology, ""), reports: written(topology, LENGTH_MAX), stop: Stop::default() }
    }

    /// By a run of any of `topologies`.
    fn any(topologies: &[Topology]) -> Option<Self> {
        topologies.iter().map(Self::usual).reduce(|one, other| Self {
            volumes: one.volumes.max(other.volumes),
            reports: one.reports.max(other.reports),
            ..one
        })
    }

    fn by(plan: &Plan, topology: &Topology) -> Self {
        Self {
            volumes: volumes(topology, plan.settings.text(LAYOUT)),
            reports: written(topology, plan.end()),
            stop: plan.stop.clone(),
        }
    }
}

/// Everything that is to be known before the first run; `topologies` with their usual app, `others` with another, which nobody
/// need have room for.
pub fn examine(machine: &Machine, topologies: &[Topology], others: &[Topology]) -> Vec<Finding> {
    let mut all = vec![engine(machine), place(machine), compose(machine), base(machine), shared(machine)];
    // The other topologies can be run without.
    let worse = |finding: Finding| match finding.state {
        State::Missing => Finding { state: State::Worse, ..finding },
        _ => finding,
    };
    all.extend(mounts(machine, topologies).map(worse));
    all.extend([limits(machine), cores(machine)]);
    all.extend(untold(machine));
    all.push(files(machine, CLASS));
    all.extend(
        Wanted::any(topologies)
            .iter()
            .flat_map(|wanted| [disk(machine, wanted), reports(machine, wanted), left(machine, wanted)]),
    );
    let memories: Vec<_> = topologies.iter().map(|topology| memory(machine, topology)).collect();
    let one_fits = memories.iter().any(|finding| finding.state != State::Missing);
    all.extend(memories.into_iter().map(|finding| if one_fits { worse(finding) } else { finding }));
    all.extend(others.iter().map(|topology| worse(memory(machine, topology))));
    let no_cluster = all.iter().any(|finding| finding.state == State::Missing);
    let faults = KINDS.iter().map(|kind| fault(machine, kind));
    all.extend(faults.map(|finding| match finding.state {
        State::Fine if no_cluster => Finding { found: "can be made, once nothing above is missing".into(), ..finding },
        _ => finding,
    }));
    all
}

/// The findings as a table, at most `width` columns wide.
pub fn text(findings: &[Finding], width: u16) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    for finding in findings {
        let hint = finding.hint.map_or_else(String::new, |hint| format!("\nhint: {hint}"));
        table.add_row([finding.state.to_string(), finding.what.clone(), format!("{}{hint}", finding.found)]);
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What keeps `plan` from being run on `machine`.
pub fn obstacles(machine: &Machine, plan: &Plan, topology: &Topology) -> Vec<Finding> {
    let mut all = vec![engine(machine), place(machine), compose(machine)];
    let wanted = Wanted::by(plan, topology);
    all.extend([files(machine, plan.accounts()), disk(machine, &wanted), reports(machine, &wanted)]);
    all.extend([left(machine, &wanted), memory(machine, topology)]);
    if !topology.volumes.is_empty() {
        all.push(shared(machine));
    }
    all.retain(|finding| finding.state == State::Missing);
    all.extend(impossible(machine, plan, topology));
    all
}

/// What the kernel of `machine` cannot do of `plan`: its faults, and the mounts of `topology`.
pub fn impossible(machine: &Machine, plan: &Plan, topology: &Topology) -> Vec<Finding> {
    let used =
        KINDS.iter().filter(|kind| plan.windows.iter().any(|window| window.faults().any(|fault| fault == kind.name)));
    let all = mounts(machine, [topology]).into_iter().chain(used.map(|kind| fault(machine, kind)));
    all.filter(|finding| finding.state == State::Missing).collect()
}

fn engine(machine: &Machine) -> Finding {
    let found = format!("{}, cgroup {}, kernel {}", machine.engine, machine.cgroup, machine.kernel);
    if machine.api < API {
        return Finding::new("Docker Engine", found, State::Missing).hinted("20.10 or later is needed");
    }
    Finding::new("Docker Engine", found, State::Fine)
}

fn place(machine: &Machine) -> Finding {
    match &machine.elsewhere {
        Some(why) => Finding::new("engine's machine", why, State::Missing)
            .hinted("wwchaos reads the kernel that the containers run on: use an engine of this machine, run as root"),
        None => Finding::new("engine's machine", "is this machine", State::Fine),
    }
}

fn compose(machine: &Machine) -> Finding {
    let missing = |found: &str| Finding::new("Compose", found, State::Missing);
    match &machine.compose {
        _ if !machine.command => missing("the command `docker` does not run").hinted("it comes with Docker Engine"),
        Some(found) => Finding::new("Compose", found, State::Fine),
        None => missing("neither `docker compose` nor `docker-compose` runs here")
            .hinted("install docker-compose-v2 or docker-compose"),
    }
}

fn base(machine: &Machine) -> Finding {
    if machine.base {
        return Finding::new("base image", "debian:bookworm-slim", State::Fine);
    }
    Finding::new("base image", "debian:bookworm-slim is not here, and nothing is pulled unasked", State::Missing)
        .hinted("`docker pull debian:bookworm-slim`, or `make setup` in the repository")
}

fn shared(machine: &Machine) -> Finding {
    match machine.lacks(Need::LimitedVolume) {
        Some(why) => {
            Finding::new("shared volumes", format!("they need {}: {why}", Need::LimitedVolume), State::Missing)
                .hinted("a Linux machine with an unrestricted kernel has them")
        }
        None => Finding::new("shared volumes", "can be made here, of limited size", State::Fine),
    }
}

/// Whether those of `topologies` whose nodes mount by FUSE can do so; none where none does.
fn mounts<'a>(machine: &Machine, topologies: impl IntoIterator<Item = &'a Topology>) -> Option<Finding> {
    let names: Vec<_> = topologies.into_iter().filter(|one| one.fuse).map(|one| one.name.as_str()).collect();
    let names = (!names.is_empty()).then(|| names.join(", "))?;
    let what = "mounts in containers";
    Some(match machine.lacks(Need::Fuse) {
        Some(why) => Finding::new(what, format!("{names} cannot be started: {why}"), State::Missing),
        None => Finding::new(what, format!("{} is here, for {names}", Need::Fuse), State::Fine),
    })
}

fn limits(machine: &Machine) -> Finding {
    let cannot = [("swap", machine.swap_limit), ("processor time", machine.cpu_limit)];
    let cannot: Vec<_> = cannot.iter().filter(|(_, can)| *can == Some(false)).map(|(name, _)| *name).collect();
    if cannot.is_empty() {
        return Finding::new("limits", "memory, swap and processor time of a container can be limited", State::Fine);
    }
    Finding::new("limits", format!("the engine cannot limit {}", cannot.join(" and ")), State::Worse)
        .hinted("without a limit of its own, a node that fails leaves its share to the others")
}

fn untold(machine: &Machine) -> Option<Finding> {
    let found = "does not tell what it was built with: what a fault needs of it may be missing all the same, and shows when it is made";
    let hint = "wwchaos reads /proc/config.gz, or else /boot/config-RELEASE";
    machine.untold.then(|| Finding::new("kernel", found, State::Worse).hinted(hint))
}

fn cores(machine: &Machine) -> Finding {
    let found = quantity::number(machine.cores, "processor");
    if machine.cores < CORES {
        return Finding::new("processors", found, State::Worse).hinted("the scenarios here want two");
    }
    Finding::new("processors", found, State::Fine)
}

fn files(machine: &Machine, students: u32) -> Finding {
    let needed = FILES + CONNECTIONS * u64::from(students);
    let what = "open files";
    match machine.open_files {
        Some(limit) if limit < needed => {
            let found = format!("a process may have {limit} open; a class of {students} wants {needed}");
            Finding::new(what, found, State::Missing).hinted("`ulimit -n 4096`")
        }
        Some(limit) => Finding::new(what, format!("a process may have {limit} open"), State::Fine),
        None => Finding::new(what, "a process may have as many open as it likes", State::Fine),
    }
}

fn disk(machine: &Machine, wanted: &Wanted) -> Finding {
    let (what, volumes) = ("disk", wanted.volumes + wanted.stop.disk_free_bytes);
    let Some((free, place)) = &machine.disk_free else {
        return Finding::new(what, "how much is free where the engine keeps volumes is not known", State::Worse);
    };
    let found = format!("{} free in {place}", size_text(*free));
    if *free < volumes {
        let [volumes, stop] = [wanted.volumes, wanted.stop.disk_free_bytes].map(size_text);
        let found = format!("{found}; the volumes of the cluster want {volumes}, and a run ends when {stop} are left");
        return Finding::new(what, found, State::Missing).hinted("`docker system df` shows what takes room");
    }
    if *free < volumes + DISK {
        return Finding::new(what, found, State::Worse).hinted("images and logs want 3 GiB beside the volumes");
    }
    Finding::new(what, found, State::Fine)
}

fn reports(machine: &Machine, wanted: &Wanted) -> Finding {
    let what = "disk for reports";
    if let Some(why) = &machine.reports_refused {
        return Finding::new(what, why.clone(), State::Missing).hinted("use --reports DIR");
    }
    let Some((free, place)) = &machine.reports_free else {
        return Finding::new(what, "how much is free where reports are kept is not known", State::Worse);
    };
    let found = format!("{} free in {place}", size_text(*free));
    if *free < wanted.reports + wanted.stop.disk_free_bytes {
        let [most, stop] = [wanted.reports, wanted.stop.disk_free_bytes].map(size_text);
        let found = format!("{found}; a run may write {most}, and ends when {stop} are left");
        return Finding::new(what, found, State::Missing).hinted("remove old reports, or use --reports DIR");
    }
    Finding::new(what, found, State::Fine)
}

/// The memory that must be left while a run goes on.
fn left(machine: &Machine, wanted: &Wanted) -> Finding {
    let what = "free memory";
    let Some(free) = machine.memory_free else {
        return Finding::new(what, "how much is free is not known", State::Worse);
    };
    let (found, stop) =
        (format!("{} of {}", size_text(free), size_text(machine.memory_bytes)), wanted.stop.memory_free_bytes);
    if free < stop {
        let found = format!("{found}; a run ends when less than {} is left", size_text(stop));
        return Finding::new(what, found, State::Missing).hinted("end what uses it");
    }
    Finding::new(what, found, State::Fine)
}

fn memory(machine: &Machine, topology: &Topology) -> Finding {
    let what = format!("memory for {}, {}", topology.name, topology.app.name);
    let wanted = services(topology);
    let free = machine.memory_free.unwrap_or(machine.memory_bytes);
    let found = format!("its services may use {}; {} is free", size_text(wanted), size_text(free));
    if machine.memory_bytes < wanted {
        let found =
            format!("its services may use {}; this machine has {}", size_text(wanted), size_text(machine.memory_bytes));
        return Finding::new(&what, found, State::Missing).hinted("a machine with more memory, or a smaller topology");
    }
    if free < wanted {
        let hint = "it starts, and what is short of memory may be the machine instead of a container";
        return Finding::new(&what, found, State::Worse).hinted(hint);
    }
    Finding::new(&what, found, State::Fine)
}

/// Why `topology` cannot be started on `machine`, whose kernel mounts nothing in containers; none when it can.
pub fn mountless(machine: &Machine, topology: &Topology) -> Option<String> {
    mounts(machine, [topology]).filter(|finding| finding.state == State::Missing).map(|finding| finding.found)
}

/// Why `machine` cannot make a fault; none when nothing speaks against it.
pub fn lacking(machine: &Machine, kind: &Kind) -> Option<String> {
    let missing = needs(kind).into_iter().find_map(|need| Some((need, machine.lacks(need)?)));
    missing.map(|(need, why)| format!("it needs {need}: {why}"))
}

fn fault(machine: &Machine, kind: &Kind) -> Finding {
    let what = format!("fault {}", kind.name);
    match lacking(machine, kind) {
        Some(why) => {
            Finding::new(&what, why, State::Missing).hinted("a Linux machine with an unrestricted kernel has it")
        }
        None => Finding::new(&what, "can be made here", State::Fine),
    }
}

/// What a machine must have for a fault, by the steps that make it.
fn needs(kind: &Kind) -> Vec<Need> {
    let injection = (kind.injection)(&Values::defaults(&(kind.settings)()), "target");
    let mut needs: Vec<_> = injection.inject.iter().filter_map(crate::cluster::Step::needs).collect();
    needs.dedup();
    needs
}

/// Memory that the services of a topology may use together, in bytes.
fn services(topology: &Topology) -> u64 {
    topology.roles.values().map(|role| role.memory_bytes * role.services.len() as u64).sum()
}

/// Most that a run of this length writes into its folder, in bytes: its history, and the logs that are copied.
fn written(topology: &Topology, length: Duration) -> u64 {
    HISTORY_PER_SECOND * length.as_secs() + LOGS * topology.services().count() as u64
}

/// Size of the volumes of a topology, in bytes, with this layout of its app where it says none; without a name the usual
/// one.
fn volumes(topology: &Topology, layout: &str) -> u64 {
    let usual = topology.app.layout(layout).map(|layout| layout.size_bytes).unwrap_or_default();
    topology.volumes.values().map(|volume| volume.size_bytes.unwrap_or(usual)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;

    fn sound() -> Machine {
        Machine {
            engine: "20.10.24 (API 1.41)".into(),
            api: API,
            cgroup: "v1".into(),
            kernel: "6.1.0".into(),
            cores: 2,
            compose: Some("docker-compose 1.29.2".into()),
            command: true,
            base: true,
            memory_bytes: 24 << 30,
            memory_free: Some(16 << 30),
            reports_free: Some((40 << 30, "/reports".into())),
            disk_free: Some((40 << 30, "/var/lib/docker".into())),
            open_files: Some(4096),
            ..Machine::default()
        }
    }

    fn topologies() -> Vec<Topology> {
        vec![Library::default().cluster("two-node", "standin").unwrap()]
    }

    fn told(machine: &Machine) -> Vec<String> {
        let others = [Library::default().cluster("two-node", "webwork").unwrap()];
        let bad = examine(machine, &topologies(), &others).into_iter().filter(|finding| finding.state != State::Fine);
        bad.map(|finding| format!("{} {}: {}", finding.state, finding.what, finding.found)).collect()
    }

    #[test]
    fn a_sound_machine_lacks_nothing() {
        assert_eq!(told(&sound()), Vec::<String>::new());
    }

    #[test]
    fn each_thing_that_is_missing_is_told() {
        let machine = Machine {
            api: (1, 40),
            elsewhere: Some("it is rootless".into()),
            cores: 1,
            compose: None,
            base: false,
            missing: vec![(Need::LimitedVolume, "no /dev/loop-control".into())],
            swap_limit: Some(false),
            memory_bytes: 2 << 30,
            memory_free: Some(100 << 20),
            disk_free: Some((20 << 20, "/var/lib/docker".into())),
            reports_free: Some((20 << 20, "/reports".into())),
            open_files: Some(256),
            ..sound()
        };
        insta::assert_snapshot!(told(&machine).join("\n"), @r"
        missing Docker Engine: 20.10.24 (API 1.41), cgroup v1, kernel 6.1.0
        missing engine's machine: it is rootless
        missing Compose: neither `docker compose` nor `docker-compose` runs here
        missing base image: debian:bookworm-slim is not here, and nothing is pulled unasked
        missing shared volumes: they need loop devices and ext4: no /dev/loop-control
        warning limits: the engine cannot limit swap
        warning processors: 1 processor
        missing open files: a process may have 256 open; a class of 40 wants 416
        missing disk: 20.0 MiB free in /var/lib/docker; the volumes of the cluster want 24.0 MiB, and a run ends when 256.0 MiB are left
        missing disk for reports: 20.0 MiB free in /reports; a run may write 337.0 MiB, and ends when 256.0 MiB are left
        missing free memory: 100.0 MiB of 2.0 GiB; a run ends when less than 256.0 MiB is left
        missing memory for two-node, standin: its services may use 2.9 GiB; this machine has 2.0 GiB
        warning memory for two-node, webwork: its services may use 3.3 GiB; this machine has 2.0 GiB
        missing fault disk-fill: it needs loop devices and ext4: no /dev/loop-control
        ");
    }

    #[test]
    fn a_topology_that_is_too_large_is_missing_only_where_no_other_fits() {
        let topologies = ["box", "two-node"].map(|name| Library::default().cluster(name, "standin").unwrap());
        let states = |memory_bytes: u64| -> Vec<State> {
            let machine = Machine { memory_bytes, memory_free: Some(memory_bytes), ..sound() };
            let found = examine(&machine, &topologies, &[]).into_iter();
            found.filter(|finding| finding.what.starts_with("memory for")).map(|finding| finding.state).collect()
        };
        assert_eq!(states(16 << 30), [State::Fine, State::Fine]);
        assert_eq!(states(4 << 30), [State::Worse, State::Fine]);
        assert_eq!(states(1 << 30), [State::Missing, State::Missing]);
    }

    #[test]
    fn a_plan_is_kept_from_running_only_by_what_it_needs() {
        let library = Library::default();
        let plan = |name| {
            let scenario = library.scenario(name).unwrap();
            Plan::new(&scenario, &topologies()[0], 7).unwrap()
        };
        let machine = Machine { missing: vec![(Need::Freezer, "no freezer".into())], base: false, ..sound() };
        assert_eq!(obstacles(&machine, &plan("kill"), &topologies()[0]), []);
        let found = obstacles(&machine, &plan("freeze"), &topologies()[0]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].found, "it needs the freezer of control groups: no freezer");
    }

    #[test]
    fn clusters_that_mount_are_kept_from_a_machine_that_cannot_and_others_are_not() {
        let library = Library::default();
        let machine = Machine { missing: vec![(Need::Fuse, "no /dev/fuse".into())], ..sound() };
        for (name, mounts) in [
            ("glin", true),
            ("box", true),
            ("lounds-three", true),
            ("metts", true),
            ("two-node", false),
            ("gage", false),
        ] {
            let topology = library.cluster(name, "standin").unwrap();
            let plan = Plan::new(&library.scenario("healthy").unwrap(), &topology, 7).unwrap();
            let found: Vec<_> = impossible(&machine, &plan, &topology).into_iter().map(|one| one.found).collect();
            let expected = mounts.then(|| format!("{name} cannot be started: no /dev/fuse"));
            assert_eq!(found, Vec::from_iter(expected));
            assert_eq!(obstacles(&sound(), &plan, &topology), []);
            let told = examine(&machine, &[topology], &[]);
            let told = told.iter().find(|finding| finding.what == "mounts in containers").map(|one| one.state);
            assert_eq!(told, mounts.then_some(State::Worse), "the others can be run");
        }
    }

    #[test]
    fn every_step_that_a_machine_may_lack_the_power_for_says_so() {
        let needs: Vec<_> = KINDS.iter().map(|kind| (kind.name, needs(kind))).collect();
        assert_eq!(
            needs,
            [
                ("kill", vec![]),
                ("crash", vec![]),
                ("freeze", vec![Need::Freezer]),
                ("process-stop", vec![]),
                ("oom", vec![Need::MemoryLimit]),
                ("hang-oom", vec![Need::Starvation]),
                ("cpu-starve", vec![Need::ProcessorLimit]),
                ("pids", vec![Need::ProcessLimit]),
                ("disk-fill", vec![Need::LimitedVolume]),
                ("io-throttle", vec![Need::DiskLimit]),
                ("partition", vec![Need::PacketFilter]),
                ("loss", vec![Need::Loss]),
                ("latency", vec![Need::Delay]),
                ("bandwidth", vec![Need::Rate]),
                ("dns", vec![Need::PacketFilter]),
                ("clock-skew", vec![]),
                ("connection-exhaust", vec![]),
                ("replica-lag", vec![]),
            ]
        );
    }
}
