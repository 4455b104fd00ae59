//! `plan` and `list`: what there is, and what would happen. Start nothing.

use anyhow::Result;

use crate::check::CHECKS;
use crate::cli::Choice;
use crate::fault::KINDS;
use crate::library::Library;
use crate::plan::Plan;
use crate::settings::duration_text;
use crate::{exit, report};

/// Prints the plan of each scenario that `choice` names.
pub fn plan(library: &Library, choice: &Choice, json: bool) -> Result<u8> {
    for name in super::scenarios(library, &choice.scenario)? {
        let (_, plan) = super::prepare(library, &name, choice)?;
        if json {
            println!("{}", serde_json::to_string_pretty(&plan)?);
        } else {
            print!("{}", text(&plan));
        }
    }
    Ok(exit::PASS)
}

/// The plan in words.
pub fn text(plan: &Plan) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let class = &plan.class;
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!("{}: {}", plan.scenario, plan.title));
    line(format!("  topology {}, app {}, seed {}", plan.topology, plan.app, plan.seed));
    let settings: Vec<_> = plan.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    line(format!("  settings {}", settings.join(" ")));
    let graded: usize = plan
        .students
        .iter()
        .flat_map(|student| &student.actions)
        .filter(|action| action.step == crate::history::Step::Grade)
        .count();
    line(format!(
        "  {} students, {} problems, {graded} graded submissions, deadline at {}",
        class.students,
        class.problems,
        duration_text(plan.deadline)
    ));
    line(format!("  {:>8}  baseline", "0s"));
    for window in &plan.windows {
        let target = window.title();
        let span = format!("{} to {}", duration_text(window.start), duration_text(window.end));
        line(format!("  {span:>20}  {target} ({} graded submissions planned)", window.submissions));
        let named = match &window.target {
            crate::plan::Target::Service { service } => service.clone(),
            crate::plan::Target::Volume { volume } => volume.clone(),
            crate::plan::Target::Primary { role } => format!("<{role} primary>"),
        };
        if let Some(injection) = window.injection(&named) {
            let words =
                |steps: &[crate::cluster::Step]| steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            line(format!("{:24}inject: {}", "", words(&injection.inject)));
            line(format!("{:24}evidence: {}", "", injection.evidence));
            line(format!("{:24}heal: {}", "", words(&injection.heal)));
        }
    }
    out
}

/// Prints every table.
pub fn list(library: &Library) -> Result<u8> {
    println!("Scenarios (wwchaos run NAME):");
    for name in library.scenarios() {
        let title = library.scenario(&name).map_or_else(|error| format!("invalid: {error}"), |scenario| scenario.title);
        println!("  {name:<22} {title}");
    }
    println!("\nSets of scenarios (wwchaos run NAME):");
    for name in library.sets() {
        let names = library.set(&name).map(Option::unwrap_or_default);
        println!("  {name:<22} {}", names.map_or_else(|error| format!("invalid: {error}"), |names| names.join(", ")));
    }
    println!("\nTopologies:");
    for name in library.topologies() {
        let found = library.topology(&name);
        println!(
            "  {name:<22} {}",
            found.as_ref().map_or_else(|error| format!("invalid: {error}"), |found| found.title.clone())
        );
        for spec in found.map(|found| found.settings).unwrap_or_default() {
            println!("{}", setting(&spec));
        }
    }
    println!("\nFaults:");
    for fault in KINDS {
        println!("  {:<22} {}", fault.name, fault.does);
        for spec in (fault.settings)() {
            println!("{}", setting(&spec));
        }
    }
    println!("\nChecks:");
    for check in CHECKS {
        println!("  {:<22} {}", check.name, check.judges);
    }
    println!("\nReport formats: {}", report::names().join(", "));
    Ok(exit::PASS)
}

fn setting(spec: &crate::settings::Spec) -> String {
    format!("    {:<20} {} [{}] ({})", spec.name, spec.help, spec.default, spec.expected())
}
