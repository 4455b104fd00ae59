//! The figures of a trial → [`Measured`]: what its goals are judged by, and what names the bottleneck.

use std::collections::BTreeMap;

use super::asks::asked;
use crate::history::ErrorClass;
use crate::measure::{Figures, InHand, Inside, Latency, Requests, Statements, Usage, costliest};
use crate::plan::Plan;
use crate::scenario::Goals;
use crate::settings::millis;
use crate::setup::Setup;
use crate::topology::{Role, Topology, WEB};

use super::trial::{Balancer, Busy, Generator, Measured, Recorded, Service, Starts, Workers};

/// Processors of the load generator at least, where the services may use all that the machine has: our choice, for the kernel
/// leaves it something even then.
const GENERATOR_LEAST: f64 = 0.25;

/// What was run, and on what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What was planned.
    pub plan: &'a Plan,
    /// On which cluster.
    pub topology: &'a Topology,
    /// On which machine.
    pub setup: &'a Setup,
    /// What the class must get.
    pub goals: &'a Goals,
    /// Whether it was ended early: then what was still to be sent is no failing of the generator.
    pub cut_short: bool,
}

impl Measured {
    /// What `figures` say of the trial of `subject`.
    pub fn of(subject: Subject<'_>, figures: &Figures) -> Self {
        let Subject { plan, topology, setup, goals, cut_short } = subject;
        let (requests, class) = (&figures.requests, figures.class.clone().unwrap_or_default());
        let usage = figures.usage.as_ref();
        let by_node = by_node(requests, topology);
        let pages: u64 = by_node.values().sum();
        let inside = usage.and_then(|usage| usage.inside.as_ref());
        let web = usage.and_then(|usage| per_page(usage, pages, cores(usage, topology, |name, _| name == WEB).sum()));
        let statements = inside.and_then(busiest_database);
        Self {
            first_tries: requests.first_tries,
            test_pages: class.test_pages,
            starts: Some(starts(&class.starts, goals)),
            last_minute: class
                .last_minute
                .map(|last| Recorded { planned: last.planned, recorded: last.recorded.min(last.planned) }),
            lost_answers: figures.answers.unknown.is_none().then_some(figures.answers.lost),
            throughput_pages_per_second: usage.and_then(|usage| usage.busiest).map(|busiest| busiest.pages_per_second),
            costliest_pages_per_second: usage.and_then(|usage| usage.costliest_pages_per_second),
            costliest_offered_per_second: usage
                .and_then(|usage| usage.page_cpu_seconds)
                .and_then(|costs| costliest(&asked(plan), costs)),
            offered_pages_per_second: Some(plan.busiest().1),
            recovered: class.steady_after,
            generator: generator(figures, setup, cut_short),
            services: services(figures, topology, setup),
            workers: workers(usage, plan, &by_node),
            web_cpu_seconds_per_page: web,
            web_idle_cores_per_node: usage.and_then(|usage| idle(usage, &by_node)),
            pages_by_node: by_node,
            web_cpu_seconds_by_kind: usage.and_then(|usage| usage.page_cpu_seconds),
            database_cpu_seconds_per_page: usage.and_then(|usage| {
                let held = topology.database_role().map(|(name, _)| name);
                let each = cores(usage, topology, |name, _| held == Some(name));
                per_page(usage, pages, each.fold(0.0, f64::max))
            }),
            balancer: usage.and_then(balancer),
            render: inside.map(|inside| inside.app_pages).unwrap_or_default(),
            shared_volume: inside.and_then(slowest_volume).unwrap_or_default(),
            database_seconds_per_page: usage
                .zip(statements)
                .and_then(|(usage, (_, statements))| per_page(usage, pages, statements.of_students())),
            database_statements_per_core: statements.and_then(|(service, statements)| {
                // One without a limit may use all that the machine has.
                let limit = setup.limits.iter().find(|(name, thousandths, _)| name == service && *thousandths > 0);
                let all = f64::from(setup.cores);
                let cores = limit.map_or(all, |(_, thousandths, _)| f64::from(*thousandths) / 1000.0);
                Some(statements.mean_most? / cores.max(1.0))
            }),
        }
    }
}

/// Pages by the web node that answered them. A balancer that answers by itself is none of those.
fn by_node(requests: &Requests, topology: &Topology) -> BTreeMap<String, u64> {
    let serving = topology.serving();
    let serves = |node: &String| serving.iter().any(|(service, _)| service == node);
    requests.by_node.iter().filter(|(node, _)| serves(node)).map(|(node, pages)| (node.clone(), *pages)).collect()
}

/// The database that had most statements under way, which is the primary.
fn busiest_database(inside: &Inside) -> Option<(&String, &Statements)> {
    inside.statements.iter().max_by(|one, other| one.1.mean.total_cmp(&other.1.mean))
}

/// The times of the volume that was slowest.
fn slowest_volume(inside: &Inside) -> Option<Latency> {
    let p95 = |latency: &Latency| latency.ms_p95.unwrap_or(0.0);
    inside.volumes.values().max_by(|one, other| p95(one).total_cmp(&p95(other))).cloned()
}

fn starts(starts: &crate::measure::Starts, goals: &Goals) -> Starts {
    let got = starts.took_ms.len() as u64;
    let most = goals.start_within.map(millis::count);
    let within = starts.took_ms.iter().filter(|took| most.is_none_or(|most| **took <= most)).count() as u64;
    let slowest = starts.took_ms.last().map(|ms| std::time::Duration::from_millis(*ms));
    Starts { due: starts.due, within, never: starts.due.saturating_sub(got), slowest }
}

fn generator(figures: &Figures, setup: &Setup, cut_short: bool) -> Generator {
    let requests = &figures.requests;
    // What the service kept a student from is for the goals to judge.
    let never = if cut_short { 0 } else { requests.not_offered.saturating_sub(requests.hindered) };
    let limited: f64 = setup.limits.iter().map(|(_, thousandths, _)| f64::from(*thousandths) / 1000.0).sum();
    let may_use = (f64::from(setup.cores) - limited).max(GENERATOR_LEAST);
    let used = figures.usage.as_ref().map(|usage| usage.looking);
    let used = used.and_then(|used| used.cpu_cores_most.or(used.cpu_cores_mean));
    let own = requests.classes.get(&ErrorClass::Local.to_string());
    Generator {
        planned: requests.first_tries.total + requests.retries.total + never,
        late: requests.late + never,
        cpu_share: used.map(|used| used / may_use),
        own_errors: own.copied().unwrap_or_default(),
    }
}

fn services(figures: &Figures, topology: &Topology, setup: &Setup) -> Vec<Service> {
    let inside = figures.usage.as_ref().and_then(|usage| usage.inside.as_ref());
    let database = topology.database_role();
    let one = |(name, thousandths, memory): &(String, u32, u64)| {
        let used = figures.usage.as_ref().and_then(|usage| usage.services.get(name));
        let samples = figures.series.memory.get(name);
        Service {
            service: name.clone(),
            role: topology.role_of(name).map_or_else(String::new, |(role, _)| role.to_owned()),
            has_primary: database.is_some_and(|(_, role)| role.services.contains(name)),
            cpu_used_cores: used.and_then(|used| used.cpu_cores_most.or(used.cpu_cores_mean)),
            cpu_quota_cores: (*thousandths > 0).then(|| f64::from(*thousandths) / 1000.0),
            throttled_share: used.and_then(|used| used.throttled_share),
            memory_used_bytes: samples.and_then(|samples| samples.iter().map(|sample| sample.1).max()),
            memory_limit_bytes: Some(*memory),
            oom_kills: inside.and_then(|inside| inside.oom_kills.get(name)).copied(),
        }
    };
    setup.limits.iter().map(one).collect()
}

/// What the class made each service of some roles use, in processors: less what it uses when only probes and health checks ask.
fn cores<'a>(
    usage: &'a Usage,
    topology: &'a Topology,
    belongs: impl Fn(&str, &Role) -> bool + 'a,
) -> impl Iterator<Item = f64> + 'a {
    let of_roles = topology.roles.iter().filter(move |(name, role)| belongs(name, role));
    let services = of_roles.flat_map(|(_, role)| &role.services).filter_map(|service| usage.services.get(service));
    services.filter_map(|used| Some((used.cpu_cores_mean? - used.cpu_cores_idle.unwrap_or(0.0)).max(0.0)))
}

/// Processors that a web node uses when only probes ask, in the mean of those that answered pages: a lost one that comes back when the
/// class is over starts its programs then. None where nobody looked for so long.
fn idle(usage: &Usage, by_node: &BTreeMap<String, u64>) -> Option<f64> {
    let services = by_node.keys().filter_map(|service| usage.services.get(service));
    let told: Vec<_> = services.filter_map(|used| used.cpu_cores_idle).collect();
    (!told.is_empty()).then(|| told.iter().sum::<f64>() / told.len() as f64)
}

/// So many processors over the time of the class, for each of its `pages`.
fn per_page(usage: &Usage, pages: u64, cores: f64) -> Option<f64> {
    (pages > 0 && cores > 0.0).then(|| cores * usage.length.as_secs_f64() / pages as f64)
}

fn balancer(usage: &Usage) -> Option<Balancer> {
    let nodes = || usage.nodes.values();
    nodes().next()?;
    // What must go to a node waits for that, and the rest for any of them.
    let any = || usage.inside.iter().flat_map(|inside| inside.waiting.values());
    let max = nodes().map(|node| node.queued_max).chain(any().map(|any| u64::from(any.max))).max();
    Some(Balancer {
        queue_mean: nodes().map(|node| node.queued_mean).chain(any().map(|any| any.mean)).sum(),
        queue_max: max.unwrap_or_default(),
        sessions_max: nodes().map(|node| node.requests_max).max(),
    })
}

/// Workers of the nodes that answered pages, and those of them that had a request: what the balancer had in hand for their node,
/// but never more than there are.
fn workers(usage: Option<&Usage>, plan: &Plan, by_node: &BTreeMap<String, u64>) -> Option<Workers> {
    let each = plan.workers_of_a_node()?;
    let nodes: Option<Vec<_>> = by_node.keys().map(|node| usage?.nodes.get(node)).collect();
    let mean = |node: &&InHand| node.requests_mean_most.unwrap_or(node.requests_mean).min(each as f64);
    (!by_node.is_empty()).then(|| Workers {
        busy: nodes.map(|nodes| Busy {
            mean: nodes.iter().map(mean).sum(),
            max: nodes.iter().map(|node| node.requests_max.min(each)).sum(),
        }),
        of: each * by_node.len() as u64,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::library::Library;
    use crate::measure::{Count, ServiceUsage};
    use crate::plan::Tried;

    fn subject() -> (Plan, Topology, Setup) {
        let library = Library::default();
        let topology = library.cluster("two-node", "standin").unwrap();
        let plan = Plan::trial(
            &library.scenario("quiz-spike").unwrap(),
            &topology,
            Tried { students: 20, ..Tried::default() },
            7,
        )
        .unwrap();
        let limits = vec![("web1".into(), 500, 1 << 20), ("web2".into(), 500, 1 << 20), ("db1".into(), 250, 1 << 20)];
        (plan, topology, Setup { cores: 2, limits, ..Setup::default() })
    }

    fn used(cores: f64) -> ServiceUsage {
        ServiceUsage { cpu_cores_mean: Some(cores), cpu_cores_most: Some(2.0 * cores), ..ServiceUsage::default() }
    }

    #[test]
    fn what_is_measured_is_what_the_figures_say() {
        let (plan, topology, setup) = subject();
        let requests = Requests {
            first_tries: Count { total: 90, failed: 1 },
            not_offered: 30,
            hindered: 20,
            late: 2,
            classes: [("load generator".to_owned(), 1)].into(),
            // The balancer's own answers are no page of a node.
            by_node: [("web1".to_owned(), 60), ("web2".to_owned(), 40), ("lb".to_owned(), 7)].into(),
            ..Requests::default()
        };
        let node = |requests| InHand { requests_mean_most: Some(requests), requests_max: 9, ..InHand::default() };
        let usage = Some(Usage {
            length: Duration::from_secs(100),
            generator: used(0.05),
            looking: used(0.1),
            services: [
                (
                    "web1".to_owned(),
                    ServiceUsage { cpu_cores_mean: Some(0.25), cpu_cores_idle: Some(0.05), ..used(0.2) },
                ),
                ("web2".to_owned(), used(0.1)),
                ("db1".to_owned(), used(0.05)),
            ]
            .into(),
            nodes: [("web1".to_owned(), node(7.5)), ("web2".to_owned(), node(1.5))].into(),
            ..Usage::default()
        });
        let figures = Figures { requests, usage, ..Figures::default() };
        let goals = Goals::default();
        let measured = Measured::of(
            Subject { plan: &plan, topology: &topology, setup: &setup, goals: &goals, cut_short: false },
            &figures,
        );
        let near = |found: Option<f64>, expected: f64| found.is_some_and(|found| (found - expected).abs() < 1e-9);
        assert!(
            near(measured.web_cpu_seconds_per_page, 0.3) && near(measured.database_cpu_seconds_per_page, 0.05),
            "{measured:?}"
        );
        assert_eq!((measured.generator.planned, measured.generator.late, measured.generator.own_errors), (100, 12, 1));
        // Two processors, of which services may use 1.25.
        assert!(near(measured.generator.cpu_share, 0.2 / 0.75), "{:?}", measured.generator);
        let workers = measured.workers.unwrap();
        assert_eq!((workers.busy, workers.of), (Some(Busy { mean: 4.0 + 1.5, max: 8 }), 8));
        assert_eq!(measured.pages_by_node.keys().collect::<Vec<_>>(), ["web1", "web2"]);
        let web1 = &measured.services[0];
        assert!(web1.role == "web" && near(web1.cpu_share(), 0.8), "{web1:?}");
    }
}
