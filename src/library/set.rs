//! The text of a `.set` file → its lines: a scenario each, optionally with topology settings of its own. Whether the
//! topology has such settings is seen when the line is planned.

use crate::settings::{Problem, Problems, Refusal, shown};

/// The longest word that a message repeats.
const WORD_MAX: usize = 60;
/// Most scenarios of a set.
const LINES_MAX: usize = 200;

/// Scenarios that are run one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// The file as the user knows it.
    pub file: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One run of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Number of the line in the file, from 1; 0 for a scenario that stands in no set.
    pub number: usize,
    /// The scenario.
    pub scenario: String,
    /// Topology settings, over those of the scenario.
    pub settings: Vec<(String, String)>,
}

impl Set {
    /// Reads `text`, the content of `file`; `scenarios` and `sets` are the names that there are.
    pub fn read(
        name: &str,
        file: &str,
        text: &str,
        (scenarios, sets): (&[String], &[String]),
    ) -> Result<Self, Problems> {
        let (mut lines, mut list) = (Vec::new(), Vec::new());
        for (number, written) in (1..).zip(text.lines()) {
            let mut words = written.split('#').next().unwrap_or_default().split_whitespace();
            let Some(scenario) = words.next() else { continue };
            list.extend(refused(scenario, scenarios, sets).map(|refusal| refusal.at(number, "")));
            let settings = settings(number, words, &mut list);
            lines.push(Line { number, scenario: scenario.to_owned(), settings });
            if lines.len() > LINES_MAX {
                let refusal = Refusal::new(format!("expected at most {LINES_MAX} scenarios"));
                return Err(Problems { file: file.to_owned(), list: vec![refusal.at(number, "")] });
            }
        }
        if lines.is_empty() {
            list.push(Refusal::new("names no scenario; expected one a line").at(0, ""));
        }
        if list.is_empty() {
            return Ok(Self { name: name.to_owned(), file: file.to_owned(), lines });
        }
        Err(Problems { file: file.to_owned(), list })
    }

    /// The scenarios that it names, each once, in the order of their first line.
    pub fn scenarios(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for line in &self.lines {
            if !names.contains(&line.scenario.as_str()) {
                names.push(&line.scenario);
            }
        }
        names
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.scenario)?;
        self.settings.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// Why a line cannot begin with this word; none when it can.
fn refused(scenario: &str, scenarios: &[String], sets: &[String]) -> Option<Refusal> {
    let is_in = |list: &[String]| list.iter().any(|known| known == scenario);
    if is_in(scenarios) {
        return None;
    }
    if is_in(sets) {
        let refusal = Refusal::new(format!("`{scenario}` is a set; expected a scenario"));
        return Some(refusal.hinted("name its scenarios here"));
    }
    let known: Vec<_> = scenarios.iter().map(String::as_str).collect();
    Some(Refusal::unknown("scenario", scenario, &known))
}

/// The settings that follow a scenario; what is none, or is said twice, joins `list`.
fn settings<'a>(number: usize, words: impl Iterator<Item = &'a str>, list: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((name, value)) if !name.is_empty() && !found.iter().any(|(other, _)| other == name) => {
                found.push((name.to_owned(), value.to_owned()));
            }
            Some((name, _)) if !name.is_empty() => list.push(Refusal::new("set twice in one line").at(number, name)),
            _ => {
                let refusal =
                    Refusal::new(format!("expected NAME=VALUE behind the scenario, got `{}`", shown(word, WORD_MAX)));
                list.push(refusal.hinted("one scenario a line; its settings as in check=tcp").at(number, ""));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let known = ["freeze".to_owned(), "kill".to_owned()];
        match Set::read("mine", "mine.set", text, (&known, &["nightly".to_owned()])) {
            Ok(set) => set.lines.iter().map(|line| format!("{}: {line}\n", line.number)).collect(),
            Err(problems) => problems.to_string(),
        }
    }

    #[test]
    fn a_line_is_a_scenario_with_its_settings() {
        let text = "# mine\nfreeze\n\n  kill check=tcp   inter=2s # slow\nfreeze check=\n";
        assert_eq!(told(text), "2: freeze\n4: kill check=tcp inter=2s\n5: freeze check=\n");
    }

    #[test]
    fn what_is_wrong_is_told_by_line() {
        let said = told("frezee check=tcp\nnightly\nkill freeze\nkill check=tcp check=static\nkill =2s\n");
        insta::assert_snapshot!(said, @r"
        mine.set:1: unknown scenario `frezee`; known: freeze, kill (hint: did you mean `freeze`?)
        mine.set:2: `nightly` is a set; expected a scenario (hint: name its scenarios here)
        mine.set:3: expected NAME=VALUE behind the scenario, got `freeze` (hint: one scenario a line; its settings as in check=tcp)
        mine.set:4: check: set twice in one line
        mine.set:5: expected NAME=VALUE behind the scenario, got `=2s` (hint: one scenario a line; its settings as in check=tcp)
        ");
        assert_eq!(told("# nothing\n"), "mine.set: names no scenario; expected one a line");
    }
}
