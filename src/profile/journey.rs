//! What one student did, in order of time → pauses by what follows them.

use std::time::Duration;

use crate::history::Step;

/// A look at the test that follows a page of the test sooner is a reload: nobody reads a page in less.
pub const RELOAD_WITHIN: Duration = Duration::from_secs(10);
/// Who does nothing for so long was away, and comes anew: the time after which WeBWorK ends a session, `sessionTimeout` in its
/// `conf/defaults.config`.
pub const AWAY: Duration = Duration::from_secs(1800);

/// One thing that a student did: eight bytes, for a site has millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    at_ms: u32,
    /// What.
    pub step: Step,
    /// Which problem, where it was about one; else 0.
    pub problem: u8,
}

impl Deed {
    /// `step` so long after the first arrival of all, in whole milliseconds; 49 days where it is more.
    pub fn new(at: Duration, step: Step, problem: u8) -> Self {
        Self { at_ms: u32::try_from(at.as_millis()).unwrap_or(u32::MAX), step, problem }
    }

    /// When, since the first arrival of all.
    pub fn at(&self) -> Duration {
        Duration::from_millis(self.at_ms.into())
    }

    /// The same at another moment.
    #[must_use]
    pub fn moved_to(self, at: Duration) -> Self {
        Self::new(at, self.step, self.problem)
    }
}

/// All that one student did, in order of time.
pub type Journey = Vec<Deed>;

/// What a pause comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pause {
    /// The login page again, or the quiz's page again before the quiz opens.
    Refresh,
    /// Signing in.
    Login,
    /// The list of sets.
    SetList,
    /// The quiz's page.
    QuizInfo,
    /// Starting a version.
    Start,
    /// A look at the test, at least [`RELOAD_WITHIN`] after the page before.
    View,
    /// A preview.
    Preview,
    /// A graded submission.
    Grade,
    /// A look at the test sooner than that.
    Reload,
    /// The first look after the last graded submission.
    Review,
    /// Signing out.
    Logout,
}

impl Pause {
    /// Every kind with its name in files, the step that it comes before, and what it usually is, in milliseconds: what a
    /// class that is not recorded does (`plan/class.rs`), and before a look 30 to 90 s, the think time of the load test of
    /// Udelar (Moodle 4.5, 2026).
    pub const ALL: [(Self, &'static str, Step, (u64, u64)); 11] = [
        (Self::Refresh, "refresh", Step::Refresh, (1000, 3000)),
        (Self::Login, "login", Step::Login, (1000, 3000)),
        (Self::SetList, "set_list", Step::SetList, (1500, 4000)),
        (Self::QuizInfo, "quiz_info", Step::QuizInfo, (1500, 4000)),
        (Self::Start, "start", Step::Start, (1500, 4000)),
        (Self::View, "view", Step::View, (30_000, 90_000)),
        (Self::Preview, "preview", Step::Preview, (30_000, 90_000)),
        (Self::Grade, "grade", Step::Grade, (1500, 4000)),
        (Self::Reload, "reload", Step::View, (1000, 5000)),
        (Self::Review, "review", Step::Review, (1500, 4000)),
        (Self::Logout, "logout", Step::Logout, (1500, 4000)),
    ];

    /// Every kind, in the order of a student's journey.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(pause, ..)| pause)
    }

    /// Its name in files.
    pub fn key(self) -> &'static str {
        self.row().1
    }

    /// The step that it comes before.
    pub fn step(self) -> Step {
        self.row().2
    }

    /// The shortest and the longest, where nothing tells.
    pub fn usual(self) -> (Duration, Duration) {
        let (low, high) = self.row().3;
        (Duration::from_millis(low), Duration::from_millis(high))
    }

    fn row(self) -> (Self, &'static str, Step, (u64, u64)) {
        Self::ALL[self as usize]
    }
}

/// Every pause of a journey, with what it came before; none of those in which somebody was away.
pub fn pauses(journey: &[Deed]) -> impl Iterator<Item = (Pause, Duration)> {
    let again = |before: &Deed, deed: &Deed| before.step == deed.step;
    journey.windows(2).filter_map(move |pair| {
        let (before, deed) = (&pair[0], &pair[1]);
        let span = deed.at().saturating_sub(before.at());
        let pause = match deed.step {
            Step::Refresh => Pause::Refresh,
            // A code follows a login by itself.
            Step::Login | Step::Code => Pause::Login,
            Step::SetList => Pause::SetList,
            Step::QuizInfo if again(before, deed) => Pause::Refresh,
            Step::QuizInfo => Pause::QuizInfo,
            Step::Start => Pause::Start,
            Step::View | Step::Turn if of_the_test(before.step) && span < RELOAD_WITHIN => Pause::Reload,
            Step::View | Step::Turn => Pause::View,
            Step::Preview => Pause::Preview,
            Step::Grade => Pause::Grade,
            Step::Review => Pause::Review,
            Step::Logout => Pause::Logout,
        };
        (span < AWAY).then_some((pause, span))
    })
}

/// Whether a step shows the test.
pub fn of_the_test(step: Step) -> bool {
    step.is_of_the_test() || step == Step::Review
}

/// The visits of a journey: it is cut where somebody was away.
pub fn visits(journey: &[Deed]) -> impl Iterator<Item = &[Deed]> {
    journey.chunk_by(|before, deed| deed.at().saturating_sub(before.at()) < AWAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_of_what_follows_it() {
        let deed = |seconds, step| Deed::new(Duration::from_secs(seconds), step, 0);
        let journey = [
            deed(0, Step::Refresh),
            deed(2, Step::Login),
            deed(5, Step::QuizInfo),
            deed(15, Step::QuizInfo),
            deed(18, Step::Start),
            deed(60, Step::View),
            deed(63, Step::View),
            deed(100, Step::Grade),
            deed(103, Step::Review),
            deed(4000, Step::Login),
        ];
        let found: Vec<_> = pauses(&journey).map(|(pause, span)| (pause.key(), span.as_secs())).collect();
        let expected = [
            ("login", 2),
            ("quiz_info", 3),
            ("refresh", 10),
            ("start", 3),
            ("view", 42),
            ("reload", 3),
            ("grade", 37),
            ("review", 3),
        ];
        assert_eq!(found, expected);
        assert_eq!(visits(&journey).map(<[Deed]>::len).collect::<Vec<_>>(), [9, 1]);
        assert!(Pause::all().enumerate().all(|(place, pause)| pause as usize == place && pause.row().0 == pause));
    }
}
