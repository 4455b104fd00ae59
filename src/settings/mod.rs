//! A TOML text → typed values, with every problem of the file at once: file, line, field, what was
//! expected, what was got, and a hint.
//!
//! A [`Section`] is one table. Each getter names a field, so the set of known fields is the set of getters
//! called; [`Section::finish`] reports everything else with the nearest known name. Values that are wrong or
//! absent yield their default, so reading goes on and the caller decides at the end with
//! [`Document::verdict`]. One mistake is one message: what follows from a field that is already reported is asked
//! for with [`Document::sound`] and left unsaid. This room knows nothing of scenarios or topologies.

mod list;
pub mod millis;
mod places;
mod problem;
mod section;
mod spec;
mod unit;

use std::cell::RefCell;

use toml_edit::Document as Toml;

pub use list::quoted;
use places::Lines;
pub use places::Places;
pub use problem::{Problem, Problems, Refusal, shown, suggestion};
pub use section::Section;
pub use spec::{EVERYONE, Kind, Spec, Values};
pub use unit::{check_image, duration_text, parse_duration, parse_share, parse_size, share_text, size_text};

/// A parsed file that collects its problems.
pub struct Document {
    file: String,
    toml: Toml<String>,
    places: Places,
    problems: RefCell<Vec<Problem>>,
    /// Fields that were probably meant by an unknown one.
    meant: RefCell<Vec<String>>,
}

impl Document {
    /// Parses `text`; a syntax error is a problem like any other.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        let toml = Toml::parse(text.to_owned()).map_err(|error| {
            let place = error.span().map_or(0, |span| span.start);
            let line = Lines::new(text).at(place);
            let why = match error.message().to_lowercase() {
                why if why.contains("recurs") => "tables or lists too deep in each other".to_owned(),
                why => why,
            };
            let refusal = Refusal::new(format!("not valid TOML: {why}"));
            Problems { file: file.to_owned(), list: vec![refusal.at(line, &places::written_at(text, place))] }
        })?;
        let places = Places::new(text, toml.as_table());
        Ok(Self { file: file.to_owned(), toml, places, problems: RefCell::default(), meant: RefCell::default() })
    }

    /// The file's top level.
    pub fn root(&self) -> Section<'_> {
        Section::new(self, self.toml.as_table(), String::new())
    }

    /// Where each field stands.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Reports a problem of one field, named by its path from the top.
    pub fn problem(&self, field: &str, refusal: Refusal) {
        self.problems.borrow_mut().push(refusal.at(self.places.line(field).max(1), field));
    }

    /// Whether nothing was reported of `field` and all in it: what follows from its value can be judged.
    pub fn sound(&self, field: &str) -> bool {
        let within =
            |other: &str| other.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let meant = self.meant.borrow();
        !meant.iter().any(|other| within(other)) && !self.problems.borrow().iter().any(|problem| within(&problem.field))
    }

    /// The value when nothing was wrong, else every problem.
    pub fn verdict<T>(&self, value: T) -> Result<T, Problems> {
        let mut list = self.problems.borrow().clone();
        if list.is_empty() {
            return Ok(value);
        }
        list.sort_by_key(|problem| problem.line);
        Err(Problems { file: self.file.clone(), list })
    }

    /// Reports an unknown field. Where another one was probably meant, that it is missing goes without saying.
    fn unknown_field(&self, field: &str, refusal: Refusal, meant: Option<String>) {
        if let Some(meant) = meant {
            self.problems.borrow_mut().retain(|problem| problem.field != meant);
            self.meant.borrow_mut().push(meant);
        }
        self.problem(field, refusal);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(text: &str, expected: &str) {
        let document = Document::parse("x.toml", text).expect("valid TOML");
        let root = document.root();
        root.duration("for", Duration::from_secs(1)..=Duration::from_secs(60));
        root.whole("students", 1..=100);
        root.choice("check", &[("tcp", 1), ("status", 2)]);
        root.finish();
        let said = document.verdict(()).map_or_else(|problems| problems.to_string(), |()| "fine".to_owned());
        assert_eq!(said, expected);
    }

    #[test]
    fn every_problem_is_reported_with_its_line() {
        check("for = \"30s\"\nstudents = 5\n", "fine");
        check(
            "for = 30\n\nstudent = 5\ncheck = \"tpc\"",
            "x.toml:1: for: expected a duration from 1s to 1m, got 30 (hint: write it with a unit: \"30s\", \"500ms\", \"2m\")\n\
             x.toml:3: student: unknown field; known here: for, students, check (hint: did you mean `students`?)\n\
             x.toml:4: check: unknown value `tpc`; known: tcp, status (hint: did you mean `tcp`?)",
        );
        check("students = 500", "x.toml:1: students: out of range; expected a whole number from 1 to 100, got 500");
        check("for = \"2m\"", "x.toml:1: for: out of range; expected a duration from 1s to 1m, got \"2m\"");
    }

    #[test]
    fn a_field_that_was_meant_is_not_missing_too() {
        let document = Document::parse("x.toml", "titel = \"t\"\n[a]\nb = 1\n").expect("valid TOML");
        let root = document.root();
        root.required_text("title");
        root.required_text("topology");
        let inner = root.section("a").expect("a table");
        inner.text("b");
        root.finish();
        assert_eq!([document.sound("title"), document.sound("a"), document.sound("b")], [false, false, true]);
        let said = document.verdict(()).expect_err("problems").to_string();
        let expected = "x.toml:1: topology: missing; expected a text\n\
                        x.toml:1: titel: unknown field; known here: title, topology, a (hint: did you mean `title`?)\n\
                        x.toml:3: a.b: expected a text, got 1";
        assert_eq!(said, expected);
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        let problems = Document::parse("x.toml", "a = 1\nb = = 2\n").err().expect("a problem");
        assert_eq!(problems.list[0].line, 2);
    }
}
