//! Probes as figures need them: a few words each, path by path, in the order of their intended time.

use std::time::Duration;

use crate::clock::Stamp;
use crate::history::{self, ProbeKind};

use super::facts::Span;
use super::requests::LATE;

/// One probe, in two words.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// When it was due.
    pub intended: Stamp,
    /// From then until it was over, in microseconds.
    took_us: u32,
    /// How late the prober itself sent it, in milliseconds.
    late_ms: u16,
    /// Whether it failed: not the right page, or not whole within the limit from its intended time.
    pub failed: bool,
}

impl Probe {
    fn new(probe: &history::Probe) -> Self {
        // Rounded up: what is beyond a limit stays beyond it.
        let took = (probe.end - probe.intended).as_nanos().div_ceil(1_000);
        let late = (probe.sent - probe.intended).as_micros().div_ceil(1_000);
        Self {
            intended: probe.intended,
            took_us: u32::try_from(took).unwrap_or(u32::MAX),
            late_ms: u16::try_from(late).unwrap_or(u16::MAX),
            failed: !probe.outcome.is_success(),
        }
    }

    /// From its intended time until it was over, to a microsecond.
    pub fn took(&self) -> Duration {
        Duration::from_micros(self.took_us.into())
    }

    /// When it was over.
    pub fn end(&self) -> Stamp {
        self.intended + self.took()
    }

    /// How late the prober itself sent it, to a millisecond.
    pub fn lateness(&self) -> Duration {
        Duration::from_millis(self.late_ms.into())
    }

    /// Whether the prober sent it so late that its failure may be the prober's.
    pub fn late(&self) -> bool {
        self.lateness() > LATE
    }
}

/// The probes of one kind on one path. Only probes of nodes have more than one.
#[derive(Debug)]
pub struct Path {
    /// The kind.
    pub kind: ProbeKind,
    /// The node asked directly, if any.
    pub node: Option<String>,
    /// By intended time.
    pub probes: Vec<Probe>,
}

impl Path {
    /// Those that were due within `span`.
    pub fn within(&self, span: Span) -> &[Probe] {
        let before = |moment: Stamp| self.probes.partition_point(|probe| probe.intended < moment);
        self.probes.get(before(span.from)..before(span.to)).unwrap_or_default()
    }
}

/// The probes of a run.
#[derive(Debug, Default)]
pub struct Probes {
    /// By path, in the order in which they were first asked.
    pub paths: Vec<Path>,
}

impl Probes {
    /// Keeps what figures need of `probe`.
    pub fn take(&mut self, probe: &history::Probe) {
        let same = |path: &Path| path.kind == probe.kind && path.node == probe.path;
        let index = self.paths.iter().position(same).unwrap_or_else(|| {
            self.paths.push(Path { kind: probe.kind, node: probe.path.clone(), probes: Vec::new() });
            self.paths.len() - 1
        });
        insert(&mut self.paths[index].probes, Probe::new(probe), |probe| probe.intended);
    }

    /// Counts those as failed that took longer than the limit of their kind.
    pub fn judge(&mut self, limit: impl Fn(ProbeKind) -> Duration) {
        for path in &mut self.paths {
            let limit = limit(path.kind);
            path.probes.iter_mut().for_each(|probe| probe.failed |= probe.took() > limit);
        }
    }

    /// Probes of `kind` through the balancer, by intended time.
    pub fn through_balancer(&self, kind: ProbeKind) -> Option<&Path> {
        self.paths.iter().find(|path| path.kind == kind && path.node.is_none())
    }

    /// Those of them that were due within `span`.
    pub fn within(&self, kind: ProbeKind, span: Span) -> &[Probe] {
        self.through_balancer(kind).map_or(&[], |path| path.within(span))
    }
}

/// Puts `one` in its place by time, after all of the same moment. Things arrive almost in order, so the place is near the
/// end.
pub fn insert<T>(list: &mut Vec<T>, one: T, moment: impl Fn(&T) -> Stamp) {
    let at = moment(&one);
    let later = list.iter().rev().take_while(|other| moment(other) > at).count();
    list.insert(list.len() - later, one);
}
