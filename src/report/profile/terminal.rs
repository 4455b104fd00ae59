//! [`Sketch`] → facts and a table of recorded against drawn, for a terminal.

use super::{Sketch, at, facts, legend, subject_text, untold_text};
use crate::foreign::plain;
use crate::quantity::{length, solid, statistic};
use crate::report::columns::{self, wrap};

/// Columns that it uses.
pub const WIDTH: usize = 100;

/// The profile as text of at most `width` columns.
pub fn render(sketch: &Sketch, width: usize) -> String {
    let mut text = format!("{}\n", plain(&sketch.profile.title));
    for (name, fact) in facts(sketch) {
        text.push_str(&format!("  {name:<34} {fact}\n"));
    }
    text.push('\n');
    text.push_str(&table(sketch, width));
    for said in [Some(legend(sketch)), untold_text(sketch)].into_iter().flatten() {
        wrap(&said, width).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

fn table(sketch: &Sketch, width: usize) -> String {
    let [first, second] = sketch.other.sides().map(|side| side.column);
    let second = format!("{second} median, p95");
    let mut table = columns::table(&["", first, "Median, p95", &second, "D", "By chance"], Some(width));
    for pair in &sketch.pairs {
        let both =
            |sorted: &[std::time::Duration]| format!("{}, {}", length(at(sorted, 0.5)), length(at(sorted, 0.95)));
        let row = [
            subject_text(pair.subject),
            pair.recorded.len().to_string(),
            both(&pair.recorded),
            both(&pair.other),
            statistic(pair.distance.d),
            statistic(pair.distance.by_chance),
        ];
        table.add_row(row.map(|cell| solid(&cell)));
    }
    columns::spaced(table, 2)
}
