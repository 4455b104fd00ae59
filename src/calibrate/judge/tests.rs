//! Histories on paper, doctored: the judge must convict what is off.

use super::super::schedule::{Outage, schedule};
use super::super::stage;
use super::*;
use crate::history::{ErrorClass, History, Mark, Outcome, Probe};
use crate::measure::measure;

const ZERO: Stamp = Stamp(1_000_000_000_000);
const INTERVAL: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_secs(2);
const PAGE: Duration = Duration::from_millis(2);

/// A calibration on paper: outages with their truth, and the history that a prober makes of them.
struct Paper {
    outages: Vec<Outage>,
    truths: Vec<Truth>,
    history: History,
}

impl Paper {
    /// `tell` is what the prober writes down as the intended time of a probe that reached the proxy then.
    fn new(tell: impl Fn(Stamp) -> Stamp) -> Self {
        let outages = schedule(24, Duration::from_secs(5), 7);
        let mut history = Vec::new();
        let mut add = |at: Stamp, fact| history.push(Observation { at, fact });
        add(ZERO, Fact::LoadStarted { zero: ZERO });
        let nanos = |span: Duration| u64::try_from(span.as_nanos()).unwrap();
        add(ZERO, Fact::ProbeRate { kind: ProbeKind::Entry, interval_ns: nanos(INTERVAL), limit_ns: nanos(LIMIT) });
        let windows = stage::plan(&outages, 0, Duration::ZERO, 7).windows;
        let mut truths = Vec::new();
        for ((window, planned), outage) in windows.iter().enumerate().zip(&outages) {
            let (from, heal) = (ZERO + planned.start, ZERO + planned.end);
            let detail = "on paper".to_owned();
            for (at, mark) in [
                (from, Mark::InjectIssued),
                (from, Mark::EffectSeen { detail, not_before: Some(from) }),
                (heal, Mark::HealIssued),
                (heal, Mark::HealConfirmed),
            ] {
                add(at, Fact::Window { window, mark });
            }
            truths.push(Truth { kind: outage.kind, from, to: from + outage.length });
        }
        let end = ZERO + windows.last().unwrap().end + Duration::from_secs(1);
        let mut reached = ZERO;
        while reached < end {
            let away = truths.iter().any(|truth| (truth.from..truth.to).contains(&reached));
            let outcome = if away { Outcome::Failed(ErrorClass::Reset) } else { Outcome::Success };
            let (kind, intended, sent) = (ProbeKind::Entry, tell(reached), reached);
            let probe =
                Probe { kind, path: None, intended, sent, first_byte: None, end: sent + PAGE, outcome, node: None };
            add(sent + PAGE, Fact::Probe(probe));
            reached = reached + INTERVAL;
        }
        add(end, Fact::LoadEnded { complete: true, why: None });
        Self { outages, truths, history }
    }

    fn judged(&self) -> Calibration {
        self.judged_with(&self.figures(), Vec::new())
    }

    fn figures(&self) -> Figures {
        measure(
            &stage::plan(&self.outages, 0, Duration::ZERO, 7),
            &stage::topology(),
            self.history.iter().cloned().collect(),
        )
    }

    fn judged_with(&self, figures: &Figures, stalls: Vec<Recovered>) -> Calibration {
        judge(&Run { order: (0, 7), zero: ZERO, history: &self.history, figures, truths: &self.truths }, stalls)
    }
}

fn honest() -> Paper {
    Paper::new(|reached| reached)
}

#[test]
fn an_exact_prober_is_off_by_less_than_one_interval_and_never_early() {
    let found = honest().judged();
    assert!(found.met, "{found:#?}");
    assert_eq!((found.resolution_ms, found.limit_ms, found.goal_ms), (50.0, 2000.0, 70.0));
    let errors: Vec<_> = found.outages.iter().map(|outage| outage.error_ms.unwrap()).collect();
    assert!(errors.iter().all(|error| (-0.001..50.0).contains(error)), "{errors:?}");
    assert_eq!(found.kinds.len(), KINDS.len() + 1);
    assert!(found.kinds[..KINDS.len()].iter().all(|row| (row.outages, row.within) == (4, 4)), "{found:#?}");
}

#[test]
fn a_proxy_whose_truth_is_off_by_300_ms_is_convicted() {
    for off in [Duration::from_millis(300), Duration::from_millis(150)] {
        let (mut longer, mut shorter) = (honest(), honest());
        longer.truths.iter_mut().for_each(|truth| truth.to = truth.to + off);
        shorter.truths.iter_mut().for_each(|truth| truth.to = truth.to.before(off));
        for found in [longer.judged(), shorter.judged()] {
            assert!(!found.met && found.outages.iter().all(|outage| !outage.within), "{found:#?}");
        }
    }
}

#[test]
fn a_prober_that_stamps_late_or_early_is_convicted() {
    let late = Paper::new(|reached| reached + Duration::from_millis(300)).judged();
    assert!(!late.met && late.outages.iter().all(|outage| outage.error_ms.unwrap() > 200.0), "{late:#?}");
    let early = Paper::new(|reached| reached.before(Duration::from_millis(150))).judged();
    assert!(!early.met && early.outages.iter().all(|outage| !outage.within), "{early:#?}");
}

#[test]
fn an_outage_that_was_not_seen_is_beyond_the_goal() {
    let mut paper = honest();
    let unseen = paper.truths[3];
    for observation in &mut paper.history {
        if let Fact::Probe(probe) = &mut observation.fact
            && (unseen.from..unseen.to).contains(&probe.sent)
        {
            probe.outcome = Outcome::Success;
        }
    }
    let found = paper.judged();
    assert!(!found.met, "{found:#?}");
    assert_eq!((found.outages[3].length_ms_measured, found.outages[3].within), (None, false));
    assert_eq!(found.outages.iter().filter(|outage| !outage.within).count(), 1);
}

#[test]
fn one_of_a_hundred_may_be_beyond_the_goal_and_one_of_ninety_nine_may_not() {
    let mut paper = honest();
    let (truth, whole) = (paper.truths[0], paper.figures());
    let mut met = |copies: usize| {
        // The first outage over and over, and the last was not measured.
        paper.truths = vec![truth; copies];
        let mut figures = whole.clone();
        figures.windows = vec![whole.windows[0].clone(); copies];
        figures.windows[copies - 1].failover = Failover::NotMeasured;
        paper.judged_with(&figures, Vec::new()).met
    };
    assert_eq!([met(100), met(99), met(200)], [true, false, true]);
}

#[test]
fn a_stall_beyond_its_goal_misses_the_goal() {
    let paper = honest();
    let stall = Recovered {
        stall_ms: 2000.0,
        requests: 500,
        latency_ms_p99_true: 1890.0,
        latency_ms_p99: 1.0,
        latency_raw_ms_p99: 1.0,
        error_ms: -1889.0,
        within: false,
    };
    assert!(!paper.judged_with(&paper.figures(), vec![stall]).met);
}

#[test]
fn a_probe_that_was_sent_late_is_told_with_its_outage() {
    let mut paper = honest();
    let truth = paper.truths[2];
    let late = Duration::from_millis(120);
    for observation in &mut paper.history {
        // As on a machine without a free processor: due before the end, there after it.
        if let Fact::Probe(probe) = &mut observation.fact
            && (truth.to.before(late)..truth.to).contains(&probe.intended)
        {
            probe.sent = probe.intended + late;
            probe.outcome = Outcome::Success;
        }
    }
    let outage = paper.judged().outages.swap_remove(2);
    assert!(!outage.within && outage.error_ms.unwrap() < -70.0, "{outage:?}");
    assert_eq!(outage.late_ms, Some(120.0));
}
