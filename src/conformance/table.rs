//! Two apps' observations → what is the same, what differs, and what could not be compared.

use serde::Serialize;

use super::{Observed, Seen, Value};

/// A difference that changes no verdict of a run, and why it is left.
struct Known {
    /// How far apart the two may be.
    allowed: fn(&Value, &Value) -> bool,
    aspects: &'static [&'static str],
    /// Of which steps or failures; none: of all.
    of: &'static [&'static str],
    why: &'static str,
}

/// All that is left as it is.
const KNOWN: &[Known] = &[
    Known {
        allowed: |_, _| true,
        aspects: &["files opened", "names looked at"],
        of: &[],
        why: "WeBWorK reads its macro files, which lie on the node's own disk and in its page cache",
    },
    Known {
        allowed: by_some_selects,
        aspects: &["SQL"],
        of: &["quiz info", "quiz info after grading", "unknown version", "page after logout", "grade after logout"],
        why: "it is a SELECT more or less, and no fault here tells statements apart",
    },
    Known {
        allowed: |_, _| true,
        aspects: &["CPU-ms"],
        of: &["unknown course"],
        why: "nobody here asks for a course that is not there",
    },
];

/// The whole comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// What the two are called: the one held against the other, and that.
    pub apps: [String; 2],
    /// A row for each aspect of each step and failure, in order.
    pub rows: Vec<Row>,
}

/// One aspect of one step or failure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Of which step or failure.
    pub of: String,
    /// Which aspect.
    pub aspect: String,
    /// What was seen of each.
    pub values: [Option<Value>; 2],
    /// What comes of it.
    pub verdict: Verdict,
}

/// What comes of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No difference.
    Same,
    /// A difference.
    Differs {
        /// Why it is left as it is; none: nobody has said so.
        known: Option<String>,
    },
    /// One of them was not seen.
    NotChecked {
        /// Why.
        why: String,
    },
}

/// Holds `one` against `other`.
pub fn compare(one: &Observed, other: &Observed) -> Table {
    let mut rows: Vec<Row> = one.seen.iter().map(|seen| row(Some(seen), find(other, seen))).collect();
    let only = other.seen.iter().filter(|seen| find(one, seen).is_none());
    for seen in only {
        // Beside the others of its step or failure.
        let place = rows.iter().rposition(|row| row.of == seen.of).map_or(rows.len(), |place| place + 1);
        rows.insert(place, row(None, Some(seen)));
    }
    Table { apps: [one.app.clone(), other.app.clone()], rows }
}

fn find<'a>(observed: &'a Observed, seen: &Seen) -> Option<&'a Seen> {
    observed.seen.iter().find(|other| other.of == seen.of && other.aspect == seen.aspect)
}

fn row(one: Option<&Seen>, other: Option<&Seen>) -> Row {
    let (of, aspect) = one.or(other).map(|seen| (seen.of.clone(), seen.aspect.clone())).unwrap_or_default();
    let verdict = match (one.map(|seen| &seen.value), other.map(|seen| &seen.value)) {
        (Some(one), Some(other)) => verdict(&of, &aspect, one, other),
        (None, _) => Verdict::NotChecked { why: "the first does not have it".to_owned() },
        (_, None) => Verdict::NotChecked { why: "the second does not have it".to_owned() },
    };
    Row { of, aspect, values: [one, other].map(|seen| seen.map(|seen| seen.value.clone())), verdict }
}

fn verdict(of: &str, aspect: &str, one: &Value, other: &Value) -> Verdict {
    let same = match (one, other) {
        (Value::Unchecked(why), _) | (_, Value::Unchecked(why)) => return Verdict::NotChecked { why: why.clone() },
        (Value::Words(one), Value::Words(other)) => one == other,
        (Value::About { amount: one, within }, Value::About { amount: other, within: or }) => {
            let (least, most) = if one < other { (one, other) } else { (other, one) };
            most <= &(least * within.max(*or)) || most - least <= 1.0
        }
        _ => false,
    };
    if same {
        return Verdict::Same;
    }
    let is_of = |known: &&Known| known.aspects.contains(&aspect) && (known.of.is_empty() || known.of.contains(&of));
    let known = KNOWN.iter().find(|known| is_of(known) && (known.allowed)(one, other));
    Verdict::Differs { known: known.map(|known| known.why.to_owned()) }
}

/// Whether two lists of statements differ by no more than 3 SELECT.
fn by_some_selects(one: &Value, other: &Value) -> bool {
    fn parts(value: &Value) -> Option<(u32, &str)> {
        let Value::Words(words) = value else { return None };
        let (selects, rest) = words.split_once(" SELECT")?;
        Some((selects.parse().ok()?, rest))
    }
    matches!((parts(one), parts(other)), (Some(one), Some(other)) if one.1 == other.1 && one.0.abs_diff(other.0) <= 3)
}

impl Table {
    /// Whether something differs that nobody has said may differ.
    pub fn differs(&self) -> bool {
        self.rows.iter().any(|row| row.verdict == Verdict::Differs { known: None })
    }

    /// Whether something could be compared.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.verdict, Verdict::NotChecked { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(app: &str, seen: Vec<Seen>) -> Observed {
        Observed { app: app.to_owned(), seen }
    }

    #[test]
    fn words_are_compared_and_amounts_within_their_factor() {
        let one = observed(
            "a",
            vec![
                Seen::words("login", "page", "as measured".to_owned()),
                Seen::about("login", "CPU-ms", 100.0, 1.5),
                Seen::about("login", "files opened", 14.0, 1.5),
                Seen::words("start", "page", "500".to_owned()),
                Seen::unchecked("start", "SQL", "no log"),
            ],
        );
        let other = observed(
            "b",
            vec![
                Seen::words("login", "page", "as measured".to_owned()),
                Seen::about("login", "CPU-ms", 140.0, 1.5),
                Seen::about("login", "files opened", 40.0, 1.5),
                Seen::words("login", "log lines", "login.log 2".to_owned()),
                Seen::words("start", "page", "the right page".to_owned()),
                Seen::words("start", "SQL", "2 SELECT".to_owned()),
            ],
        );
        let table = compare(&one, &other);
        let verdicts: Vec<_> = table.rows.iter().map(|row| (row.aspect.as_str(), &row.verdict)).collect();
        assert_eq!(verdicts[0], ("page", &Verdict::Same));
        assert_eq!(verdicts[1], ("CPU-ms", &Verdict::Same));
        assert!(matches!(verdicts[2], ("files opened", Verdict::Differs { known: Some(_) })));
        assert!(matches!(verdicts[3], ("log lines", Verdict::NotChecked { .. })), "beside its step: {verdicts:?}");
        assert_eq!(verdicts[4], ("page", &Verdict::Differs { known: None }));
        assert_eq!(verdicts[5], ("SQL", &Verdict::NotChecked { why: "no log".to_owned() }));
        assert!(table.differs() && !table.is_empty());
    }

    #[test]
    fn a_select_more_is_known_and_another_write_is_not() {
        let known = |one: &str, other: &str| {
            let seen = |sql: &str| vec![Seen::words("quiz info", "SQL", sql.to_owned())];
            let table = compare(&observed("a", seen(one)), &observed("b", seen(other)));
            matches!(table.rows[0].verdict, Verdict::Differs { known: Some(_) })
        };
        assert!(known("17 SELECT, DELETE quiz_key", "18 SELECT, DELETE quiz_key"));
        assert!(!known("14 SELECT, DELETE quiz_key", "18 SELECT, DELETE quiz_key"));
        assert!(!known("17 SELECT, DELETE quiz_key", "17 SELECT, DELETE quiz_key, INSERT quiz_key"));
    }
}
