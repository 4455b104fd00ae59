//! Which setting is recommended, on paper.

use super::sample::{alarms, five, limping, never, noticed, of, row, unwatched};
use super::*;

fn recommended(rows: Vec<Row>) -> Option<usize> {
    of(rows).recommended
}

fn freeze(check: &str, cell: Cell, count: u64, out: u64) -> Row {
    row(check, "2s", vec![cell, limping(1000), unwatched()], alarms(count, out))
}

#[test]
fn a_check_that_never_notices_is_out_however_quiet_it_is() {
    assert_eq!(recommended(vec![freeze("tcp", never(100), 0, 0), freeze("content", noticed(9000), 5, 3000)]), Some(1));
    // What none notices tells them not apart.
    assert_eq!(recommended(vec![freeze("tcp", never(900), 1, 0), freeze("static", never(19_000), 0, 0)]), Some(1));
}

#[test]
fn of_those_that_notice_as_much_the_quietest_then_the_least_blind() {
    let noisy = |blind, count, out| freeze("content", noticed(blind), count, out);
    assert_eq!(recommended(vec![noisy(3000, 1, 0), noisy(13_000, 0, 0)]), Some(1));
    assert_eq!(recommended(vec![noisy(3000, 1, 900), noisy(13_000, 1, 0)]), Some(1), "less time without any node");
    assert_eq!(recommended(vec![noisy(13_000, 0, 0), noisy(3000, 0, 0)]), Some(1));
    assert_eq!(recommended(vec![noisy(3900, 0, 0), noisy(3100, 0, 0)]), Some(0), "less than a second is a draw");
    let flapping = Cell { flaps: 2, ..noticed(3900) };
    assert_eq!(recommended(vec![freeze("content", flapping, 0, 0), noisy(3100, 0, 0)]), Some(1));
}

#[test]
fn luck_with_a_node_that_limps_is_no_merit() {
    let one = |check: &str, oom: Cell| row(check, "2s", vec![noticed(9000), oom, unwatched()], alarms(0, 0));
    // Both are judged by how long users failed unnoticed; only the second happened to fail three checks in a row.
    let lucky = Cell { steady: false, ..noticed(4000) };
    assert_eq!(recommended(vec![one("content", limping(1000)), one("static", lucky)]), Some(0));
}

#[test]
fn what_is_not_known_is_not_judged() {
    let comparison = five();
    assert_eq!(comparison.recommended, Some(1));
    let why = |place: usize| match &comparison.standings[place] {
        Standing::NotJudged { why } => why.as_str(),
        Standing::Judged(_) => "",
    };
    assert_eq!(why(3), "freeze web.any: detection not measured (the window is void)");
    assert_eq!(why(4), "the cluster did not come up: no answer");
    let mut unheard = alarms(0, 0);
    unheard.at_least = Some("the balancer could not be read: refused".into());
    let cells = || vec![noticed(9000), limping(1000), unwatched()];
    assert_eq!(recommended(vec![row("tcp", "2s", cells(), unheard.clone())]), None);
    unheard.false_alarms = alarms(1, 0).false_alarms;
    assert_eq!(
        recommended(vec![row("tcp", "2s", cells(), unheard)]),
        Some(0),
        "at least one is one too many, and known"
    );
}

#[test]
fn only_lines_of_one_scenario_are_compared_and_only_where_they_differ() {
    let plan = |check: &str| crate::measure::synthetic::Story::freeze("").plan_with("check", check);
    let (tcp, content) = (plan("tcp"), plan("content"));
    assert_eq!(varied(&[&tcp, &content]), ["check"]);
    assert!(varied(&[&tcp, &tcp]).is_empty() && varied(&[]).is_empty());
    let other = Plan { scenario: "another".into(), ..content };
    assert!(varied(&[&tcp, &other]).is_empty());
}
