//! Samples made up, and the recorded histories held against each other.

use std::path::Path;
use std::time::Duration;

use super::difference::{By, Difference, Outcome, Side};
use super::sample::{Sample, Timed};
use super::*;
use crate::check::{Judgement, judge as verdict_of};
use crate::measure::{Count, Facts, measure};
use crate::settings::{Kind, Spec, Values};
use crate::store::Folder;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn of(figure: Figure, base: Vec<Sample>, new: Vec<Sample>) -> Difference {
    let side = |samples: Vec<Sample>| Side::new(samples.into_iter().map(Ok).collect::<Vec<_>>().iter());
    Difference::new(figure, side(base), side(new), None)
}

fn judged(mut difference: Difference, threshold: f64) -> Outcome {
    difference.judge(threshold);
    difference.outcome
}

/// Failover times in milliseconds, true to 100 ms, one draw of which may differ by `draw`; 0 did not end.
fn times(base: &[u64], new: &[u64], draw: u64) -> Outcome {
    let timed = |ms: &u64| {
        let time = if *ms == 0 { Timed::endless(MS(20_000), MS(100)) } else { Timed::new(MS(*ms), MS(100), MS(draw)) };
        Sample::Time(time)
    };
    let samples = |side: &[u64]| side.iter().map(timed).collect();
    judged(of(Figure::Failover, samples(base), samples(new)), 0.1)
}

fn share(failed: u64, total: u64) -> Sample {
    Sample::Share(Count { total, failed })
}

#[test]
fn one_time_a_side_is_told_only_beyond_all_that_may_blur_it() {
    assert_eq!(times(&[1000], &[1050], 0), Outcome::Unchanged, "not more than it is true to");
    assert_eq!(times(&[10_000], &[10_500], 0), Outcome::TooNoisy, "less than the threshold");
    assert_eq!(times(&[10_000], &[12_000], 0), Outcome::Worse);
    assert_eq!(times(&[12_000], &[10_000], 0), Outcome::Better);
    assert_eq!(times(&[10_000], &[12_000], 3000), Outcome::TooNoisy, "another draw of the same may be as long");
    assert_eq!(times(&[10_000], &[14_000], 3000), Outcome::Worse);
}

#[test]
fn an_outage_that_does_not_end_is_longer_than_any() {
    assert_eq!(times(&[19_999], &[0], 5000), Outcome::Worse);
    assert_eq!(times(&[0], &[19_999], 5000), Outcome::Better);
    assert_eq!(times(&[0], &[0], 0), Outcome::Unchanged);
    assert_eq!(times(&[0, 10_000], &[0, 10_000], 0), Outcome::TooNoisy);
}

#[test]
fn few_times_are_told_where_they_do_not_overlap() {
    assert_eq!(times(&[10_000, 10_500, 11_000], &[12_000, 12_500, 13_000], 0), Outcome::Worse);
    assert_eq!(times(&[10_000, 10_500, 12_500], &[12_000, 12_500, 13_000], 0), Outcome::TooNoisy);
    assert_eq!(times(&[10_000, 10_050], &[10_100, 10_300], 0), Outcome::Unchanged, "all within the threshold");
    assert_eq!(times(&[10_000, 10_050], &[10_100, 11_300], 0), Outcome::TooNoisy);
}

#[test]
fn many_times_that_overlap_are_told_by_ranks() {
    let base = [10_000, 10_200, 10_400, 10_600, 10_800, 11_000, 11_200, 12_400];
    let new = base.map(|ms| ms + 1500);
    assert_eq!(times(&base, &new, 5000), Outcome::Worse, "they overlap, and one draw would say nothing");
    assert_eq!(times(&new, &base, 5000), Outcome::Better);
    let (odd, even) = ([1000, 3000, 5000, 7000, 9000], [2000, 4000, 6000, 8000, 10_000]);
    assert_eq!(times(&odd, &even, 0), Outcome::TooNoisy);
    // Less than is to be told, but it may be more.
    assert_eq!(times(&base, &base.map(|ms| ms + 800), 5000), Outcome::TooNoisy);
    let tight = [10_000, 10_010, 10_020, 10_030, 10_040, 10_050];
    assert_eq!(times(&tight, &tight.map(|ms| ms + 300), 0), Outcome::Unchanged);
}

#[test]
fn shares_are_told_by_their_counts() {
    let rate = |base, new| judged(of(Figure::ErrorRate, vec![base], vec![new]), 0.1);
    assert_eq!(rate(share(10, 62), share(11, 60)), Outcome::TooNoisy);
    assert_eq!(rate(share(5, 200), share(60, 200)), Outcome::Worse);
    assert_eq!(rate(share(60, 200), share(5, 200)), Outcome::Better);
    assert_eq!(rate(share(0, 200), share(0, 180)), Outcome::Unchanged);
    assert_eq!(rate(share(1000, 100_000), share(1010, 100_000)), Outcome::Unchanged, "within a point for certain");
    let mut much = of(Figure::ErrorRate, vec![share(1000, 10_000)], vec![share(2000, 10_000)]);
    much.judge(2.0);
    assert_eq!((much.outcome.clone(), much.test.unwrap().by), (Outcome::Unchanged, By::Fisher), "less than asked for");
}

/// Requests that meet one outage fail together: with enough runs it is runs that are counted.
#[test]
fn shares_of_many_runs_are_told_by_the_runs() {
    let runs = |failed: [u64; 4]| failed.map(|failed| share(failed, 100)).to_vec();
    let mut spread = of(Figure::ErrorRate, runs([0, 0, 0, 60]), runs([0, 20, 40, 60]));
    spread.judge(0.1);
    assert_eq!((spread.outcome.clone(), spread.test.unwrap().by), (Outcome::TooNoisy, By::Ranks));
    assert_eq!(judged(of(Figure::ErrorRate, runs([1, 2, 3, 4]), runs([21, 22, 23, 24])), 0.1), Outcome::Worse);
}

#[test]
fn a_lost_answer_where_none_was_lost_is_worse_whatever_chance_says() {
    let lost = |base, new, threshold| judged(of(Figure::LostAnswers, base, new), threshold);
    assert_eq!(lost(vec![share(0, 500)], vec![share(1, 500)], 0.1), Outcome::Worse);
    assert_eq!(lost(vec![share(0, 500); 9], vec![share(1, 5)], 10.0), Outcome::Worse);
    assert_eq!(lost(vec![share(0, 500)], vec![share(0, 90)], 0.1), Outcome::Unchanged);
    assert_eq!(lost(vec![share(1, 500)], vec![share(2, 500)], 0.1), Outcome::TooNoisy);
    assert_eq!(lost(vec![share(40, 500)], vec![share(0, 500)], 0.1), Outcome::Better);
}

#[test]
fn false_alarms_are_told_by_how_many_there_were() {
    let alarms = |base, new| {
        let events = |count| vec![Sample::Events { count, sittings: 1 }];
        judged(of(Figure::FalseAlarms, events(base), events(new)), 0.1)
    };
    assert_eq!([alarms(0, 0), alarms(2, 2)], [Outcome::Unchanged, Outcome::Unchanged]);
    assert_eq!(alarms(0, 1), Outcome::TooNoisy, "a single one may be chance");
    assert_eq!([alarms(0, 7), alarms(7, 0)], [Outcome::Worse, Outcome::Better]);
    // Twelve in six sittings are as many as two in one.
    let events = |count, sittings| vec![Sample::Events { count, sittings }];
    assert_eq!(judged(of(Figure::FalseAlarms, events(12, 6), events(2, 1)), 0.1), Outcome::Unchanged);
    let typical = Side::new([Ok(events(12, 6)[0]), Ok(events(2, 1)[0])].iter()).typical;
    assert_eq!(typical, Some(events(14, 7)[0]));
}

/// Of twenty figures that do not change, one has a p below 5 % in most comparisons.
#[test]
fn many_figures_at_once_are_held_to_more() {
    let odd = || of(Figure::ErrorRate, vec![share(2, 100)], vec![share(10, 100)]);
    assert!(odd().test.unwrap().p < LEVEL);
    let sections = |quiet| {
        let quiet =
            std::iter::repeat_with(|| of(Figure::StudentsHit, vec![share(5, 10)], vec![share(5, 10)])).take(quiet);
        vec![Section { place: Place::Run, differences: std::iter::once(odd()).chain(quiet).collect() }]
    };
    let outcome = |quiet| {
        let mut sections = sections(quiet);
        judge(&mut sections, 0.1);
        sections.remove(0).differences.remove(0).outcome
    };
    assert_eq!([outcome(0), outcome(20)], [Outcome::Worse, Outcome::TooNoisy]);
}

/// A recorded history as a run.
fn golden(name: &str) -> Run {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let (plan, preface, history) = Folder::find(Path::new("none"), path.to_str().unwrap()).unwrap().read().unwrap();
    let figures = measure(&plan, &preface.topology, history.collect::<Result<Facts, _>>().unwrap());
    let judgement = verdict_of(&plan, &figures).judgement;
    Run::new(name.to_owned(), (preface.started, preface.tool), preface.setup, (&plan, &figures, judgement))
}

fn compared(base: &Run, new: &Run) -> Result<Regression, String> {
    let sides = [base, new].map(std::slice::from_ref);
    Regression::new(sides[0], sides[1], THRESHOLD).map_err(|why| why.to_string())
}

fn outcome(regression: &Regression, place: &str, figure: Figure) -> Outcome {
    let here = |found: &Place| matches!(found, Place::Window { title, .. } if title == place);
    let here = |found: &Place| here(found) || (place == "run" && *found == Place::Run);
    let mut all = regression.differences().filter(|(found, one)| here(found) && one.figure == figure);
    all.next().map(|(_, one)| one.outcome.clone()).unwrap()
}

#[test]
fn a_run_is_as_its_repetition() {
    let clean = golden("clean");
    let same =
        compared(&clean, &Run { origin: Origin { name: "again".into(), ..clean.origin.clone() }, ..clean.clone() });
    let same = same.unwrap();
    assert!(!same.is_worse() && !same.is_blind() && same.count(&Outcome::Better) == 0, "{same:#?}");
    assert!(same.differences().count() > 15 && same.changed.is_empty());
}

#[test]
fn a_detector_that_went_blind_is_worse_and_one_that_came_back_better() {
    let (clean, degraded) = (golden("clean"), golden("degraded"));
    let worse = compared(&clean, &degraded).unwrap();
    for figure in [Figure::Failover, Figure::Detection, Figure::Blind] {
        assert_eq!(outcome(&worse, "freeze web1", figure), Outcome::Worse, "{figure:?}");
        assert_eq!(
            outcome(&compared(&degraded, &clean).unwrap(), "freeze web1", figure),
            Outcome::Better,
            "{figure:?}"
        );
    }
    assert!(worse.is_worse());
}

#[test]
fn what_is_another_thing_is_not_compared_and_why_is_said() {
    let clean = golden("clean");
    let with = |change: fn(&mut Run)| {
        let mut run = golden("clean");
        change(&mut run);
        compared(&clean, &run)
    };
    let why = compared(&clean, &golden("lost-answer")).unwrap_err();
    assert_eq!(why, "no window of `paper` and `paper` is the same fault of the same length");
    let why = with(|run| run.conditions.class.students = 20).unwrap_err();
    assert_eq!(why, "the class is another: 10 students and 20");
    assert_eq!(
        with(|run| run.conditions.app = "webwork".into()).unwrap_err(),
        "the app is another: standin and webwork"
    );
    assert_eq!(with(|run| run.conditions.rush = Some((60, MS(20)))).unwrap_err(), "the rush is another");
    // A window more: those that both have are compared, the whole run is not.
    let more = with(|run| {
        let more = run.conditions.windows[0].clone();
        let place = Place::Window { title: "kill web1".into(), number: 1 };
        run.conditions.windows.push(run::Injected { place, ..more });
    });
    let more = more.unwrap();
    assert_eq!(outcome(&more, "freeze web1", Figure::Failover), Outcome::Unchanged);
    let why = "the windows of the run are others".to_owned();
    assert_eq!(outcome(&more, "run", Figure::ErrorRate), Outcome::NotComparable { why });
    let limit = with(|run| run.probes.iter_mut().for_each(|probe| probe.limit = MS(9000))).unwrap();
    let why = "probes have another limit".to_owned();
    assert_eq!(outcome(&limit, "freeze web1", Figure::Failover), Outcome::NotComparable { why });
    assert_eq!(outcome(&limit, "freeze web1", Figure::Detection), Outcome::Unchanged);
}

#[test]
fn what_may_be_the_cause_is_said_and_compared() {
    let (clean, mut other) = (golden("clean"), golden("clean"));
    other.conditions.settings = Values::defaults(&[Spec::new("check", Kind::choice(&["tcp"]), "tcp", "what is asked")]);
    other.conditions.topology = "three-node".into();
    other.setup.cores = 64;
    let found = compared(&clean, &other).unwrap();
    let changed: Vec<_> = found.changed.iter().map(|one| (one.what.as_str(), &*one.base[0], &*one.new[0])).collect();
    let expected = [
        ("topology", "golden", "three-node"),
        ("setting check", "content", "tcp"),
        ("number of processors", "2", "64"),
    ];
    assert_eq!(changed, expected);
    assert_eq!(outcome(&found, "freeze web1", Figure::Detection), Outcome::Unchanged);
    // Within one side they are no repetitions of each other.
    let why = Regression::new(&[clean.clone(), other], &[clean], THRESHOLD).unwrap_err().to_string();
    assert_eq!(why, "clean is no repetition of clean: the topology is another");
}

#[test]
fn what_the_new_run_did_not_measure_is_no_success() {
    let (clean, interrupted) = (golden("clean"), golden("interrupted"));
    let found = compared(&clean, &interrupted).unwrap();
    assert!(found.is_blind() && !found.is_worse());
    let why = "new: the window was cut short".to_owned();
    assert_eq!(outcome(&found, "freeze web1", Figure::Failover), Outcome::NotComparable { why });
    let why = "new: the run was ended early".to_owned();
    assert_eq!(outcome(&found, "run", Figure::ErrorRate), Outcome::NotComparable { why });
    // The other way round nothing is lost sight of.
    let back = compared(&interrupted, &clean).unwrap();
    let lost: Vec<_> = back.differences().filter(|(_, one)| one.is_lost_sight_of()).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn a_trend_marks_what_was_planned_otherwise() {
    let (mut first, second) = (golden("degraded"), golden("clean"));
    first.conditions.class.students = 20;
    first.origin.seed = 8;
    let skipped = Skipped { run: "paper/3".into(), why: "nothing of the run was recorded".into() };
    let trend = Trend::new(&[first, second], vec![skipped]).unwrap();
    assert_eq!(trend.runs[0].differs, ["the class is another: 10 students and 20"]);
    assert!(trend.runs[1].differs.is_empty());
    let sizes = |figure| {
        let course = trend.courses.iter().find(|course| course.figure == figure && course.place != Place::Baseline);
        course.unwrap().samples.iter().map(|sample| sample.unwrap().size()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(Figure::Detection), [f64::INFINITY, 4800.0]);
    assert_eq!(trend.worst(1, Figure::Detection).unwrap().size(), 4800.0);
    assert_eq!(trend.runs[1].origin.judgement, Judgement::Pass);
    assert_eq!(Trend::new(&[], Vec::new()), None);
}

#[test]
fn one_run_a_side_tells_only_of_times_whose_spread_is_known() {
    let of = |figure, base: &[u64], new: &[u64]| {
        let timed = |seconds: &u64| Sample::Time(Timed::new(MS(seconds * 1000), MS(100), MS(1000)));
        let samples = |side: &[u64]| side.iter().map(timed).collect();
        judged(of(figure, samples(base), samples(new)), 0.1)
    };
    assert_eq!(of(Figure::Failover, &[10], &[20]), Outcome::Worse);
    assert_eq!(of(Figure::PageP99, &[10], &[20]), Outcome::TooNoisy);
    assert_eq!(of(Figure::PageP99, &[10, 11], &[20, 21]), Outcome::Worse);
    assert_eq!(of(Figure::Recovery, &[20, 21], &[10, 11]), Outcome::Better);
}
