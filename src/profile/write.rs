//! [`Profile`] → its TOML file, with what each field says beside it: a person reads and edits it.

use std::fmt::Write;
use std::time::Duration;

use super::{Counts, LastGrade, Profile, Quantiles};
use crate::settings::{duration_text, millis, quoted, share_text};

impl Profile {
    /// The file. `notes` are lines that stand at its top as comments.
    pub fn write(&self, notes: &[String]) -> String {
        let mut text = String::new();
        notes.iter().for_each(|note| line(&mut text, &format!("# {note}")));
        line(&mut text, &format!("title = {}", quoted(&self.title)));
        line(&mut text, &format!("source = {}", quoted(&self.source)));
        line(&mut text, "# How many there are where a scenario says nothing else.");
        line(&mut text, &format!("students = {}", self.students));
        line(&mut text, "# From the first arrival to the deadline.");
        line(&mut text, &format!("length = {}", span(self.length)));
        if let Some(opens) = self.opens {
            line(&mut text, "# Nobody starts before; who is there asks for the quiz's page again and again.");
            line(&mut text, &format!("opens = {}", span(opens)));
        }
        line(&mut text, "# Students who ask for the login page not at all before they sign in, once, twice, ...");
        line(&mut text, &format!("refreshes = {}", counts(&self.refreshes)));
        line(&mut text, "# Students who submit for grading not at all, once, twice, ...");
        line(&mut text, &format!("grades = {}", counts(&self.grades)));
        line(
            &mut text,
            "# Share of the looks at the test that are previews, and of its pages that are reloaded at once.",
        );
        line(&mut text, &format!("previews = {}", share(self.previews)));
        line(&mut text, &format!("reloads = {}", share(self.reloads)));
        if let Some(replay) = &self.replay {
            line(&mut text, "# Each recorded action, in this file beside this one.");
            line(&mut text, &format!("replay = {}", quoted(replay)));
        }
        line(&mut text, "\n# How many arrive in each interval.\n[arrivals]");
        line(&mut text, &format!("every = {}", span(self.arrivals.every())));
        let counts: Vec<_> = self.arrivals.counts().iter().map(u32::to_string).collect();
        line(&mut text, &format!("counts = [{}]", counts.join(", ")));
        line(
            &mut text,
            "\n# Pauses before each step: quantiles at these levels. A step without a row is not made.\n[pauses]",
        );
        if let Some(first) = self.pauses.values().next() {
            line(&mut text, &format!("at = {}", levels(first)));
        }
        for (pause, law) in &self.pauses {
            line(&mut text, &format!("{} = {}", pause.key(), values(law)));
        }
        let (key, law) = match &self.last_grade {
            LastGrade::BeforeDeadline(law) => ("before_deadline", law),
            LastGrade::AfterStart(law) => ("after_start", law),
        };
        line(&mut text, "\n# When a student's last graded submission is.\n[last_grade]");
        line(&mut text, &format!("at = {}", levels(law)));
        line(&mut text, &format!("{key} = {}", values(law)));
        text
    }

    /// The same with all pauses at the levels of the first, as a file has them.
    #[must_use]
    pub fn at_common_levels(mut self) -> Self {
        let common = self.pauses.values().max_by_key(|law| law.levels().len()).map(|law| law.levels().to_vec());
        for law in self.pauses.values_mut() {
            let levels = common.clone().unwrap_or_default();
            let values = levels.iter().map(|level| millis::whole(law.at(*level))).collect();
            if let Some(same) = Quantiles::new(levels, values) {
                *law = same;
            }
        }
        self
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{line}");
}

fn span(span: Duration) -> String {
    quoted(&duration_text(span))
}

fn share(share: f64) -> String {
    quoted(&share_text(share))
}

fn counts(counts: &Counts) -> String {
    format!("[{}]", counts.shares().iter().map(|one| share(*one)).collect::<Vec<_>>().join(", "))
}

fn levels(law: &Quantiles) -> String {
    format!("[{}]", law.levels().iter().map(|one| share(*one)).collect::<Vec<_>>().join(", "))
}

fn values(law: &Quantiles) -> String {
    format!("[{}]", law.values().iter().map(|one| span(*one)).collect::<Vec<_>>().join(", "))
}
