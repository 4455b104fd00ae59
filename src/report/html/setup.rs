//! What was run on what: app, topology, settings, machine, limits, probes, what could not be measured.

use maud::{Markup, html};

use super::tables::{figures, listing, prose};
use crate::quantity;
use crate::report::{Report, words};
use crate::settings::size_text;

/// The set-up of the run.
pub fn section(report: &Report) -> Markup {
    html! {
        section id="set-up" {
            h2 { "Set-up" }
            p { (words::app_text(report)) }
            div.columns {
                (figures("Run", &run(report)))
                (settings(report))
                (limits(report))
                (probes(report))
            }
            @if !report.figures.unmeasured.is_empty() {
                h3 { "Could not be measured" }
                ul { @for one in &report.figures.unmeasured { li { b { (one.what) } ": " (prose(&one.why)) } } }
            }
        }
    }
}

fn run(report: &Report) -> Vec<(String, &'static str, String)> {
    let setup = &report.setup;
    let row = |name: &str, value: String| (name.to_owned(), "", value);
    let mut rows = vec![
        row("scenario", report.plan.scenario.clone()),
        row("seed", report.plan.seed.to_string()),
        row("class", words::sittings_text(&report.plan)),
        row("attempts", words::attempts_text(&report.plan.class)),
        row("app", setup.app.clone()),
        row("topology", format!("{}: {}", report.plan.topology, setup.topology)),
        row("machine", words::machine_text(report)),
        row("Docker Engine", setup.engine.clone()),
        row("control groups", setup.cgroup.clone()),
        row("measured by", report.tool.clone()),
        row("clock drift", words::some_time_text(report.figures.clock_drift)),
        ("load".to_owned(), "offered", words::load_text(&report.figures.requests)),
    ];
    rows.extend(words::spending_text(report).map(|text| ("cost of looking".to_owned(), "looking", text)));
    rows
}

fn settings(report: &Report) -> Markup {
    let rows: Vec<_> =
        report.plan.settings.iter().map(|(name, value)| (name.to_owned(), "", value.to_owned())).collect();
    figures("Settings of topology and app", &rows)
}

fn limits(report: &Report) -> Markup {
    let limit = |(name, thousandths, memory): &(String, u32, u64)| {
        vec![name.clone(), format!("{:.2}", f64::from(*thousandths) / 1000.0), size_text(*memory)]
    };
    let rows: Vec<_> = report.setup.limits.iter().map(limit).collect();
    listing("Limits of each service", &["Service", "Processors", "Memory"], &rows)
}

fn probes(report: &Report) -> Markup {
    let row = |probe: &crate::measure::ProbeSetting| {
        let path = words::path_text(probe.kind, None);
        vec![path, quantity::length(probe.resolution), quantity::length(probe.limit)]
    };
    let rows: Vec<_> = report.figures.probes.iter().map(row).collect();
    listing("Probes: resolution and limit", &["Probe", "Every", "Limit"], &rows)
}
