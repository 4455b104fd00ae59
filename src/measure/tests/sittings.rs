//! The same window in several sittings: median, range, and what is left out.

use std::time::Duration;

use crate::history::{Fact, Mark};
use crate::measure::synthetic::{Ask, Story};
use crate::measure::{Detection, Failover, Spread};

/// Two freezes of web1 that are the two sittings of one; the second is noticed later.
fn story() -> Story {
    let window = |at: u64, lasts: u64| {
        format!("[[window]]\nfault = \"freeze\"\ntarget = \"web1\"\nat = \"{at}s\"\nfor = \"{lasts}s\"\n")
    };
    let mut story = Story::of(40, &(window(30, 10) + &window(46, 16)));
    story.plan.repeat = 2;
    let frozen =
        |ask: &Ask| ask.node == "web1" && ((30_100..34_000).contains(&ask.ms) || (46_100..52_000).contains(&ask.ms));
    story
        .play(move |ask| if frozen(ask) { ask.hang() } else { ask.fine() })
        .balancer(34_000, "web1", false)
        .balancer(41_000, "web1", true)
        .balancer(52_000, "web1", false)
}

fn spread(story: &Story) -> Spread {
    let mut spreads = story.figures().spreads;
    assert_eq!(spreads.len(), 1, "{spreads:?}");
    spreads.remove(0)
}

#[test]
fn a_window_of_two_sittings_has_a_median_and_a_range() {
    let spread = spread(&story());
    assert_eq!((spread.title.as_str(), spread.windows.as_slice()), ("freeze web1", [0, 1].as_slice()));
    let time = |detection: &Detection| match detection {
        Detection::After { time, .. } => time.as_millis(),
        other => panic!("{other:?}"),
    };
    let range = spread.detection.as_ref().unwrap();
    assert_eq!((range.of, time(&range.least), time(&range.most)), (2, 3_800, 5_800));
    assert_eq!(range.median, range.least, "the nearest rank of two is the first");
    let failover = spread.failover.as_ref().unwrap();
    assert!(matches!(failover.least, Failover::After { time, .. } if time < Duration::from_secs(5)), "{failover:?}");
    let figures = story().figures();
    let acknowledged: u64 = figures.windows.iter().map(|window| window.answers.acknowledged).sum();
    assert!(acknowledged > 0 && spread.answers.acknowledged == acknowledged, "{spread:?}");
}

#[test]
fn a_void_window_is_left_out() {
    let story = story().bend(|fact| {
        if let Fact::Window { window: 1, mark } = fact
            && matches!(mark, Mark::EffectSeen { .. })
        {
            *mark = Mark::Void { why: "evidence never seen".to_owned() };
        }
    });
    let spread = spread(&story);
    assert_eq!((spread.windows.len(), spread.detection.unwrap().of), (2, 1));
}

#[test]
fn one_sitting_has_no_spread() {
    assert!(Story::freeze("").play(Ask::fine).figures().spreads.is_empty());
}
