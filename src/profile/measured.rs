//! Journeys → the samples of each part of a profile, and the profile that they make. Where there are too few samples to say
//! anything the usual value stands, and which parts those are is told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::journey::{pauses, visits};
use super::{Arrivals, Counts, Deed, Journey, LastGrade, Pause, Profile, Quantiles, Tally};
use crate::history::Step;
use crate::settings::millis;

/// Fewest samples of a pause that say anything.
const SAMPLES_MIN: usize = 5;
/// Levels of the quantiles that are taken: close together at the ends, where one long pause counts much.
const LEVELS: [f64; 15] = [0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0];
/// Smallest share of visits that waited for the quiz to open, from which on it is said of a class.
const WAITED_MIN: f64 = 0.1;
/// Steps of which a class makes those that at least so large a share of its visits had.
const MADE_MIN: f64 = 0.5;

/// What is measured of a recording, or of a class that was drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// When each visit began, in order, since the first.
    pub arrivals: Vec<Duration>,
    /// Pauses by what they come before.
    pub pauses: BTreeMap<Pause, Vec<Duration>>,
    /// Visits that had a pause of the kind.
    made: BTreeMap<Pause, usize>,
    /// Login pages before signing in, of each visit that signed in.
    pub refreshes: Vec<u32>,
    /// Graded submissions of each visit that had the test.
    pub grades: Vec<u32>,
    /// Looks, previews and reloads.
    pub looks: [u64; 3],
    /// Pages of the test, reloads included.
    pub pages: u64,
    /// Of each visit with a graded submission, how long after its start (its first action where no start was seen) the last was.
    pub stays: Vec<Duration>,
    /// And how long before the deadline.
    pub leads: Vec<Duration>,
    /// From the first arrival to the last graded submission, or where there is none to the last action.
    pub length: Duration,
    /// When the first start was, where enough visits had waited for it.
    pub opens: Option<Duration>,
}

/// A part of a profile that a recording may or may not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// How often the login page is asked for.
    Refreshes,
    /// How often answers are graded.
    Grades,
    /// Which looks are previews.
    Previews,
    /// When the last graded submission is.
    LastGrade,
    /// The pauses before a step.
    Pause(Pause),
}

impl Part {
    /// Its name in the file.
    pub fn key(self) -> String {
        match self {
            Self::Refreshes => "refreshes".to_owned(),
            Self::Grades => "grades".to_owned(),
            Self::Previews => "previews".to_owned(),
            Self::LastGrade => "last_grade".to_owned(),
            Self::Pause(pause) => format!("pauses.{}", pause.key()),
        }
    }
}

impl Measured {
    /// What `journeys` tell. Every time is cut to a whole number of `resolution` before, so that a class that was drawn is
    /// seen as the logs saw the recorded one.
    pub fn of(journeys: &[Journey], resolution: Duration) -> Self {
        let step = resolution.as_millis().max(1);
        let at = |at: Duration| Duration::from_millis(u64::try_from(at.as_millis() / step * step).unwrap_or(u64::MAX));
        // One journey at a time: of a large site all of them are much.
        let coarse =
            |journey: &Journey| -> Journey { journey.iter().map(|deed| deed.moved_to(at(deed.at()))).collect() };
        let all = || journeys.iter().flatten();
        let exact =
            |step: Option<Step>| all().filter(move |deed| step.is_none_or(|step| deed.step == step)).map(Deed::at);
        let end = exact(Some(Step::Grade)).max().or_else(|| exact(None).max()).unwrap_or_default();
        let begin = exact(None).min().unwrap_or_default();
        let (first, deadline, opens) = (at(begin), at(end), exact(Some(Step::Start)).min().map(at));
        let mut measured = Self { length: end.saturating_sub(begin), ..Self::default() };
        let mut waited = 0_u64;
        for journey in journeys.iter().map(coarse) {
            for visit in visits(&journey) {
                measured.add(visit, (first, deadline));
                waited += u64::from(opens.is_some_and(|opens| waits(visit, opens)));
            }
        }
        measured.arrivals.sort_unstable();
        let share = share(waited, measured.arrivals.len() as u64);
        let opens = opens.filter(|_| share.is_some_and(|share| share >= WAITED_MIN));
        measured.opens = opens.map(|opens| opens.saturating_sub(first));
        measured
    }

    fn add(&mut self, visit: &[Deed], (first, deadline): (Duration, Duration)) {
        let Some(begin) = visit.first() else { return };
        self.arrivals.push(begin.at().saturating_sub(first));
        let mut kinds = BTreeSet::new();
        for (pause, span) in pauses(visit) {
            self.pauses.entry(pause).or_default().push(span);
            kinds.insert(pause);
            match pause {
                Pause::View => self.looks[0] += 1,
                Pause::Preview => self.looks[1] += 1,
                Pause::Reload => self.looks[2] += 1,
                _ => {}
            }
        }
        // A visit may begin with a step, and made it then too.
        kinds.extend(Pause::all().find(|pause| pause.step() == begin.step));
        for pause in kinds {
            *self.made.entry(pause).or_default() += 1;
        }
        let count = |step: Step| visit.iter().filter(|deed| deed.step == step).count();
        let counted = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let pages = visit.iter().filter(|deed| super::of_the_test(deed.step)).count();
        self.pages += u64::try_from(pages).unwrap_or_default();
        if let Some(login) = visit.iter().position(|deed| deed.step == Step::Login) {
            let before = visit[..login].iter().filter(|deed| deed.step == Step::Refresh).count();
            self.refreshes.push(counted(before));
        }
        if pages > 0 {
            self.grades.push(counted(count(Step::Grade)));
        }
        if let Some(last) = visit.iter().rfind(|deed| deed.step == Step::Grade) {
            let start = visit.iter().find(|deed| deed.step == Step::Start).unwrap_or(begin);
            self.stays.push(last.at().saturating_sub(start.at()));
            self.leads.push(deadline.saturating_sub(last.at()));
        }
    }

    /// The profile of what was measured, and the parts that the recording does not tell.
    pub fn profile(&self, title: &str, source: &str) -> Option<(Profile, Vec<Part>)> {
        let mut untold = Vec::new();
        let mut rows = BTreeMap::new();
        let browsed = [Pause::View, Pause::Start, Pause::QuizInfo, Pause::SetList].iter().any(|pause| self.had(*pause));
        for pause in Pause::all() {
            let samples = self.pauses.get(&pause).map_or(&[][..], Vec::as_slice);
            let needed = matches!(pause, Pause::Login | Pause::Start | Pause::Grade);
            // Where nobody is seen to look at anything, a submission comes after the one before, and not after a page.
            let told = samples.len() >= SAMPLES_MIN && (browsed || pause != Pause::Grade);
            if let Some(law) = Quantiles::of(samples, &LEVELS).filter(|_| told) {
                if needed || self.is_usual(pause) {
                    rows.insert(pause, law);
                }
            } else if needed || (!browsed && pause != Pause::Reload) {
                let (low, high) = pause.usual();
                rows.insert(pause, Quantiles::uniform(low, high));
                untold.push(Part::Pause(pause));
            }
        }
        let tally = Tally::of(self);
        if tally.previews.is_none() {
            untold.push(Part::Previews);
        }
        let refreshes = Counts::of(&self.refreshes).filter(|_| browsed);
        if refreshes.is_none() {
            untold.push(Part::Refreshes);
        }
        let grades = Counts::of(&self.grades).filter(|counts| counts.mean() > 0.0);
        if grades.is_none() {
            untold.push(Part::Grades);
        }
        let last_grade = self.last_grade();
        if last_grade.is_none() {
            untold.push(Part::LastGrade);
        }
        let length = millis::whole(self.length).max(Duration::from_secs(1));
        // Who comes after the last submission comes to look at it.
        let arrivals: Vec<Duration> = self.arrivals.iter().copied().filter(|at| *at <= length).collect();
        let profile = Profile {
            title: title.to_owned(),
            source: source.to_owned(),
            students: u32::try_from(arrivals.len()).unwrap_or(u32::MAX).min(super::STUDENTS_MAX),
            length,
            opens: self.opens.filter(|opens| !opens.is_zero() && *opens <= length),
            arrivals: Arrivals::of(&arrivals)?,
            refreshes: refreshes.unwrap_or_else(|| Counts::always(1)),
            grades: grades.unwrap_or_else(|| Counts::always(1)),
            previews: tally.previews.unwrap_or(0.5),
            reloads: tally.reloads.unwrap_or_default(),
            pauses: rows,
            last_grade: last_grade.unwrap_or_else(|| {
                LastGrade::BeforeDeadline(Quantiles::uniform(Duration::ZERO, Duration::from_secs(20)))
            }),
            replay: None,
        };
        untold.sort_unstable();
        Some((profile.at_common_levels(), untold))
    }

    /// Tied to whatever it varies less from, deadline or start: by the span from the first to the last quarter.
    fn last_grade(&self) -> Option<LastGrade> {
        let law = |samples: &[Duration]| Quantiles::of(samples, &LEVELS);
        let (lead, stay) = (law(&self.leads)?, law(&self.stays)?);
        let width = |law: &Quantiles| law.at(0.75).saturating_sub(law.at(0.25));
        Some(if width(&lead) <= width(&stay) { LastGrade::BeforeDeadline(lead) } else { LastGrade::AfterStart(stay) })
    }

    fn had(&self, pause: Pause) -> bool {
        self.made.contains_key(&pause)
    }

    /// Whether enough visits made the step. Steps of the test itself are made by shares of their own.
    #[allow(clippy::cast_precision_loss, reason = "visits are few")]
    fn is_usual(&self, pause: Pause) -> bool {
        let made = self.made.get(&pause).copied().unwrap_or_default() as f64;
        let own = matches!(pause, Pause::View | Pause::Preview | Pause::Reload | Pause::Refresh);
        own || made >= MADE_MIN * self.arrivals.len() as f64
    }
}

/// A share, in hundredths of a percent as files have it; none of nothing.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn share(some: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| (some as f64 / all as f64 * 10_000.0).round() / 10_000.0)
}

/// Whether somebody asked for the quiz's page again and again before it opened.
fn waits(visit: &[Deed], opens: Duration) -> bool {
    visit.iter().filter(|deed| deed.step == Step::QuizInfo && deed.at() <= opens).count() > 1
}
