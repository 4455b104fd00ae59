//! A drawn class on nodes whose workers share the processors → what its pages take ([`play`]), page by page. This is for a start
//! rush and for the spike before a deadline, in which no steady state is reached: what counts is what piles up, and for whom.
//!
//! - Requests go to the nodes in turn. A node has so many workers; what finds none free waits, the first come served first.
//! - The workers of a node that have a request share its processors evenly, and none uses more than one (processor sharing,
//!   L. Kleinrock, *Time-shared systems: a theoretical treatment*, 1967). So a page waits the longer the more it costs, which no
//!   queue of servers says that serve one page after the other.
//! - Then the page asks the database, whose processors all pages share likewise, and takes what it takes beside that. Its
//!   worker is busy until it is done.
//! - A student asks for the next page when it is planned, but not before the page before has come.
//!
//! Nothing is drawn here: the class is as it was planned, and a page of a kind always costs the same.
//!
//! *Cannot say*: what errors, retries and patience do, nor what health checks do to a node that is busy. It also leaves out the half
//! second that a student of the load takes from a page to the next click when late: costs are measured on nodes that are busy, and
//! with both the pages of the nine trials in `asks.rs` come out up to 59 % too slow, without it at most 25 % off.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::cluster::Cluster;
use crate::measure::ByKind;
use crate::settings::millis;

/// What is left of a page's work when it is done: less than a nanosecond of a processor, which sums of such numbers may be off by.
const DONE: f64 = 1e-9;

/// A page that a student asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// When it is planned, from the beginning of the class.
    pub at: Duration,
    /// One, of its kind.
    pub kind: ByKind,
    /// Whether it is of the test.
    pub of_the_test: bool,
    /// Whether the student has the test with it.
    pub starts: bool,
}

/// The pages of each student, in order.
pub type Class = Vec<Vec<Page>>;

/// What the pages of a class take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// 95th percentile of the time to a page of the test, from the planned moment.
    pub page_p95: Duration,
    /// From the first request to the test, of the student for whom that takes longest.
    pub start: Duration,
}

impl Played {
    /// Of pages of the test that took so many seconds, and of a longest start; none where there is no such page, or a number is no time.
    pub fn of(mut pages: Vec<f64>, start: f64) -> Option<Self> {
        pages.sort_by(f64::total_cmp);
        let p95 = pages.get((pages.len() * 95).div_ceil(100).checked_sub(1)?)?;
        let length = |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).ok().map(millis::whole);
        Some(Self { page_p95: length(*p95)?, start: length(start)? })
    }
}

/// Who asks for what: a student, and the number of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    student: usize,
    page: usize,
}

/// Something that is to happen; the earliest first, and of two at once always the same.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Due {
    at: f64,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A student asks.
    Ask(Asked),
    /// A page has come, from a node.
    Come(Asked, usize),
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.total_cmp(&other.at).then(self.what.cmp(&other.what))
    }
}

/// Processors that are shared, and the work under way: of whom, on which node, with how many processor seconds left.
#[derive(Debug)]
struct Shared {
    cores: f64,
    under_way: Vec<(Asked, usize, f64)>,
}

impl Shared {
    fn new(cores: f64) -> Self {
        Self { cores, under_way: Vec::new() }
    }

    /// Processors that each has.
    fn each(&self) -> f64 {
        (self.cores / self.under_way.len().max(1) as f64).min(1.0)
    }

    /// Seconds until the first is done; infinite when there is none.
    fn next(&self) -> f64 {
        self.under_way.iter().map(|(.., left)| left.max(0.0)).fold(f64::INFINITY, f64::min) / self.each()
    }

    fn advance(&mut self, seconds: f64) {
        let work = self.each() * seconds;
        self.under_way.iter_mut().for_each(|(.., left)| *left -= work);
    }

    /// Takes out what is done, in the order in which it began.
    fn done(&mut self) -> Vec<(Asked, usize)> {
        self.under_way.extract_if(.., |(.., left)| *left <= DONE).map(|(asked, node, _)| (asked, node)).collect()
    }
}

/// A node: its processors, and its workers.
#[derive(Debug)]
struct Node {
    processors: Shared,
    free: u32,
    waiting: VecDeque<Asked>,
}

/// A class under way.
struct Play<'a> {
    cluster: &'a Cluster,
    class: &'a [Vec<Page>],
    now: f64,
    due: BinaryHeap<Reverse<Due>>,
    nodes: Vec<Node>,
    database: Shared,
    /// The node whose turn it is.
    turn: usize,
    /// Seconds that each page of the test took.
    pages: Vec<f64>,
    /// The longest start.
    start: f64,
}

/// What the pages of `class` take on `cluster`; none where the numbers are not those of a cluster, or no page is of the test.
pub fn play(cluster: &Cluster, class: &[Vec<Page>]) -> Option<Played> {
    cluster.pages_per_second()?;
    let node = |_| Node {
        processors: Shared::new(cluster.free_cores_per_node()),
        free: cluster.workers_per_node,
        waiting: VecDeque::new(),
    };
    let mut play = Play {
        cluster,
        class,
        now: 0.0,
        due: BinaryHeap::new(),
        nodes: (0..cluster.nodes).map(node).collect(),
        database: Shared::new(cluster.database.map_or(f64::INFINITY, |database| database.cores)),
        turn: 0,
        pages: Vec::new(),
        start: 0.0,
    };
    (0..class.len()).for_each(|student| play.asks(Asked { student, page: 0 }));
    while play.step() {}
    Played::of(play.pages, play.start)
}

impl Play<'_> {
    /// Goes on to the next thing that happens; whether there was one.
    fn step(&mut self) -> bool {
        let due = self.due.peek().map_or(f64::INFINITY, |Reverse(due)| due.at - self.now);
        let shared = || self.nodes.iter().map(|node| &node.processors).chain([&self.database]);
        let seconds = shared().map(Shared::next).fold(due, f64::min).max(0.0);
        if seconds.is_infinite() {
            return false;
        }
        self.now += seconds;
        self.nodes.iter_mut().for_each(|node| node.processors.advance(seconds));
        self.database.advance(seconds);
        let rendered: Vec<_> = self.nodes.iter_mut().flat_map(|node| node.processors.done()).collect();
        for (asked, node) in rendered {
            let each = self.cluster.database.map_or(0.0, |database| database.cpu_seconds_per_page);
            self.database.under_way.push((asked, node, each * self.pages_of_a_test(asked)));
        }
        for (asked, node) in self.database.done() {
            let at = self.now + self.cluster.other_seconds_per_page * self.pages_of_a_test(asked);
            self.due.push(Reverse(Due { at, what: What::Come(asked, node) }));
        }
        while let Some(Reverse(due)) = self.due.peek().copied().filter(|Reverse(due)| due.at <= self.now) {
            self.due.pop();
            match due.what {
                What::Ask(asked) => self.arrives(asked),
                What::Come(asked, node) => self.comes(asked, node),
            }
        }
        true
    }

    fn page(&self, asked: Asked) -> Option<Page> {
        self.class.get(asked.student)?.get(asked.page).copied()
    }

    /// How many pages of the test a page is as much as.
    fn pages_of_a_test(&self, asked: Asked) -> f64 {
        self.page(asked).map_or(0.0, |page| self.cluster.pages_of_a_test(page.kind))
    }

    /// A student is to ask for a page, when there is one.
    fn asks(&mut self, asked: Asked) {
        if let Some(page) = self.page(asked) {
            self.due.push(Reverse(Due { at: page.at.as_secs_f64().max(self.now), what: What::Ask(asked) }));
        }
    }

    /// A request arrives at the node whose turn it is.
    fn arrives(&mut self, asked: Asked) {
        let place = self.turn % self.nodes.len().max(1);
        self.turn = place + 1;
        if let Some(node) = self.nodes.get_mut(place) {
            node.waiting.push_back(asked);
        }
        self.begin(place);
    }

    /// A page has come: its worker is free, and its student goes on.
    fn comes(&mut self, asked: Asked, place: usize) {
        if let Some(page) = self.page(asked) {
            if page.of_the_test {
                self.pages.push(self.now - page.at.as_secs_f64());
            }
            let first = self.page(Asked { page: 0, ..asked }).filter(|_| page.starts);
            self.start = first.map_or(self.start, |first| self.start.max(self.now - first.at.as_secs_f64()));
        }
        if let Some(node) = self.nodes.get_mut(place) {
            node.free += 1;
        }
        self.begin(place);
        self.asks(Asked { page: asked.page + 1, ..asked });
    }

    /// Free workers of a node begin with what waits for them.
    fn begin(&mut self, place: usize) {
        while let Some(node) = self.nodes.get_mut(place).filter(|node| node.free > 0)
            && let Some(asked) = node.waiting.pop_front()
        {
            node.free -= 1;
            let kind = self.page(asked).map(|page| page.kind).unwrap_or_default();
            let work = kind.cost(self.cluster.cpu_seconds_per_page);
            self.nodes[place].processors.under_way.push((asked, place, work));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: Cluster = Cluster {
        nodes: 1,
        cores_per_node: 0.5,
        idle_cores_per_node: 0.0,
        workers_per_node: 2,
        cpu_seconds_per_page: ByKind { plain: 0.1, info: 0.2, page: 0.4, whole: 0.8 },
        other_seconds_per_page: 0.0,
        database: None,
    };
    const PAGE: ByKind = ByKind { page: 1.0, plain: 0.0, info: 0.0, whole: 0.0 };
    const PLAIN: ByKind = ByKind { plain: 1.0, page: 0.0, info: 0.0, whole: 0.0 };

    fn page(ms: u64, kind: ByKind) -> Page {
        Page { at: Duration::from_millis(ms), kind, of_the_test: kind == PAGE, starts: kind == PAGE }
    }

    /// The p95 and the longest start, in milliseconds.
    fn played(cluster: &Cluster, class: &[Vec<Page>]) -> (u128, u128) {
        let played = play(cluster, class).unwrap();
        (played.page_p95.as_millis(), played.start.as_millis())
    }

    #[test]
    fn a_page_alone_takes_its_work_over_the_quota() {
        assert_eq!(played(&CLUSTER, &[vec![page(0, PAGE)]]), (800, 800));
        // No page uses more than one processor.
        assert_eq!(played(&Cluster { cores_per_node: 8.0, ..CLUSTER }, &[vec![page(500, PAGE)]]), (400, 400));
        let idle = Cluster { idle_cores_per_node: 0.1, ..CLUSTER };
        assert_eq!(played(&idle, &[vec![page(0, PAGE)]]), (1000, 1000));
        // Then the database, and the rest.
        let database = Some(super::super::Database { cores: 0.1, cpu_seconds_per_page: 0.01 });
        let whole = Cluster { database, other_seconds_per_page: 0.05, ..CLUSTER };
        assert_eq!(played(&whole, &[vec![page(0, PAGE)]]), (950, 950));
        // A page of a quarter of the cost is a quarter of the database's work too, and of the rest.
        let whole = Cluster { other_seconds_per_page: 0.04, ..whole };
        assert_eq!(played(&whole, &[vec![page(0, PLAIN), page(0, PAGE)]]), (1175, 1175));
    }

    #[test]
    fn workers_share_the_processors_and_a_third_waits() {
        // A plain page is done after 400 ms with half of the processors; the other had 100 ms of work done by then, and goes on alone.
        let both = [vec![page(0, PAGE)], vec![page(0, PLAIN)]];
        assert_eq!(played(&CLUSTER, &both).0, 1000);
        // Two share for 1.6 s, then the third has the node for itself.
        let three = [vec![page(0, PAGE)], vec![page(0, PAGE)], vec![page(0, PAGE)]];
        assert_eq!(played(&CLUSTER, &three).0, 2400);
        // With a worker more all share, and all take as long.
        assert_eq!(played(&Cluster { workers_per_node: 3, ..CLUSTER }, &three).0, 2400);
        // A second node takes every second request.
        assert_eq!(played(&Cluster { nodes: 2, ..CLUSTER }, &three).0, 1600);
    }

    #[test]
    fn a_student_asks_when_it_is_planned_and_not_before_the_page_before() {
        // The plain page takes 200 ms; the next is asked for as planned, or when that has come.
        assert_eq!(played(&CLUSTER, &[vec![page(0, PLAIN), page(1000, PAGE)]]), (800, 1800));
        assert_eq!(played(&CLUSTER, &[vec![page(0, PLAIN), page(100, PAGE)]]), (900, 1000));
    }

    #[test]
    fn what_is_no_cluster_or_no_test_is_told() {
        assert_eq!(play(&Cluster { nodes: 0, ..CLUSTER }, &[vec![page(0, PAGE)]]), None);
        assert_eq!(play(&Cluster { cores_per_node: 0.0, ..CLUSTER }, &[vec![page(0, PAGE)]]), None);
        assert_eq!(play(&CLUSTER, &[vec![page(0, PLAIN)]]), None);
        assert_eq!(play(&CLUSTER, &[]), None);
    }

    #[test]
    fn nothing_is_lost_of_a_load_that_is_too_much() {
        // 300 students with a page each within 30 s: 120 processor seconds on half of one.
        let class: Class = (0..300).map(|student| vec![page(student * 100, PAGE)]).collect();
        let (p95, _) = played(&CLUSTER, &class);
        assert!((190_000..211_000).contains(&p95), "{p95}");
    }
}
