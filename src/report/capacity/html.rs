//! [`Capacity`] → one self-contained page in the dress of a report: the sentence first, then a curve for each state, then each
//! state by itself. No script, no network.

use maud::{Markup, html};

use super::chart::{Chart, Curve, HEIGHT};
use super::{PREDICTION_TITLES, STATE_TITLES, TRIAL_TITLES, words};
use crate::capacity::model::median;
use crate::capacity::{Capacity, STATES, StateResult, Trial, words as said};
use crate::measure::{ByKind, nearest_rank};
use crate::quantity::{percent, rate, solid};
use crate::report::html::axis::{Scale, round_step};
use crate::report::html::{definition_list, document, link};

/// Styles of the curves of states, one after the other.
const CLASSES: [&str; 4] = ["l0", "l1", "l2", "l3"];
/// Each state is told from every other.
const _: () = assert!(STATES.len() <= CLASSES.len());
/// Anchors of the definitions behind the headers of trials.
const TRIAL_DEFINITIONS: [&str; TRIAL_TITLES.len()] =
    ["trial", "trial", "error-rate", "trial-p95", "trial-start", "trial", "model"];

/// The result as a page.
pub fn render(capacity: &Capacity) -> String {
    let body = html! {
        header {
            p.brand { b { "wwchaos" } " · " (capacity.scenario) " · " time datetime=(capacity.started) { (capacity.started) } }
            h1 { "How many students " (capacity.topology) " holds" }
            p.verdict.unknown[found(capacity).is_none()].pass[found(capacity).is_some()] {
                span { (solid(&said::sentence(capacity))) }
            }
            @for text in capacity.states.iter().filter_map(said::metastable) {
                p.alarm { (link("Metastable", "metastable")) (text.strip_prefix("Metastable").unwrap_or(&text)) }
            }
            @if capacity.setup.stand_in { p.banner { "Measured with the " (capacity.setup.app) "." } }
            (states(capacity))
        }
        main {
            @if capacity.states.iter().any(|result| !result.trials.is_empty()) {
                section id="curves" {
                    h2 { "Students against time and errors" }
                    div.charts { (page_times(capacity, &capacity.states, "all").draw()) (errors(capacity, &capacity.states, "all").draw()) }
                }
            }
            @for (place, result) in capacity.states.iter().enumerate() { (state(capacity, result, place)) }
            (predictions(capacity))
            (verified(capacity))
            (measured(capacity))
            (definition_list(&words::CAPACITY_DEFINITIONS.iter().chain(words::definition("error-rate")).collect::<Vec<_>>()))
        }
        footer { "Written by " (capacity.tool) "." }
    };
    document(&format!("capacity of {}", capacity.topology), &body).into_string()
}

/// The first number that was found.
fn found(capacity: &Capacity) -> Option<u32> {
    capacity.states.iter().filter(|one| one.is_answered()).find_map(StateResult::holds)
}

fn states(capacity: &Capacity) -> Markup {
    let definitions = ["capacity", "capacity", "bottleneck", "model", "trial"];
    html! {
        div.scroll { table.listing {
            thead { tr { @for (title, definition) in STATE_TITLES.iter().zip(definitions) {
                th scope="col" { (link(title, definition)) }
            } } }
            tbody { @for (place, result) in capacity.states.iter().enumerate() {
                tr { @for (column, lines) in words::state_cells(result, capacity.bounds.most).iter().enumerate() {
                    td { @for line in lines { div {
                        @if column == 0 { a href=(format!("#state-{}", place + 1)) { (line) } } @else { (solid(line)) }
                    } } }
                } }
            } }
        } }
    }
}

fn state(capacity: &Capacity, result: &StateResult, place: usize) -> Markup {
    let name = format!("state-{}", place + 1);
    let one = std::slice::from_ref(result);
    html! {
        section id=(name) {
            h2 { (result.state.spec().title) " " small { (said::ending(result)) } }
            @for (index, line) in result.bottleneck.iter().flat_map(words::bottleneck_lines).enumerate() {
                p { @match line.strip_prefix("Bottleneck").filter(|_| index == 0) {
                    Some(rest) => { (link("Bottleneck", "bottleneck")) (solid(rest)) }
                    None => { (solid(&line)) }
                } }
            }
            @if !result.trials.is_empty() {
                div.charts {
                    (page_times(capacity, one, &name).draw())
                    (errors(capacity, one, &name).draw())
                    (throughput(result, &name).draw())
                }
                (trials(&result.trials))
            }
            @for line in words::state_lines(result, capacity.bounds.most) { p.note { (solid(&line)) } }
        }
    }
}

fn trials(trials: &[Trial]) -> Markup {
    html! {
        div.scroll { table.listing {
            caption { "Trials, in order" }
            thead { tr { @for (title, definition) in TRIAL_TITLES.iter().zip(TRIAL_DEFINITIONS) {
                th scope="col" { (link(title, definition)) }
            } } }
            tbody { @for trial in trials {
                tr { @for lines in words::trial_cells(trial) { td { @for line in lines { div { (solid(&line)) } } } } }
            } }
        } }
    }
}

fn predictions(capacity: &Capacity) -> Markup {
    html! {
        @if !capacity.predictions.is_empty() || !capacity.entry_rates.is_empty() {
            section id="predictions" {
                h2 { (link("Predictions", "prediction-of-capacity")) " " small { "nobody has measured these" } }
                @if !capacity.predictions.is_empty() {
                    div.scroll { table.listing {
                        thead { tr { @for title in PREDICTION_TITLES { th scope="col" { (title) } } } }
                        tbody { @for one in &capacity.predictions {
                            tr { @for lines in words::prediction_cells(one) { td { @for line in lines { (solid(&line)) } } } }
                        } }
                    } }
                }
                @for entry in &capacity.entry_rates { p { (solid(&words::entry_text(entry))) } }
            }
        }
    }
}

fn verified(capacity: &Capacity) -> Markup {
    html! {
        @if !capacity.verified.is_empty() {
            section id="verified" {
                h2 { "Predictions that were run" }
                @for one in &capacity.verified {
                    p { (solid(&words::verified_text(one))) }
                    (trials(one.trials()))
                }
            }
        }
    }
}

fn measured(capacity: &Capacity) -> Markup {
    html! {
        section id="measured" {
            h2 { "How this was measured" }
            table.listing { tbody { @for (name, text) in words::origin_rows(capacity) {
                tr { th scope="row" { (name) } td { (solid(&text)) } }
            } } }
            @if !capacity.unmeasured.is_empty() {
                h3 { "Could not be measured" }
                ul { @for what in &capacity.unmeasured { li { (what) } } }
            }
            p.note { (solid(&words::took_text(capacity))) }
            @for text in words::capacity_rules() { p.note { (text) } }
        }
    }
}

/// A chart of one value of each trial, of the states in `results`.
fn over_students(results: &[StateResult], value: fn(&Trial) -> Option<f64>) -> Vec<Curve> {
    let curve = |(place, result): (usize, &StateResult)| {
        let counted = result.trials.iter().filter(|trial| trial.outcome.holds().is_some());
        let mut dots: Vec<_> = counted.filter_map(|trial| Some((f64::from(trial.students), value(trial)?))).collect();
        dots.retain(|(_, value)| value.is_finite());
        dots.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let same = dots.chunk_by(|one, other| one.0 == other.0);
        let points = same.filter_map(|same| nearest_rank(same, 0.5)).collect();
        let name = if results.len() == 1 { "measured".to_owned() } else { result.state.spec().title.to_owned() };
        Curve { name, class: CLASSES[place % CLASSES.len()], points, dots }
    };
    results.iter().enumerate().map(curve).collect()
}

/// Where the limit of each state lies.
fn bands(results: &[StateResult]) -> Vec<(f64, f64, String)> {
    let band = |result: &StateResult| {
        let (holds, fails) = (result.holds().unwrap_or(0), result.fails()?);
        Some((f64::from(holds), f64::from(fails), format!("{}: {}", result.state.spec().title, said::ending(result))))
    };
    results.iter().filter_map(band).collect()
}

/// The largest class to show: a little more than was tried.
fn most(results: &[StateResult]) -> f64 {
    let tried = results.iter().flat_map(|result| &result.trials).map(|trial| trial.students);
    f64::from(tried.max().unwrap_or(1)) * 1.05
}

fn description(results: &[StateResult]) -> String {
    let one = |result: &StateResult| match results.len() {
        1 => format!("Held: {}.", said::ending(result)),
        _ => format!("{}: {}.", result.state.spec().title, said::ending(result)),
    };
    results.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn page_times(capacity: &Capacity, results: &[StateResult], name: &str) -> Chart {
    let mut curves = over_students(results, |trial| trial.measured.test_pages.ms_p95.filter(|ms| *ms > 0.0));
    if let [result] = results {
        let points =
            result.models.curve.iter().map(|one| (f64::from(one.students), one.page_p95.as_secs_f64() * 1000.0));
        let points: Vec<_> = points.filter(|(students, ms)| *students <= most(results) && *ms > 0.0).collect();
        if !points.is_empty() {
            curves.push(Curve { name: "model".to_owned(), class: CLASSES[1], points, dots: Vec::new() });
        }
    }
    let goal = capacity.goals.page_p95.map(|most| most.as_secs_f64() * 1000.0).filter(|ms| *ms > 0.0);
    let values =
        || curves.iter().flat_map(|curve| curve.points.iter().chain(&curve.dots)).map(|(_, ms)| *ms).chain(goal);
    let (low, high) = (values().fold(1000.0, f64::min).max(1.0), values().fold(1000.0, f64::max));
    let scale = Scale::logarithmic(low / 2.0, high * 2.0, HEIGHT);
    Chart {
        id: format!("{name}-p95"),
        title: "Time to a page of the test, 95th percentile".to_owned(),
        definition: "trial-p95",
        description: description(results),
        labels: scale.decades().into_iter().map(|ms| (ms, words::page_time_text(ms))).collect(),
        scale,
        goal: goal.map(|ms| (ms, format!("goal: {}", words::page_time_text(ms)))),
        bands: bands(results),
        most: most(results),
        curves,
    }
}

fn errors(capacity: &Capacity, results: &[StateResult], name: &str) -> Chart {
    let curves = over_students(results, |trial| trial.measured.first_tries.rate());
    let goal = capacity.goals.error_rate_max;
    let values = curves.iter().flat_map(|curve| &curve.dots).map(|(_, share)| *share);
    let high = values.chain(goal.map(|most| most * 2.0)).fold(0.01, f64::max);
    Chart {
        id: format!("{name}-errors"),
        title: "Error rate".to_owned(),
        definition: "error-rate",
        description: description(results),
        scale: Scale::linear(0.0, high * 1.1, HEIGHT),
        labels: [0.0, high / 2.0, high].map(|share| (share, percent(share))).to_vec(),
        goal: goal.map(|most| (most, format!("goal: {}", percent(most)))),
        bands: bands(results),
        most: most(results),
        curves,
    }
}

/// Pages a second by processor arithmetic, in the mix of kinds that the trials answered in their costliest 10 s: pages that hold
/// no test cost less, and more of them can be answered.
fn limit(result: &StateResult) -> Option<f64> {
    let cluster = result.models.cluster.as_ref()?;
    let (of_the_test, _) = cluster.pages_per_second()?;
    let answered = result.trials.iter().filter_map(|trial| trial.measured.costliest_pages_per_second);
    let mix = |pages: ByKind| pages.sum() / cluster.pages_of_a_test(pages);
    median(answered.map(mix)).map(|mix| of_the_test * mix)
}

fn throughput(result: &StateResult, name: &str) -> Chart {
    let results = std::slice::from_ref(result);
    let mut curves = over_students(results, |trial| trial.measured.throughput_pages_per_second);
    let most = most(results);
    if let Some(law) = &result.models.scalability {
        let points = (1..=40_u32).map(|point| f64::from(point) * most / 40.0).filter(|students| *students >= 1.0);
        let points = points.map(|students| (students, law.pages_per_second(students as u32)));
        let points = points.filter(|(_, pages)| pages.is_finite()).collect();
        curves.push(Curve { name: "scalability law".to_owned(), class: CLASSES[1], points, dots: Vec::new() });
    }
    let limit = limit(result);
    let values = curves.iter().flat_map(|curve| curve.points.iter().chain(&curve.dots)).map(|(_, pages)| *pages);
    let high = values.chain(limit).fold(1.0, f64::max);
    let step = round_step(high, 4.0);
    Chart {
        id: format!("{name}-pages"),
        title: "Right pages a second, busiest 10 s".to_owned(),
        definition: "scalability",
        description: description(results),
        scale: Scale::linear(0.0, high * 1.1, HEIGHT),
        labels: (0..=4_u32)
            .map(|part| f64::from(part) * step)
            .filter(|value| *value <= high * 1.1)
            .map(|value| (value, rate(value).trim_end_matches(" a second").to_owned()))
            .collect(),
        goal: limit.map(|pages| (pages, format!("quota over cost of a page: {}", rate(pages)))),
        bands: bands(results),
        most,
        curves,
    }
}
