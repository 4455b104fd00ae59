//! Trials → the cluster as the models see it, the models held against what was measured, and predictions.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::goal::Goals;
use super::super::state::State;
use super::super::trial::{Measured, Trial};
use super::cluster::{Cluster, Database, Limit};
use super::crowd::{Crowd, Modelled, arithmetic, capacity, per_second};
use super::held_out::HeldOut;
use super::scalability::{Point, Scalability};
use super::sharing::play;
use super::steady::{Steady, steady};
use crate::measure::ByKind;

/// Factors on the cost of a page between which the model's error is looked for, and how often that span is halved: to a thousandth.
const COSTING: (f64, f64) = (0.1, 10.0);
const HALVINGS: u32 = 14;
/// Points of the curve of the model.
const CURVE_POINTS: u32 = 24;

/// What the models say of one state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Models {
    /// The cluster as they see it.
    pub cluster: Option<Cluster>,
    /// The largest class whose times are within the goals when each second the quota of processors works off as many pages as
    /// it has processor time for, and what is asked beyond that waits.
    pub students_by_arithmetic: Option<u32>,
    /// The largest class whose times are within the goals, page by page on processors that workers share.
    pub students: Option<u32>,
    /// Times by class size, smallest first.
    pub curve: Vec<Modelled>,
    /// The cluster in the median of the seconds in which anything is asked, with the class that the model says it holds.
    pub steady: Option<Steady>,
    /// By how much processor arithmetic, with the costs of the trials of other sizes, differs from the pages a second that trials
    /// answered which were asked for more than it says there is.
    pub throughput: Option<HeldOut>,
    /// By how much the model, with the costs of the trials of other sizes, takes pages for too dear or too cheap, by the 95th
    /// percentile of the time to a page of the test of the same class; so much is a number of students off.
    #[serde(default)]
    pub page_cost: Option<HeldOut>,
    /// The universal scalability law over students and pages a second.
    pub scalability: Option<Scalability>,
    /// What is not there, and why.
    pub missing: Vec<String>,
}

/// What is changed of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Nothing.
    Nothing,
    /// Workers.
    Workers {
        /// Of each node.
        per_node: u32,
    },
    /// Processors.
    Cores {
        /// Of each node.
        per_node: f64,
    },
    /// Nodes.
    Nodes {
        /// All of them.
        nodes: u32,
    },
    /// Other hardware, named by the user: processors as fast as these.
    Hardware {
        /// All nodes.
        nodes: u32,
        /// Processors of each.
        cores_per_node: f64,
    },
}

/// What another cluster would hold, by the model. Nobody has measured it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// What differs from the cluster that was measured.
    #[serde(flatten)]
    pub change: Change,
    /// The largest class; none when not even the smallest that was asked.
    pub students: Option<u32>,
    /// Whether no larger class was looked at.
    pub at_most_asked: bool,
    /// Pages a second that it can answer.
    pub pages_per_second: f64,
    /// What limits it.
    pub limit: Limit,
    /// By how much the model took pages for too dear or too cheap, of the cluster that was measured.
    #[serde(default)]
    pub page_cost: Option<HeldOut>,
}

impl Cluster {
    /// The cluster of `nodes` like nodes as `trials` measured it, or what they do not tell. Costs are the median of the trials, of
    /// those in which no first try failed where there are such, and of these of those that were not ended early: of others some work
    /// was done for nobody.
    pub fn measured(trials: &[&Trial], nodes: u32) -> Result<Self, String> {
        let trials = preferred(trials.to_vec(), |trial| trial.measured.first_tries.failed == 0);
        let trials = preferred(trials, |trial| trial.cut_short.is_none());
        let each = |what: fn(&Measured) -> Option<f64>| median(trials.iter().filter_map(|trial| what(&trial.measured)));
        let need = |what: Option<f64>, name: &str| {
            what.filter(|number| number.is_finite() && *number > 0.0).ok_or_else(|| format!("{name} was not measured"))
        };
        let quota = need(each(Measured::quota_cores_of_a_node), "the processor quota of the web nodes")?;
        let workers = need(each(Measured::workers_of_a_node), "the number of workers")?;
        let mean = need(each(|one| one.web_cpu_seconds_per_page), "processor time of a page")?;
        let kind = |kind: fn(ByKind) -> f64| {
            median(trials.iter().filter_map(|trial| trial.measured.web_cpu_seconds_by_kind.map(kind)))
        };
        let kinds = [kind(|one| one.plain), kind(|one| one.info), kind(|one| one.page), kind(|one| one.whole)];
        let kinds = ByKind::from(kinds.map(|one| one.unwrap_or(mean)));
        // Without a cost of the test's pages, in which all are counted, the mean is all that is known.
        let kinds = if kinds.page > 0.0 { kinds } else { ByKind::even(mean) };
        let database = each(|one| one.database_cpu_seconds_per_page)
            .zip(each(|one| one.primary().and_then(|service| service.cpu_quota_cores)));
        let database = database.filter(|(cpu, cores)| *cpu > 0.0 && *cores > 0.0);
        // A page of a test is as much of the database's work as it is of the nodes'; what was measured is of a page in the mean.
        let of_the_test = kinds.page / mean;
        let database = database.map(|(each, cores)| Database { cores, cpu_seconds_per_page: each * of_the_test });
        let database_seconds = each(|one| one.database_seconds_per_page).unwrap_or(0.0) * of_the_test;
        Ok(Self {
            nodes,
            cores_per_node: quota,
            idle_cores_per_node: each(|one| one.web_idle_cores_per_node).unwrap_or(0.0).clamp(0.0, quota),
            workers_per_node: workers.round().clamp(1.0, 1e6) as u32,
            cpu_seconds_per_page: kinds,
            other_seconds_per_page: (database_seconds - database.map_or(0.0, |one| one.alone())).max(0.0),
            database,
        })
    }
}

impl Models {
    /// The models of one state, with `nodes` web nodes that answer in it, over classes of `sizes`.
    pub fn new(
        (state, trials): (State, &[Trial]),
        nodes: u32,
        (crowd, goals): (&Crowd<'_>, &Goals),
        sizes: RangeInclusive<u32>,
    ) -> Self {
        let sound: Vec<_> = trials.iter().filter(|trial| trial.outcome.holds().is_some()).collect();
        let mut models = Self::default();
        match Scalability::fit(&points(&sound)) {
            Ok(law) => models.scalability = Some(law),
            Err(why) => models.missing.push(format!("the scalability law: {why}")),
        }
        if !state.is_modelled() {
            models.missing.push("the model: it knows no fault that comes in the middle".to_owned());
            return models;
        }
        match Cluster::measured(&sound, nodes) {
            Ok(cluster) => models.play(&cluster, &sound, (crowd, goals), sizes),
            Err(why) => models.missing.push(format!("the model: {why}")),
        }
        models
    }

    fn play(
        &mut self,
        cluster: &Cluster,
        trials: &[&Trial],
        (crowd, goals): (&Crowd<'_>, &Goals),
        sizes: RangeInclusive<u32>,
    ) {
        self.cluster = Some(*cluster);
        self.students_by_arithmetic = arithmetic(cluster, crowd, goals, sizes.clone());
        self.students = capacity(cluster, crowd, goals, sizes.clone());
        self.throughput = throughput(trials, cluster.nodes);
        self.page_cost = page_cost(trials, cluster.nodes, crowd);
        let tried = trials.iter().map(|trial| trial.students);
        let most = tried.chain(self.students).max().unwrap_or(*sizes.end());
        let step = most.div_ceil(CURVE_POINTS).max(1);
        let curve = (1..=CURVE_POINTS).map(|point| point * step).take_while(|size| *size <= most.saturating_add(step));
        self.curve = curve.filter_map(|size| Modelled::new(cluster, crowd, size)).collect();
        let usual = self.students.and_then(|students| {
            let work =
                (crowd.drawn)(students).iter().flat_map(|class| cluster.work(&per_second(class))).collect::<Vec<_>>();
            median(work.into_iter().filter(|pages| *pages > 0.0))
        });
        let servers = cluster.servers().zip(cluster.pages_per_second());
        self.steady = usual.zip(servers).and_then(|(load, (servers, (rate, _)))| steady(load, servers, rate));
    }
}

/// What `change` would make of `cluster`, with what the model's times were off by; none where the numbers are not those of a cluster.
pub fn predict(
    cluster: &Cluster,
    change: Change,
    (crowd, goals): (&Crowd<'_>, &Goals),
    sizes: RangeInclusive<u32>,
    page_cost: Option<HeldOut>,
) -> Option<Prediction> {
    let changed = match change {
        Change::Nothing => *cluster,
        Change::Workers { per_node } => Cluster { workers_per_node: per_node, ..*cluster },
        Change::Cores { per_node } => Cluster { cores_per_node: per_node, ..*cluster },
        Change::Nodes { nodes } => Cluster { nodes, ..*cluster },
        Change::Hardware { nodes, cores_per_node } => {
            // As many workers for each processor as here.
            let share = cores_per_node / cluster.cores_per_node;
            let workers = (f64::from(cluster.workers_per_node) * share).round().clamp(1.0, 1e6) as u32;
            Cluster { nodes, cores_per_node, workers_per_node: workers, ..*cluster }
        }
    };
    let (pages_per_second, limit) = changed.pages_per_second()?;
    let most = *sizes.end();
    let students = capacity(&changed, crowd, goals, sizes);
    Some(Prediction { change, students, at_most_asked: students == Some(most), pages_per_second, limit, page_cost })
}

/// What more workers, processors or nodes would give: twice the first two, one more of the last.
pub fn usual_changes(cluster: &Cluster) -> [Change; 4] {
    [
        Change::Nothing,
        Change::Workers { per_node: cluster.workers_per_node.saturating_mul(2) },
        Change::Cores { per_node: cluster.cores_per_node * 2.0 },
        Change::Nodes { nodes: cluster.nodes.saturating_add(1) },
    ]
}

/// Those of `trials` that are `better`, where there are such; else all.
fn preferred(trials: Vec<&Trial>, better: impl Fn(&Trial) -> bool) -> Vec<&Trial> {
    let some = trials.iter().any(|trial| better(trial));
    trials.into_iter().filter(|trial| !some || better(trial)).collect()
}

/// What a trial that was ended early answered was not all that it would have.
fn points(trials: &[&Trial]) -> Vec<Point> {
    trials
        .iter()
        .filter(|trial| trial.cut_short.is_none())
        .filter_map(|trial| Some((trial.students, trial.measured.throughput_pages_per_second?)))
        .collect()
}

/// The trials that were not ended early, each with the cluster as those of all other sizes measured it.
fn held_out<'t>(trials: &'t [&'t Trial], nodes: u32) -> impl Iterator<Item = (&'t Trial, Cluster)> {
    let whole: Vec<_> = trials.iter().copied().filter(|trial| trial.cut_short.is_none()).collect();
    whole.clone().into_iter().filter_map(move |trial| {
        let others: Vec<_> = whole.iter().copied().filter(|other| other.students != trial.students).collect();
        Some((trial, Cluster::measured(&others, nodes).ok()?))
    })
}

/// Processor arithmetic held against what trials answered that were asked for more than it says there is.
fn throughput(trials: &[&Trial], nodes: u32) -> Option<HeldOut> {
    let error = |(trial, cluster): (&Trial, Cluster)| {
        let (rate, _) = cluster.pages_per_second()?;
        let offered = cluster.pages_of_a_test(trial.measured.costliest_offered_per_second?);
        let answered = cluster.pages_of_a_test(trial.measured.costliest_pages_per_second?);
        (offered >= rate && answered > 0.0).then(|| rate / answered - 1.0)
    };
    HeldOut::new(&held_out(trials, nodes).filter_map(error).collect::<Vec<_>>())
}

/// By how much more or less every page would have to cost for the model to say of the very class that sat what its pages took. The
/// time itself says little: near the limit a hundredth of the cost doubles it.
fn page_cost(trials: &[&Trial], nodes: u32, crowd: &Crowd<'_>) -> Option<HeldOut> {
    let error = |(trial, cluster): (&Trial, Cluster)| {
        let measured = trial.measured.test_pages.p95().filter(|p95| !p95.is_zero())?;
        let class = (crowd.sat)(trial)?;
        play(&cluster, &class)?;
        let slower = |factor: f64| play(&cluster.costing(factor), &class).is_none_or(|one| one.page_p95 > measured);
        let (mut low, mut high) = COSTING;
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if slower(middle) { high = middle } else { low = middle }
        }
        Some(1.0 / f64::midpoint(low, high) - 1.0)
    };
    HeldOut::new(&held_out(trials, nodes).filter_map(error).collect::<Vec<_>>())
}

/// The median: of an even number the larger of both in the middle.
pub fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<_> = numbers.filter(|number| number.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests;
