//! Searches on paper: without noise, with noise, with a generator that cannot keep up.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::capacity::trial::Margin::{self, Clear, Close};

const BOUNDS: Bounds = Bounds { least: 10, most: 500, first_guess: 150, repeats: 3, step: 5 };

fn answer(holds: bool, margin: Margin) -> Outcome {
    if holds { Outcome::Holds { margin } } else { Outcome::Fails { margin, reasons: Vec::new() } }
}

/// Every trial of a search until it ends.
fn searched(bounds: Bounds, mut oracle: impl FnMut(u32) -> Outcome) -> (Vec<u32>, Next) {
    let (mut search, mut tried) = (Search::new(bounds), Vec::new());
    loop {
        match search.next() {
            Next::Try(students) => {
                assert!(students >= bounds.least && students <= bounds.most, "{students}");
                tried.push(students);
                search.take(students, &oracle(students));
            }
            end => return (tried, end),
        }
    }
}

fn found(bounds: Bounds, oracle: impl FnMut(u32) -> Outcome) -> Found {
    match searched(bounds, oracle).1 {
        Next::Found(found) => found,
        other => panic!("{other:?}"),
    }
}

/// A class whose limit is `limit` in the mean: a run of n students fares like one of n × (1 + noise) without noise, the noise
/// logistic, so that the probability of holding is logistic in the logarithm of n. Clear is what looks further than 3 % from
/// the limit, which with such noise is often wrong.
fn noisy(limit: f64, scale: f64, seed: u64) -> impl FnMut(u32) -> Outcome {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    move |students| {
        let draw: f64 = random.random_range(1e-9..1.0);
        let seen = f64::from(students) / limit * (scale * (draw / (1.0 - draw)).ln()).exp();
        answer(seen <= 1.0, if (seen - 1.0).abs() > 0.03 { Clear } else { Close })
    }
}

#[test]
fn a_good_guess_takes_two_sizes() {
    let (tried, end) = searched(BOUNDS, |students| answer(students <= 150, Clear));
    assert_eq!(tried, [140, 155, 140, 155, 140, 155]);
    let Next::Found(found) = end else { panic!("{end:?}") };
    assert_eq!((found.holds, found.fails, found.runs_of_holds, found.runs_of_fails), (Some(140), Some(155), 3, 3));
    assert!(!found.at_most_asked && found.contradictions == 0);
}

#[test]
fn a_search_brackets_bisects_and_confirms() {
    let (tried, end) = searched(BOUNDS, |students| answer(students <= 187, Clear));
    assert_eq!(tried, [140, 155, 200, 180, 180, 200, 180, 200]);
    let Next::Found(found) = end else { panic!("{end:?}") };
    assert_eq!((found.holds, found.fails, found.runs_of_holds, found.runs_of_fails), (Some(180), Some(200), 3, 3));
    assert!(!found.at_most_asked && found.contradictions == 0);
}

#[test]
fn what_the_trials_let_one_expect_is_tried_next_where_it_lies_further_out() {
    let after = |holds: bool, expected: u32| {
        let mut search = Search::new(BOUNDS);
        search.take(150, &answer(holds, Clear));
        search.expect(expected);
        search
    };
    assert_eq!(after(true, 300).next(), Next::Try(320), "half a bracket beyond");
    assert_eq!(after(true, 900).next(), Next::Try(500), "no larger class was asked for");
    for near in [20, 145, 155, 165] {
        assert_eq!(after(true, near).next(), Next::Try(165), "{near} tells nothing new");
    }
    for near in [140, 150, 300] {
        assert_eq!(after(false, near).next(), Next::Try(135), "{near} tells nothing new");
    }
    assert_eq!(after(false, 60).next(), Next::Try(55));
    let mut search = after(true, 300);
    search.take(320, &answer(false, Clear));
    assert_eq!(search.next(), Next::Try(235), "between both ends nothing is expected");
    let mut held = after(true, 300);
    held.take(320, &answer(true, Clear));
    assert_eq!(held.next(), Next::Try(415));
}

#[test]
fn a_close_answer_is_repeated_before_the_search_goes_on() {
    let (tried, _) = searched(BOUNDS, |students| answer(students <= 187, if students == 180 { Close } else { Clear }));
    assert_eq!(tried[..5], [140, 155, 200, 180, 180]);
}

#[test]
fn nothing_holds_and_everything_holds() {
    let (tried, end) = searched(BOUNDS, |_| answer(false, Clear));
    assert_eq!(tried, [140, 125, 95, 50, 25, 15, 10, 10, 10]);
    let none = Found { fails: Some(10), runs_of_fails: 3, ..Found::default() };
    assert_eq!(end, Next::Found(none));
    let (tried, end) = searched(BOUNDS, |_| answer(true, Clear));
    assert_eq!(tried, [140, 155, 200, 400, 500, 500, 500]);
    assert_eq!(end, Next::Found(Found { holds: Some(500), runs_of_holds: 3, at_most_asked: true, ..Found::default() }));
}

#[test]
fn a_void_trial_is_repeated_twice_and_then_the_search_is_stuck() {
    let void = || Outcome::Void { why: vec!["late".into()] };
    let (tried, end) = searched(BOUNDS, |students| if students > 190 { void() } else { answer(true, Clear) });
    assert_eq!(tried, [140, 155, 200, 200, 200]);
    let stuck = Stuck { at: 200, holds: Some(155), fails: None };
    assert_eq!(end, Next::Stuck(stuck));
    let mut first = true;
    let once = found(BOUNDS, |students| match std::mem::take(&mut first) {
        true => void(),
        false => answer(students <= 187, Clear),
    });
    assert_eq!((once.holds, once.fails), (Some(180), Some(200)));
}

#[test]
fn a_size_that_answers_both_ways_is_no_end_of_the_statement() {
    let mut runs = 0;
    let contradicted = found(BOUNDS, |students| {
        runs += u32::from(students == 180);
        answer(if students == 180 { runs != 2 } else { students <= 187 }, Clear)
    });
    assert_eq!((contradicted.holds, contradicted.fails, contradicted.contradictions), (Some(160), Some(200), 0));
    assert_eq!((contradicted.runs_of_holds, contradicted.runs_of_fails), (1, 3), "160 was clear");
}

#[test]
fn a_smaller_class_that_fails_is_outvoted_by_larger_ones_that_hold() {
    let mut runs = 0;
    let strange = found(BOUNDS, |students| {
        runs += u32::from(students == 155);
        answer(if students == 155 { runs == 3 } else { students <= 187 }, Close)
    });
    assert_eq!(runs, 3, "155 failed twice of three");
    assert_eq!((strange.holds, strange.fails, strange.contradictions), (Some(175), Some(190), 2));
}

#[test]
fn a_first_answer_that_is_taken_back_leads_to_the_next_bracket() {
    // The first run fails, as no later one of its size does.
    let mut tried = Vec::new();
    let found = found(Bounds { step: 1, ..BOUNDS }, |students| {
        tried.push(students);
        answer(tried.len() > 1 && students <= 155, Close)
    });
    assert!(tried.iter().all(|size| *size < 185), "{tried:?}");
    assert!(found.holds.unwrap() <= 155 && found.fails.unwrap() > 155, "{found:?}");
}

#[test]
fn where_nothing_lies_outward_the_majority_says() {
    let one = Bounds { least: 60, most: 60, first_guess: 60, ..BOUNDS };
    let mut runs = 0;
    let only = found(one, |_| {
        runs += 1;
        answer(runs != 2, Close)
    });
    assert_eq!((only.holds, only.fails, only.contradictions), (Some(60), None, 1));
    assert!(only.at_most_asked);
    // The smallest held twice of three, and every larger one failed; the largest failed twice of three, and every smaller one held.
    let other = |limit: f64, at: u32, holds: bool| {
        let mut runs = 0;
        found(Bounds { least: 60, most: 90, first_guess: 75, ..BOUNDS }, |students| {
            runs += u32::from(students == at);
            let contradicts = students == at && runs == 2;
            answer(if contradicts { !holds } else { f64::from(students) <= limit }, Close)
        })
    };
    assert_eq!(other(62.0, 60, true).holds, Some(60));
    assert_eq!(other(88.0, 90, false).fails, Some(90));
}

#[test]
fn bounds_that_make_no_sense_are_made_to() {
    for bounds in [
        Bounds { least: 0, most: 0, first_guess: 0, repeats: 0, step: 0 },
        Bounds { least: 50, most: 10, first_guess: 9000, repeats: 1, step: 1000 },
        Bounds { least: 1, most: u32::MAX, first_guess: 1, repeats: 3, step: 1 },
        Bounds { least: 1, most: u32::MAX, first_guess: u32::MAX, repeats: 2, step: u32::MAX },
    ] {
        for limit in [0, 30, u32::MAX] {
            let mut search = Search::new(bounds);
            while let Next::Try(students) = search.next() {
                search.take(students, &answer(students <= limit, Clear));
            }
            assert!(search.taken() <= estimate(bounds).most);
        }
    }
}

#[test]
fn an_estimate_is_what_a_search_takes() {
    let told = estimate(BOUNDS);
    let taken = |limit: u32| searched(BOUNDS, |students| answer(students <= limit, Clear)).0.len();
    assert!((130..=170).any(|limit| taken(limit) == told.likely as usize), "{told:?}");
    assert!((5..=520).all(|limit| taken(limit) <= told.most as usize), "{told:?}");
    assert!(told.likely <= 12 && told.most <= 45, "{told:?}");
}

/// Shares over many searches: of those whose statement holds the true limit, and of triples whose statements have a size in
/// common; and the mean number of trials.
fn shares(scale: f64, searches: u64) -> (f64, f64, f64) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (mut within, mut agree, mut trials) = (0, 0, 0);
    for triple in 0..searches {
        let limit: f64 = random.random_range(20.0..400.0);
        let guess = limit * random.random_range(0.7..1.4);
        let bounds = Bounds { first_guess: guess as u32, ..BOUNDS };
        let each: Vec<_> = (0..3)
            .map(|one| {
                let (tried, end) = searched(bounds, noisy(limit, scale, 1 + triple * 3 + one));
                trials += tried.len();
                let Next::Found(found) = end else { panic!("{end:?}") };
                (found.holds.map_or(0.0, f64::from), found.fails.map_or(f64::INFINITY, f64::from))
            })
            .collect();
        within += each.iter().filter(|(holds, fails)| *holds <= limit && limit <= *fails).count();
        let (low, high) =
            each.iter().fold((0.0, f64::INFINITY), |(low, high), one| (f64::max(low, one.0), f64::min(high, one.1)));
        agree += u64::from(low <= high);
    }
    let all = (searches * 3) as f64;
    (within as f64 / all, agree as f64 / searches as f64, trials as f64 / all)
}

#[test]
fn three_searches_agree_within_what_they_state() {
    for (scale, least_within, least_agree, most) in
        [(0.01, 0.97, 0.99, 8.5), (0.03, 0.93, 0.98, 9.0), (0.06, 0.87, 0.96, 10.0)]
    {
        let (within, agree, trials) = shares(scale, 400);
        println!("noise {scale}: {within:.3} within, {agree:.3} agree, {trials:.1} trials");
        assert!(within >= least_within && agree >= least_agree, "{scale}: {within} {agree} {trials}");
        assert!(trials < most, "{scale}: {trials}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_answered_a_search_ends_and_its_ends_are_in_order(
        (least, span, guess) in (1_u32..50, 0_u32..600, 0_u32..700),
        (repeats, step) in (1_u32..5, 1_u32..20),
        answers in prop::collection::vec(0_u8..5, 400),
    ) {
        let bounds = Bounds { least, most: least + span, first_guess: guess, repeats, step };
        let mut given = answers.into_iter().cycle();
        let (tried, end) = searched(bounds, |_| match given.next() {
            Some(0) => answer(true, Clear),
            Some(1) => answer(true, Close),
            Some(2) => answer(false, Clear),
            Some(3) => answer(false, Close),
            _ => Outcome::Void { why: Vec::new() },
        });
        prop_assert!(tried.len() <= estimate(bounds).most as usize);
        let (holds, fails) = match end {
            Next::Found(found) => (found.holds, found.fails),
            Next::Stuck(stuck) => (stuck.holds, stuck.fails),
            Next::Try(_) => unreachable!(),
        };
        prop_assert!(holds.zip(fails).is_none_or(|(holds, fails)| holds < fails));
    }
}
