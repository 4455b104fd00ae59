//! Percentiles of the time to a page, of all pages and of each step, on the baseline and in each window.

use super::words::held;
use super::{About, Check, Found, Judgement, Scope, Subject, expected};
use crate::history::Step;
use crate::measure::{Latency, Requests};
use crate::scenario::{Pages, Percentiles, Time};

/// Judges the times to a page by percentile. One that is beyond its maximum violates the expectation, whatever the others
/// are; a step that no student took leaves nothing to judge. Before the first fault that is no matter: most of a quiz comes
/// later.
pub const CHECK: Check = Check {
    name: "page",
    judges: "percentiles of the time to a page, of all pages and of single steps, before the first fault and in each window",
    about: About::Service,
    expects: Some("page"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let pages = &subject.expect().pages;
    let requests = subject.requests().filter(|_| !pages.is_empty())?;
    let mut all: Vec<_> = pages.limits().flat_map(|(step, limits)| measured(requests, step, limits)).collect();
    if *subject.scope == Scope::Baseline && !subject.figures.windows.is_empty() {
        all.retain(|one| one.judgement != Judgement::Unknown);
    }
    let judgement = all.iter().map(|one| one.judgement).max()?;
    // Of several limits those that decided: what was met is not what was not met.
    all.retain(|one| one.judgement == judgement);
    let said = |what: fn(&Limit) -> &str| all.iter().map(what).collect::<Vec<_>>();
    let (expected, found) = (said(|one| &one.expected).join(", "), said(|one| &one.found).join("; "));
    Some(Found::new(judgement, expected, found))
}

/// What one limit came to.
struct Limit {
    judgement: Judgement,
    expected: String,
    found: String,
}

/// What `requests` violate of `pages`, in words.
pub(super) fn violated(pages: &Pages, requests: &Requests) -> Option<String> {
    let mut all = pages.limits().flat_map(|(step, limits)| measured(requests, step, limits));
    all.find(|one| one.judgement == Judgement::Fail).map(|one| one.found)
}

/// Each limit of `step` (of all pages where there is none) with what it came to.
fn measured(requests: &Requests, step: Option<Step>, limits: Percentiles) -> Vec<Limit> {
    let latency = match step {
        Some(step) => requests.by_step.get(&step).copied().unwrap_or_default(),
        None => requests.latency,
    };
    let what = step.map_or_else(String::new, |step| format!("{step} "));
    let one = |((name, most, found), share): ((&str, Option<Time>, Option<f64>), &str)| {
        let most = most?.0;
        let expected = expected::share_of_pages(share, step, most);
        let Some(found) = found.and_then(Latency::time) else {
            let found = format!("{what}{name}: no page was answered");
            return Some(Limit { judgement: Judgement::Unknown, expected, found });
        };
        let (met, took) = held(found, most);
        let judgement = if met { Judgement::Pass } else { Judgement::Fail };
        Some(Limit { judgement, expected, found: format!("{what}{name}: {took} ({} pages)", latency.count) })
    };
    percentiles(limits, &latency).into_iter().zip(expected::SHARES_OF_PAGES).filter_map(one).collect()
}

fn percentiles(limits: Percentiles, found: &Latency) -> [(&'static str, Option<Time>, Option<f64>); 4] {
    [
        ("p50", limits.p50, found.ms_p50),
        ("p95", limits.p95, found.ms_p95),
        ("p99", limits.p99, found.ms_p99),
        ("max", limits.max, found.ms_max),
    ]
}
