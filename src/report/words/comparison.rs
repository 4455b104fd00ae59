//! The lines of a set side by side, in words.

use std::time::Duration;

use super::{NOTHING, blind_text, count_text, detection_text, failover_text};
use crate::compare::{Cell, Comparison, Judged, Row, Standing};
use crate::measure::{Detection, Failover};
use crate::quantity::{length, number};

/// The settings in which a row differs from others, each on a line: the first by its value alone.
pub fn setting_lines(comparison: &Comparison, row: &Row) -> Vec<String> {
    let each = comparison.varied.iter().enumerate().map(|(place, name)| match (place, row.settings.text(name)) {
        (0, value) => value.to_owned(),
        (_, value) => format!("{name}={value}"),
    });
    each.collect()
}

/// The same in one line, as the command line takes it: `--set check=tcp --set inter=2s`.
fn command(comparison: &Comparison, row: &Row) -> String {
    let each = comparison.varied.iter().map(|name| format!("--set {name}={}", row.settings.text(name)));
    each.collect::<Vec<_>>().join(" ")
}

/// Time to detect, blind time and failover time of a window.
pub fn cell_lines(row: &Row, window: usize) -> Vec<String> {
    let Some(cell) = row.cells.get(window) else { return vec![unknown(row.not_measured.as_deref())] };
    let why = || cell.why.as_deref();
    if let (Detection::NotMeasured { .. }, None, Failover::NotMeasured) = (&cell.detection, &cell.blind, &cell.failover)
    {
        return vec![unknown(why())];
    }
    let detected = match &cell.detection {
        Detection::NotMeasured { why } => unknown(Some(cell.why.as_ref().unwrap_or(why))),
        found => detection_text(found),
    };
    let blind = cell.blind.as_ref().map_or_else(|| unknown(why()), |blind| blind_text(Some(blind)));
    let failover = match &cell.failover {
        Failover::NotMeasured => unknown(why()),
        Failover::DidNot { at_least } => format!("not within {}", length(*at_least)),
        found => failover_text(found, None),
    };
    let all = [("detected", detected), ("blind", blind), ("failover", failover)];
    all.into_iter().map(|(name, text)| format!("{name}: {text}")).collect()
}

fn unknown(why: Option<&str>) -> String {
    why.map_or_else(|| "unknown".to_owned(), |why| format!("unknown ({why})"))
}

/// False alarms, the time in which they left no node, and what the class met in a rush.
pub fn rush_lines(row: &Row) -> Vec<String> {
    let Some(alarms) = &row.alarms else {
        return vec![unknown(Some(row.not_measured.as_deref().unwrap_or("no detector")))];
    };
    let count = alarms.false_alarms.len();
    let mut lines = match (&alarms.at_least, count) {
        (Some(why), 0) => vec![unknown(Some(why))],
        (Some(why), _) => vec![format!("at least {} ({why})", number(count, "false alarm"))],
        (None, 0) => vec!["no false alarm".to_owned()],
        (None, _) => vec![number(count, "false alarm")],
    };
    if !alarms.all_out_without_fault.is_zero() {
        lines.push(format!("all nodes out: {}", length(alarms.all_out_without_fault)));
    }
    let failed = row.in_rush.map(|count| format!("class in the rush: {}", count_text(count)));
    lines.extend(failed.map(|text| if text.ends_with("none sent") { text } else { format!("{text} failed") }));
    lines
}

/// Whether a row is the one that is recommended, or else what speaks against it.
pub fn standing_text(comparison: &Comparison, place: usize) -> String {
    let judged = match comparison.standings.get(place) {
        Some(Standing::Judged(judged)) => judged,
        Some(Standing::NotJudged { why }) => return format!("not judged: {why}"),
        None => return NOTHING.to_owned(),
    };
    let Some(best) = best(comparison) else { return NOTHING.to_owned() };
    if comparison.recommended == Some(place) {
        return if best.false_alarms == 0 { "recommended" } else { "the least harmful" }.to_owned();
    }
    if judged.missed.len() != best.missed.len() {
        return format!("never noticed {}", missed(comparison, judged));
    }
    if judged.false_alarms != best.false_alarms {
        return number(judged.false_alarms, "false alarm");
    }
    if judged.all_out != best.all_out {
        return format!("all nodes out for {}", length(judged.all_out));
    }
    let blind = format!("blind for {} in all", length(judged.blind));
    if judged.blind.as_secs() != best.blind.as_secs() {
        return blind;
    }
    if judged.flaps != best.flaps { number(judged.flaps, "flap") } else { format!("as good: {blind}") }
}

fn best(comparison: &Comparison) -> Option<&Judged> {
    match comparison.standings.get(comparison.recommended?)? {
        Standing::Judged(judged) => Some(judged),
        Standing::NotJudged { .. } => None,
    }
}

fn missed(comparison: &Comparison, judged: &Judged) -> String {
    titles(comparison, judged.missed.iter().copied())
}

fn titles(comparison: &Comparison, places: impl Iterator<Item = usize>) -> String {
    let titles = places.filter_map(|place| comparison.windows.get(place).cloned());
    titles.collect::<Vec<_>>().join(" and ")
}

/// The recommended setting and why, or why there is none.
pub fn recommendation(comparison: &Comparison) -> String {
    let found = comparison.recommended.and_then(|place| Some((comparison.rows.get(place)?, best(comparison)?)));
    let Some((row, best)) = found else {
        return "No setting is recommended: of none is all known that the rule asks for.".to_owned();
    };
    let judged = comparison.standings.iter().filter_map(|standing| match standing {
        Standing::Judged(judged) => Some(judged),
        Standing::NotJudged { .. } => None,
    });
    let others: Vec<_> = judged.collect();
    let noticed = if comparison.windows.is_empty() {
        "none met a fault, so nothing is known of what it would notice".to_owned()
    } else if best.missed.is_empty() {
        let every = "it noticed every fault that any of them noticed";
        match by_luck(comparison, row).as_str() {
            "" => every.to_owned(),
            titles => format!(
                "{every}, but for {titles}, where a check that comes at the right moment meets a node that still answers now \
                 and then"
            ),
        }
    } else {
        format!("it never noticed {}, and no other noticed more", missed(comparison, best))
    };
    let quiet = match (best.false_alarms, best.all_out) {
        (0, _) => "called no sound node down".to_owned(),
        (count, Duration::ZERO) => {
            format!("gave {}, and none that noticed as much gave fewer", number(count, "false alarm"))
        }
        (count, out) => format!(
            "gave {} (all nodes out for {}), and none that noticed as much gave fewer",
            number(count, "false alarm"),
            length(out)
        ),
    };
    let so = |judged: &&&Judged| (judged.missed.len(), judged.false_alarms) == (best.missed.len(), best.false_alarms);
    let alike = others.iter().filter(so).count();
    let blind = if comparison.windows.is_empty() {
        format!(
            "{} as well",
            if alike > 1 { format!("{} stand", number(alike, "setting")) } else { "no other stands".to_owned() }
        )
    } else if alike > 1 {
        format!(
            "of the {alike} that stand so it left users failing unnoticed for the shortest time, {} in all",
            length(best.blind)
        )
    } else {
        format!("no other stands as well; it left users failing unnoticed for {} in all", length(best.blind))
    };
    let (lead, but) = match best.false_alarms {
        0 => ("Recommended", String::new()),
        _ => ("The least harmful", harm(comparison, best)),
    };
    format!(
        "{lead} for {}: {}. Of {} judged, {noticed}, and it {quiet}; {blind}.{but}",
        comparison.topology,
        command(comparison, row),
        number(others.len(), "setting")
    )
}

/// Windows whose fault `row` did not notice and another did; of a row that missed none by the rule, which leaves luck out.
fn by_luck(comparison: &Comparison, row: &Row) -> String {
    let noticed = |row: &Row, place: usize| row.cells.get(place).is_some_and(Cell::noticed);
    let others = |place: usize| comparison.rows.iter().any(|other| noticed(other, place));
    titles(comparison, (0..comparison.windows.len()).filter(|place| !noticed(row, *place) && others(*place)))
}

/// What is to be said of a best setting that calls sound nodes down, as a further sentence.
fn harm(comparison: &Comparison, best: &Judged) -> String {
    let quiet = comparison.standings.iter().enumerate().find_map(|(place, standing)| match standing {
        Standing::Judged(judged) if judged.false_alarms == 0 && judged.missed.len() > best.missed.len() => {
            Some(format!(
                "{} gave none, and never noticed {}",
                command(comparison, comparison.rows.get(place)?),
                missed(comparison, judged)
            ))
        }
        _ => None,
    });
    let quiet = quiet.map_or_else(String::new, |quiet| format!("; {quiet}"));
    format!(
        " It takes sound nodes from students when they are busy: more workers or nodes, or a check that waits longer, come before \
         a quiz of this size{quiet}."
    )
}

/// What the comparison cannot know.
pub fn caveats(comparison: &Comparison) -> Vec<String> {
    let draws = if comparison.repeat > 1 {
        format!(
            "Each cell is the slowest of {}; the reports of the runs have median and range.",
            number(comparison.repeat, "sitting")
        )
    } else {
        "Each cell is one draw: a fault that comes at another moment between two checks is noticed sooner or later by as much \
         as lies between them. `--repeat 3` gives the slowest of three."
            .to_owned()
    };
    let rush = comparison.rush.map_or_else(
        || "There was no rush: whether a check calls busy nodes down was not tried.".to_owned(),
        |rush| {
            format!(
                "The rush was {} for {} on this machine: a larger one may bring false alarms where there were none.",
                number(rush.students, "student"),
                length(rush.end.saturating_sub(rush.start))
            )
        },
    );
    let app = comparison
        .app
        .as_ref()
        .map(|app| format!("The app was {app}, with its settings as in the reports of the runs."));
    std::iter::once(draws).chain([rush]).chain(app).collect()
}
