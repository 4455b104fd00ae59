//! One window: what was judged, its stamps, its figures, its answers.

use std::time::Duration;

use maud::{Markup, html};

use super::axis::{Axis, number};
use super::charts::shades;
use super::panel::{draw, strip, ticks};
use super::{bands, errors, probes, resources, traffic};

use super::tables::{figures, finding, link, listing, prose};
use crate::history::{ProbeKind, Process};
use crate::measure::{Answers, Availability, Requests, StudentFigures, Timeline, WindowFigures};
use crate::quantity;
use crate::report::{Report, overview, words};

/// Time shown before and after the stamps.
const MARGIN: Duration = Duration::from_secs(5);

/// A named figure with the anchor of its definition.
type Named = (String, &'static str, String);

/// Everything about one window.
pub fn section(report: &Report, index: usize) -> Markup {
    let window = &report.figures.windows[index];
    let (start, end) = overview::span_of(report, index);
    let findings: Vec<_> = overview::findings_of(report, index).collect();
    html! {
        section.window id=(format!("window-{}", index + 1)) {
            h2 { (index + 1) " " (window.title) " " small { (quantity::span(start, end)) } }
            @for caveat in words::fault_caveats(window) { p.note { (prose(&caveat)) } }
            @if let Some(why) = &window.void { p.alarm { "Void: " (why) "." } }
            @if let Some(why) = &window.ended_early { p.note { "The cluster itself ended the fault: " (why) "." } }
            @if let Some(text) = words::started_again(window) { p.note { "It was " (text) "." } }
            @if let Some(why) = window.heal_failed.as_ref().filter(|_| window.timeline.healed.is_some()) { p.alarm { "Not healed for certain: " (why) "." } }
            @if window.timeline.inject.is_none() {
                p { "The fault was never injected." }
            } @else {
                @if !findings.is_empty() { ul.findings { @for one in &findings { (finding(one)) } } }
                (zoom(report, index))
                div.columns {
                    (stamps(&window.timeline))
                    (figures("Outage and detection", &outage(report, window)))
                    @if let Some(requests) = &window.requests {
                        (figures("Students", &students(requests, window)))
                    }
                    (figures("Answers", &answers(&window.answers)))
                    @if let Some(requests) = &window.requests { (errors::classes(requests)) }
                    (victims(window))
                }
                (errors::samples(&window.samples))
                (each(&window.students))
                (cases(&window.answers))
            }
        }
    }
}

/// The stamps of a window in the order of their definition.
fn named(timeline: &Timeline) -> [(&'static str, Option<Duration>); 10] {
    [
        ("inject", timeline.inject),
        ("effect", timeline.effect),
        ("first error", timeline.first_error),
        ("detect", timeline.detect),
        ("promoted", timeline.promoted),
        ("route", timeline.route),
        ("recover", timeline.recover),
        ("heal", timeline.heal),
        ("healed", timeline.healed),
        ("restored", timeline.restored),
    ]
}

/// The known stamps in order of time.
fn ordered(timeline: &Timeline) -> Vec<(&'static str, Duration)> {
    let mut known: Vec<_> = named(timeline).into_iter().filter_map(|(name, at)| at.map(|at| (name, at))).collect();
    known.sort_by_key(|stamp| stamp.1);
    known
}

fn stamps(timeline: &Timeline) -> Markup {
    let after = |at: Duration| match timeline.effect {
        Some(effect) if at == effect => quantity::length(Duration::ZERO),
        Some(effect) if at > effect => format!("+{}", quantity::length(at - effect)),
        Some(effect) => format!("−{}", quantity::length(effect - at)),
        None => words::NOTHING.to_owned(),
    };
    let missing: Vec<_> = named(timeline).into_iter().filter(|stamp| stamp.1.is_none()).map(|stamp| stamp.0).collect();
    html! {
        table.listing.stamps {
            caption { (link("Stamps", "timeline")) }
            thead { tr { th scope="col" { "No." } th scope="col" { "Stamp" } th scope="col" { "At" } th scope="col" { "From effect" } th scope="col" { "Seen by" } } }
            tbody {
                @for (place, (name, at)) in ordered(timeline).into_iter().enumerate() {
                    tr { td { (place + 1) } th scope="row" { (name) } td { (quantity::fine_moment(at)) } td { (after(at)) } td { (words::source_text(timeline, name)) } }
                }
                @if !missing.is_empty() { tr { td {} td colspan="4" { "not seen: " (missing.join(", ")) } } }
            }
        }
    }
}

/// The window by itself: stamps over the probes.
fn zoom(report: &Report, index: usize) -> Markup {
    let stamps = ordered(&report.figures.windows[index].timeline);
    let (start, end) = overview::span_of(report, index);
    let last = stamps.last().map_or(end, |stamp| stamp.1.max(end));
    let axis = Axis::new(start.saturating_sub(MARGIN), last + MARGIN);
    let shades = shades(report);
    let targets: Vec<_> = report.figures.windows[index].hits().map(|(_, target)| target).collect();
    let charts = [
        traffic::requests(report, &axis),
        probes::entry(report, &axis),
        probes::failed_writes(report, &axis),
        bands::detectors(report, &axis),
        bands::changed_primaries(report, &axis),
        resources::of(report, &axis, &targets),
    ];
    let panels = charts.into_iter().flatten().map(|mut panel| {
        panel.id = format!("window-{}-{}", index + 1, panel.id);
        panel
    });
    html! {
        div.charts {
            (strip(&axis, &shades))
            (flags(&axis, &stamps))
            @for panel in panels { (draw(&panel, &axis, &shades)) }
            (ticks(&axis))
        }
    }
}

/// Width of a flag in percent of the chart, and the place from which on it hangs to the left.
const FLAG: (f64, f64) = (9.0, 90.0);

/// The level of each flag, so that none lies over another, given their places in percent.
fn levels(places: &[f64]) -> Vec<usize> {
    let span = |place: f64| if place > FLAG.1 { (place - FLAG.0, place) } else { (place, place + FLAG.0) };
    let mut levels: Vec<usize> = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let (from, to) = span(*place);
        let taken = |level: &usize| {
            let on_it = places[..index].iter().zip(&levels).filter(|(_, other)| *other == level);
            on_it.map(|(other, _)| span(*other)).any(|other| from < other.1 && other.0 < to)
        };
        let level = (0..index).find(|level| !taken(level)).unwrap_or(index);
        levels.push(level);
    }
    levels
}

/// Numbered flags; those too close to each other stand on different levels.
fn flags(axis: &Axis, stamps: &[(&'static str, Duration)]) -> Markup {
    let places: Vec<f64> = stamps.iter().map(|(_, at)| axis.percent(at.as_secs_f64() * 1000.0)).collect();
    let levels = levels(&places);
    let height = levels.iter().max().map_or(0, |highest| (highest + 1) * 17);
    html! {
        div.plot.flags aria-hidden="true" style=(format!("height:{height}px")) {
            @for (index, (((name, _), left), level)) in stamps.iter().zip(places).zip(levels).enumerate() {
                @let place = index + 1;
                span.flag.flip[left > FLAG.1] style=(format!("left:{}%;top:{}px", number(left), level * 17)) {
                    b { (place) } i { (name) }
                }
            }
        }
    }
}

fn outage(report: &Report, window: &WindowFigures) -> Vec<Named> {
    let row = |name: &str, definition, value| (name.to_owned(), definition, value);
    let failover = |failover, kind| words::failover_text(failover, overview::probe(report, kind));
    let mut rows = vec![
        row("failover time, pages", "failover", failover(&window.failover, ProbeKind::Entry)),
        row("failover time, writes", "failover", failover(&window.failover_write, ProbeKind::Write)),
    ];
    let later = window
        .probes_after_failover
        .map(|later| ("failed probes after that".to_owned(), "failover", words::count_text(later)));
    rows.extend(later);
    let time = |part: fn(&Availability) -> Duration| {
        let time = window.availability.as_ref().map(part);
        time.map_or_else(|| words::NOT_MEASURED.to_owned(), words::some_time_text)
    };
    for share in &window.failed_probes {
        let name = format!("failed probes, {}", words::path_text(share.kind, share.path.as_deref()));
        let late = if share.late > 0 { format!("; {} sent late by wwchaos", share.late) } else { String::new() };
        rows.push((name, "probe", words::count_text(share.probes) + &late));
    }
    let predicted = words::each_prediction(window, words::prediction_text);
    let predicted = if predicted.is_empty() { words::NOTHING.to_owned() } else { predicted.join("; ") };
    rows.extend([
        row("time to detect", "detection", words::detection_text(&window.detection)),
        row("predicted from its configuration", "prediction", predicted),
        row("all nodes out", "detection", words::some_time_text(window.all_out)),
        row("blind time", "blind", words::blind_text(window.blind.as_ref())),
        row("unavailable", "availability", time(|availability| availability.unavailable)),
        row("degraded", "availability", time(|availability| availability.degraded)),
        row("weighted by failed probes", "availability", time(|availability| availability.weighted)),
        row("recovery", "recovery", words::recovery_text(&window.recovery)),
        row("without redundancy", "redundancy", window.without_redundancy.map_or(String::new(), quantity::length)),
        row("capacity restored", "capacity-restored", words::capacity_restored_text(&window.capacity_restored)),
        row("evidence", "window", window.evidence.clone().unwrap_or_default()),
    ]);
    rows
}

fn students(requests: &Requests, window: &WindowFigures) -> Vec<Named> {
    let row = |name: &str, definition, value| (name.to_owned(), definition, value);
    let nodes = requests.by_node.iter().map(|(node, number)| format!("{node} {number}")).collect::<Vec<_>>();
    let latency = |latency: &crate::measure::Latency| {
        let parts =
            [("p50", latency.ms_p50), ("p95", latency.ms_p95), ("p99", latency.ms_p99), ("max", latency.ms_max)];
        let text = |(name, value)| format!("{name} {}", words::latency_text(value));
        if latency.count == 0 { words::NOTHING.to_owned() } else { parts.map(text).join(", ") }
    };
    let after = window.requests_after.as_ref().filter(|after| after.first_tries.total > 0);
    let after = after.map_or_else(|| words::NOTHING.to_owned(), |after| words::count_text(after.first_tries));
    let gap = window.worst_gap.unwrap_or_default();
    let gaps = [("p50", gap.p50), ("p95", gap.p95), ("max", gap.max)]
        .into_iter()
        .filter_map(|(name, gap)| gap.map(|gap| format!("{name} {}", quantity::length(gap))));
    vec![
        row("first tries that failed", "error-rate", words::count_text(requests.first_tries)),
        row("retries that failed", "error-rate", words::count_text(requests.retries)),
        row("students with an error", "students", words::count_text(words::students(requests))),
        row("first tries that failed after heal", "error-rate", after),
        row("worst gap of a student", "gap", gaps.collect::<Vec<_>>().join(", ")),
        row("time to a page", "latency", latency(&requests.latency)),
        row("time to a page, raw", "latency", latency(&requests.latency_raw)),
        row(
            "pages with warnings",
            "error-rate",
            if requests.warned == 0 { String::new() } else { requests.warned.to_string() },
        ),
        row("load not offered", "offered", words::load_text(requests)),
        row("served by", "served", nodes.join(", ")),
    ]
}

fn answers(answers: &Answers) -> Vec<Named> {
    let row = |name: &str, value: String| (name.to_owned(), "answers", value);
    let log = words::log_lines(answers);
    let mut rows = vec![row("lost", words::lost_text(answers))];
    let counts = [
        ("acknowledged", answers.acknowledged),
        ("refused", answers.refused),
        ("indeterminate", answers.indeterminate),
        ("recovered", answers.recovered),
        ("torn", answers.torn),
        ("phantom", answers.phantom),
        ("duplicated", answers.duplicated),
        ("stale", answers.stale),
    ];
    rows.extend(counts.map(|(name, number)| row(name, number.to_string())));
    if log.total > 0 {
        rows.push(("answer.log lines lost".to_owned(), "log-lines", words::count_text(log)));
    }
    rows
}

/// Each student by itself, the worst off first; folded, for a class has many.
fn each(students: &[StudentFigures]) -> Markup {
    let row = |one: &StudentFigures| {
        let classes: Vec<_> = one.classes.iter().map(|(class, number)| format!("{class} {number}")).collect();
        vec![
            one.student.clone(),
            words::of_text(one.first_tries),
            words::of_text(one.retries),
            classes.join(", "),
            one.worst_gap.map_or_else(|| words::NOTHING.to_owned(), quantity::length),
            one.slowest_page.map_or_else(|| words::NOTHING.to_owned(), quantity::length),
            one.acknowledged.to_string(),
            one.indeterminate.to_string(),
            one.lost.to_string(),
        ]
    };
    let mut worst_first: Vec<_> = students.iter().collect();
    worst_first.sort_by_key(|one| std::cmp::Reverse((one.lost, one.worst_gap, one.is_hit(), one.slowest_page)));
    let rows: Vec<_> = worst_first.into_iter().map(row).collect();
    let titles = [
        "Student",
        "First tries failed",
        "Retries failed",
        "How",
        "Worst gap",
        "Slowest page",
        "Acknowledged",
        "Indeterminate",
        "Lost",
    ];
    let hit = students.iter().filter(|one| one.is_hit()).count();
    html! {
        @if !rows.is_empty() {
            details {
                summary { (quantity::number(students.len(), "student")) " one by one, " (hit) " with an error" }
                (listing("Students, the worst off first", &titles, &rows))
            }
        }
    }
}

fn victims(window: &WindowFigures) -> Markup {
    let row = |(process, number): (&Process, &u64)| vec![process.to_string(), number.to_string()];
    let rows: Vec<_> = window.oom_victims.iter().map(row).collect();
    listing("Processes that the kernel ended for want of memory", &["Process", "Times"], &rows)
}

fn cases(answers: &Answers) -> Markup {
    let row = |case: &crate::measure::AnswerCase| {
        vec![
            case.kind.to_string(),
            case.student.clone(),
            format!("{} no. {}", case.version, case.number),
            quantity::fine_moment(case.sent),
            case.node.clone().unwrap_or_default(),
            words::tokens_text(case),
            case.note.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = answers.cases.iter().map(row).collect();
    let titles = ["Case", "Student", "Submission", "Sent", "Node", "Tokens by problem", "Known besides"];
    listing("Submissions that were not simply recorded and found", &titles, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flag_lies_over_another() {
        assert_eq!(levels(&[10.0, 10.5, 11.0, 12.0, 13.0, 14.0, 19.5, 60.0]), [0, 1, 2, 3, 4, 5, 0, 0]);
        assert_eq!(levels(&[83.0, 91.0, 99.0, 99.9]), [0, 1, 2, 3], "the last ones hang to the left");
    }
}
