//! HAProxy's opinion of each node, asked ten times a second through its runtime interface, and once a second what it has in
//! hand for each where they are web nodes.
//!
//! A balancer that is silent for longer than a second cannot be read, from its last answer on. One that changed its mind
//! between two answers that lie further apart than [`GAP_MAX`] could not be read in between: nobody knows when it did.
//! A change of mind is dated between the question before, which it answered otherwise, and the answer that tells of it.
//! A shorter silence that ends with the opinion from before it has hidden nothing, for HAProxy takes longer than that to
//! take a node out and back.
//!
//! Of a node that is in maintenance, or no longer in its table, it thinks nothing: somebody else has taken it out. Neither is the
//! verdict of a check, and the last one before has ended.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reading::Reading;
use crate::clock::Stamp;
use crate::cluster::docker::{DockerCluster, Opinion, Told};
use crate::history::{Fact, Recorder};
use crate::topology::Detector;

const INTERVAL: Duration = Duration::from_millis(100);
/// Time from one account of what it has in hand to the next.
const IN_HAND_INTERVAL: Duration = Duration::from_secs(1);
/// A balancer that is silent for longer cannot be read: what it thinks meanwhile is not known.
const SILENCE_MAX: Duration = Duration::from_secs(1);
/// The longest time between two answers that dates a change of mind: as late as a probe or a request may be.
const GAP_MAX: Duration = Duration::from_millis(250);

/// Records every change of mind, the first opinion of each node, and when it has none any more.
pub async fn watch(cluster: &DockerCluster, detector: &Detector, port: u16, recorder: &Recorder) {
    let mut known = Known::new(&detector.name, Stamp::now());
    let mut told = None;
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let asked = Stamp::now();
        let facts = match cluster.told(&detector.service, port).await {
            Ok(Told { mut opinions, waiting }) => {
                // Whatever else it names is no node, and there is no end of it.
                opinions.retain(|one| cluster.topology().services().any(|service| service == one.service));
                let due = told.is_none_or(|told: Stamp| asked.since(told) >= IN_HAND_INTERVAL);
                if due && detector.watches_pages() {
                    told = Some(asked);
                    opinions
                        .iter()
                        .filter_map(|one| in_hand(&detector.name, one))
                        .for_each(|fact| recorder.record(fact));
                    if let Some(requests) = waiting.and_then(|all| u32::try_from(all).ok()) {
                        recorder.record(Fact::Waiting { detector: detector.name.clone(), requests });
                    }
                }
                known.hear(asked, Stamp::now(), opinions)
            }
            Err(error) => known.miss(Stamp::now(), &format!("{error:#}")),
        };
        facts.into_iter().for_each(|fact| recorder.record(fact));
    }
}

/// What the balancer has in hand for a node, where it tells.
fn in_hand(detector: &str, seen: &Opinion) -> Option<Fact> {
    let (requests, queued) = seen.requests.zip(seen.queued)?;
    Some(Fact::InHand { detector: detector.to_owned(), service: seen.service.clone(), requests, queued })
}

/// What one balancer is known to think.
struct Known {
    detector: String,
    opinions: BTreeMap<String, bool>,
    reading: Reading,
    /// When the last question was asked that it answered: the answer is no older than that.
    answered: Stamp,
}

impl Known {
    fn new(detector: &str, now: Stamp) -> Self {
        Self {
            detector: detector.to_owned(),
            opinions: BTreeMap::new(),
            reading: Reading::new(detector),
            answered: now,
        }
    }

    /// It answered at `now` what it was asked at `asked`.
    fn hear(&mut self, asked: Stamp, now: Stamp, opinions: Vec<Opinion>) -> Vec<Fact> {
        let mut facts = Vec::new();
        let gap = now.since(self.answered);
        let judged: Vec<_> = opinions.into_iter().filter(|one| !one.in_maintenance).collect();
        let other = |one: &Opinion| self.opinions.get(&one.service).is_some_and(|up| *up != one.up);
        if gap > GAP_MAX && judged.iter().any(other) {
            facts.extend(self.reading.failed(self.answered, "it changed its mind in a gap between two answers"));
        }
        facts.extend(self.reading.succeeded());
        let answered = std::mem::replace(&mut self.answered, asked);
        let mut tell = |service: &str, up: Option<bool>, detail: &str, not_before| {
            let (detector, service, detail) = (self.detector.clone(), service.to_owned(), detail.to_owned());
            facts.push(Fact::Detector { detector, service, up, detail, not_before });
        };
        self.opinions.retain(|service, _| {
            let still = judged.iter().any(|one| one.service == *service);
            if !still {
                tell(service, None, "in maintenance, or no longer a server", Some(answered));
            }
            still
        });
        for Opinion { service, up, detail, .. } in judged {
            let before = self.opinions.insert(service.clone(), up);
            if before != Some(up) {
                tell(&service, Some(up), &detail, before.map(|_| answered));
            }
        }
        facts
    }

    /// It did not answer.
    fn miss(&mut self, now: Stamp, why: &str) -> Vec<Fact> {
        let silent = now.since(self.answered) > SILENCE_MAX;
        silent.then(|| self.reading.failed(self.answered, why)).flatten().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A balancer that said at 1 s that web1 is up.
    fn known() -> Known {
        let mut known = Known::new("balancer", at(900));
        assert_eq!(known.hear(at(1000), at(1010), vec![web1(true)]), [said(true, None)]);
        known
    }

    fn at(ms: u64) -> Stamp {
        Stamp(ms * 1_000_000)
    }

    fn web1(up: bool) -> Opinion {
        Opinion {
            service: "web1".to_owned(),
            up,
            in_maintenance: false,
            detail: "L7OK".to_owned(),
            requests: Some(1),
            queued: Some(0),
        }
    }

    fn said(up: bool, not_before: Option<u64>) -> Fact {
        let (detector, detail) = ("balancer".to_owned(), "L7OK".to_owned());
        Fact::Detector { detector, service: "web1".to_owned(), up: Some(up), detail, not_before: not_before.map(at) }
    }

    fn unread(since: u64, why: &str) -> Fact {
        Fact::DetectorRead { detector: "balancer".to_owned(), failed: Some(why.to_owned()), since: Some(at(since)) }
    }

    fn read() -> Fact {
        Fact::DetectorRead { detector: "balancer".to_owned(), failed: None, since: None }
    }

    #[test]
    fn a_silent_balancer_is_unread_since_its_last_answer() {
        let mut known = known();
        assert_eq!(known.miss(at(1900), "refused"), []);
        assert_eq!(known.miss(at(2100), "refused"), [unread(1000, "refused")]);
        assert_eq!(known.miss(at(2200), "refused"), [], "told once");
        assert_eq!(known.hear(at(2300), at(2310), vec![web1(false)]), [read(), said(false, Some(1000))]);
    }

    #[test]
    fn of_a_node_in_maintenance_or_no_longer_there_it_thinks_nothing() {
        let gone = |not_before| Fact::Detector {
            detector: "balancer".to_owned(),
            service: "web1".to_owned(),
            up: None,
            detail: "in maintenance, or no longer a server".to_owned(),
            not_before: Some(at(not_before)),
        };
        let maintained = || vec![Opinion { in_maintenance: true, ..web1(false) }];
        let mut new = Known::new("balancer", at(900));
        assert_eq!(new.hear(at(1000), at(1010), maintained()), [], "nobody has judged it yet");
        assert_eq!(new.hear(at(1100), at(1110), vec![web1(true)]), [said(true, None)]);
        assert_eq!(new.hear(at(1200), at(1210), maintained()), [gone(1100)]);
        assert_eq!(new.hear(at(1300), at(1310), Vec::new()), [], "told once");
        assert_eq!(new.hear(at(1400), at(1410), vec![web1(true)]), [said(true, None)], "another node of its name");
        assert_eq!(new.hear(at(1500), at(1510), Vec::new()), [gone(1400)]);
    }

    #[test]
    fn a_change_of_mind_in_a_gap_has_no_moment() {
        let mut late = known();
        let gap = unread(1000, "it changed its mind in a gap between two answers");
        assert_eq!(late.hear(at(1890), at(1900), vec![web1(false)]), [gap, read(), said(false, Some(1000))]);
        assert_eq!(known().hear(at(1240), at(1250), vec![web1(false)]), [said(false, Some(1000))], "soon enough");
        assert_eq!(known().hear(at(1890), at(1900), vec![web1(true)]), [], "the same opinion as before");
    }
}
