//! (profile, seed) → what each student of a class of that shape does, or what was recorded, to the millisecond.
//!
//! A class from a profile is a renewal process: action follows action after a pause that is drawn as it was recorded before
//! such a step, whatever came before it. Two moments are drawn first, the arrival and the last graded submission, and the
//! pauses between start and last submission must make up the time that lies between. No pause is rescaled for that: of
//! [`TRIES`] sequences that are drawn the one is taken of which a pause ends nearest to the last submission, and what is
//! missing, a fraction of one pause, is put into its longest. (That a renewal falls on a given moment says next to nothing
//! about the pauses before it, while to cut the sequence at that moment would leave out long pauses more often than short
//! ones.)
//!
//! Arrivals, last submissions, numbers of submissions and of refreshes are drawn by strata: of n students each has one of n
//! equal parts of the law, so that a class of any size has the recorded shape. Students are numbered by arrival.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class::{Action, REACTION, Student, person};
use super::{Window, Wrong};
use crate::history::Step;
use crate::profile::{Deed, Journey, LastGrade, Pause, Profile, Quantiles, Recorded};
use crate::scenario::{Class, Scenario};
use crate::settings::{Refusal, duration_text, millis};

/// Sequences of pauses that are drawn for a student, of which the best is taken.
const TRIES: u32 = 24;
/// Most actions between a student's start and last submission.
const ACTIONS_MAX: usize = 3000;
/// Latest that anybody does anything after the deadline: the next sitting begins then.
const TAIL: Duration = Duration::from_secs(9);

/// Latest that anything of a recording is replayed after the deadline: a run ends then.
const AFTERWARDS: Duration = Duration::from_secs(60);

/// Which profile a class has. Where a plan has this, what its `class` says of arrivals, previews, the deadline and of how
/// often students grade counts for nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Load {
    /// The profile as the scenario names it.
    pub profile: String,
    /// Its title.
    pub title: String,
    /// How many times as long everything takes as the profile says.
    pub time: f64,
    /// Whether each recorded action is done, instead of a class that is drawn.
    pub replay: bool,
}

impl Load {
    /// What a plan keeps of the scenario's.
    pub(super) fn of(scenario: &Scenario) -> Option<Self> {
        let load = scenario.load.as_ref()?;
        let title = load.recorded.as_ref().map(|recorded| recorded.profile.title.clone()).unwrap_or_default();
        Some(Self { profile: load.profile.clone(), title, time: load.time, replay: load.replay })
    }
}

/// The shape of a class and how much longer it takes.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// What was recorded.
    pub recorded: &'a Recorded,
    /// How many times as long everything takes.
    pub time: f64,
}

impl<'a> Shape<'a> {
    /// That of `scenario`, where it names a profile that was read.
    pub(super) fn of(scenario: &'a Scenario) -> Option<Self> {
        let load = scenario.load.as_ref()?;
        Some(Self { recorded: load.recorded.as_ref()?, time: load.time })
    }

    /// From the first arrival to the deadline.
    pub fn length(&self) -> Duration {
        millis::whole(self.recorded.profile.length.mul_f64(self.time))
    }

    /// The students of `class`, numbered after `before` others, with everything that they do.
    pub fn students(&self, class: &Class, seed: u64, before: u32) -> Vec<Student> {
        let places = Places::new(class.students, seed, before);
        let one = |index: u32| {
            let number = before + index + 1;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(u64::from(number));
            let student = person(class, number, &mut random);
            let journey = match &self.recorded.replay {
                Some(replay) => {
                    let journey = replay.journeys.get(index as usize).map(|journey| completed(journey));
                    let until = self.recorded.profile.length + AFTERWARDS.div_f64(self.time);
                    journey.unwrap_or_default().into_iter().filter(|deed| deed.at() <= until).collect()
                }
                None => journey(&self.recorded.profile, &places.of(index, &mut random), &mut random),
            };
            Student { actions: self.actions(&journey, class.problems), ..student }
        };
        (0..class.students).map(one).collect()
    }

    /// The actions of a journey, in the time of the plan. A look is at the next of `problems`, in equal parts of all looks,
    /// where it is not known at which it was.
    fn actions(&self, journey: &[Deed], problems: u32) -> Vec<Action> {
        // A code is asked for by a page, never by a plan.
        let journey: Vec<Deed> = journey.iter().filter(|deed| deed.step != Step::Code).copied().collect();
        let is_look = |deed: &&Deed| matches!(deed.step, Step::View | Step::Turn | Step::Preview);
        let looks = u32::try_from(journey.iter().filter(is_look).count()).unwrap_or(u32::MAX).max(1);
        let last = journey.iter().rposition(|deed| deed.step == Step::Grade);
        // What is replayed keeps its gaps.
        let latest = if self.recorded.replay.is_some() { Duration::MAX } else { self.length() + TAIL };
        let (mut seen, mut answered) = (0_u32, 0);
        let action = |(place, deed): (usize, &Deed)| {
            if is_look(&deed) {
                seen += 1;
                let part = u32::try_from(u64::from(seen) * u64::from(problems)).unwrap_or(u32::MAX).div_ceil(looks);
                answered = answered.max(if deed.problem > 0 { deed.problem.into() } else { part }).min(problems);
            }
            if deed.step == Step::Grade {
                answered = answered.max(1);
            }
            if last.is_some_and(|last| place >= last) {
                answered = problems;
            }
            let step = if deed.step == Step::Turn { Step::View } else { deed.step };
            Action { at: millis::whole(deed.at().mul_f64(self.time)).min(latest), step, answered }
        };
        journey.iter().enumerate().map(action).collect()
    }
}

/// What is wrong with a profile for this class, by field, before anything is drawn.
pub fn check(scenario: &Scenario, _windows: &[Window], _deadline: Duration) -> Wrong {
    const CLASS_MAX: u32 = 500;
    let Some(load) = &scenario.load else { return Wrong::new() };
    let wrong = |field: &str, refusal| vec![(format!("load.{field}"), refusal)];
    let Some(recorded) = &load.recorded else {
        return wrong("profile", Refusal::new("was not looked for; expected a scenario that the library has read"));
    };
    let students = scenario.class.students;
    if let Some(replay) = &recorded.replay {
        let there = replay.journeys.len();
        if there != students as usize {
            let message = format!("a replay has the {there} students that were recorded, got {students}");
            return wrong("replay", Refusal::new(message).hinted("replay = false draws a class of any size"));
        }
    }
    if students > CLASS_MAX {
        let message = format!("the profile has {students} students; expected at most {CLASS_MAX} in a class");
        return wrong("profile", Refusal::new(message).hinted(format!("students = {CLASS_MAX} or less in [load]")));
    }
    Wrong::new()
}

/// What is wrong when a class of `students` cannot take the quiz in time, or would use up its attempts, by field.
pub fn check_students(scenario: &Scenario, students: &[Student], deadline: Duration) -> Wrong {
    let mut wrong = Wrong::new();
    let late = students.iter().flat_map(|student| student.actions.iter().rfind(|action| action.step == Step::Grade));
    if let Some(late) = late.map(|action| action.at).max().filter(|at| *at > deadline) {
        let [at, run] = [late, deadline].map(duration_text);
        let message = format!("the run ends at {run}; somebody's last graded submission would be at {at}");
        wrong.push(("load.time".to_owned(), Refusal::new(message).hinted("a larger time")));
    }
    let graded = |student: &Student| student.actions.iter().filter(|action| action.step == Step::Grade).count();
    let most = students.iter().map(graded).max().unwrap_or_default();
    let allowed = scenario.class.attempts;
    if most > allowed as usize {
        let message = format!("{most} graded attempts are planned for a student; the test allows {allowed}");
        wrong.push(("class.attempts".to_owned(), Refusal::new(message).hinted(format!("attempts = {most} or more"))));
    }
    wrong
}

/// The order in which students have the strata of each law.
struct Places {
    refreshes: Vec<u32>,
    grades: Vec<u32>,
    last: Vec<u32>,
}

/// A student's place in each law, from 0 to 1.
struct Levels {
    arrival: f64,
    refreshes: f64,
    grades: f64,
    last: f64,
}

impl Places {
    fn new(students: u32, seed: u64, before: u32) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // No student has this stream.
        random.set_stream(u64::MAX - u64::from(before));
        let mut shuffled = || {
            let mut order: Vec<u32> = (0..students).collect();
            for place in (1..order.len()).rev() {
                order.swap(place, random.random_range(0..=place));
            }
            order
        };
        Self { refreshes: shuffled(), grades: shuffled(), last: shuffled() }
    }

    fn of(&self, index: u32, random: &mut ChaCha8Rng) -> Levels {
        let count = f64::from(u32::try_from(self.last.len()).unwrap_or(u32::MAX)).max(1.0);
        let mut within = |place: u32| (f64::from(place) + random.random_range(0.0..1.0)) / count;
        let of = |order: &[u32]| order.get(index as usize).copied().unwrap_or_default();
        Levels {
            arrival: within(index),
            refreshes: within(of(&self.refreshes)),
            grades: within(of(&self.grades)),
            last: within(of(&self.last)),
        }
    }
}

/// One student of the shape, in the profile's time.
fn journey(profile: &Profile, levels: &Levels, random: &mut ChaCha8Rng) -> Journey {
    let mut journey = Journey::new();
    let mut at = profile.arrivals.at(levels.arrival);
    let pause = |pause: Pause, random: &mut ChaCha8Rng| drawn(profile, pause, random);
    let add = |journey: &mut Journey, at: &mut Duration, kind: Pause, random: &mut ChaCha8Rng| {
        if !journey.is_empty() {
            *at += pause(kind, random);
        }
        journey.push(Deed::new(*at, kind.step(), 0));
    };
    for _ in 0..profile.refreshes.at(levels.refreshes) {
        add(&mut journey, &mut at, Pause::Refresh, random);
    }
    add(&mut journey, &mut at, Pause::Login, random);
    for step in [Pause::SetList, Pause::QuizInfo] {
        if profile.pauses.contains_key(&step) {
            add(&mut journey, &mut at, step, random);
        }
    }
    for _ in 0..ACTIONS_MAX {
        if profile.opens.is_none_or(|opens| at >= opens) {
            break;
        }
        at += drawn(profile, Pause::Refresh, random);
        journey.push(Deed::new(at, Step::QuizInfo, 0));
    }
    at = at.max(profile.opens.unwrap_or_default());
    add(&mut journey, &mut at, Pause::Start, random);
    // Who would come too late to start comes so much sooner.
    let excess = at.saturating_sub(profile.length.saturating_sub(Duration::from_secs(1)));
    journey.iter_mut().for_each(|deed| *deed = deed.moved_to(deed.at().saturating_sub(excess)));
    at = at.saturating_sub(excess);
    let last = last_grade(profile, at, levels.last).max(at);
    let grades = profile.grades.at(levels.grades);
    let test = test(profile, last.saturating_sub(at), grades, random);
    journey.extend(test.into_iter().map(|deed| deed.moved_to(at + deed.at())));
    at = last;
    for step in [Pause::Review, Pause::Logout] {
        if profile.pauses.contains_key(&step) && (step == Pause::Logout || grades > 0) {
            add(&mut journey, &mut at, step, random);
        }
    }
    journey
}

/// When the last graded submission of somebody is who starts at `start`: of what the law says, what leaves time for it.
fn last_grade(profile: &Profile, start: Duration, level: f64) -> Duration {
    let left = profile.length.saturating_sub(start);
    let within = |law: &Quantiles| law.at(level * law.share_up_to(left)).min(left);
    match &profile.last_grade {
        LastGrade::BeforeDeadline(law) => profile.length.saturating_sub(within(law)),
        LastGrade::AfterStart(law) => start + within(law),
    }
}

/// What is done from the start of a test until `whole` later, when the last of `grades` submissions is; times count from the
/// start.
fn test(profile: &Profile, whole: Duration, grades: u32, random: &mut ChaCha8Rng) -> Vec<Deed> {
    let mut best: Option<(Duration, Vec<(Pause, Duration)>)> = None;
    for _ in 0..TRIES {
        let (mut chosen, mut miss) = (0, Duration::MAX);
        let last = if grades > 0 { drawn(profile, Pause::Grade, random) } else { Duration::ZERO };
        let (mut sum, mut left, mut steps) = (last, grades.saturating_sub(1), Vec::new());
        loop {
            if sum.abs_diff(whole) < miss {
                (chosen, miss) = (steps.len(), sum.abs_diff(whole));
            }
            let next = next(profile, whole.saturating_sub(sum), left, random);
            let Some(kind) = next.filter(|_| sum <= whole && steps.len() < ACTIONS_MAX) else { break };
            let pause = drawn(profile, kind, random);
            left -= u32::from(kind == Pause::Grade);
            sum += pause;
            steps.push((kind, pause));
        }
        steps.truncate(chosen);
        if grades > 0 {
            steps.push((Pause::Grade, last));
        }
        if best.as_ref().is_none_or(|(least, _)| miss < *least) {
            best = Some((miss, steps));
        }
    }
    let mut steps = best.map(|(_, steps)| steps).unwrap_or_default();
    let sum: Duration = steps.iter().map(|(_, pause)| *pause).sum();
    if let Some((_, longest)) = steps.iter_mut().max_by_key(|(_, pause)| *pause) {
        *longest = (*longest + whole).saturating_sub(sum);
    }
    let mut at = Duration::ZERO;
    let mut deed = |(kind, pause): (Pause, Duration)| {
        at = (at + pause).min(whole);
        Deed::new(at, kind.step(), 0)
    };
    steps.into_iter().map(&mut deed).collect()
}

/// What a student does next who has `rest` and still submits `grades` times before the last time; none when nothing is left.
fn next(profile: &Profile, rest: Duration, grades: u32, random: &mut ChaCha8Rng) -> Option<Pause> {
    let draw: f64 = random.random_range(0.0..1.0);
    if profile.pauses.contains_key(&Pause::Reload) && draw < profile.reloads {
        return Some(Pause::Reload);
    }
    let mean = |pause: Pause| profile.pauses.get(&pause).map(Quantiles::mean);
    let (view, preview) = (mean(Pause::View), mean(Pause::Preview));
    let share = match (view, preview) {
        (None, None) if grades == 0 => return None,
        (None, None) => return Some(Pause::Grade),
        (None, Some(_)) => 1.0,
        (Some(_), None) => 0.0,
        (Some(_), Some(_)) => profile.previews,
    };
    let look = view.unwrap_or_default().mul_f64(1.0 - share) + preview.unwrap_or_default().mul_f64(share);
    // Spread over the actions that there is time for, beside that of the submissions themselves.
    let looking = rest.saturating_sub(mean(Pause::Grade).unwrap_or_default() * grades);
    let actions = (looking.as_secs_f64() / look.max(REACTION).as_secs_f64() + f64::from(grades)).max(1.0);
    if random.random_range(0.0..1.0) < f64::from(grades) / actions {
        return Some(Pause::Grade);
    }
    Some(if random.random_range(0.0..1.0) < share { Pause::Preview } else { Pause::View })
}

/// A pause as it was recorded, or as it usually is; nobody clicks faster than [`REACTION`].
fn drawn(profile: &Profile, pause: Pause, random: &mut ChaCha8Rng) -> Duration {
    let level = random.random_range(0.0..1.0);
    let usual = || {
        let (low, high) = pause.usual();
        Quantiles::uniform(low, high).at(level)
    };
    profile.pauses.get(&pause).map_or_else(usual, |law| law.at(level)).max(REACTION)
}

/// A recorded journey with what its first action needs before it: who was signed in already when the recording began must sign
/// in, and start.
fn completed(journey: &[Deed]) -> Journey {
    let Some(first) = journey.first() else { return Journey::new() };
    let before = |step: Step| Deed::new(first.at(), step, 0);
    let place = |step: Step| journey.iter().position(|deed| deed.step == step);
    let of_the_test =
        journey.iter().position(|deed| crate::profile::of_the_test(deed.step) && deed.step != Step::Start);
    let needs_session = journey.iter().position(|deed| !matches!(deed.step, Step::Refresh | Step::Login));
    let absent = |step: Step, needed: Option<usize>| {
        needed.is_some_and(|needed| place(step).is_none_or(|place| place > needed)).then(|| before(step))
    };
    let added = [absent(Step::Login, needs_session), absent(Step::Start, of_the_test)];
    // They go where they are needed, at the same moment, so that no recorded action comes sooner or later.
    let mut whole = journey.to_vec();
    for deed in added.into_iter().flatten().rev() {
        let needed = if deed.step == Step::Login { needs_session } else { of_the_test };
        let needed = needed.unwrap_or_default();
        whole.insert(needed, deed.moved_to(journey[needed].at()));
    }
    whole
}
