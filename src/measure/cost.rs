//! What the kernel accounted to the web nodes, and the pages that they answered meanwhile → what a page of each [kind](ByKind)
//! costs.
//!
//! The class's time is cut into stretches of 5 s. What a node used in one, less what it uses when no student asks, is taken for the
//! sum of what its pages cost; a page counts in each stretch by the part of its time, from its real send to its end, that lies in
//! it. The costs are those that come nearest to that in least squares and are not negative, found one by one in turn (V. Franc,
//! V. Hlaváč, M. Navara, *Sequential coordinate-wise algorithm for the non-negative least squares problem*, CAIP 2005), and then
//! multiplied so that all pages together cost what was used.
//!
//! *Cannot say*: kinds that always come together are told apart badly, and it does not matter: they are asked for together.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts::{Facts, Request, Span};
use super::usage::BUSIEST;
use crate::clock::Stamp;
use crate::history::Rendered;

/// Length of a stretch.
const STRETCH: Duration = Duration::from_secs(5);
/// Rounds over all kinds: far more than four unknowns need.
const ROUNDS: usize = 2000;
/// Steps of a class that are looked at: a day of seconds.
const STEPS_MAX: usize = 86_400;
/// How many kinds there are.
const KINDS: usize = 4;

/// A number for each kind of page, by what the app does for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ByKind {
    /// No problem is rendered: sign-in, the list of sets, sign-out.
    pub plain: f64,
    /// The page of the quiz.
    pub info: f64,
    /// A page of the test: start, view, turn, preview.
    pub page: f64,
    /// All problems of the test, whatever page they are on: a graded submission, a look at the score.
    pub whole: f64,
}

impl ByKind {
    /// The same number for each.
    pub const fn even(number: f64) -> Self {
        Self { plain: number, info: number, page: number, whole: number }
    }

    /// One page for which so much is rendered.
    pub fn one(rendered: Rendered) -> Self {
        let none = Self::default();
        match rendered {
            Rendered::Nothing => Self { plain: 1.0, ..none },
            Rendered::Header => Self { info: 1.0, ..none },
            Rendered::Page => Self { page: 1.0, ..none },
            Rendered::Whole => Self { whole: 1.0, ..none },
        }
    }

    /// Kind by kind.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.each(other, |one, other| one + other)
    }

    /// Each of them so many times.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        self.each(Self::even(factor), |one, factor| one * factor)
    }

    /// What all cost together when these are numbers of pages, or costs, and `other` is the other of both.
    pub fn cost(self, other: Self) -> f64 {
        self.each(other, |pages, each| pages * each).sum()
    }

    /// All together.
    pub fn sum(self) -> f64 {
        self.numbers().iter().sum()
    }

    fn each(self, other: Self, what: fn(f64, f64) -> f64) -> Self {
        let (one, other) = (self.numbers(), other.numbers());
        Self::from(std::array::from_fn(|kind| what(one[kind], other[kind])))
    }

    fn numbers(self) -> [f64; KINDS] {
        [self.plain, self.info, self.page, self.whole]
    }
}

impl From<[f64; KINDS]> for ByKind {
    fn from([plain, info, page, whole]: [f64; KINDS]) -> Self {
        Self { plain, info, page, whole }
    }
}

/// Pages in a stretch on a node, and the processor time for them.
type Equation = ([f64; KINDS], f64);

/// Processor seconds of a page of each kind, in `class`, when no student asks in `quiet`; none where the kernel told nothing of the nodes, or they answered nothing.
pub fn costs(facts: &Facts, class: Span, quiet: &[Span]) -> Option<ByKind> {
    // A balancer that answers by itself answers nothing right.
    let right = facts.requests.iter().filter(|one| one.outcome.is_success());
    let nodes: BTreeSet<_> = right.filter_map(|one| one.node.as_ref()).collect();
    let mut equations: Vec<Equation> = Vec::new();
    for node in nodes {
        let Some(meter) = facts.meters.get(&**node) else { continue };
        let own = facts.requests.iter().filter(|one| one.node.as_ref() == Some(node));
        let idle = meter.idle(quiet).unwrap_or(0.0);
        let stretches = spread(own, facts.homework, (class, STRETCH)).into_iter().zip(0_u32..);
        equations.extend(stretches.filter_map(|(pages, number)| {
            let from = class.from + STRETCH * number;
            let used = meter.cores(Span { from, to: from + STRETCH })? - idle;
            Some((pages.numbers(), used.max(0.0) * STRETCH.as_secs_f64()))
        }));
    }
    solved(&equations)
}

/// The pages of `requests` in each whole `step` of `class`, each in as many of them as it took and by its part in each.
fn spread<'a>(
    requests: impl Iterator<Item = &'a Request>,
    homework: bool,
    (class, step): (Span, Duration),
) -> Vec<ByKind> {
    let place = |moment: Stamp| (moment - class.from).as_nanos() / step.as_nanos().max(1);
    let steps = usize::try_from(place(class.to)).unwrap_or(usize::MAX).min(STEPS_MAX);
    let mut pages = vec![ByKind::default(); steps];
    for request in requests {
        let whole = (request.end - request.sent).as_secs_f64().max(1e-3);
        let first = usize::try_from(place(request.sent)).unwrap_or(usize::MAX);
        for (all, number) in pages.iter_mut().zip(0_u32..).skip(first) {
            let from = class.from + step * number;
            let (from, to) = (request.sent.max(from), request.end.min(from + step));
            if from >= to {
                break;
            }
            *all = all.plus(ByKind::one(request.step.renders(homework)).times((to - from).as_secs_f64() / whole));
        }
    }
    pages
}

/// Pages a second in the ten seconds in which those of `per_second` cost most; none of less than ten seconds.
pub fn costliest(per_second: &[ByKind], costs: ByKind) -> Option<ByKind> {
    let sums = per_second.windows(BUSIEST).map(|ten| ten.iter().copied().fold(ByKind::default(), ByKind::plus));
    let most = sums.max_by(|one, other| one.cost(costs).total_cmp(&other.cost(costs)))?;
    Some(most.times(1.0 / BUSIEST as f64))
}

/// Right pages in each second of `class`, each by the part of its time that lies in it.
pub fn answered(facts: &Facts, class: Span) -> Vec<ByKind> {
    let right = facts.requests.iter().filter(|request| request.outcome.is_success());
    spread(right, facts.homework, (class, Duration::from_secs(1)))
}

/// The costs that come nearest; none where nothing was used.
fn solved(equations: &[Equation]) -> Option<ByKind> {
    let product = |one: usize, other: usize| equations.iter().map(|(pages, _)| pages[one] * pages[other]).sum::<f64>();
    let squares: [[f64; KINDS]; KINDS] = std::array::from_fn(|one| std::array::from_fn(|other| product(one, other)));
    let right: [f64; KINDS] =
        std::array::from_fn(|kind| equations.iter().map(|(pages, used)| pages[kind] * used).sum::<f64>());
    let mut costs = [0.0_f64; KINDS];
    for _ in 0..ROUNDS {
        for kind in 0..KINDS {
            let square = squares[kind][kind];
            if square <= 0.0 {
                continue;
            }
            let predicted: f64 = squares[kind].iter().zip(&costs).map(|(square, cost)| square * cost).sum();
            costs[kind] = (costs[kind] + (right[kind] - predicted) / square).max(0.0);
        }
    }
    let pages: ByKind = equations.iter().map(|(pages, _)| ByKind::from(*pages)).fold(ByKind::default(), ByKind::plus);
    let (used, explained) = (equations.iter().map(|(_, used)| used).sum::<f64>(), pages.cost(costs.into()));
    (used > 0.0 && explained > 0.0).then(|| ByKind::from(costs).times(used / explained))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_found_where_pages_come_in_different_shares() {
        let true_costs = ByKind { plain: 0.04, info: 0.2, page: 0.3, whole: 0.5 };
        let pages = [
            [9.0, 3.0, 1.0, 0.0],
            [2.0, 2.0, 6.0, 0.0],
            [0.0, 0.0, 9.0, 2.0],
            [3.0, 0.0, 1.0, 8.0],
            [6.0, 4.0, 4.0, 1.0],
        ];
        let exact: Vec<_> = pages.iter().map(|pages| (*pages, ByKind::from(*pages).cost(true_costs))).collect();
        let found = solved(&exact).unwrap();
        let off = |one: f64, other: f64| (one / other - 1.0).abs();
        for (found, expected) in found.numbers().iter().zip(true_costs.numbers()) {
            assert!(off(*found, expected) < 0.02, "{found} {expected}");
        }
        // What was measured a little wrong moves what all cost together not at all.
        let noisy: Vec<_> =
            exact.iter().zip([1.1, 0.9, 1.05, 0.95, 1.0]).map(|((pages, used), by)| (*pages, used * by)).collect();
        let all: ByKind = pages.iter().map(|pages| ByKind::from(*pages)).fold(ByKind::default(), ByKind::plus);
        let used: f64 = noisy.iter().map(|(_, used)| used).sum();
        let found = solved(&noisy).unwrap();
        assert!(off(all.cost(found), used) < 1e-9 && off(found.page, 0.3) < 0.3, "{found:?}");
    }

    #[test]
    fn no_page_costs_less_than_nothing_and_nothing_tells_nothing() {
        let found = solved(&[([1.0, 1.0, 0.0, 0.0], 0.1), ([0.0, 2.0, 0.0, 0.0], 0.4)]).unwrap();
        assert!(found.plain == 0.0 && found.info > 0.0, "{found:?}");
        assert_eq!(solved(&[]), None);
        assert_eq!(solved(&[([1.0, 0.0, 0.0, 0.0], 0.0)]), None);
    }

    #[test]
    fn the_costliest_ten_seconds_need_not_be_those_of_most_pages() {
        let plain = |count| ByKind { plain: count, ..ByKind::default() };
        let page = |count| ByKind { page: count, ..ByKind::default() };
        let seconds: Vec<_> = (0..20).map(|second| if second < 10 { plain(9.0) } else { page(2.0) }).collect();
        let costs = ByKind { plain: 0.1, ..ByKind::even(1.0) };
        assert_eq!(costliest(&seconds, costs), Some(page(2.0)));
        assert_eq!(costliest(&seconds[..9], costs), None);
    }

    #[test]
    fn every_step_is_of_one_kind() {
        assert!(crate::history::Step::ALL.iter().all(|step| ByKind::one(step.renders(false)).sum() == 1.0));
    }
}
