//! A load that changes from second to second on like servers → how long pages wait ([`waits`]). This is for a start rush and for
//! the spike before a deadline, in which no steady state is reached: what counts is what piles up.
//!
//! The number of pages that are there is a Markov chain: one comes with the rate of that second, one goes with the rate of the
//! busy servers (M(t)/M/c). Its forward equations (A. N. Kolmogorov, 1931) are followed in small steps, over the states that are
//! likelier than one in 10¹². A page that finds n others with c servers waits for n − c + 1 of them to go. For what is too
//! large for that, or so crowded that chance does not matter, `fluid`: the mean of the same without chance, G. F. Newell, *Applications of Queueing Theory*, 1971.
//!
//! *Cannot say*: what students do who wait. They ask for their next page only when they have one, so a real queue grows more
//! slowly than this one once waits are as long as the thinking.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::millis;

/// Events that a step may hold in the mean: the smaller, the truer.
const EVENTS_PER_STEP: f64 = 0.2;
/// States that are less likely are left out.
const RARE: f64 = 1e-12;
/// More steps than this are not made: then chance matters little beside the load, and the mean does.
const STEPS_MAX: f64 = 400_000.0;
/// How often in a second it is looked at who waits how long: much more often than that changes.
const LOOKS_PER_SECOND: usize = 5;
/// Where so many pages wait in the mean, chance moves no figure by more than a few percent.
const CROWDED_PAGES: f64 = 1000.0;
/// Longest time line that is looked at, in seconds.
const SECONDS_MAX: usize = 6 * 3600;

/// How long pages wait for a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waits {
    /// 95th percentile over all pages.
    #[serde(rename = "wait_ms_p95", with = "millis")]
    #[schemars(with = "u64")]
    pub p95: Duration,
    /// What a page waits in the mean that comes in the worst second.
    #[serde(rename = "wait_ms_worst", with = "millis")]
    #[schemars(with = "u64")]
    pub worst: Duration,
    /// When that second is, from the first arrival.
    #[serde(rename = "worst_at_ms", with = "millis")]
    #[schemars(with = "u64")]
    pub worst_at: Duration,
}

/// How many pages waited how long.
struct Tally {
    servers: usize,
    rate: f64,
    /// Pages that found so many others there.
    found: Vec<f64>,
    worst: (f64, usize),
}

impl Tally {
    /// `pages` found `others` there.
    fn take(&mut self, others: usize, pages: f64) {
        if self.found.len() <= others {
            self.found.resize(others + 1, 0.0);
        }
        self.found[others] += pages;
    }

    fn wait(&self, others: usize) -> f64 {
        (others + 1).saturating_sub(self.servers) as f64 / self.rate
    }

    fn second(&mut self, second: usize, mean: f64) {
        if mean > self.worst.0 {
            self.worst = (mean, second);
        }
    }

    fn waits(&self) -> Waits {
        let all: f64 = self.found.iter().sum();
        let mut below = 0.0;
        let p95 = self.found.iter().position(|pages| {
            below += pages;
            below >= 0.95 * all
        });
        let length = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Waits {
            p95: length(p95.map_or(0.0, |others| self.wait(others))),
            worst: length(self.worst.0),
            worst_at: Duration::from_secs(self.worst.1 as u64),
        }
    }
}

/// How long pages wait of which `demand` come in each second, in the mean, on `servers` that together answer `rate` a second.
/// None where a number is not one of pages or servers.
pub fn waits(demand: &[f64], servers: u32, rate: f64) -> Option<Waits> {
    let mean = least(demand, servers, rate)?;
    let (demand, tally) = sound(demand, servers, rate)?;
    let steps: f64 = demand.iter().map(|pages| ((pages + rate) / EVENTS_PER_STEP).ceil()).sum();
    let crowded = mean.worst.as_secs_f64() * rate > CROWDED_PAGES;
    Some(if crowded || steps > STEPS_MAX { mean } else { chain(demand, tally) })
}

/// What pages wait at least, on the whole: the same without chance, in a moment. None as in [`waits`].
pub fn least(demand: &[f64], servers: u32, rate: f64) -> Option<Waits> {
    sound(demand, servers, rate).map(|(demand, tally)| fluid(demand, tally))
}

/// What can be looked at; none where a number is not one of pages or servers.
fn sound(demand: &[f64], servers: u32, rate: f64) -> Option<(&[f64], Tally)> {
    let demand = demand.get(..SECONDS_MAX.min(demand.len()))?;
    let sound = |number: &f64| number.is_finite() && (0.0..1e6).contains(number);
    let all = servers > 0 && rate > 0.0 && sound(&rate) && demand.iter().all(sound);
    all.then(|| (demand, Tally { servers: servers as usize, rate, found: Vec::new(), worst: (0.0, 0) }))
}

/// The same without chance: what is there grows by what is asked beyond the rate, and shrinks by what is left of it.
fn fluid(demand: &[f64], mut tally: Tally) -> Waits {
    let mut waiting = 0.0_f64;
    for (second, pages) in demand.iter().enumerate() {
        let after = (waiting + pages - tally.rate).max(0.0);
        let mean = f64::midpoint(waiting, after);
        let others = mean.round() as usize;
        tally.take(if others == 0 { 0 } else { others + tally.servers - 1 }, *pages);
        tally.second(second, if *pages > 0.0 { mean / tally.rate } else { 0.0 });
        waiting = after;
    }
    tally.waits()
}

/// The probabilities of so many pages being there, from `least` on.
struct Chain {
    least: usize,
    likely: Vec<f64>,
    next: Vec<f64>,
}

fn chain(demand: &[f64], mut tally: Tally) -> Waits {
    let mut chain = Chain { least: 0, likely: vec![1.0], next: Vec::new() };
    let each = tally.rate / tally.servers as f64;
    for (second, pages) in demand.iter().enumerate() {
        let steps = ((pages + tally.rate) / EVENTS_PER_STEP).ceil().max(1.0);
        let looks = (0..LOOKS_PER_SECOND).map(|look| look * steps as usize / LOOKS_PER_SECOND);
        let looks: Vec<_> = looks.collect();
        let mut mean = 0.0;
        for step in 0..steps as usize {
            let share = looks.iter().filter(|look| **look == step).count() as f64 / LOOKS_PER_SECOND as f64;
            if share > 0.0 && *pages > 0.0 {
                for (place, likely) in chain.likely.iter().enumerate() {
                    mean += share * likely * tally.wait(chain.least + place);
                    tally.take(chain.least + place, share * likely * pages);
                }
            }
            chain.step(pages / steps, each / steps, tally.servers);
        }
        tally.second(second, mean);
    }
    tally.waits()
}

impl Chain {
    /// A step in which a page comes with probability `comes`, and each busy one of `servers` is done with probability `done`.
    fn step(&mut self, comes: f64, done: f64, servers: usize) {
        let first = self.least.saturating_sub(1);
        self.next.clear();
        self.next.resize(self.likely.len() + (self.least - first) + 1, 0.0);
        for (place, likely) in self.likely.iter().enumerate() {
            let (there, at) = (self.least + place, self.least - first + place);
            let goes = done * there.min(servers) as f64;
            self.next[at + 1] += likely * comes;
            self.next[at] += likely * (1.0 - comes - goes);
            if goes > 0.0 {
                self.next[at - 1] += likely * goes;
            }
        }
        let rare = |likely: &f64| *likely < RARE;
        let ahead = self.next.iter().take_while(|likely| rare(likely)).count();
        while self.next.last().is_some_and(rare) {
            self.next.pop();
        }
        self.next.drain(..ahead.min(self.next.len()));
        self.least = first + ahead;
        std::mem::swap(&mut self.likely, &mut self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{self, Arrivals};
    use super::*;

    /// A class of `students` who ask for 8 pages each while they come, most of them at first, within a minute, and then for one
    /// page each half a minute.
    fn class(students: f64) -> Vec<f64> {
        let coming = |second: f64| ((second + 1.0) / 60.0).sqrt() - (second / 60.0).sqrt();
        (0..240)
            .map(f64::from)
            .map(|second| {
                let enter = if second < 60.0 { 8.0 * students * coming(second) } else { 0.0 };
                enter + students * (second / 60.0).min(1.0) / 30.0
            })
            .collect()
    }

    /// 95th percentile, and the mean of the second at `worst_at`, of many simulations.
    fn simulated(demand: &[f64], (servers, rate): (u32, f64), worst_at: Duration) -> (f64, f64) {
        let all: Vec<_> =
            (1..=200).flat_map(|seed| simulated::waits(&Arrivals { demand, servers, rate }, seed)).collect();
        let mut waits: Vec<_> = all.iter().map(|(_, wait)| *wait).collect();
        waits.sort_by(f64::total_cmp);
        let from = worst_at.as_secs_f64();
        let worst: Vec<_> =
            all.iter().filter(|(at, _)| (from..from + 1.0).contains(at)).map(|(_, wait)| wait).collect();
        (waits[waits.len() * 95 / 100], worst.iter().copied().sum::<f64>() / worst.len() as f64)
    }

    /// At a light, a critical and a heavy load, within 8 % or 0.15 s.
    #[test]
    fn waits_are_those_of_a_simulation() {
        for (servers, rate) in [(2, 8.0), (6, 20.0)] {
            for used in [0.2, 0.8, 1.0, 1.3, 2.0] {
                // So many students that their entry takes the share `used` of what can be answered in a minute.
                let demand = class(used * rate * 60.0 / 8.0);
                let told = waits(&demand, servers, rate).unwrap();
                let (p95, worst) = simulated(&demand, (servers, rate), told.worst_at);
                let near = |told: Duration, found: f64| (told.as_secs_f64() - found).abs() <= (0.08 * found).max(0.15);
                println!("{servers} servers, {used} used: {told:?}; simulated p95 {p95:.2}, worst {worst:.2}");
                assert!(near(told.p95, p95) && near(told.worst, worst), "{servers} {used}: {told:?} {p95} {worst}");
            }
        }
    }

    #[test]
    fn without_chance_a_heavy_load_waits_as_long() {
        let (servers, rate) = (6, 20.0);
        let demand = class(2.0 * rate * 60.0 / 8.0);
        let tally = || Tally { servers: 6, rate, found: Vec::new(), worst: (0.0, 0) };
        let (mean, all) = (fluid(&demand, tally()), waits(&demand, servers, rate).unwrap());
        let near = |one: Duration, other: Duration| (one.as_secs_f64() / other.as_secs_f64() - 1.0).abs() < 0.03;
        assert!(near(mean.worst, all.worst) && near(mean.p95, all.p95), "{mean:?} {all:?}");
    }

    #[test]
    fn a_load_that_is_never_too_much_leaves_no_probability_behind() {
        let mut chain = Chain { least: 0, likely: vec![1.0], next: Vec::new() };
        (0..10_000).for_each(|_| chain.step(0.1, 0.05, 3));
        let all: f64 = chain.likely.iter().sum();
        assert!((all - 1.0).abs() < 1e-6, "{all}");
        assert_eq!(waits(&[0.0; 100], 3, 10.0), Some(Waits::default()));
    }

    #[test]
    fn what_is_no_load_has_no_waits() {
        assert_eq!(waits(&[1.0], 0, 1.0), None);
        for number in [f64::NAN, f64::INFINITY, -1.0, 1e9] {
            assert_eq!(waits(&[number], 1, 1.0), None);
            assert_eq!(waits(&[1.0], 1, number), None);
        }
        // Larger than steps are made for, and still at once.
        assert!(waits(&vec![9000.0; 7200], 900, 8000.0).unwrap().worst > Duration::from_secs(800));
    }
}
