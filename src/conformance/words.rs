//! [`Table`] → what is printed of it: one line for each step and failure, with what is the same by name and what differs in full.

use comfy_table::{ContentArrangement, Table as Grid, presets};

use super::{Row, Table, Value, Verdict};
use crate::quantity::number;

/// The table for a terminal of `width` columns.
pub fn text(table: &Table, width: u16) -> String {
    let mut grid = grid(table);
    grid.load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    format!("{}\n{grid}\n\n{}\n", head(table), summary(table))
}

/// The table as Markdown.
pub fn markdown(table: &Table) -> String {
    let mut grid = grid(table);
    grid.load_preset(presets::ASCII_MARKDOWN);
    format!("{}\n\n{grid}\n\n{}\n", head(table), summary(table))
}

fn head(table: &Table) -> String {
    let [one, other] = &table.apps;
    format!("{one}, held against {other}")
}

fn grid(table: &Table) -> Grid {
    let mut grid = Grid::new();
    grid.set_header(["step or failure", "same", "differs", "not checked"]);
    for rows in table.rows.chunk_by(|one, next| one.of == next.of) {
        let [mut same, mut differs, mut unchecked] = [Vec::new(), Vec::new(), Vec::new()];
        for row in rows {
            match &row.verdict {
                Verdict::Same => same.push(sameness(row)),
                Verdict::Differs { known } => differs.push(difference(row, known.as_deref())),
                Verdict::NotChecked { why } => unchecked.push(format!("{} ({why})", row.aspect)),
            }
        }
        let of = rows.first().map_or("", |row| row.of.as_str());
        grid.add_row([of.to_owned(), same.join(", "), differs.join("; "), unchecked.join(", ")]);
    }
    grid
}

/// What is the same; of amounts that only lie within a factor, both.
fn sameness(row: &Row) -> String {
    match &row.values {
        [Some(one @ Value::About { .. }), Some(other @ Value::About { within, .. })] => {
            let (one, other) = (value_text(one), value_text(other));
            if one == other {
                row.aspect.clone()
            } else {
                format!("{} ({one} and {other}, ×{within} allowed)", row.aspect)
            }
        }
        _ => row.aspect.clone(),
    }
}

fn difference(row: &Row, known: Option<&str>) -> String {
    let [one, other] = row.values.each_ref().map(|value| value.as_ref().map_or_else(String::new, value_text));
    let mark = if known.is_some() { "" } else { "✗ " };
    format!("{mark}{}: {one} and not {other}", row.aspect)
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Words(words) => words.clone(),
        Value::About { amount, .. } => format!("{amount:.0}"),
        Value::Unchecked(why) => format!("not checked: {why}"),
    }
}

fn summary(table: &Table) -> String {
    let of = |wanted: fn(&Verdict) -> bool| table.rows.iter().filter(|row| wanted(&row.verdict)).count();
    let same = of(|verdict| *verdict == Verdict::Same);
    let known = of(|verdict| matches!(verdict, Verdict::Differs { known: Some(_) }));
    let unknown = of(|verdict| matches!(verdict, Verdict::Differs { known: None }));
    let unchecked = of(|verdict| matches!(verdict, Verdict::NotChecked { .. }));
    let mut reasons: Vec<String> = Vec::new();
    for row in &table.rows {
        if let Verdict::Differs { known: Some(why) } = &row.verdict {
            let reason = format!("{} may differ: {why}.", row.aspect);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    let compared = format!(
        "{} compared: {same} the same, {known} differ as is known, {unknown} differ (✗), {unchecked} not checked.",
        number(table.rows.len(), "aspect")
    );
    std::iter::once(compared).chain(reasons).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::{Observed, Seen, compare};
    use super::*;

    #[test]
    fn what_is_the_same_is_named_and_what_differs_is_told() {
        let observed = |app: &str, opened, page: &str| Observed {
            app: app.to_owned(),
            seen: vec![
                Seen::words("login", "page", "as measured".to_owned()),
                Seen::about("login", "files opened", opened, 1.5),
                Seen::about("login", "CPU-ms", opened.sqrt() * 10.0, 4.0),
                Seen::words("disk full", "submissions", page.to_owned()),
                Seen::unchecked("disk full", "stored", "no log"),
            ],
        };
        let table = compare(&observed("stand-in", 14.0, "500"), &observed("WeBWorK 2.20", 142.0, "recorded"));
        insta::assert_snapshot!(markdown(&table), @r"
        stand-in, held against WeBWorK 2.20

        | step or failure | same                                  | differs                             | not checked     |
        |-----------------|---------------------------------------|-------------------------------------|-----------------|
        | login           | page, CPU-ms (37 and 119, ×4 allowed) | files opened: 14 and not 142        |                 |
        | disk full       |                                       | ✗ submissions: 500 and not recorded | stored (no log) |

        5 aspects compared: 2 the same, 1 differ as is known, 1 differ (✗), 1 not checked.
        files opened may differ: WeBWorK reads its macro files, which lie on the node's own disk and in its page cache.
        ");
    }
}
