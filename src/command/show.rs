//! `plan` and `list`: what there is, and what would happen. Start nothing.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::say;
use crate::check::{CHECKS, NOT_OFFERED_MAX, expected};
use crate::cli::Choice;
use crate::cluster::docker::{Engine, Machine, limits, missing};
use crate::fault::{KINDS, Strike};
use crate::foreign::pretty;
use crate::library::Library;
use crate::plan::{Busiest, Configured, Plan, targets};
use crate::report::words::{attempts_text, settings_text, sittings_text};
use crate::scenario::{Expectations, Place};
use crate::topology::{App, Topology};
use crate::{exit, quantity, report};

/// Share of a minute's processors that a class may ask for without long queues: arrivals come in bursts.
const BUSY_MOST: f64 = 0.7;

/// Prints the plan of each scenario that `choice` names; as JSON an object for a scenario, an array for a set.
pub async fn plan(library: &Library, choice: &Choice, json: bool) -> Result<u8> {
    let super::Prepared { set, plans } = super::prepare(library, choice)?;
    let looked = looked().await;
    let machine = looked.as_ref().ok().map(|(_, machine)| machine);
    if json {
        let plans: Vec<_> = plans.iter().map(|(topology, plan)| Told::of(plan, topology)).collect();
        match plans.as_slice() {
            [plan] if set.is_none() => tell(json_text(plan)?),
            plans => tell(json_text(plans)?),
        }
    } else {
        let cores = machine.map(|machine| machine.cores);
        let heads = set.iter().flat_map(|set| {
            let head = |(place, line)| format!("{}, run {place} of {}: {line}\n", set.name, set.lines.len());
            (1..).zip(&set.lines).map(head)
        });
        let heads = heads.map(Some).chain(std::iter::repeat(None));
        for (head, (topology, plan)) in heads.zip(&plans) {
            head.into_iter().for_each(say::out);
            say::out(text(plan, topology, cores));
        }
        let apps: BTreeMap<_, _> = plans.iter().map(|(topology, _)| (&topology.app.name, &topology.app)).collect();
        match &looked {
            Ok((engine, _)) => {
                for app in apps.values() {
                    if let Some(why) = missing(engine, app).await {
                        say::out(format_args!("cannot be run here: {why}"));
                    }
                }
            }
            Err(error) => say::out(format_args!("whether it can be run here is not known: {error:#}\n")),
        }
    }
    machine.into_iter().try_for_each(|machine| super::doctor::possible(machine, &plans))?;
    Ok(exit::PASS)
}

/// The engine, and what faults need of its kernel.
async fn looked() -> Result<(Engine, Machine)> {
    let engine = Engine::connect().await?;
    let machine = Machine::kernel(&engine).await?;
    Ok((engine, machine))
}

/// A plan with what its topology is.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    stand_ins: &'a [String],
    in_doubt: Vec<InDoubt>,
}

/// What is in doubt of the whole run, or of a window, by its index.
#[derive(Serialize)]
struct InDoubt {
    window: Option<usize>,
    what: String,
}

impl<'a> Told<'a> {
    fn of(plan: &'a Plan, topology: &'a Topology) -> Self {
        let run = plan.doubts(topology).into_iter().map(|doubt| (None, doubt));
        let windows = plan.windows.iter().enumerate();
        let windows = windows.flat_map(|(index, window)| {
            plan.doubts_of(window, topology).into_iter().map(move |doubt| (Some(index), doubt))
        });
        let in_doubt = run.chain(windows).map(|(window, doubt)| InDoubt { window, what: expected::doubted(&doubt) });
        Self { plan, stand_ins: &topology.stand_ins, in_doubt: in_doubt.collect() }
    }
}

/// The plan in words, for `topology` on a machine with so many processors, where that is known.
pub fn text(plan: &Plan, topology: &Topology, cores: Option<u32>) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!("{}: {}", plan.scenario, plan.title));
    let image = plan.image.as_ref().map_or_else(String::new, |image| format!(" (image {image})"));
    line(format!("  topology {}, app {}{image}, seed {}", plan.topology, plan.app, plan.seed));
    topology.stand_ins.iter().for_each(|text| line(format!("  stand-in: {text}")));
    topology.no_class.iter().for_each(|why| line(format!("  not for a class: {why}")));
    line(format!("  settings {}", settings_text(plan)));
    for Configured { role, setting, time } in &plan.configured {
        line(format!("  configured, never measured: what {role} takes, {setting} = {}", quantity::length(*time)));
    }
    let actions = plan.students.iter().flat_map(|student| &student.actions);
    let graded = actions.filter(|action| action.step == crate::history::Step::Grade).count();
    line(format!("  {}", sittings_text(plan)));
    line(format!("  attempts: {}", attempts_text(&plan.class)));
    line(format!("  {graded} graded submissions planned, deadline at {}", quantity::moment(plan.deadline)));
    if let Some(busiest) = plan.busiest_minute(&topology.app) {
        line(format!("  {}", busiest_text(&busiest, (plan, topology), cores)));
    }
    for (part, place) in [("baseline", Place::Baseline), ("whole run", Place::Run)] {
        line(format!("  expected of the {part}: {}", expected(plan.expected_of(place), place)));
    }
    plan.doubts(topology).iter().for_each(|doubt| line(format!("  in doubt: {}", expected::doubted(doubt))));
    line(format!("  ended early when {}", plan.stop.words()));
    for timing in plan.timings.iter().filter_map(|name| topology.timings.get(name)) {
        let places: Vec<_> = timing.at.keys().map(String::as_str).collect();
        line(format!("  timed before the class, in {}: {}: {}", timing.service, timing.title, places.join(", ")));
    }
    line(format!("  {:>13}  baseline", quantity::moment(Duration::ZERO)));
    for window in &plan.windows {
        let span = quantity::span(window.start, window.end);
        line(format!("  {span:>13}  {} ({} graded submissions planned)", window.title(), window.submissions));
        let named = window.target.named().map_or_else(|| format!("<{}>", window.target), str::to_owned);
        let mut detail = |name: &str, text: String| line(format!("{:17}{name}: {text}", ""));
        for Strike { injection, .. } in window.strikes(&named).unwrap_or_default() {
            detail("inject", joined(&injection.inject));
            detail("evidence", injection.evidence.to_string());
            detail("heal", joined(&injection.heal));
        }
        detail("expected", expected(&window.expect, Place::Window));
        plan.doubts_of(window, topology).iter().for_each(|doubt| detail("in doubt", expected::doubted(doubt)));
    }
    out
}

fn joined<T: Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The minute with the most work, and whether the web nodes can do it: a page that has to queue is late.
fn busiest_text(busiest: &Busiest, (plan, topology): (&Plan, &Topology), cores: Option<u32>) -> String {
    let pages = quantity::number(u32::try_from(busiest.pages).unwrap_or(u32::MAX), "page");
    let text = format!(
        "busiest minute{}: {pages} from {} on, which take about {} of processor time",
        if plan.rushes.is_empty() { "" } else { ", without the rush" },
        quantity::moment(busiest.from),
        quantity::length(busiest.cpu)
    );
    let Some(cores) = cores.filter(|cores| *cores > 0) else { return text };
    let nodes: Vec<_> = limits(topology, cores)
        .into_iter()
        .filter(|(service, ..)| topology.serving().iter().any(|(web, _)| web == service))
        .map(|(_, thousandths, _)| Duration::from_millis(u64::from(thousandths) * 60))
        .collect();
    format!("{text}{}", share_text(busiest.cpu, &nodes))
}

/// How much `cpu` is of the processor time that `nodes` have in the same minute, and whether that is too much.
fn share_text(cpu: Duration, nodes: &[Duration]) -> String {
    let have: Duration = nodes.iter().sum();
    if have.is_zero() {
        return String::new();
    }
    let one_less = have - nodes.iter().max().copied().unwrap_or_default();
    let enough = |there: Duration| cpu <= there.mul_f64(BUSY_MOST);
    let verdict = match (enough(have), nodes.len() > 1 && !enough(one_less)) {
        (true, false) => "",
        (true, true) => ": little when one is lost",
        (false, _) => ": pages will queue; fewer --students, or --stretch",
    };
    let share = quantity::percent(cpu.as_secs_f64() / have.as_secs_f64());
    format!(", {share} of the {} that the web nodes have here{verdict}", quantity::length(have))
}

/// What of `expect` is judged at `place`, in words.
fn expected(expect: &Expectations, place: Place) -> String {
    let judged = expected::named(expect).filter(|(name, _)| place.judges(name));
    let mut all: Vec<_> = judged.map(|(_, words)| words).collect();
    // Whatever else is expected, a class that was not offered says nothing of the service.
    if place == Place::Baseline && expect.load_not_offered.is_none() {
        all.push(expected::load_not_offered(NOT_OFFERED_MAX));
    }
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

/// The value as JSON.
fn json_text<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    Ok(String::from_utf8(pretty(value)?)?)
}

/// Prints a line.
fn tell(text: impl Display) {
    say::out(format_args!("{text}\n"));
}

/// Prints every table.
pub fn list(library: &Library) -> Result<u8> {
    tell(format_args!("Scenarios (wwchaos run NAME):"));
    for name in library.scenarios() {
        let title = library.scenario(&name).map_or_else(|error| format!("invalid: {error}"), |scenario| scenario.title);
        tell(format_args!("  {name:<22} {title}"));
    }
    tell(format_args!("\nSets of scenarios (wwchaos run NAME):"));
    for name in library.sets() {
        let set = library.set(&name).map(Option::unwrap_or_default);
        let told = set.as_ref().map_or_else(|error| format!("invalid: {error}"), |set| set.scenarios().join(", "));
        tell(format_args!("  {name:<22} {told}"));
        let lines = set.map(|set| set.lines).unwrap_or_default();
        lines.iter().filter(|line| !line.settings.is_empty()).for_each(|line| tell(format_args!("    {line}")));
    }
    tell(format_args!("\nLoad profiles ([load] profile = NAME):"));
    for name in library.profiles() {
        let title =
            library.profile(&name).map_or_else(|error| format!("invalid: {error}"), |(_, profile)| profile.title);
        tell(format_args!("  {name:<22} {title}"));
    }
    tell(format_args!("\nTopologies:"));
    for name in library.topologies() {
        let found = library.topology(&name);
        let title = found.as_ref().map_or_else(|error| format!("invalid: {error}"), |found| found.title.clone());
        tell(format_args!("  {name:<22} {title}"));
        let Ok(found) = found else { continue };
        tell(format_args!("    targets: {}, any service", targets(&found).join(", ")));
        found.settings.iter().for_each(|spec| tell(format_args!("{}", setting(spec))));
        // The app's own settings are listed with it.
        let usual: Vec<_> = found.usual.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !usual.is_empty() {
            tell(format_args!("    usual of the app here: {}", usual.join(" ")));
        }
    }
    tell(format_args!("\nApps (--app NAME):"));
    for name in library.apps() {
        let found = library.app(&name);
        let title = |app: &App| app.title.clone();
        tell(format_args!("  {name:<22} {}", found.as_ref().map_or_else(|error| format!("invalid: {error}"), title)));
        for spec in found.map(|found| found.settings).unwrap_or_default() {
            tell(format_args!("{}", setting(&spec)));
        }
    }
    tell(format_args!("\nFaults:"));
    for fault in KINDS {
        tell(format_args!("  {:<22} {}", fault.name, fault.does));
        for spec in (fault.settings)() {
            tell(format_args!("{}", setting(&spec)));
        }
    }
    tell(format_args!("\nChecks:"));
    for check in CHECKS {
        tell(format_args!("  {:<22} {}", check.name, check.judges));
    }
    tell(format_args!("\nReport formats: {}", report::names().join(", ")));
    Ok(exit::PASS)
}

fn setting(spec: &crate::settings::Spec) -> String {
    format!("    {:<20} {} [{}] ({})", spec.name, spec.help, spec.default, spec.expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_minute_is_held_against_the_web_nodes() {
        let [minute, half] = [60, 30].map(Duration::from_secs);
        let said = |cpu: u64, nodes: &[Duration]| share_text(Duration::from_secs(cpu), nodes);
        assert_eq!(said(12, &[half, half]), ", 20% of the 60 s that the web nodes have here");
        assert_eq!(
            said(22, &[half, half]),
            ", 36.7% of the 60 s that the web nodes have here: little when one is lost"
        );
        let queued = ", 75% of the 60 s that the web nodes have here: pages will queue; fewer --students, or --stretch";
        assert_eq!(said(45, &[half, half]), queued);
        assert_eq!(
            said(30, &[minute]),
            ", 50% of the 60 s that the web nodes have here",
            "of one node none is left over"
        );
        assert_eq!(said(30, &[]), "");
    }
}
