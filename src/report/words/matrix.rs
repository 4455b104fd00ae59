//! The score card of faults on topologies, in words.

use std::iter;

use super::{blind_text, failover_text};
use crate::matrix::{Cell, Matrix, Row, Score};
use crate::measure::Failover;
use crate::quantity::{length, number, part};

/// What a cell says, in lines.
pub fn score_lines(cell: &Cell) -> Vec<String> {
    match cell {
        Cell::Impossible { why } => vec![format!("not possible: {why}")],
        Cell::NotMeasured { why, lost } => {
            let lost = lost.filter(|lost| *lost > 0).map(|lost| format!("lost: {}", number(lost, "answer")));
            iter::once(format!("unknown ({why})")).chain(lost).collect()
        }
        Cell::Measured(score) => measured(score),
    }
}

fn measured(score: &Score) -> Vec<String> {
    let failover = |failover: &Failover| match failover {
        Failover::NotMeasured => "unknown".to_owned(),
        Failover::DidNot { at_least } => format!("not within {}", length(*at_least)),
        found => failover_text(found, None),
    };
    let mut lines = vec![format!("on {}", score.target), format!("failover: {}", failover(&score.failover))];
    if score.failover_write != score.failover {
        lines.push(format!("of writes: {}", failover(&score.failover_write)));
    }
    lines.push(format!(
        "blind: {}",
        score.blind.as_ref().map_or_else(|| "unknown".to_owned(), |blind| blind_text(Some(blind)))
    ));
    lines.push(format!("hurt: {} of {}", score.hurt, number(score.students, "student")));
    lines.push(match score.lost {
        None if score.nothing_to_lose() => "lost: none, for none was acknowledged".to_owned(),
        None => "answers: unknown".to_owned(),
        Some(lost) => format!("lost: {lost} of {} answers", score.acknowledged),
    });
    if !score.already_out.is_empty() {
        lines.push(format!("out before: {}", score.already_out.join(", ")));
    }
    lines.extend(score.ended_early.then(|| "the cluster ended it early".to_owned()));
    lines
}

/// A sentence on the whole of it: where answers were lost, and which fault hurt most.
pub fn matrix_gist(matrix: &Matrix) -> String {
    let scores = || {
        matrix.rows.iter().flat_map(|row| {
            let columns = matrix.asked.columns.iter().zip(&row.cells);
            columns.filter_map(move |(column, cell)| match cell {
                Cell::Measured(score) => Some((row, column, score)),
                _ => None,
            })
        })
    };
    let measured = scores().count();
    let cells: usize = matrix.rows.iter().map(|row| row.cells.len()).sum();
    let impossible =
        matrix.rows.iter().flat_map(|row| &row.cells).filter(|cell| matches!(cell, Cell::Impossible { .. })).count();
    let elsewhere = lost_elsewhere(matrix);
    if measured == 0 {
        let none = format!("None of {} was measured", number(cells, "cell"));
        return match elsewhere.as_slice() {
            [] => format!("{none}."),
            places => format!("{none}; acknowledged answers were lost: {}.", places.join(", ")),
        };
    }
    let lost: Vec<_> = scores()
        .filter(|(_, _, score)| score.lost.is_some_and(|lost| lost > 0))
        .map(|(row, column, score)| format!("{column} on {} ({})", row.topology, score.lost.unwrap_or_default()))
        .collect();
    let unknown = scores().filter(|(_, _, score)| score.lost.is_none() && !score.nothing_to_lose()).count();
    let answers = match (lost.as_slice(), unknown) {
        ([], 0) if !elsewhere.is_empty() => "No acknowledged answer was lost in a measured cell".to_owned(),
        ([], 0) => "No acknowledged answer was lost while a fault lasted".to_owned(),
        ([], unknown) => format!(
            "No acknowledged answer is known to be lost while a fault lasted, and of {} nothing is known",
            number(unknown, "cell")
        ),
        (lost, _) => format!("Acknowledged answers were lost with {}", lost.join(", ")),
    };
    #[allow(clippy::cast_precision_loss, reason = "students are few")]
    let share = |score: &Score| if score.students == 0 { 0.0 } else { score.hurt as f64 / score.students as f64 };
    let worst = scores().max_by(|one, other| share(one.2).total_cmp(&share(other.2))).filter(|one| one.2.hurt > 0);
    let worst = worst.map_or_else(
        || "nobody was hurt".to_owned(),
        |(row, column, score)| {
            let all = part(score.hurt as u64, score.students as u64);
            format!(
                "most were hurt by {column} on {}: {} of {}, {all}",
                row.topology,
                score.hurt,
                number(score.students, "student")
            )
        },
    );
    let possible = number(cells - impossible, if impossible == 0 { "cell" } else { "possible cell" });
    let beside: String = elsewhere.iter().map(|place| format!(", and {place}")).collect();
    format!("{answers}{beside}; {worst}. Measured: {measured} of {possible}.")
}

/// How many acknowledged answers were lost where, beside those of the measured cells: `1 between the faults`.
fn lost_elsewhere(matrix: &Matrix) -> Vec<String> {
    let unmeasured =
        matrix.rows.iter().flat_map(|row| &row.cells).filter(|cell| matches!(cell, Cell::NotMeasured { .. }));
    let places = [
        (unmeasured.map(Cell::lost).sum::<u64>(), "in cells that were not measured"),
        (matrix.rows.iter().map(Row::lost_beside).sum(), "between the faults"),
    ];
    places.iter().filter(|(lost, _)| *lost > 0).map(|(lost, place)| format!("{lost} {place}")).collect()
}

/// What holds of every cell.
pub fn matrix_caveats(matrix: &Matrix) -> Vec<String> {
    let mut caveats = vec![
        format!(
            "Each fault was held for {} while a class of {} took a quiz, once; one run says nothing of chance. hurt: students of whom a \
             first try failed while the fault lasted. lost: answers of that time that the student was told were recorded, and that are \
             in no authoritative store. The other figures are those of the run's report, which defines them.",
            length(matrix.asked.hold),
            number(usize::try_from(matrix.asked.students).unwrap_or_default(), "student")
        ),
        format!("App: {}. Seed {}. Measured by {}.", matrix.app, matrix.seed, matrix.tool),
    ];
    let settings = matrix.asked.settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    if !settings.is_empty() {
        caveats.push(format!("Settings, where a topology or the app has them: {}.", settings.join(" ")));
    }
    let configured = matrix.rows.iter().flat_map(|row| row.configured.iter().map(move |one| (row, one)));
    caveats.extend(configured.map(|(row, (role, seconds))| {
        format!(
            "On {}, at least {seconds} s of every failover of {role} are configured and not measured.",
            row.topology
        )
    }));
    caveats
}

/// The topology of a row, and what it is made of.
pub fn row_lines(row: &Row) -> Vec<String> {
    vec![row.topology.clone(), row.title.clone()]
}
