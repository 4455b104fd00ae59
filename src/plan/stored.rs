//! A plan that was stored → what in it no plan has: times and counts that no scenario can ask for. A plan is a file like
//! any other, and whoever reads it computes with them.

use std::time::Duration;

use super::Plan;

/// No time of a plan is longer; scenarios end long before.
const SPAN_MAX: Duration = Duration::from_secs(24 * 3600);
/// No count of a plan is larger.
const COUNT_MAX: u32 = 10_000;

impl Plan {
    /// The first field of a plan that was read whose value no plan has, and what was expected.
    pub fn impossible(&self) -> Option<String> {
        let long = || self.spans().find(|(_, span)| *span > SPAN_MAX);
        let many = || self.counts().into_iter().find(|(_, count)| *count > COUNT_MAX);
        let backwards = || self.windows.iter().position(|window| window.end < window.start);
        let shares = [("preview_share", self.class.preview_share), ("trickle_share", self.class.trickle_share)];
        let part = || shares.iter().find(|(_, share)| !(0.0..=1.0).contains(share));
        let hours = SPAN_MAX.as_secs() / 3600;
        long()
            .map(|(field, _)| format!("{field}: expected at most {hours} h"))
            .or_else(|| many().map(|(field, count)| format!("{field}: expected at most {COUNT_MAX}, got {count}")))
            .or_else(|| backwards().map(|place| format!("windows[{}]: ends before it starts", place + 1)))
            .or_else(|| part().map(|(field, share)| format!("class.{field}: expected 0 to 1, got {share:e}")))
    }

    fn spans(&self) -> impl Iterator<Item = (String, Duration)> {
        let class = &self.class;
        let whole = [
            ("class.arrival_ms", class.arrival),
            ("class.deadline_spike_ms", class.deadline_spike),
            ("class.patience_ms_median", class.patience),
            ("class.patience_ms_max", class.patience_max),
            ("class.retry_pause_ms_median", class.retry_pause),
            ("recovery_ms", self.recovery),
            ("deadline_ms", self.deadline),
        ];
        let whole = whole.into_iter().map(|(field, span)| (field.to_owned(), span));
        let windows = (1..).zip(&self.windows).flat_map(|(number, window)| {
            let at = move |field: &str| format!("windows[{number}].{field}");
            [(at("start_ms"), window.start), (at("end_ms"), window.end)]
        });
        let rushes = (1..).zip(&self.rushes).flat_map(|(number, rush)| {
            let at = move |field: &str| format!("rushes[{number}].{field}");
            [(at("start_ms"), rush.start), (at("end_ms"), rush.end)]
        });
        let students = self.students.iter().flat_map(|student| {
            let spans = student.actions.iter().map(|action| action.at);
            spans
                .chain([student.patience])
                .chain(student.rush_until)
                .map(|span| (format!("students, {}", student.login), span))
        });
        whole.chain(windows).chain(rushes).chain(students)
    }

    fn counts(&self) -> Vec<(String, u32)> {
        let class = &self.class;
        let whole = [
            ("repeat", self.repeat),
            ("class.students", class.students),
            ("class.problems", class.problems),
            ("class.per_page", class.per_page),
            ("class.attempts", class.attempts),
            ("class.grade_every", class.grade_every),
            ("class.retries", class.retries),
        ];
        let mut counts: Vec<_> = whole.map(|(field, count)| (field.to_owned(), count)).into();
        let rushes = (1..).zip(&self.rushes);
        counts.extend(rushes.map(|(number, rush)| (format!("rushes[{number}].students"), rush.students)));
        counts
    }
}
