//! How long a node or a replica was missing.

use super::words::held;
use super::{About, Check, Found, Judgement, Subject, expected};
use crate::fault;

/// Judges the time with one node or replica fewer than planned, from effect until the cluster was whole again. It is at
/// least as long as the window where nothing but the heal brings the target back.
pub const CHECK: Check = Check {
    name: "without_redundancy",
    judges: "how long a node or a replica was missing, from effect until the cluster was whole again",
    about: About::Service,
    expects: Some("without_redundancy"),
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    let most = subject.expect().without_redundancy?.0;
    let expected = expected::without_redundancy(most);
    if !window.faults().filter_map(fault::kind).any(|kind| kind.costs_redundancy) {
        return Some(Found::met(true, expected, "nobody was missing"));
    }
    Some(match window.without_redundancy {
        Some(time) => {
            let (met, found) = held(time, most);
            Found::met(met, expected, found)
        }
        None => Found::new(Judgement::Unknown, expected, "the cluster was not seen whole again"),
    })
}
